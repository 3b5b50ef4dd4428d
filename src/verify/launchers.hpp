/// The published list of the immure programs that a relying party accepts as makers of evidence.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sys/error.hpp"
#include "verify/request.hpp"

namespace immure::verify {

/// The digests of a list in the form of sha256sum: a line for each program, with the SHA-256 in 64 lower-case hex
/// digits, a blank, a blank or an asterisk, and the name of the file. Lines that begin with `#` and empty lines say
/// nothing. Error kBadInput with `file:line`: another line, or no digest in the whole list. An empty list is an error
/// because such a list would accept every program.
[[nodiscard]] Result<std::vector<std::string>> parse_launchers(std::string_view text, std::string_view file);
/// Reads the list that the request names, a regular file of at most 1 MiB, and makes the request expect one of these
/// launchers. Does nothing if the request names no list.
[[nodiscard]] Result<void> expect_launchers(Request& request);

}  // namespace immure::verify
