/// Words for paths that are other names of the program's own streams.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace immure::render {

/// What a user can do about a program that could not use `path`, if `path` names the program's standard input, output
/// or error, such as /dev/stdout. Nothing for any other path.
[[nodiscard]] std::optional<std::string> stream_remedy(std::string_view path);

}  // namespace immure::render
