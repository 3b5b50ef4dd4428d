/// One run from plan to evidence: start the cell, gate, supervise, harvest, sign.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "attest/deadline.hpp"
#include "attest/start/choice.hpp"
#include "evidence/evidence.hpp"
#include "file/place.hpp"
#include "file/progress.hpp"
#include "file/tree.hpp"
#include "judge/judge.hpp"
#include "plan/plan.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::attest {

struct RunRequest {
  Deadline& deadline;  ///< knows the plan's time limit
  plan::Plan plan;
  sys::Fd input;   ///< the plan's input_path, opened for reading
  sys::Fd output;  ///< the operator's directory, empty; the harvest goes there and never by its path
  std::optional<file::Place> key = {};       ///< the private key's; required with evidence
  std::optional<file::Place> evidence = {};  ///< absent: walls and gate only, nothing is signed (--no-evidence)
  bool replace_evidence = false;             ///< evidence that is there already gives way
  std::optional<std::string> nonce, audience;
  Choice venue;
  bool stage_input = false;              ///< give the cell a copy of the input without FIFOs, sockets and devices
  std::vector<file::Entry> listed = {};  ///< the input as file::scan() gave it a moment ago; empty: it is listed now
  /// Called a few times a second while the payload runs, with the numbers that it has left in /out (file/progress.hpp),
  /// or without any; and so right before something that it says is shown.
  std::function<void(const std::optional<file::Progress>&)> progress = {};
};

enum class End : std::uint8_t { kExited, kSignaled, kTimeLimit, kBlocked };

struct RunOutcome {
  End end = End::kBlocked;
  int exit_code = 0;  ///< kExited: the payload's own
  int signal = 0;     ///< kSignaled, kTimeLimit
  /// kBlocked: `test #26 (read-only input): expected EROFS, observed ok: …`, one entry per failing row; the payload
  /// never started.
  std::vector<std::string> blocked;
  std::vector<std::string>
      after_run;      ///< what did not hold once the payload had run (the input was changed meanwhile); same form
  std::string venue;  ///< where the cell was built, with its version; empty: nowhere
  std::vector<std::string> passed_over;      ///< venues that `auto` could not take, and why
  std::vector<std::string> left_out;         ///< `path: kind` of what --stage kept out of the cell
  std::string staged_because;                ///< why the input was staged though nobody asked for it
  std::vector<std::string> refused_outputs;  ///< what the harvest left out and why
  std::vector<std::string> limits_hit;
  evidence::Statement statement;  ///< as signed; filled also when nothing was written
};

/// Runs. Errors are what kept the run from being tried at all (bad input, full disk, our fault); a boundary that cannot
/// be proved is an outcome (kBlocked), and its evidence is still written when it was asked for. Leaves nothing behind:
/// no process, mount, cgroup or temporary file, whatever dies first.
[[nodiscard]] Result<RunOutcome> run(RunRequest request);

}  // namespace immure::attest
