#include "sys/patience.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include <poll.h>
#include <sys/time.h>
#include <unistd.h>

#include "sys/clock.hpp"
#include "sys/libc.hpp"

namespace immure::sys {
namespace {

/// Delivers SIGALRM to this thread again and again, because a signal that arrives right before a system call does not
/// interrupt the call. The destructor undoes everything. The class uses setitimer(2), because a timer of
/// timer_create(2) needs memory that another process of the same user could have used up.
class Alarm {
 public:
  SysResult<void> start(int milliseconds) {
    // The action has no SA_RESTART, so that the signal ends the call.
    struct sigaction action{};
    action.sa_handler = [](int) {};
    CHECK_OK(call(::sigaction, SIGALRM, &action, &action_));
    handled_ = true;
    sigset_t alarm;
    ::sigemptyset(&alarm);
    ::sigaddset(&alarm, SIGALRM);
    CHECK_OK(call(::sigprocmask, SIG_UNBLOCK, &alarm, &mask_));
    unblocked_ = true;
    const timeval time{.tv_sec = milliseconds / 1000, .tv_usec = milliseconds % 1000 * 1000};
    const itimerval often{.it_interval = time, .it_value = time};
    CHECK_OK(call(::setitimer, ITIMER_REAL, &often, nullptr));
    return {};
  }
  Alarm() = default;
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;
  ~Alarm() {
    // Stop the timer first, so that no signal can arrive while the destructor restores the old mask and the old action.
    constexpr itimerval kNever{};
    const bool stopped = !unblocked_ || ::setitimer(ITIMER_REAL, &kNever, nullptr) == 0;
    // If the timer goes on, its signals must still meet the handler, or the first of them would end this process.
    if (!stopped) return;
    if (unblocked_) ::sigprocmask(SIG_SETMASK, &mask_, nullptr);
    if (handled_) ::sigaction(SIGALRM, &action_, nullptr);
  }

 private:
  struct sigaction action_{};
  sigset_t mask_{};
  bool handled_ = false, unblocked_ = false;
};

/// True if a signal that should end this process is pending, because the process blocks the signal.
bool should_end() {
  sigset_t waiting;
  if (::sigpending(&waiting) != 0) return false;
  constexpr std::array kEnding = {SIGINT, SIGTERM, SIGQUIT, SIGHUP};
  return std::ranges::any_of(kEnding, [&](int signal) { return ::sigismember(&waiting, signal) == 1; });
}

}  // namespace

SysResult<std::size_t> write_some(int fd, std::string_view bytes) {
  TRY(const ssize_t count, call(::write, fd, bytes.data(), bytes.size()));
  return static_cast<std::size_t>(count);
}

SysResult<std::size_t> write_within(int fd, std::string_view bytes, int milliseconds) {
  Alarm alarm;
  CHECK_OK(alarm.start(milliseconds));
  return write_some(fd, bytes);
}

SysResult<void> write_patiently(int fd, std::string_view bytes, std::int64_t& patience_ms) {
  constexpr int kPieceMs = 50;
  constexpr std::size_t kPiece = 4096;
  while (!bytes.empty()) {
    const std::int64_t begun = monotonic_ms();
    pollfd asked{.fd = fd, .events = POLLOUT, .revents = 0};
    const auto ready = call(::poll, &asked, 1, static_cast<int>(std::clamp<std::int64_t>(patience_ms, 0, kPieceMs)));
    std::size_t taken = 0;
    // poll(2) fails if the limit of open files is 0. Writing needs no new descriptor, and the alarm ends the call.
    if (ready ? *ready != 0 : ready.error().value != EINTR) {
      const auto written = write_within(fd, bytes.substr(0, kPiece), kPieceMs);
      if (!written && written.error().value != EINTR && written.error().value != EAGAIN)
        return std::unexpected(written.error());
      taken = written.value_or(0);
    }
    bytes.remove_prefix(taken);
    if (taken != 0) continue;
    patience_ms -= std::max<std::int64_t>(monotonic_ms() - begun, 1);
    if (patience_ms <= 0) return std::unexpected(Errno{ETIMEDOUT});
    if (should_end()) return std::unexpected(Errno{EINTR});
  }
  return {};
}

}  // namespace immure::sys
