/// The outside witness: the supervisor's own reading of the host's /proc/PID of a task in the cell.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "attest/host/cgroup.hpp"
#include "evidence/evidence.hpp"
#include "sys/error.hpp"

namespace immure::attest {

/// Looks at everything of task `pid` except what the next two functions look at. `group`: the control group in which
/// the task must be, or nullptr. If the task is not in the group, the record has no limits of the group.
/// Errors of all three: kBlocked if anything cannot be read, with the file; a look is whole or there is none.
[[nodiscard]] Result<evidence::OutsideView> look_from_outside(int pid, std::string_view moment, const Cgroup* group);

/// The signals that it ignores, its descriptors and its namespace's sockets, once all probes are done: some probes
/// ignore a signal or open a descriptor for a moment.
[[nodiscard]] Result<void> look_after_probes(int pid, evidence::OutsideView& view);

/// Its environment, once it has executed: before, its memory is the supervisor's own.
[[nodiscard]] Result<void> look_at_environment(int pid, evidence::OutsideView& view);

/// Mount table out of /proc/PID/mountinfo (proc_pid_mountinfo(5)), sorted by mount point, sources left out.
[[nodiscard]] Result<std::vector<evidence::Mount>> parse_mountinfo(std::string_view text);

/// Rows of /proc/PID/limits (proc_pid_limits(5)).
[[nodiscard]] std::vector<evidence::Limit> parse_limits(std::string_view text);

/// The walls of another venue, as its entrypoint `pid` has them; `command` is not filled. Error kBlocked.
[[nodiscard]] Result<evidence::OuterWalls> look_at_walls(int pid);

}  // namespace immure::attest
