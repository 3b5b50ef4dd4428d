/// Paths that go through a descriptor.
#pragma once

#include <string>

namespace immure::file {

/// `path`; or, if `path` begins with /proc/self/fd/N, the path with that of the caller's open directory N in front. For
/// messages and records. A walk along such a path (file/place.hpp) starts in the open directory itself, wherever that
/// directory is by now.
[[nodiscard]] std::string readable_path(const std::string& path);

}  // namespace immure::file
