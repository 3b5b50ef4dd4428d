/// The time and the signals of one run, from the listing of its input to its signature.
#pragma once

#include <atomic>
#include <csignal>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::venue {

/// What long work calls at least every MiB and every few entries: an error tells it to stop.
using GoOn = std::function<Result<void>()>;

/// Blocks all signals for as long as it lives, and reads those that an operator sends from descriptors. A run has
/// phases, and no phase may take longer than the time limit of the run: listing the input, staging it, the program
/// itself, and everything after the program.
///
/// While the program runs, the supervisor passes signals on to it (watch() in venue/supervise.hpp). In every other
/// phase SIGINT, SIGTERM, SIGQUIT and SIGHUP end the run; SIGUSR1 and SIGUSR2 wait for the program.
class Deadline {
 public:
  /// Error kSystem.
  [[nodiscard]] static Result<std::unique_ptr<Deadline>> begin(std::uint64_t wall_ms);
  ~Deadline();
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  /// Starts the clock of the next phase. `doing` completes "the time limit was reached while …".
  void enter(std::string doing);

  /// Error kInterrupted, from then on each time, once the phase has taken too long or the operator has sent a signal.
  /// Any thread may call it. Not for the phase of the program, whose signals are not the supervisor's.
  [[nodiscard]] Result<void> check();
  /// check(), as long work takes it. The Deadline must outlive the function.
  [[nodiscard]] GoOn go_on();

  /// check(), for the start of a cell: the time limit does not count here, which has limits of its own.
  [[nodiscard]] Result<void> check_signals();
  /// As sys::wait_for_either. The error of check_signals().
  [[nodiscard]] Result<int> wait_for_either(int first, int second, int milliseconds);

  /// What is left of the phase, for poll(2); 0: nothing.
  [[nodiscard]] int left_ms() const;
  /// Readable when a signal for the program has arrived.
  [[nodiscard]] const sys::Fd& signals() const { return all_; }
  /// Readable when a signal has arrived that ends a run outside of its program: check() then fails.
  [[nodiscard]] const sys::Fd& endings() const { return ending_; }
  /// The next signal for the program, if one has arrived.
  [[nodiscard]] std::optional<int> next_signal();

 private:
  explicit Deadline(std::uint64_t wall_ms);
  [[nodiscard]] Result<void> look(bool time_counts);

  std::uint64_t wall_ms_;
  sigset_t before_{};
  sys::Fd ending_;  ///< the signals that end a run outside of its program
  sys::Fd all_;     ///< and with them those that only the program gets
  std::string doing_;
  std::int64_t end_ms_ = 0;
  std::atomic<std::int64_t> next_look_ms_ = 0;
  std::mutex mutex_;
  std::optional<Error> ended_;
};

}  // namespace immure::venue
