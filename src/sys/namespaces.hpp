/// The kinds of namespaces that a cell has of its own (namespaces(7)).
#pragma once

#include <cstddef>
#include <iterator>

namespace immure::sys {

/// Names under /proc/PID/ns. The time namespace is not among them: a cell's clocks are the host's.
inline constexpr const char* kNamespaceNames[] = {"user", "mnt", "pid", "net", "ipc", "uts", "cgroup"};
inline constexpr std::size_t kNamespaceCount = std::size(kNamespaceNames);

}  // namespace immure::sys
