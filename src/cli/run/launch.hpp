/// Runs a program as a command line asks, and returns the exit code. `run`, `inspect` and `batch` use this.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "attest/deadline.hpp"
#include "attest/run.hpp"
#include "cli/command.hpp"
#include "cli/exit_code.hpp"
#include "cli/run/directories.hpp"
#include "cli/run/inputs.hpp"
#include "cli/run/json_sink.hpp"
#include "file/place.hpp"
#include "file/tree.hpp"
#include "plan/image/image.hpp"
#include "plan/plan.hpp"
#include "sys/error.hpp"

namespace immure::cli {

class Audit;

/// A program as named on the command line, and its arguments.
struct ProgramCall {
  std::string program;
  std::vector<std::string> arguments;
};

struct Launch {
  std::string input, output;  ///< as the operator named them
  /// The values of --in. Empty: `input` is the one input directory.
  std::vector<std::string> inputs;
  /// Of a run of a batch: the one input, and what it was when the batch looked at it.
  std::optional<std::pair<NamedInput, Identity>> looked_at = {};
  /// Made once for all runs of a batch; nullptr: launch() makes the plans.
  std::shared_ptr<const std::vector<plan::Plan>> shared_plans = {};
  /// Called with the outcome of the run, in the process that made the run.
  std::function<void(const attest::RunOutcome&)> on_outcome = {};
  std::string workdir = "/";                   ///< --workdir
  std::optional<std::string> standard_output;  ///< the file of --stdout
  std::optional<std::string> result;           ///< --result: a file, or `fd:N`
  std::string program;  ///< as named; a name without a slash is looked up in PATH, unless there is a rootfs
  std::vector<std::string> arguments;
  /// The programs of a pipeline in their order; the last one is `program`. Empty: the run is no pipeline.
  std::vector<ProgramCall> pipeline;
  std::optional<std::string> signer;         ///< --signer: `key` is then the public key of the signer
  std::optional<std::string> key, evidence;  ///< if only a key is given, the evidence is OUTPUT.evidence.json
  bool no_evidence = false;
  bool replace = false;  ///< replace evidence that already exists
  const file::HeldDirectory* input_holder =
      nullptr;  ///< the held directory of the input; nullptr: walk the input's path
  const file::HeldDirectory* holder =
      nullptr;  ///< the held directory of output and evidence; nullptr: walk their paths
  std::shared_ptr<const file::Place> key_place;  ///< where the key lies, if its path has been walked already
  std::optional<std::string> profile;            ///< built-in name or file; nothing: the profile that fits the program
  std::optional<std::string> catalogue;          ///< --catalogue
  std::string profile_origin;  ///< the place in a configuration file that names `profile`; empty: the command line does
  std::optional<std::string> rootfs, image;    ///< a root directory, or a container image, in place of a packed image
  plan::PackageChoice choice;                  ///< --closure and --package
  std::vector<std::string> include;            ///< --include
  std::optional<std::string> standard_input;   ///< a file, or `-`
  std::optional<std::uint64_t> scratch_bytes;  ///< --tmp; overrides the profile's `scratch`
  bool read_back = false, socket_pairs = false;
  bool untrusted_command = false;               ///< --untrusted-command
  std::vector<std::string> helpers;             ///< --exec; overrides the profile's `unsafe_exec`
  bool strict = false;                          ///< refuse a run that claims another acceptance profile than `packet`
  std::vector<file::Entry> listed;              ///< the input, if it has been listed already
  std::shared_ptr<attest::MountWatch> watched;  ///< watches since before the input was listed
  std::shared_ptr<InputDirectory> opened;       ///< the directory that was listed
  std::vector<plan::Packed> data_files, data_trees;  ///< what the image holds besides the program's closure
  std::optional<std::string> challenge;              ///< a file that gives nonce and audience
  std::optional<std::string> nonce, audience;
  std::map<std::string, std::string> environment;
  std::string callers_zone;  ///< the TZ of the user who started immure, for a run that declares none; empty: none
  std::optional<std::uint64_t> wall_ms;
  std::shared_ptr<attest::Pulse> pulse = {};  ///< shared with a parent that watches, if any; outlives the deadline
  std::shared_ptr<attest::Deadline> deadline =
      {};  ///< running since the command started; nullptr: launch() calls begin()
  attest::Choice venue;
  bool no_observer = false;      ///< do not observe the calls that cannot succeed
  bool fail_on_refused = false;  ///< a call that cannot succeed makes the exit code kIncomplete
  bool hints = false;            ///< the operator wrote the command itself and may want to know why it failed
  bool capture = false, stage = false, dry_run = false, progress = false, verbose = false, json = false;
  bool keep_times = false;
  std::optional<std::string> audit;             ///< --audit: a file, `journald` or `syslog`
  std::shared_ptr<Audit> auditor = {};          ///< set by begin()
  bool explains = false;                        ///< `immure explain`: say what stood in the program's way
  std::optional<std::string> profile_to_write;  ///< --write of `immure explain`
  std::vector<std::string> command;             ///< the words of this command line after its command; may be empty
  std::vector<std::string> published;           ///< --publish
};

/// The choice that --venue and --runtime make. The parser has checked that the table names this venue.
[[nodiscard]] attest::Choice venue_of(const Arguments& arguments);

/// Call this before any file of the operator is opened. Calls lead_past_stalls(), and then starts the clock and the
/// handling of signals. The time limit is that of --timeout, or the default until the profile is read. Returns an exit
/// code in the leading parent. Errors: those of lead_past_stalls(), and kBlocked if the log of --audit is unusable.
[[nodiscard]] Result<std::optional<ExitCode>> begin(Launch& wanted);

/// Prints BLOCKED with the error and returns kBlocked. Commands that start programs call this if the program cannot
/// start.
[[nodiscard]] Result<ExitCode> blocked(const Error& error, bool json);
[[nodiscard]] Result<ExitCode> blocked(const Error& error, const JsonSink& sink);
/// Writes the line that --audit asks for, for a run that ended with `error` before launch(), and returns `ended`.
[[nodiscard]] Result<ExitCode> audited(const Launch& wanted, const Error& error, Result<ExitCode> ended);

/// Runs the program and reports how it ended. Error kUsage only if the command line contradicts itself. For every other
/// reason why the program does not start, the function prints BLOCKED and returns kBlocked.
[[nodiscard]] Result<ExitCode> launch(Launch wanted);

/// Like launch(), but prints nothing and writes no evidence. Finds out whether a cell holds on this host.
[[nodiscard]] Result<attest::RunOutcome> trial(const Launch& wanted);

}  // namespace immure::cli
