/// Watches the running programs of a run: relays their output, forwards signals and limits their time.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "attest/deadline.hpp"
#include "attest/feed.hpp"
#include "attest/start/cell.hpp"
#include "evidence/evidence.hpp"
#include "plan/plan.hpp"
#include "sys/error.hpp"

namespace immure::attest {

/// What watch() learns of one program.
struct WatchedStage {
  /// The cell's first process saw the payload end and recorded the status.
  bool ended_regularly = false;
  bool output_cut = false;                            ///< its pipe to the next stage reached the limit of output bytes
  std::optional<evidence::PipeRead> read = {};        ///< absent for the first stage
  std::optional<evidence::PipeWritten> written = {};  ///< absent for the last stage
};

struct Watched {
  bool time_limit_hit = false;
  bool memory_limit_hit = false;  ///< the cells together had more memory than the limit
  std::vector<WatchedStage> stages;
  /// The time was over before all of stdout and stderr was passed on.
  bool output_unread = false;
  bool output_cut = false;                  ///< stdout and stderr together reached the limit of output bytes
  std::uint64_t relayed = 0;                ///< bytes of all streams
  std::string output_sha256, error_sha256;  ///< of what was relayed of the last stage's stdout and stderr
};

/// `cells`: the stages of a pipeline in their order, or the one cell of a run. Relays the last stage's stdout and every
/// stderr, passes the bytes of `feed` on to the first payload, and what one payload writes on to the next, until all
/// cells have ended. Ends all cells when the time that `deadline` gives the phase is over, or when the cells have more
/// memory than the limit.
///
/// SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1 and SIGUSR2 go to every payload. A second SIGINT, SIGTERM or SIGQUIT ends
/// the cells, because the operator wants the programs to end. All streams together are relayed up to
/// `limits.output_bytes`; then the supervisor closes them, and the payload gets EPIPE. Each pipe between two stages
/// takes as many bytes. On a terminal, control
/// characters of the payload are shown in visible form, so that the terminal does not obey them.
///
/// watch() calls `idle_work` while there is nothing else to do, until `idle_work` returns false. `tick`, if there is
/// one, is called a few times a second; its argument is true right before output of the payload is shown. `to`: the
/// descriptor that gets the payload's standard output. Error kSystem.
[[nodiscard]] Result<Watched> watch(std::span<Cell* const> cells, Feed& feed, int to, const plan::Limits& limits,
                                    Deadline& deadline, const std::function<bool()>& idle_work,
                                    const std::function<void(bool)>& tick = {});

}  // namespace immure::attest
