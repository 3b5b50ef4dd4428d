/// Writes one structured line about a run, for those who watch many runs (--audit).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "attest/run.hpp"
#include "cli/exit_code.hpp"
#include "cli/run/audit_log.hpp"
#include "sys/error.hpp"

namespace immure::cli {

struct HeldInput;
struct Launch;
struct Papers;
class OutputDirectory;

/// What the line says. A run that ended early has no more than `end`, `exit_code` and `reasons`.
struct AuditFacts {
  std::string end = "blocked";  ///< as end_name(), or `error`
  ExitCode exit_code = kBlocked;
  std::vector<std::string> reasons;  ///< why the run was BLOCKED or ended with an error
  std::string run_id, started_on, venue, profile, program, program_sha256, input_sha256;
  std::vector<std::string> limits_hit;
  std::size_t outputs = 0;
  std::uint64_t refused_calls = 0, duration_us = 0;
  std::optional<std::string> evidence;
};

/// The line, without a line break: attributes in the manner of OpenTelemetry, in ASCII, cut to what a datagram takes.
[[nodiscard]] std::string audit_json(const Launch& wanted, const AuditFacts& facts);

/// The audit of one run. The run's process and its leading parent share a byte of memory, so that the parent can write
/// the line if the process was killed before it could.
class Audit {
 public:
  /// Call this before the run's process is forked. Error kSystem.
  [[nodiscard]] static Result<std::shared_ptr<Audit>> begin(std::string target);
  Audit(const Audit&) = delete;
  Audit& operator=(const Audit&) = delete;
  ~Audit();

  /// Finds the log (AuditLog::find()), in the run's process. Error kBlocked.
  [[nodiscard]] Result<void> find();
  /// Opens the log. Error kBadInput if the log cannot be opened, or is another file of the run; `result` is the file of
  /// --result.
  [[nodiscard]] Result<void> open(const std::optional<file::Place>& result, const Papers& papers,
                                  const HeldInput& input, const OutputDirectory& output);

  /// Notes why the run is BLOCKED.
  void note(const Error& error);
  /// Notes how the run ended.
  void note(const attest::RunOutcome& outcome, ExitCode code, std::optional<std::string> evidence);

  /// Writes the line. Returns `ended`; or, if the line cannot be written, an error in the place of the exit code of a
  /// program that has started.
  [[nodiscard]] Result<ExitCode> finish(const Launch& wanted, Result<ExitCode> ended);
  /// Call this in the leading parent, with the exit code of the run's process. Writes the line if the process did not.
  void finish_for_child(const Launch& wanted, ExitCode code);
  /// Says that no line is wanted after all: the command line was wrong, or nothing was to be run.
  void skip() { *said_ = true; }

 private:
  explicit Audit(std::string target) : target_(std::move(target)) {}
  [[nodiscard]] Result<void> write(const Launch& wanted);
  std::string target_;
  std::optional<AuditLog> log_;
  AuditFacts facts_;
  bool* said_ = nullptr;  ///< shared
};

}  // namespace immure::cli
