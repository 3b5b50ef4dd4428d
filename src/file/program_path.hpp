/// Where the program of a name lies.
#pragma once

#include <optional>
#include <string>

namespace immure::file {

/// The absolute path of the first regular file called `name` in PATH that the caller may execute, or nothing. A
/// relative or empty entry of PATH is passed over: what lies in the working directory may be the very drop that is
/// looked at. Behind PATH comes /usr/sbin, where runtimes often are and where an ordinary user's PATH does not lead.
[[nodiscard]] std::optional<std::string> find_program(const std::string& name);

}  // namespace immure::file
