/// The kinds of namespaces of which a cell has its own (namespaces(7)).
#pragma once

#include <cstddef>
#include <iterator>

namespace immure::sys {

/// Names under /proc/PID/ns. The list leaves out the time namespace, because a cell uses the clocks of the host.
inline constexpr const char* kNamespaceNames[] = {"user", "mnt", "pid", "net", "ipc", "uts", "cgroup"};
inline constexpr std::size_t kNamespaceCount = std::size(kNamespaceNames);

}  // namespace immure::sys
