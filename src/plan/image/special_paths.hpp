/// Paths that an operator's root directory or a container image may have, but no cell may have.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace immure::plan {

/// Paths, relative to the root, that an image never has: what describes or reaches a host (/proc, /dev, /run, …), what
/// is writable by everybody (/tmp), and what names the users of a machine (/etc/passwd). The probes demand that a
/// program finds none of these paths, or a fixed file there (probe/fixed_files.hpp).
[[nodiscard]] const std::vector<std::string_view>& special_paths();

/// True for a path of special_paths(). The function does not look at what lies below such a path.
[[nodiscard]] bool is_special_path(std::string_view path);

/// What to tell of a special path that an image loses: `/dev: no cell has it`.
[[nodiscard]] std::string special_path_note(std::string_view path);

}  // namespace immure::plan
