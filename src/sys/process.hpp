/// Functions for other processes: hold a process by a pidfd, signal it, stop it at its exec.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "sys/bpf.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::sys {

/// Opens a descriptor for a process (pidfd_open(2), Linux 5.3). The descriptor stands for this process even after the
/// kernel has given its number to another process.
[[nodiscard]] SysResult<Fd> open_process(int pid);

/// Sends a signal through a pidfd (pidfd_send_signal(2)). Error: ESRCH if the process has ended.
[[nodiscard]] SysResult<void> send_signal(const Fd& process, int signal);

/// A copy of the descriptor `number` of another process (pidfd_getfd(2), Linux 5.6); close-on-exec. Error: EPERM if the
/// caller may not trace the process, EBADF if the process has no such descriptor.
[[nodiscard]] SysResult<Fd> take_descriptor(const Fd& process, int number);

/// Reads memory of another process (process_vm_readv(2)), and returns the number of bytes read. The number is smaller
/// than `bytes.size()` if the memory of the process ends earlier. Errors: EFAULT, ESRCH, and EPERM as for
/// take_descriptor().
[[nodiscard]] SysResult<std::size_t> read_memory(int pid, std::uint64_t address, std::span<std::byte> bytes);

/// Waits until one of two descriptors is readable or hung up, at most `milliseconds`. Returns 1 or 2 for the descriptor
/// that is ready, 1 if both are, and 0 if none is.
[[nodiscard]] SysResult<int> wait_for_either(int first, int second, int milliseconds);

/// Gives every signal its default action. Without this call, signals that this task's parent ignored would stay ignored
/// after an exec (signal(7)).
void default_all_signals();

/// Makes the kernel's OOM killer prefer this process, and all processes that the process starts from now on, to every
/// other process (proc_pid_oom_score_adj(5)). Needs no privilege. The kernel also sets the value for every process that
/// shares memory with the process.
[[nodiscard]] SysResult<void> offer_to_oom_killer(int pid);

/// A word that one task changes while other tasks that share its memory sleep on it (futex(2)). A task that sees the
/// change can also read everything that the first task wrote before the change, even on machines that reorder stores.
using FutexWord = std::atomic<std::uint32_t>;
static_assert(FutexWord::is_always_lock_free && sizeof(FutexWord) == sizeof(std::uint32_t));

/// Sleeps while `word` has the value `value`. Error: ETIMEDOUT after 30 seconds without a wake-up.
[[nodiscard]] SysResult<void> wait_while_equal(const FutexWord& word, std::uint32_t value);
/// Changes `word` and wakes all tasks that sleep on it.
void change_and_wake(FutexWord& word, std::uint32_t value);

/// Uses ptrace for one purpose: to hold a task at the end of its exec, before the program's first instruction. The
/// destructor kills the task unless let_go() was called.
class ExecStop {
 public:
  ExecStop() = default;
  ExecStop(ExecStop&& other) noexcept : pid_(other.pid_) { other.pid_ = -1; }
  ExecStop& operator=(ExecStop&&) = delete;
  ~ExecStop();

  /// Starts to trace a task (PTRACE_SEIZE), so that the task stops at its exec and dies if the tracer ends. Error:
  /// EPERM if the task belongs to another user, or if Yama's ptrace_scope is 3.
  [[nodiscard]] static SysResult<ExecStop> seize(int pid);
  /// Waits for the exec, at most `milliseconds`. `pipe` must hang up when the task executes or ends. Errors: ECHILD if
  /// the task ended instead, ETIMEDOUT.
  [[nodiscard]] SysResult<void> wait_for_exec(int pipe, int milliseconds);
  /// Reads the filter that the task loaded last, as the kernel keeps it. Returns the number of instructions; if the
  /// number is larger than `room`, nothing is copied. The tracer needs CAP_SYS_ADMIN in the first user namespace and
  /// must be under no filter itself (EACCES). The kernel needs CONFIG_CHECKPOINT_RESTORE (EIO or EINVAL otherwise).
  [[nodiscard]] SysResult<std::size_t> read_filter(std::span<Instruction> room) const;
  /// Stops tracing; the task runs on.
  [[nodiscard]] SysResult<void> let_go();

 private:
  int pid_ = -1;
};

/// A user namespace that maps one user id and one group id, `inner` to `outer`, for idmapped mounts (mount_setattr(2)).
/// The kernel makes a user namespace only together with a process. create() kills that process at once; the destructor
/// reaps it, because by then waiting costs nothing. There may be one OwnerMap at a time.
class OwnerMap {
 public:
  OwnerMap() = default;
  OwnerMap(OwnerMap&& other) noexcept : namespace_(std::move(other.namespace_)), pid_(std::exchange(other.pid_, -1)) {}
  OwnerMap& operator=(OwnerMap&& other) noexcept {
    std::swap(namespace_, other.namespace_);
    std::swap(pid_, other.pid_);
    return *this;
  }
  ~OwnerMap();

  /// Makes the namespace. The caller needs privilege over both outer ids in its own user namespace.
  [[nodiscard]] static SysResult<OwnerMap> create(std::uint32_t inner_uid, std::uint32_t outer_uid,
                                                  std::uint32_t inner_gid, std::uint32_t outer_gid);
  /// Hands over the descriptor of the namespace; the caller closes it. Works once.
  [[nodiscard]] Fd take() { return std::move(namespace_); }

 private:
  Fd namespace_;
  int pid_ = -1;
};

/// Writes `deny` to setgroups, and then uid_map and gid_map, for a process in a new user namespace. Each map has one
/// id.
[[nodiscard]] SysResult<void> write_id_maps(int pid, std::uint32_t inner_uid, std::uint32_t outer_uid,
                                            std::uint32_t inner_gid, std::uint32_t outer_gid);

/// The user that owns the user namespace of a process, as the caller's own namespace numbers users (NS_GET_OWNER_UID in
/// ioctl_ns(2), Linux 4.11). Errors: ENOENT (no such process), EACCES or EPERM (the caller has no right to look at the
/// process).
[[nodiscard]] SysResult<std::uint32_t> owner_of_user_namespace(int pid);

}  // namespace immure::sys
