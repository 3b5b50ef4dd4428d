/// Starts processes, each on a stack of its own. A process that outlasts the start of the payload gets memory of its
/// own, because the kernel's OOM killer ends every process that shares the memory of its victim, in whatever control
/// group that process is (mm/oom_kill.c). A process that ends before the payload starts shares the caller's memory,
/// because sharing copies no page tables.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <sched.h>

#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::sys {

/// The function that the new process runs on its own stack. The function must not use errno, locks, exceptions or
/// allocation, because its thread-local storage is the caller's, or a copy of the caller's. Its return value is the
/// exit status.
using Entry = int (*)(void* argument);

struct NamespacedChild {
  int pid = -1;  ///< in the caller's pid namespace
  Fd pidfd;      ///< close-on-exec
};

/// User, mount, pid, network, IPC, UTS and cgroup namespaces: all that a cell gets.
inline constexpr std::uint64_t kCellNamespaces =
    CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;

/// Starts a process in new namespaces with one clone3(2). The child has a copy of the caller's memory, as after
/// fork(2); memory that parent and child are to share must be mapped MAP_SHARED. The caller must be single-threaded.
/// `namespaces` has the CLONE_NEW* bits. `cgroup` is the descriptor of the cgroup v2 directory to start in, or -1.
/// Errors: EPERM (user namespaces are forbidden), ENOSPC or EUSERS (user.max_*_namespaces), EAGAIN (process limit).
[[nodiscard]] SysResult<NamespacedChild> clone_into_namespaces(Entry entry, void* argument, std::span<std::byte> stack,
                                                               std::uint64_t namespaces, int cgroup);

/// Starts a process in the caller's namespaces, with a copy of the caller's memory (clone(2)). The process sends no
/// signal when it ends, so wait for the process with __WALL.
[[nodiscard]] SysResult<int> clone_with_own_memory(Entry entry, void* argument, std::span<std::byte> stack);

/// Starts a process in the caller's namespaces that shares the caller's memory (clone(2)). The process sends no signal
/// when it ends, so wait for the process with __WALL. With `wait` the caller sleeps until the child has ended or
/// executed a program. This function uses the old clone call, because the cell's filter answers clone3 with ENOSYS.
[[nodiscard]] SysResult<int> clone_sharing_memory(Entry entry, void* argument, std::span<std::byte> stack, bool wait);

/// Starts a process that shares the caller's memory and is in a new user namespace; all other namespaces are the
/// caller's.
[[nodiscard]] SysResult<int> clone_into_user_namespace(Entry entry, void* argument, std::span<std::byte> stack);

/// Makes a raw clone(2) with any flags, for probes. The child shares the caller's memory and exits at once; the caller
/// resumes after that. Returns the kernel's answer: the child's pid or a negated errno. Nobody has to wait for the
/// child: when the caller ends, process 1 of the cell inherits the child and reaps it.
[[nodiscard]] long clone_and_exit(std::uint64_t flags, std::span<std::byte> stack);

}  // namespace immure::sys
