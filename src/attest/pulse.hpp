/// Signs of life of a Deadline, for a parent process that watches them.
///
/// A system call on a file system that another program or another machine serves (FUSE, NFS) may never return. Once the
/// request is on its way, no signal ends such a call, sometimes not even SIGKILL. So the process that the operator
/// started makes no such call itself: a child does the work (cli/run/lead.hpp), and the parent watches the child's
/// pulse.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "sys/error.hpp"

namespace immure::attest {

/// The child writes these fields and its parent reads them, in memory that both share. Times are milliseconds of the
/// monotonic clock.
struct Pulse {
  /// When the child last looked at the clock and for signals.
  std::atomic<std::int64_t> looked_ms = 0;
  /// When the time of the phase is over; 0 if there is no phase.
  std::atomic<std::int64_t> end_ms = 0;
  std::atomic<std::uint64_t> phase_ms = 0;  ///< how long the phase may take
  /// When the child saw that it must stop. The child has been cleaning up since then.
  std::atomic<std::int64_t> stopped_ms = 0;
  std::atomic<std::int64_t> passed_on_ms = 0;  ///< when the child last passed a signal on to the program
  std::atomic<bool> waiting = false;           ///< the child sleeps in poll(2), and a signal wakes it
  std::atomic<bool> has_cell = false;          ///< the child has started a cell, and ending a cell takes time
  std::atomic<bool> packing = false;           ///< an image may lie half-built in the cache
  std::atomic<bool> has_packed = false;        ///< the child has begun to pack an image in this run
  /// What the phase does, to complete a sentence.
  std::array<char, 128> doing{};
  /// The output directory that this run made.
  std::array<char, 4096> output{};
  std::uint64_t output_device = 0, output_inode = 0;
};

/// While a Packing exists, the parent knows that an image may lie half-built in the cache.
class Packing {
 public:
  /// `pulse` is empty if no parent watches.
  explicit Packing(Pulse* pulse) : pulse_(pulse) { set(true); }
  ~Packing() { set(false); }
  Packing(const Packing&) = delete;
  Packing& operator=(const Packing&) = delete;

 private:
  void set(bool packing) {
    if (pulse_ == nullptr) return;
    pulse_->packing = packing;
    if (packing) pulse_->has_packed = true;
  }
  Pulse* pulse_;
};

/// Makes a Pulse in memory that this process shares with its children. Error kSystem.
[[nodiscard]] Result<std::shared_ptr<Pulse>> share_pulse();

/// Tells from the text of /proc/self/mountinfo whether `path`, or a directory above it, is the mount point of a file
/// system that another program or machine serves, and that might not answer. overlayfs counts as a file system of this
/// kernel, though its layers may lie anywhere.
[[nodiscard]] bool may_stall_at(std::string_view mountinfo, std::string_view path);

/// The errors that end a phase. `doing` completes the sentence.
[[nodiscard]] Error stopped_by_signal(int signal, const std::string& doing);
[[nodiscard]] Error stopped_by_time(std::uint64_t phase_ms, const std::string& doing);

/// A signal that the parent has received, and when the parent received it.
struct Received {
  int signal = 0;
  std::int64_t at_ms = 0;
};

/// If the child must stop but has shown no sign of life for two seconds, returns the error that ends the run. `works`:
/// the child has used the processor meanwhile, so no file system holds the child, and the error must not say so.
[[nodiscard]] std::optional<Error> stalled(const Pulse& pulse, const Received& received, std::int64_t now_ms,
                                           bool works);

}  // namespace immure::attest
