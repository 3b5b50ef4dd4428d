/// Lets a command of the operator sign the evidence (--signer). The private key is in a token, in a TPM, in an agent,
/// or on another machine, and immure never sees this key.
#pragma once

#include <string>
#include <string_view>

#include "file/go_on.hpp"
#include "sys/error.hpp"

namespace immure::attest {

/// Runs `command` with `/bin/sh -c` and the message as standard input, and returns what the command prints. The command
/// runs with the caller's rights and environment, but in a session of its own. So the command cannot ask for a PIN on
/// the terminal. Errors: kSystem if the command prints nothing, or if its exit code is not 0; the message then has the
/// last lines of the command's standard error. If `go_on` returns an error, the function kills the command and its
/// process group, and returns this error.
[[nodiscard]] Result<std::string> sign_by_command(const std::string& command, std::string_view message,
                                                  const file::GoOn& go_on);

}  // namespace immure::attest
