/// Installs seccomp filters, and answers the calls of which a filter notifies (seccomp(2), seccomp_unotify(2)).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "sys/bpf.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::sys {

/// Installs `filter` on the calling thread, for good. Needs no_new_privs. Error: EINVAL if the filter is empty, longer
/// than kMaxInstructions, or no valid program.
[[nodiscard]] SysResult<void> install_filter(std::span<const Instruction> filter);

/// Like install_filter(), for a filter that notifies. Returns the number of the listener, which is close-on-exec. A
/// call of which the filter notifies waits for an answer; only a fatal signal ends a call that somebody has received.
/// Errors: also EBUSY if the thread has a listener already.
[[nodiscard]] SysResult<int> install_listening_filter(std::span<const Instruction> filter);

/// Lets the caller of a call and the reader of the listener take turns on one processor, which makes each call several
/// times as fast (Linux 6.6). Does nothing on an older kernel.
void take_turns(const Fd& listener);

/// A call that waits for an answer.
struct Notification {
  std::uint64_t id = 0;
  int pid = 0;  ///< the calling thread, in the pid namespace of the reader
  std::uint32_t number = 0;
  std::uint32_t architecture = 0;  ///< AUDIT_ARCH_*
  std::uint64_t instruction_pointer = 0;
  std::array<std::uint64_t, 6> arguments{};
};

/// Takes the next call that waits. Call this only when poll(2) says that the listener is readable. Error: ENOENT if the
/// caller of that call was killed meanwhile.
[[nodiscard]] SysResult<Notification> next_notification(const Fd& listener);
/// True if the call still waits. In this case its thread has not ended, so everything that the caller has read by the
/// thread's id belongs to this thread.
[[nodiscard]] bool still_waits(const Fd& listener, std::uint64_t id);
/// Lets the kernel go on with a call as if no filter had notified. Error: ENOENT if the call no longer waits.
[[nodiscard]] SysResult<void> let_continue(const Fd& listener, std::uint64_t id);

/// Answers a call with an error, and the kernel does not do the call. Error: ENOENT if the call waits no more.
[[nodiscard]] SysResult<void> answer_with_error(const Fd& listener, std::uint64_t id, int number);

/// Answers a call with a descriptor: the caller gets `fd` under a number of its own, and the call returns this number
/// (SECCOMP_IOCTL_NOTIF_ADDFD, Linux 5.14). Errors: EMFILE at the caller's limit; ENOENT as above.
[[nodiscard]] SysResult<void> answer_with(const Fd& listener, std::uint64_t id, const Fd& fd, bool close_on_exec);

}  // namespace immure::sys
