/// Runs a command with fewer resources than the command needs, and checks whether any of its processes outlives the
/// command.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <sys/resource.h>

namespace immure::attack {

struct Limited {
  std::vector<std::string> command, environment;
  /// Standard output and error go to the files `stdout` and `stderr` in this directory.
  std::string directory;
  int uid = -1;
  std::vector<std::pair<__rlimit_resource, rlim_t>> limits;  ///< for both the soft and the hard limit
  std::vector<std::string> groups;                           ///< control groups that the command enters first
  std::int64_t patience_ms = 60'000;
};

struct Ended {
  /// Exit code of the command; 128 + the signal; 125 if the command could not be started.
  int code = 0;
  bool signaled = false, timed_out = false, survivors = false;
};

/// Runs the command. The caller must have no other children.
[[nodiscard]] Ended run_limited(const Limited& wanted);

/// Kills all children and their descendants.
void end_children();

}  // namespace immure::attack
