/// The state of a run: run.cpp begins and ends the run, gate_passage.cpp takes it through the gate, and run_program.cpp
/// to the end of its programs.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "attest/deadline.hpp"
#include "attest/host/mount_watch.hpp"
#include "attest/host/neighbours.hpp"
#include "attest/input.hpp"
#include "attest/lease.hpp"
#include "attest/run.hpp"
#include "attest/start/cell.hpp"
#include "attest/start/choice.hpp"
#include "evidence/evidence.hpp"
#include "evidence/keys.hpp"
#include "file/io.hpp"
#include "file/tree.hpp"
#include "plan/plan.hpp"
#include "sys/clock.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"
#include "sys/process.hpp"

namespace immure::attest {

/// One program of a run with its cell. A run has one of these, or, if it is a pipeline, one for each stage.
struct Member {
  const plan::Plan& plan;
  evidence::Evidence evidence = {};
  Neighbourhood neighbours = {};
  Result<std::string> image_state = std::string();  ///< state of the image when the cell was built
  std::optional<Started> started = {};
  sys::Fd output = {};                     ///< the cell's /out
  std::optional<sys::ExecStop> stop = {};  ///< holds the payload at its first instruction
  /// The size in KiB of the memory in which the payload's task waited for the exec.
  std::uint64_t before_exec_kib = 0;

  [[nodiscard]] Cell& cell() { return started->cell; }
};

/// A run in progress.
struct Run {
  const RunRequest& request;
  Deadline& deadline;
  std::vector<Member> members;  ///< in the order of the pipeline; the last one's outputs are the run's
  RunOutcome outcome;
  MountWatch mounts;  ///< has watched the mounts since before the input was listed
  OpenInput input;
  std::optional<file::NewFile> standard_output;   ///< the file of --stdout, without a name until the cell has ended
  sys::Fd standard_input;                         ///< what the operator gave for the program's standard input
  std::optional<evidence::PrivateKeyFile> key;    ///< opened once, before anything is started
  std::optional<evidence::PublicKey> signer_key;  ///< must verify what the command of --signer prints
  Leases leases;
  std::optional<file::ManifestHasher> hasher;
  Result<bool> hashed = false;
  bool let_go = false;  ///< true once a payload runs or has run
  /// The member that is being worked on, which an error is about.
  std::size_t at = 0;
  std::int64_t started_us = sys::monotonic_us();

  [[nodiscard]] bool wants_evidence() const { return request.evidence.has_value(); }
  [[nodiscard]] Member& last() { return members.back(); }
  [[nodiscard]] const Member& last() const { return members.back(); }
};

/// Computes the hash chain over all records. Call this when the records are complete.
void close_record(evidence::Evidence& evidence);

/// Boundaries that are not proved, in the form of RunOutcome::blocked; at least one.
struct Unproved {
  std::vector<std::string> lines;
};

/// Why the payload was not started, or, if the payload has run (Run::let_go), which error came afterwards.
using Refusal = std::variant<Unproved, Error>;
using Passage = std::expected<void, Refusal>;

/// Takes the ready cell of a member to its gate, where its payload waits, or returns the reason why the payload may not
/// start.
[[nodiscard]] Passage to_the_gate(Run& run, Member& member);

/// Takes all members, which wait at their gates, to the end of their payloads. No payload runs before each of them has
/// been observed at its first instruction. Returns the reason why no payload was started.
[[nodiscard]] Passage through_the_gate(Run& run);

}  // namespace immure::attest
