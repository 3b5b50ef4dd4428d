#include "cli/run/lead.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <string>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attest/host/surroundings.hpp"
#include "cli/print.hpp"
#include "plan/image/image_cache.hpp"
#include "sys/clock.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"

namespace immure::cli {
namespace {

// A cell never has more processes than this at once.
constexpr int kNumbersOfACell = 128;

void tell_no_run(std::string_view why, int failure) {
  tell(Error{
      .code = Code::kSystem, .where = "supervisor", .what = std::string(why), .hint = {}, .errno_value = failure});
}

/// Forks until the child's process number is one that no process of a cell has. A child with a smaller number ends at
/// once, and the kernel does not give that number again before it has used all others.
SysResult<int> fork_past_the_numbers_of_a_cell() {
  const int parent = ::getpid();
  while (true) {
    TRY(const int child, sys::call(::fork));
    if (child == 0) {
      if (::getpid() <= kNumbersOfACell) ::_exit(0);
      // If the leading parent is killed, the child must end too. The parent may have ended before this call.
      if (const int failure = sys::error_of(sys::call([] { return ::prctl(PR_SET_PDEATHSIG, SIGKILL); }));
          failure != 0) {
        tell_no_run("cannot be ended together with its parent process, so nothing was run", failure);
        ::_exit(kFault);
      }
      if (::getppid() != parent) {
        tell_no_run("its parent process has ended, so nothing was run", 0);
        ::_exit(kFault);
      }
    }
    if (child == 0 || child > kNumbersOfACell) return child;
    static_cast<void>(sys::wait_for_end(child));
  }
}

/// The exit code for a child that has ended. If a signal has killed the child, only its parent can say so.
ExitCode exit_code(int child, int status) {
  if (!WIFSIGNALED(status)) return WEXITSTATUS(status);
  const int signal = WTERMSIG(status);
  const char* name = ::sigabbrev_np(signal);
  tell("the supervisor, process " + std::to_string(child) + ", was killed by " +
       (name != nullptr ? "SIG" + std::string(name) : "signal " + std::to_string(signal)) +
       "; without evidence, nothing is proved of this run");
  return kSignalBase + signal;
}

/// Blocks all signals but those that a fault of this program causes. The destructor restores the signal mask.
class BlockedSignals {
 public:
  BlockedSignals() {
    ::sigfillset(&all_);
    for (const int own : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS}) ::sigdelset(&all_, own);
    ::sigprocmask(SIG_BLOCK, &all_, &before_);
  }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;
  ~BlockedSignals() {
    if (!kept_) ::sigprocmask(SIG_SETMASK, &before_, nullptr);
  }
  /// Leaves the signals blocked. Otherwise a late signal could kill this process before the process returns its exit
  /// code.
  void keep() { kept_ = true; }
  [[nodiscard]] const sigset_t& all() const { return all_; }

 private:
  sigset_t all_, before_;
  bool kept_ = false;
};

/// The parent: passes signals on to the child, and waits for the child's end.
class Leader {
 public:
  Leader(int child, const sigset_t& all, const attest::Pulse* pulse) : child_(child), all_(all), pulse_(pulse) {}

  Result<std::optional<ExitCode>> wait() {
    while (true) {
      if (!next_signal()) return wait_for_end();
      if (const auto ended = reap()) {
        remove_half_built_image(true);
        return ended;
      }
      if (pulse_ == nullptr) continue;
      tell_that_program_goes_on();
      const bool works = child_worked();
      if (auto error = attest::stalled(*pulse_, received_, sys::monotonic_ms(), works))
        return give_up(*std::move(error));
    }
  }

 private:
  /// Waits for a signal and passes it on. Waits at most half a second if there is a pulse to watch, and else without a
  /// limit. Returns false if a filter denies the call.
  bool next_signal() {
    constexpr timespec kBetweenLooks{.tv_sec = 0, .tv_nsec = 500'000'000};
    siginfo_t from{};
    const auto signal = pulse_ != nullptr ? sys::call(::sigtimedwait, &all_, &from, &kBetweenLooks)
                                          : sys::call(::sigwaitinfo, &all_, &from);
    if (!signal) return signal.error().value == EINTR || signal.error().value == EAGAIN;
    constexpr std::array kEnding = {SIGINT, SIGTERM, SIGQUIT, SIGHUP};
    if (std::ranges::find(kEnding, *signal) != kEnding.end()) received_ = {*signal, sys::monotonic_ms()};
    // The kernel sends a terminal's signals to the child too, because the child is in the same process group.
    if (*signal != SIGCHLD && from.si_code != SI_KERNEL) ::kill(child_, *signal);
    return true;
  }

  /// A program may ignore the first signal, or may have stopped itself. Its user would wait without knowing what for.
  void tell_that_program_goes_on() {
    constexpr std::int64_t kPatienceMs = 3'000;
    if (told_ || received_.signal == 0 || !pulse_->waiting || pulse_->passed_on_ms < received_.at_ms) return;
    if (sys::monotonic_ms() - pulse_->passed_on_ms < kPatienceMs) return;
    told_ = true;
    const char* name = ::sigabbrev_np(received_.signal);
    tell("note: the program has got SIG" + std::string(name != nullptr ? name : std::to_string(received_.signal)) +
         " and still runs. Send the signal once more (in a terminal, press Ctrl-C again) to kill the program.");
  }

  /// True if the child has used the processor in the last second.
  bool child_worked() {
    constexpr std::int64_t kRecentMs = 1'000;
    clockid_t clock{};
    timespec used{};
    if (::clock_getcpuclockid(child_, &clock) != 0 || ::clock_gettime(clock, &used) != 0) return false;
    if (used.tv_sec == used_.tv_sec && used.tv_nsec == used_.tv_nsec)
      return sys::monotonic_ms() - worked_ms_ < kRecentMs;
    used_ = used;
    worked_ms_ = sys::monotonic_ms();
    return true;
  }

  /// Reaps every child that has ended. Returns the exit code if the child of this leader is among them.
  std::optional<ExitCode> reap() const {
    int status = 0;
    for (int ended = 0; (ended = ::waitpid(-1, &status, WNOHANG)) > 0;) {
      if (ended == child_) return exit_code(child_, status);
    }
    return std::nullopt;
  }

  // Waits for the child's end without passing signals on.
  [[nodiscard]] ExitCode wait_for_end() const {
    const auto status = sys::wait_for_end(child_);
    remove_half_built_image(true);
    return status ? exit_code(child_, *status) : kFault;
  }

  /// True if the process ended in time.
  bool ends_within(int process, std::int64_t milliseconds) const {
    const std::int64_t end = sys::monotonic_ms() + milliseconds;
    while (::waitpid(process, nullptr, WNOHANG) == 0) {
      if (sys::monotonic_ms() >= end) return false;
      constexpr timespec kPause{.tv_sec = 0, .tv_nsec = 10'000'000};
      ::nanosleep(&kPause, nullptr);
    }
    return true;
  }

  /// The child removes its unfinished image itself, unless it was killed, or had no descriptor left for the removal.
  void remove_half_built_image(bool reaped) const {
    if (pulse_ != nullptr && pulse_->has_packed) plan::remove_unfinished_image(child_, reaped);
  }

  /// Kills the child, and removes the image that it was packing and the output directory that it made. The child's
  /// cleanup processes (attest/host/cleanup.hpp) remove the rest.
  std::unexpected<Error> give_up(Error error) const {
    constexpr std::int64_t kKilledMs = 1'000, kRemovedMs = 2'000;
    ::kill(child_, SIGKILL);
    if (!ends_within(child_, kKilledMs))
      error.what += "; process " + std::to_string(child_) + " stays until the file system answers or is unmounted";
    // Let another process remove the files, because the file system can hold this process as well.
    const int remover = ::fork();
    if (remover == 0) remove_leftovers();
    if (remover > 0 && !ends_within(remover, kRemovedMs)) ::kill(remover, SIGKILL);
    return std::unexpected(std::move(error));
  }

  [[noreturn]] void remove_leftovers() const {
    remove_half_built_image(false);
    // Remove only the directory that the run made, and only if the directory is empty.
    const char* output = pulse_->output.data();
    const auto made = sys::open_at(AT_FDCWD, output, O_PATH | O_DIRECTORY | O_NOFOLLOW);
    struct stat info{};
    if (made && ::fstat(made->get(), &info) == 0 && info.st_dev == pulse_->output_device &&
        info.st_ino == pulse_->output_inode)
      ::rmdir(output);
    ::_exit(kSuccess);
  }

  int child_;
  const sigset_t& all_;
  const attest::Pulse* pulse_;
  attest::Received received_;
  bool told_ = false;           ///< that the program still runs
  timespec used_{};             ///< the child's processor time, when the leader last looked
  std::int64_t worked_ms_ = 0;  ///< when the leader last saw that this time had grown
};

Result<std::optional<ExitCode>> lead(const attest::Pulse* pulse) {
  BlockedSignals blocked;
  const auto child = fork_past_the_numbers_of_a_cell();
  if (!child) return fail(Code::kSystem, "immure", "cannot start a process", {}, child.error().value);
  if (*child == 0) return std::nullopt;
  blocked.keep();
  return Leader(*child, blocked.all(), pulse).wait();
}

}  // namespace

Result<std::optional<ExitCode>> lead_from_small_number() {
  if (::getpid() > kNumbersOfACell) return std::nullopt;
  return lead(nullptr);
}

Result<std::optional<ExitCode>> lead_past_stalls(std::shared_ptr<attest::Pulse>& pulse) {
  // A tracer such as strace sees nothing of a child unless the tracer traces the child too. Then the tracer would also
  // trace the program, which immure itself must trace.
  if (attest::is_traced()) return lead_from_small_number();
  TRY(pulse, attest::share_pulse());
  return lead(pulse.get());
}

}  // namespace immure::cli
