/// Watching a running payload: its output relayed, signals forwarded, its time limited.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "sys/error.hpp"
#include "venue/cell.hpp"

namespace immure::venue {

struct Watched {
  bool time_limit_hit = false;
  bool ended_regularly = false;             ///< the cell's first process saw the payload end and wrote the status down
  std::string output_sha256, error_sha256;  ///< of what the payload wrote to stdout and stderr
};

/// Relays stdout and stderr until the cell has ended. SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1 and SIGUSR2 go to the
/// payload, the same one a second time within the run ends the cell. `idle_work` is called while nothing is to do and
/// returns false when it has no more. On a terminal, control characters of the payload are shown, not obeyed. All
/// signals must be blocked. Errors: kSystem.
/// `tick`, if there is one, is called a few times a second, with true right before something of the payload's is shown.
[[nodiscard]] Result<Watched> watch(Cell& cell, std::uint64_t wall_ms, const std::function<bool()>& idle_work,
                                    const std::function<void(bool)>& tick = {});

}  // namespace immure::venue
