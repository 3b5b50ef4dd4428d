#include "attest/deadline.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <span>

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "sys/clock.hpp"
#include "sys/libc.hpp"

namespace immure::attest {
namespace {

constexpr std::array kEnding = {SIGINT, SIGTERM, SIGQUIT, SIGHUP};
constexpr std::array kAll = {SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2};

/// A program under nohup(1) ignores SIGHUP, and so SIGHUP must not end the run.
bool is_ignored(int signal) {
  struct sigaction action{};
  return signal == SIGHUP && ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

Result<sys::Fd> queue_of(std::span<const int> signals) {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int signal : signals) {
    if (!is_ignored(signal)) ::sigaddset(&set, signal);
  }
  const auto queue = sys::call(::signalfd, -1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  if (queue) return sys::Fd(*queue);
  return fail(Code::kBlocked, "signals", "cannot be read from a file descriptor (signalfd)", {}, queue.error().value);
}

std::optional<int> next_in(const sys::Fd& queue) {
  signalfd_siginfo info{};
  if (::read(queue.get(), &info, sizeof info) != static_cast<ssize_t>(sizeof info)) return std::nullopt;
  return static_cast<int>(info.ssi_signo);
}

}  // namespace

Deadline::Deadline(std::uint64_t wall_ms, Pulse* pulse) : wall_ms_(wall_ms), pulse_(pulse) {
  sigset_t all;
  ::sigfillset(&all);
  not_blocked_ = sys::error_of(::sigprocmask, SIG_BLOCK, &all, &before_);
}

Deadline::~Deadline() {
  // The kernel sent this signal if a lease was broken (fcntl(2)). Take the signal off the queue, because it would end
  // the process once signals are unblocked.
  sigset_t leases;
  ::sigemptyset(&leases);
  ::sigaddset(&leases, SIGIO);
  const timespec at_once{};
  ::sigtimedwait(&leases, nullptr, &at_once);
  if (not_blocked_ != 0) return;
  // If the reader of the program's output has closed the pipe, a SIGPIPE is pending. The signal must not end immure,
  // which has already printed the result.
  sigset_t pipe{};
  ::sigemptyset(&pipe);
  ::sigaddset(&pipe, SIGPIPE);
  constexpr timespec kAtOnce{};
  while (::sigtimedwait(&pipe, nullptr, &kAtOnce) > 0) continue;
  ::sigprocmask(SIG_SETMASK, &before_, nullptr);
}

Result<std::unique_ptr<Deadline>> Deadline::begin(std::uint64_t wall_ms, Pulse* pulse) {
  std::unique_ptr<Deadline> deadline(new Deadline(wall_ms, pulse));
  if (const int failure = deadline->not_blocked_; failure != 0)
    return fail(Code::kBlocked, "signals", "cannot be blocked (sigprocmask)", {}, failure);
  TRY(deadline->ending_, queue_of(kEnding));
  TRY(deadline->all_, queue_of(kAll));
  deadline->enter("the run was prepared");
  return deadline;
}

void Deadline::enter(std::string doing, std::uint64_t least_ms) {
  const std::scoped_lock lock(mutex_);
  doing_ = std::move(doing);
  phase_ms_ = std::max(wall_ms_, least_ms);
  constexpr std::uint64_t kLongest = std::numeric_limits<std::int32_t>::max();
  end_ms_ = sys::monotonic_ms() + static_cast<std::int64_t>(std::min(phase_ms_, kLongest * 1000));
  next_look_ms_ = 0;
  if (pulse_ == nullptr) return;
  pulse_->phase_ms = phase_ms_;
  pulse_->end_ms = end_ms_;
  doing_.copy(pulse_->doing.data(), std::min(doing_.size() + 1, pulse_->doing.size() - 1));
  pulse_->doing.at(std::min(doing_.size(), pulse_->doing.size() - 1)) = '\0';
}

void Deadline::finish() {
  enter("the result was told");
  if (pulse_ != nullptr) pulse_->end_ms = 0;
}

void Deadline::set_waiting(bool waiting) {
  if (pulse_ == nullptr) return;
  // Store the time first, so that the parent never sees an old time when the waiting has ended.
  pulse_->looked_ms = sys::monotonic_ms();
  pulse_->waiting = waiting;
}

void Deadline::enter_start() {
  constexpr std::uint64_t kLeastMs = 10'000;
  enter("the cell was started", kLeastMs);
}

Result<void> Deadline::check() {
  // Each check costs a system call, so several small pieces of work share one check.
  constexpr std::int64_t kBetweenLooksMs = 5;
  const std::int64_t now = sys::monotonic_ms();
  if (now < next_look_ms_.load(std::memory_order_relaxed)) return {};
  next_look_ms_.store(now + kBetweenLooksMs, std::memory_order_relaxed);
  return look();
}

Result<void> Deadline::look() {
  if (pulse_ != nullptr) pulse_->looked_ms = sys::monotonic_ms();
  const std::scoped_lock lock(mutex_);
  if (!ended_) {
    if (const auto signal = next_in(ending_)) {
      ended_ = stopped_by_signal(*signal, doing_);
    } else if (left_ms() == 0) {
      ended_ = stopped_by_time(phase_ms_, doing_);
    }
    if (ended_ && pulse_ != nullptr) pulse_->stopped_ms = sys::monotonic_ms();
  }
  if (!ended_) return {};
  next_look_ms_ = 0;
  return std::unexpected(*ended_);
}

GoOn Deadline::go_on() {
  return [this] { return check(); };
}

Result<int> Deadline::wait_for_either(int first, int second, int milliseconds) {
  const std::int64_t end = sys::monotonic_ms() + milliseconds;
  std::array<pollfd, 3> fds = {pollfd{.fd = first, .events = POLLIN, .revents = 0},
                               pollfd{.fd = second, .events = POLLIN, .revents = 0},
                               pollfd{.fd = ending_.get(), .events = POLLIN, .revents = 0}};
  while (true) {
    const auto left = std::max<std::int64_t>(end - sys::monotonic_ms(), 0);
    set_waiting(true);
    const auto ready =
        sys::call(::poll, fds.data(), fds.size(), static_cast<int>(std::min<std::int64_t>(left, left_ms())));
    set_waiting(false);
    if (!ready && ready.error().value == EINTR) continue;
    if (!ready) return fail(Code::kSystem, "poll", "failed", {}, ready.error().value);
    if (fds[0].revents != 0) return 1;
    if (fds[1].revents != 0) return 2;
    CHECK_OK(look());
    if (left == 0) return 0;
  }
}

int Deadline::left_ms() const {
  return static_cast<int>(std::clamp<std::int64_t>(end_ms_ - sys::monotonic_ms(), 0, std::numeric_limits<int>::max()));
}

std::optional<int> Deadline::next_signal() {
  const std::optional<int> signal = next_in(all_);
  if (signal && pulse_ != nullptr) pulse_->passed_on_ms = sys::monotonic_ms();
  return signal;
}

}  // namespace immure::attest
