/// Runs a command with fewer resources than it wants, and sees whether any of its processes outlives it.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <sys/resource.h>

namespace immure::attack {

struct Limited {
  std::vector<std::string> command, environment;
  std::string directory;  ///< where standard output and error go, as the files `stdout` and `stderr`
  int uid = -1;
  std::vector<std::pair<__rlimit_resource, rlim_t>> limits;  ///< soft and hard at once
  std::vector<std::string> groups;                           ///< control groups to enter first
  std::int64_t patience_ms = 60'000;
};

struct Ended {
  int code = 0;  ///< of the command; 128 + the signal; 125 if it could not be started
  bool signaled = false, timed_out = false, survivors = false;
};

/// The caller must have no other children.
[[nodiscard]] Ended run_limited(const Limited& wanted);

/// Ends all children and their descendants.
void end_children();

}  // namespace immure::attack
