/// Signs of life of a Deadline, for a process that watches from outside.
///
/// A system call on a file system that another program or another machine serves (FUSE, NFS) may never return. Linux
/// lets no signal end such a call once the request is on its way, not always even SIGKILL. So the process that the
/// operator started makes no such call: it goes on in a child (cli/run/lead.hpp) and watches the child's pulse.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "sys/error.hpp"

namespace immure::attest {

/// Written by the child and read by its parent, in memory that both share.
struct Pulse {
  std::atomic<std::int64_t> looked_ms = 0;     ///< when the child last looked at the clock and for signals
  std::atomic<std::int64_t> end_ms = 0;        ///< when the time of the phase is over; 0: there is no phase
  std::atomic<std::uint64_t> phase_ms = 0;     ///< how long the phase may take
  std::atomic<std::int64_t> stopped_ms = 0;    ///< when the child saw that it must stop; since then it cleans up
  std::atomic<std::int64_t> passed_on_ms = 0;  ///< when the child last passed a signal on to the program
  std::atomic<bool> waiting = false;           ///< the child sleeps in poll(2), and a signal wakes it
  std::atomic<bool> has_cell = false;          ///< a cell was started, which takes time to end
  std::atomic<bool> packing = false;           ///< an image may lie half-built in the cache
  std::array<char, 128> doing{};               ///< what the phase does
  /// The output directory that this run made.
  std::array<char, 4096> output{};
  std::uint64_t output_device = 0, output_inode = 0;
};

/// Error kSystem.
[[nodiscard]] Result<std::shared_ptr<Pulse>> share_pulse();

/// True if a file system is mounted here of which a program or another machine might not answer. False if each file
/// system is known to be served by this kernel alone; overlayfs counts as such, though its layers may lie anywhere.
/// Error kBlocked: the table of mounts cannot be read. Without /proc it is true; the run itself says what is missing
/// then.
[[nodiscard]] Result<bool> may_stall();

/// The errors that end a phase; `doing` completes the sentence.
[[nodiscard]] Error stopped_by_signal(int signal, const std::string& doing);
[[nodiscard]] Error stopped_by_time(std::uint64_t phase_ms, const std::string& doing);

/// A signal that the parent has received, and when.
struct Received {
  int signal = 0;
  std::int64_t at_ms = 0;
};

/// The error that ends the run if the child must stop and has shown no sign of life for two seconds.
[[nodiscard]] std::optional<Error> stalled(const Pulse& pulse, const Received& received, std::int64_t now_ms);

}  // namespace immure::attest
