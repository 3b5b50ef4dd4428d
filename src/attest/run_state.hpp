/// The state of a run: run.cpp begins and ends the run, and run_program.cpp takes it through the gate.
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
#include "evidence/evidence.hpp"
#include "evidence/keys.hpp"
#include "file/io.hpp"
#include "file/tree.hpp"
#include "sys/clock.hpp"

namespace immure::attest {

/// A run in progress.
struct Run {
  const RunRequest& request;
  Deadline& deadline;
  evidence::Evidence evidence;
  RunOutcome outcome;
  MountWatch mounts;  ///< has watched the mounts since before the input was listed
  OpenInput input;
  std::optional<file::NewFile> standard_output;   ///< the file of --stdout, without a name until the cell has ended
  sys::Fd standard_input;                         ///< what the operator gave for the program's standard input
  std::optional<evidence::PrivateKeyFile> key;    ///< opened once, before anything is started
  std::optional<evidence::PublicKey> signer_key;  ///< must verify what the command of --signer prints
  Leases leases;
  Neighbourhood neighbours;
  std::optional<file::ManifestHasher> hasher;
  Result<bool> hashed = false;
  Result<std::string> image_state = std::string();  ///< state of the image when the cell was built
  bool let_go = false;                              ///< true once the payload runs or has run
  /// The size in KiB of the memory in which the payload's task waited for the exec.
  std::uint64_t before_exec_kib = 0;
  std::int64_t started_us = sys::monotonic_us();

  [[nodiscard]] bool wants_evidence() const { return request.evidence.has_value(); }
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

/// Takes a ready cell to the end of its payload, or returns the reason why the payload was not started.
[[nodiscard]] Passage through_the_gate(Run& run, Cell& cell);

}  // namespace immure::attest
