/// Watches a running payload: relays its output, forwards signals and limits its time.
#pragma once

#include <functional>
#include <string>

#include "attest/deadline.hpp"
#include "attest/feed.hpp"
#include "attest/start/cell.hpp"
#include "plan/plan.hpp"
#include "sys/error.hpp"

namespace immure::attest {

struct Watched {
  bool time_limit_hit = false;
  bool memory_limit_hit = false;  ///< the cell as a whole had more memory than its limit
  /// The cell's first process saw the payload end and recorded the status.
  bool ended_regularly = false;
  /// The time was over before all of stdout and stderr was passed on.
  bool output_unread = false;
  bool output_cut = false;                  ///< stdout and stderr together reached the limit of output bytes
  std::uint64_t relayed = 0;                ///< bytes of both streams
  std::string output_sha256, error_sha256;  ///< of what was relayed of stdout and stderr
};

/// Relays stdout and stderr, and passes the bytes of `feed` on to the payload, until the cell has ended. Ends the cell
/// when the time that `deadline` gives the phase is over, or when the cell has more memory than its limit.
///
/// SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1 and SIGUSR2 go to the payload. A second SIGINT, SIGTERM or SIGQUIT ends
/// the cell, because the operator wants the program to end. Both streams together are relayed up to
/// `limits.output_bytes`; then the supervisor closes both, and the payload gets EPIPE. On a terminal, control
/// characters of the payload are shown in visible form, so that the terminal does not obey them.
///
/// watch() calls `idle_work` while there is nothing else to do, until `idle_work` returns false. `tick`, if there is
/// one, is called a few times a second; its argument is true right before output of the payload is shown. `to`: the
/// descriptor that gets the payload's standard output. Error kSystem.
[[nodiscard]] Result<Watched> watch(Cell& cell, Feed& feed, int to, const plan::Limits& limits, Deadline& deadline,
                                    const std::function<bool()>& idle_work, const std::function<void(bool)>& tick = {});

}  // namespace immure::attest
