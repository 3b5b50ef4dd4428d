/// The outside witness: what the supervisor reads about a task of the cell in the host's /proc/PID.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "attest/host/cgroup.hpp"
#include "evidence/evidence.hpp"
#include "sys/error.hpp"

namespace immure::attest {

/// Reads everything about task `pid` except what the next two functions read. `group`: the control group in which the
/// task must be, or nullptr. If the task is not in the group, the record has no limits of the group.
/// Error of all three functions: kBlocked, with the file, if anything cannot be read. There is no partial result.
[[nodiscard]] Result<evidence::OutsideView> look_from_outside(int pid, std::string_view moment, const Cgroup* group);

/// Reads which signals the task ignores, its descriptors, and the sockets of its namespace. Call this after all probes,
/// because some probes ignore a signal or open a descriptor for a moment.
[[nodiscard]] Result<void> look_after_probes(int pid, evidence::OutsideView& view);

/// Reads the environment of the task. Call this after the exec, because before the exec the task shares the
/// supervisor's memory.
[[nodiscard]] Result<void> look_at_environment(int pid, evidence::OutsideView& view);

/// The mount table from the text of /proc/PID/mountinfo (proc_pid_mountinfo(5)), sorted by mount point, without the
/// sources of the mounts.
[[nodiscard]] Result<std::vector<evidence::Mount>> parse_mountinfo(std::string_view text);

/// The rows of /proc/PID/limits (proc_pid_limits(5)).
[[nodiscard]] std::vector<evidence::Limit> parse_limits(std::string_view text);

/// How many seccomp filters are attached to a process (`self`: to the caller). Error kBlocked.
[[nodiscard]] Result<std::uint32_t> filters_on(const std::string& pid);

/// Reads the walls of another venue from its entrypoint `pid`; does not fill in `command`. Error kBlocked.
[[nodiscard]] Result<evidence::OuterWalls> look_at_walls(int pid);

}  // namespace immure::attest
