/// Finds programs in PATH.
#pragma once

#include <optional>
#include <string>

namespace immure::file {

/// The absolute path of the first regular file in PATH that is called `name` and that the caller may execute; nullopt
/// if there is none. The function skips relative and empty entries of PATH, because the working directory may be the
/// very drop that immure is to inspect. After PATH, the function looks in /usr/sbin, which often holds OCI runtimes and
/// is not in an ordinary user's PATH.
[[nodiscard]] std::optional<std::string> find_program(const std::string& name);

}  // namespace immure::file
