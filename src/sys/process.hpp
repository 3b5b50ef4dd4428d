/// Other processes: held by pidfd, ended, stopped at their exec.
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

/// pidfd_open(2): a descriptor that stays with this process, whatever its number is used for later.
[[nodiscard]] SysResult<Fd> open_process(int pid);

/// pidfd_send_signal(2). ESRCH: it has ended.
[[nodiscard]] SysResult<void> send_signal(const Fd& process, int signal);

/// Waits until one of two descriptors is readable or hung up, at most `milliseconds`. 0: neither; 1, 2: the first that
/// is.
[[nodiscard]] SysResult<int> wait_for_either(int first, int second, int milliseconds);

/// Gives every signal its default action, also signals that the parent of this task ignored: an exec keeps ignored
/// signals ignored (signal(7)).
void default_all_signals();

/// Makes the kernel's OOM killer end a process, and all processes that it starts from now on, before anything else
/// (proc_pid_oom_score_adj(5)). Needs no privilege. The kernel also sets this for every process that shares memory
/// with the process.
[[nodiscard]] SysResult<void> offer_to_oom_killer(int pid);

/// A word that one task changes and that other tasks, which share its memory, sleep on (futex(2)). A task that saw the
/// change can read everything that the first task wrote before the change, also on machines that reorder stores.
using FutexWord = std::atomic<std::uint32_t>;
static_assert(FutexWord::is_always_lock_free && sizeof(FutexWord) == sizeof(std::uint32_t));

/// Sleeps while `word` is `value`, at most 30 s. ETIMEDOUT.
[[nodiscard]] SysResult<void> wait_while_equal(const FutexWord& word, std::uint32_t value);
/// Changes `word` and wakes all tasks that sleep on it.
void change_and_wake(FutexWord& word, std::uint32_t value);

/// Ptrace used for one thing: to hold a task at the end of its exec, before its first instruction. A task that is not
/// let go is killed.
class ExecStop {
 public:
  ExecStop() = default;
  ExecStop(ExecStop&& other) noexcept : pid_(other.pid_) { other.pid_ = -1; }
  ExecStop& operator=(ExecStop&&) = delete;
  ~ExecStop();

  /// PTRACE_SEIZE with exec stop; the task is killed if the tracer ends. EPERM: not the caller's, or Yama's
  /// ptrace_scope is 3.
  [[nodiscard]] static SysResult<ExecStop> seize(int pid);
  /// Waits for the exec, at most `milliseconds`; `pipe` hangs up when the task executes or ends. ECHILD: it ended
  /// instead.
  [[nodiscard]] SysResult<void> wait_for_exec(int pipe, int milliseconds);
  /// The filter that the task loaded last, as the kernel keeps it: the number of instructions, which may be larger than
  /// `room`. For a tracer with CAP_SYS_ADMIN in the first user namespace that is under no filter itself (EACCES), on a
  /// kernel with CONFIG_CHECKPOINT_RESTORE (EIO, EINVAL).
  [[nodiscard]] SysResult<std::size_t> read_filter(std::span<Instruction> room) const;
  /// Lets the task run, untraced.
  [[nodiscard]] SysResult<void> let_go();

 private:
  int pid_ = -1;
};

/// A user namespace that maps `inner` to `outer`, one user and one group id, for idmapped mounts (mount_setattr(2)). It
/// takes a process to make one, which is ended at once; its end is waited for when the map goes, since by then it
/// costs nothing. One at a time.
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

  /// Needs privilege over both ids in the caller's namespace.
  [[nodiscard]] static SysResult<OwnerMap> create(std::uint32_t inner_uid, std::uint32_t outer_uid,
                                                  std::uint32_t inner_gid, std::uint32_t outer_gid);
  /// The namespace, once: whoever uses it closes it.
  [[nodiscard]] Fd take() { return std::move(namespace_); }

 private:
  Fd namespace_;
  int pid_ = -1;
};

/// Writes setgroups `deny`, uid_map and gid_map of a new process in a new user namespace, one id each.
[[nodiscard]] SysResult<void> write_id_maps(int pid, std::uint32_t inner_uid, std::uint32_t outer_uid,
                                            std::uint32_t inner_gid, std::uint32_t outer_gid);

/// The user that owns the user namespace of a process (ioctl_ns(2), NS_GET_OWNER_UID, Linux 4.11), as the caller's own
/// namespace numbers users. Errors: ENOENT (no such process), EACCES or EPERM (the caller may not look at it).
[[nodiscard]] SysResult<std::uint32_t> owner_of_user_namespace(int pid);

}  // namespace immure::sys
