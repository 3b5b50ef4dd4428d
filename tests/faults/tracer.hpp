/// Runs a command, and controls every system call of the command and of its descendants (seccomp_unotify(2)).
/// Answers one of these calls in the kernel's place. The tracer does not use ptrace, because immure itself traces its
/// payload, and a task can have only one tracer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace immure::faults {

/// One call of one task, described so that it is the same in every run.
struct Point {
  /// launcher, init, controls, payload or walls. Another child has the role of its parent with /N. `scan`: the
  /// launcher, when it asks for the control groups of other processes.
  std::string role;
  int nr = -1;
  /// Index among the task's calls with this number, from 0.
  int nth = 0;
  friend bool operator==(const Point&, const Point&) = default;
};

struct Fault {
  Point point;
  int number = 0;  ///< the errno to answer; 0: success without doing anything
};

/// A call as the task made it.
struct Call {
  Point point;
  std::uint64_t args[6];
  /// The path of the call, or what the descriptor in its first argument is.
  std::string about;
  /// The number of characters of `about` that are the name of a directory that is held open.
  std::size_t held = 0;
  bool after_start = false;  ///< the payload runs, or the launcher has let it go
};

struct Settings {
  std::vector<std::string> command;
  std::vector<std::string> environment;
  /// Standard output and error go to the files `stdout` and `stderr` in this directory.
  std::string directory;
  int uid = -1;                       ///< user of the command; -1: the caller
  std::vector<std::string> groups;    ///< control groups that the command enters first
  std::int64_t patience_ms = 90'000;  ///< milliseconds after which the command is killed
  /// Called while the task waits, before the kernel makes the call.
  std::function<void(const Point&, int pid)> before;
};

struct Trace {
  std::vector<Call> calls;
  int status = 0;         ///< of the command, as wait(2) returns it
  int pid = 0;            ///< of the command
  bool answered = false;  ///< the command reached the fault's point
  /// What the call at that point was about. Two runs may make their calls in another order, so this can differ from
  /// what the walk's first run saw.
  std::string about;
  bool started = false;  ///< the first instruction of the payload was executed
  /// Some task still ran when the command had been gone for a while; the task was killed.
  bool survivors = false;
  bool timed_out = false;  ///< the command did not end; it was killed
};

/// Runs a command. The caller must have no other children. If `keep_calls` is false, only what the verdict needs is
/// kept.
[[nodiscard]] Trace run(const Settings& settings, const std::optional<Fault>& fault, bool keep_calls);

}  // namespace immure::faults
