/// Runs a command with every system call of it and of all it starts in our hands (seccomp_unotify(2)), and answers one
/// of them in the kernel's place. Not ptrace: immure holds its payload by ptrace itself, and a task has one tracer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace immure::faults {

/// One call of one task, by what stays the same from run to run.
struct Point {
  std::string role;  ///< launcher, init, controls, payload, walls; a further child is its parent's with /N; scan: the
                     ///< launcher, where it asks for the control groups of other processes
  int nr = -1;
  int nth = 0;  ///< among the task's calls of this number, from 0
  friend bool operator==(const Point&, const Point&) = default;
};

struct Fault {
  Point point;
  int number = 0;  ///< the errno to answer; 0: success, with nothing done
};

/// A call as it was made.
struct Call {
  Point point;
  std::uint64_t args[6];
  std::string about;         ///< the path it names, or what the descriptor in its first argument is
  std::size_t held = 0;      ///< how many characters of it are the name of a directory that is held open
  bool after_start = false;  ///< the payload runs, or the launcher has let it go
};

struct Settings {
  std::vector<std::string> command;
  std::vector<std::string> environment;
  std::string directory;              ///< where standard output and error go, as the files `stdout` and `stderr`
  int uid = -1;                       ///< -1: nobody else
  std::vector<std::string> groups;    ///< control groups that the command enters first
  std::int64_t patience_ms = 90'000;  ///< then it is killed
  /// Called while the task waits for its call, before the kernel makes it.
  std::function<void(const Point&, int pid)> before;
};

struct Trace {
  std::vector<Call> calls;
  int status = 0;          ///< of the command, as wait(2) has it
  int pid = 0;             ///< of the command
  bool answered = false;   ///< the fault's point was reached
  bool started = false;    ///< the payload's first instruction was executed
  bool survivors = false;  ///< some task was left when the command had been gone for a while; it was killed
  bool timed_out = false;  ///< the command did not end; it was killed
};

/// The caller has no other children. `keep_calls` false: only what is needed for the verdict is kept.
[[nodiscard]] Trace run(const Settings& settings, const std::optional<Fault>& fault, bool keep_calls);

}  // namespace immure::faults
