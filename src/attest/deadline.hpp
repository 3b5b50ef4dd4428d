/// The time and the signals of one run, from the start of the command to the signature.
#pragma once

#include <atomic>
#include <csignal>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "attest/pulse.hpp"
#include "file/go_on.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::attest {

using file::GoOn;

/// Blocks all signals for as long as the Deadline lives, and reads the operator's signals from descriptors. A run has
/// phases: packing the image, listing the input, staging it, the start of the cell, the program itself, and everything
/// after the program. No phase may take longer than the time limit of the run.
///
/// While the program runs, the supervisor passes signals on to it (watch() in attest/supervise.hpp). In every other
/// phase SIGINT, SIGTERM, SIGQUIT and SIGHUP end the run; SIGUSR1 and SIGUSR2 wait for the program.
class Deadline {
 public:
  /// `pulse`: shared with a parent that watches, or nullptr; must outlive the Deadline. Error kSystem.
  [[nodiscard]] static Result<std::unique_ptr<Deadline>> begin(std::uint64_t wall_ms, Pulse* pulse = nullptr);
  ~Deadline();
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  /// Another time limit, from the next phase on: a profile is read in the first phase, and can set the limit.
  void set_limit(std::uint64_t wall_ms) { wall_ms_ = wall_ms; }
  /// Starts the clock of the next phase. `doing` completes "the time limit was reached while …". The phase may take
  /// `least_ms` even if the time limit is shorter.
  void enter(std::string doing, std::uint64_t least_ms = 0);
  /// The start of the cell, which takes time by itself, whatever the program and the input are: 10 seconds at least.
  void enter_start();

  /// The last phase is over. What is left is to say what came of the run, however long a reader of it takes.
  void finish();
  /// A parent that watches, or nullptr.
  [[nodiscard]] Pulse* pulse() const { return pulse_; }
  /// Says that this process sleeps in poll(2) until a signal wakes it, or that it no longer does.
  void set_waiting(bool waiting);

  /// Error kInterrupted once the phase has taken too long or the operator has sent a signal, and on every later call.
  /// Any thread may call this. Not for the phase of the program, in which signals go to the program.
  [[nodiscard]] Result<void> check();
  /// check() in the form that long work takes. The Deadline must outlive the function.
  [[nodiscard]] GoOn go_on();

  /// Waits as sys::wait_for_either does. Errors: those of check().
  [[nodiscard]] Result<int> wait_for_either(int first, int second, int milliseconds);

  /// The milliseconds that are left of the phase, for poll(2); 0 if none are left.
  [[nodiscard]] int left_ms() const;
  /// Readable when a signal for the program has arrived.
  [[nodiscard]] const sys::Fd& signals() const { return all_; }
  /// Readable when a signal has arrived that ends a run in every phase but the program's: check() then fails.
  [[nodiscard]] const sys::Fd& endings() const { return ending_; }
  /// The next signal for the program, if one has arrived.
  [[nodiscard]] std::optional<int> next_signal();

 private:
  Deadline(std::uint64_t wall_ms, Pulse* pulse);
  [[nodiscard]] Result<void> look();

  std::uint64_t wall_ms_, phase_ms_ = 0;
  Pulse* pulse_;
  sigset_t before_{};
  bool blocked_ = false;  ///< all signals; before_ is what was blocked earlier
  sys::Fd ending_;        ///< the signals that end a run outside of its program
  sys::Fd all_;           ///< and with them those that only the program gets
  std::string doing_;
  std::int64_t end_ms_ = 0;
  std::atomic<std::int64_t> next_look_ms_ = 0;
  std::mutex mutex_;
  std::optional<Error> ended_;
};

}  // namespace immure::attest
