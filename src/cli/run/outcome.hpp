/// Reports the outcome of a run: its exit code, its lines for people, and its JSON.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "attest/run.hpp"
#include "cli/exit_code.hpp"
#include "plan/profile.hpp"

namespace immure::cli {

/// The names that the operator gave, for the lines about the outcome.
struct OutcomeNames {
  std::string input, output;
  std::optional<std::string> profile;   ///< built-in name or file; absent: immure chose a built-in profile
  std::optional<std::string> evidence;  ///< the file to print; absent: nothing is printed
  /// False for the inspector, which itself explains the result that its exit code means.
  bool tells_exit_code = true;
};

/// The name of an end in JSON: `exited`, `signaled`, `time-limit` or `blocked`.
[[nodiscard]] std::string_view end_name(attest::End end);

/// `fail_on_refused`: a program that made a call which cannot succeed counts as failed (kIncomplete).
[[nodiscard]] ExitCode exit_code_of(const attest::RunOutcome& outcome, bool fail_on_refused = false);

/// One line for each limit that was reached: its value, the effect, and how to raise the limit.
[[nodiscard]] std::vector<std::string> limit_lines(const attest::RunOutcome& outcome, const plan::Profile& profile,
                                                   const OutcomeNames& names);

/// How the program ended; nothing if it ended with 0 or never started.
[[nodiscard]] std::optional<std::string> end_line(const attest::RunOutcome& outcome, const OutcomeNames& names);

/// How each stage of a pipeline ended that did not end with 0.
[[nodiscard]] std::vector<std::string> stage_lines(const attest::RunOutcome& outcome);

void tell_outcome(const attest::RunOutcome& outcome, const plan::Profile& profile, const OutcomeNames& names);

[[nodiscard]] std::string outcome_json(const attest::RunOutcome& outcome, const std::optional<std::string>& evidence,
                                       bool fail_on_refused);

}  // namespace immure::cli
