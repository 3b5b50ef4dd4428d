/// New processes, each on a stack of its own. Processes that outlast the start of the payload get memory of their own:
/// the kernel's OOM killer ends every process that shares the memory of its victim, in whatever control group
/// (oom_kill.c). Processes that end before then share the caller's memory, because that copies no page tables.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::sys {

/// Runs in the new process, on its own stack. Must not use errno, locks, exceptions or allocation: its thread-local
/// storage is the caller's, or a copy of the caller's. The return value is the exit status.
using Entry = int (*)(void* argument);

struct NamespacedChild {
  int pid = -1;  ///< in the caller's pid namespace
  Fd pidfd;      ///< close-on-exec
};

/// clone3(2) with new user, mount, pid, network, IPC, UTS and cgroup namespaces in one call. The child has a copy of
/// the caller's memory, as after fork(2); memory that both shall see must be mapped MAP_SHARED. `skip_namespaces` takes
/// CLONE_NEW* bits out (for tests that remove a wall). The caller must be single-threaded. `cgroup`: descriptor of
/// a cgroup v2 directory to start in, or -1. Errors: EPERM (user namespaces forbidden), ENOSPC or EUSERS
/// (user.max_*_namespaces), EAGAIN (process limit).
[[nodiscard]] SysResult<NamespacedChild> clone_into_namespaces(Entry entry, void* argument, std::span<std::byte> stack,
                                                               std::uint64_t skip_namespaces, int cgroup);

/// clone(2) in the caller's namespaces, with a copy of the caller's memory; sends no signal when it ends (wait with
/// __WALL).
[[nodiscard]] SysResult<int> clone_with_own_memory(Entry entry, void* argument, std::span<std::byte> stack);

/// clone(2), sharing memory, in the caller's namespaces; sends no signal when it ends (wait with __WALL). With `wait`
/// the caller sleeps until the child has ended or executed. Legacy clone, since the cell's filter answers clone3 with
/// ENOSYS.
[[nodiscard]] SysResult<int> clone_sharing_memory(Entry entry, void* argument, std::span<std::byte> stack, bool wait);

/// clone(2) with a new user namespace alone, sharing memory.
[[nodiscard]] SysResult<int> clone_into_user_namespace(Entry entry, void* argument, std::span<std::byte> stack);

/// Raw clone(2) with any flags, sharing memory, for probes: the child ends at once, and the caller goes on after that.
/// The kernel's answer, child's pid or negated errno. The child is nobody's to wait for; its parent's parent reaps it.
[[nodiscard]] long clone_and_exit(std::uint64_t flags, std::span<std::byte> stack);

}  // namespace immure::sys
