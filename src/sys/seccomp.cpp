#include "sys/seccomp.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/ioctl.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

#include "sys/syscall.hpp"

namespace immure::sys {
namespace {

static_assert(sizeof(sock_filter) == sizeof(Instruction));

SysResult<int> install(std::span<const Instruction> filter, unsigned flags) {
  if (filter.empty() || filter.size() > kMaxInstructions) return std::unexpected(Errno{EINVAL});
  struct {
    unsigned short length;
    const Instruction* instructions;
  } const program{static_cast<unsigned short>(filter.size()), filter.data()};
  TRY(const long made, checked(raw(__NR_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program)));
  return static_cast<int>(made);
}

SysResult<void> send_answer(const Fd& listener, seccomp_notif_resp& answer) {
  Raw sent = 0;
  do {
    sent = raw(__NR_ioctl, listener.get(), SECCOMP_IOCTL_NOTIF_SEND, &answer);
  } while (sent == -EINTR);
  CHECK_OK(checked(sent));
  return {};
}

}  // namespace

SysResult<void> install_filter(std::span<const Instruction> filter) {
  CHECK_OK(install(filter, 0));
  return {};
}

SysResult<int> install_listening_filter(std::span<const Instruction> filter) {
  return install(filter, SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV);
}

void take_turns(const Fd& listener) {
  // The headers of Debian 12 lack these constants: SECCOMP_IOCTL_NOTIF_SET_FLAGS, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP.
  constexpr unsigned long kSetFlags = SECCOMP_IOW(4, std::uint64_t), kSyncWakeUp = 1;
  raw(__NR_ioctl, listener.get(), kSetFlags, kSyncWakeUp);
}

SysResult<Notification> next_notification(const Fd& listener) {
  // The kernel refuses a structure that is not zero. A newer kernel writes no more bytes than the size that is part of
  // the ioctl's request number.
  seccomp_notif received{};
  CHECK_OK(checked(raw(__NR_ioctl, listener.get(), SECCOMP_IOCTL_NOTIF_RECV, &received)));
  Notification notification{.id = received.id,
                            .pid = static_cast<int>(received.pid),
                            .number = static_cast<std::uint32_t>(received.data.nr),
                            .architecture = received.data.arch,
                            .instruction_pointer = received.data.instruction_pointer};
  for (std::size_t i = 0; i < notification.arguments.size(); ++i) notification.arguments.at(i) = received.data.args[i];
  return notification;
}

bool still_waits(const Fd& listener, std::uint64_t id) {
  return raw(__NR_ioctl, listener.get(), SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}

SysResult<void> let_continue(const Fd& listener, std::uint64_t id) {
  seccomp_notif_resp answer{};
  answer.id = id;
  answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
  return send_answer(listener, answer);
}

SysResult<void> answer_with_error(const Fd& listener, std::uint64_t id, int number) {
  seccomp_notif_resp answer{};
  answer.id = id;
  answer.error = -number;
  return send_answer(listener, answer);
}

SysResult<void> answer_with(const Fd& listener, std::uint64_t id, const Fd& fd, bool close_on_exec) {
  seccomp_notif_addfd given{};
  given.id = id;
  given.srcfd = static_cast<std::uint32_t>(fd.get());
  given.newfd_flags = close_on_exec ? O_CLOEXEC : 0;
  // Give the descriptor and the answer in two steps. In one step (SECCOMP_ADDFD_FLAG_SEND), a signal to this process
  // could end the call of the caller with 0 and without the descriptor.
  Raw number = 0;
  do number = raw(__NR_ioctl, listener.get(), SECCOMP_IOCTL_NOTIF_ADDFD, &given);
  while (number == -EINTR);
  CHECK_OK(checked(number));
  seccomp_notif_resp answer{};
  answer.id = id;
  answer.val = number;
  CHECK_OK(checked(raw(__NR_ioctl, listener.get(), SECCOMP_IOCTL_NOTIF_SEND, &answer)));
  return {};
}

}  // namespace immure::sys
