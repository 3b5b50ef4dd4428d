/// The time limit and the signals of one run, from the start of the command to the signature.
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

/// Blocks all signals for as long as the Deadline lives, and reads the operator's signals from descriptors
/// (signalfd(2)). A run has phases: packing the image, listing the input, staging the input, starting the cell, the
/// program itself, and everything after the program. No phase may take longer than the time limit of the run.
///
/// While the program runs, the supervisor passes signals on to it (watch() in attest/supervise.hpp). In every other
/// phase SIGINT, SIGTERM, SIGQUIT and SIGHUP end the run; SIGUSR1 and SIGUSR2 wait for the program.
class Deadline {
 public:
  /// Starts the first phase. `wall_ms`: the time limit in milliseconds. `pulse` is shared with a parent process that
  /// watches this process, or is nullptr. The pulse must outlive the Deadline. Error kSystem.
  [[nodiscard]] static Result<std::unique_ptr<Deadline>> begin(std::uint64_t wall_ms, Pulse* pulse = nullptr);
  ~Deadline();
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  /// Sets another time limit for the phases that follow: the profile is read in the first phase, and can set the limit.
  void set_limit(std::uint64_t wall_ms) { wall_ms_ = wall_ms; }
  /// Starts the clock of the next phase. `doing` completes the sentence "the time limit was reached while …". The phase
  /// may take `least_ms` even if the time limit is shorter.
  void enter(std::string doing, std::uint64_t least_ms = 0);
  /// Enters the phase that starts the cell. The phase may take at least 10 seconds, because starting a cell takes time
  /// with any program and any input.
  void enter_start();

  /// Ends the last phase. Only messages are left to print, and a slow reader of these messages must not break the
  /// limit.
  void finish();
  /// The pulse for a parent that watches, or nullptr.
  [[nodiscard]] Pulse* pulse() const { return pulse_; }
  /// Tells the parent whether this process sleeps in poll(2), from which a signal wakes it.
  void set_waiting(bool waiting);

  /// Error kInterrupted once the phase has taken too long or the operator has sent a signal, and on every later call.
  /// Any thread may call this. Do not call it while the program runs, because signals then go to the program.
  [[nodiscard]] Result<void> check();
  /// check() as a function for long work. The Deadline must outlive the function.
  [[nodiscard]] GoOn go_on();

  /// Waits like sys::wait_for_either(). Errors: those of check().
  [[nodiscard]] Result<int> wait_for_either(int first, int second, int milliseconds);

  /// The milliseconds that are left of the phase, for poll(2); 0 if no time is left.
  [[nodiscard]] int left_ms() const;
  /// A descriptor that is readable when a signal for the program has arrived.
  [[nodiscard]] const sys::Fd& signals() const { return all_; }
  /// A descriptor that is readable when a signal has arrived that ends every phase except the program's. check() then
  /// fails.
  [[nodiscard]] const sys::Fd& endings() const { return ending_; }
  /// The next signal for the program; nothing if none has arrived.
  [[nodiscard]] std::optional<int> next_signal();

 private:
  Deadline(std::uint64_t wall_ms, Pulse* pulse);
  [[nodiscard]] Result<void> look();

  std::uint64_t wall_ms_, phase_ms_ = 0;
  Pulse* pulse_;
  sigset_t before_{};
  int not_blocked_ = 0;  ///< errno if the signals could not be blocked; if 0, before_ is the earlier mask
  sys::Fd ending_;       ///< the signals that end a run outside of the program's phase
  sys::Fd all_;          ///< the same signals, and the signals that only the program gets
  std::string doing_;
  std::int64_t end_ms_ = 0;
  std::atomic<std::int64_t> next_look_ms_ = 0;
  std::mutex mutex_;
  std::optional<Error> ended_;
};

}  // namespace immure::attest
