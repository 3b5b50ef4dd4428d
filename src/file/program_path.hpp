/// Finds programs in PATH.
#pragma once

#include <optional>
#include <string>

namespace immure::file {

/// The absolute path of the first regular file called `name` in PATH that the caller may execute, or nothing. A
/// relative or empty entry of PATH is passed over, because the working directory may be the very drop that is to be
/// inspected. After PATH comes /usr/sbin, which often holds OCI runtimes and is not in an ordinary user's PATH.
[[nodiscard]] std::optional<std::string> find_program(const std::string& name);

}  // namespace immure::file
