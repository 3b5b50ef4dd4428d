/// One run from plan to evidence: start the cell, gate, supervise, harvest, sign.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "attest/deadline.hpp"
#include "attest/host/mount_watch.hpp"
#include "attest/observe/obstacles.hpp"
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
  Deadline& deadline;                      ///< has the time limit of the plan
  plan::Plan plan;                         ///< of a pipeline: of its last stage
  sys::Fd input;                           ///< input_path of the plan, opened for reading
  std::vector<OpenPart> input_parts = {};  ///< what /in consists of, in the place of `input`
  /// The operator's directory, empty. The harvest uses this descriptor and never the path.
  sys::Fd output;
  /// What the program reads from its standard input; absent: nothing. The plan has the name of the file.
  sys::Fd standard_input = {};
  /// Where the program's standard output goes; absent: to the standard output of this process.
  std::optional<file::Place> standard_output = {};
  bool replace_standard_output = false;  ///< replace a file that exists already
  /// Paths below /tmp, /var/tmp or /dev/shm that become outputs when the program has ended (publish()).
  std::vector<std::string> published = {};
  bool keep_times = false;              ///< outputs get the modification times that they had in /out
  std::optional<file::Place> key = {};  ///< the private key file; evidence requires this or `signer_key`
  /// The file of the public key whose private key `signer` uses (sign_by_command()).
  std::optional<file::Place> signer_key = {};
  std::string signer = {};
  /// Where the evidence goes. Absent: walls and gate only, and nothing is signed (--no-evidence).
  std::optional<file::Place> evidence = {};
  bool replace_evidence = false;  ///< replace evidence that exists already
  std::optional<std::string> nonce, audience;
  Choice venue;
  /// Give the cell a copy of the input without FIFOs, sockets and devices.
  bool stage_input = false;
  /// The plans of a pipeline's stages before the last, in their order. Each has the limits and the input of `plan`.
  std::vector<plan::Plan> earlier = {};
  /// The entries of the input if file::scan() has just listed them; if empty, the run lists the input.
  std::vector<file::Entry> listed = {};
  /// Has watched the mounts since before `listed` was made. Without `listed` the run starts a watch of its own.
  std::shared_ptr<MountWatch> watched = {};
  /// Called a few times a second while the payload runs, with the numbers that the payload has left in /out
  /// (file/progress.hpp), or with nothing if there are none. Also called with nothing right before output of the
  /// payload is shown.
  std::function<void(const std::optional<file::Progress>&)> progress = {};
};

enum class End : std::uint8_t { kExited, kSignaled, kTimeLimit, kBlocked };

/// How one stage of a pipeline ended.
struct StageEnd {
  std::string program;  ///< the path of the program in its image
  End end = End::kBlocked;
  int exit_code = 0, signal = 0;
};

/// In a pipeline, the last stage that failed says how the run ended, as with `set -o pipefail`. If all succeeded, the
/// last stage says it.
struct RunOutcome {
  End end = End::kBlocked;
  int exit_code = 0;             ///< kExited: exit code of the payload
  int signal = 0;                ///< kSignaled, kTimeLimit: the signal
  std::vector<StageEnd> stages;  ///< of a pipeline, in its order; empty if no payload was started
  /// kBlocked: one entry for each failing row, such as `test #26 (read-only input): expected EROFS, observed ok: …`.
  /// The payload never started.
  std::vector<std::string> blocked;
  /// Like `blocked`, for what no longer held after the payload had run, for example because somebody changed the input.
  std::vector<std::string> after_run;
  /// The venue in which the cell was built, with its version; empty if there was no cell.
  std::string venue;
  std::vector<std::string> passed_over;  ///< venues that `auto` could not use, and why
  std::vector<std::string> left_out;     ///< what --stage kept out of the cell: `path: kind`
  /// Why the input was staged without --stage; otherwise empty.
  std::string staged_because;
  std::vector<std::string> refused_outputs;  ///< the outputs that the harvest left out, and why
  std::vector<std::string> perhaps_cut;      ///< the outputs that may be truncated (Harvest::perhaps_cut)
  std::vector<std::string> limits_hit;
  /// Temporary files that the program left, if it made no output: they are gone, and may be what its user wanted.
  std::vector<std::string> temporary_files;
  bool over_names = false;                 ///< outputs were left out because the evidence has no room for their names
  std::optional<Explanation> explanation;  ///< of a plan that explains
  bool refused_in_workdir = false;         ///< the program could not write a file of its working directory
  /// The signed statement; also filled if nothing was written.
  evidence::Statement statement;
};

/// Does one run. An error means that the run could not be tried at all (bad input, a full disk, a defect of immure). A
/// boundary that cannot be proved is an outcome (kBlocked), and its evidence is still written if it was asked for. The
/// run leaves nothing behind (no process, mount, control group or temporary file), whichever process dies first.
[[nodiscard]] Result<RunOutcome> run(RunRequest request);

}  // namespace immure::attest
