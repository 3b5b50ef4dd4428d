/// Signing by a program of the operator (--signer), for a private key that immure never sees: in a token, in a TPM, in
/// an agent, or on another machine.
#pragma once

#include <string>
#include <string_view>

#include "file/go_on.hpp"
#include "sys/error.hpp"

namespace immure::attest {

/// Runs `command` by `/bin/sh -c` with the message as its standard input, and returns what the command prints. The
/// command runs with the caller's rights and environment, in a session of its own, so it cannot ask for a PIN on the
/// terminal. Errors: kSystem, with the last lines of the command's standard error, if it ends with another code than 0
/// or prints nothing; the error of `go_on`, which kills the command and every process of its session's process group.
[[nodiscard]] Result<std::string> sign_by_command(const std::string& command, std::string_view message,
                                                  const file::GoOn& go_on);

}  // namespace immure::attest
