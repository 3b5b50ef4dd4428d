/// One inspection: list, hash, parse, report. Whether the process is in a cell is not asked here; main.cpp asks it
/// first.
#pragma once

#include <cstdint>

#include "inspect/limits.hpp"
#include "inspect/report/report.hpp"
#include "inspect/scan/rule_set.hpp"
#include "sys/error.hpp"

namespace immure::inspect {

struct Request {
  int input;   ///< the root of the drop, opened as a directory
  int output;  ///< the directory for the reports; only written to
  const RuleSet& rules;
  const Limits& limits;
  const OperatorData& data;
  bool progress = false;  ///< tell how far it is, in the output directory, until it is done
  unsigned workers = 1;   ///< of each kind; the report does not depend on it
};

/// Inspects and writes the reports. Errors: no worker can be started or walled in, the output cannot be written; then
/// there is no manifest.json.
[[nodiscard]] Result<Report> inspect(const Request& request);

/// 0: complete, and nothing at or above `fail_on`; 1: complete, and something is; 2: not complete.
[[nodiscard]] int exit_code(const Report& report, Severity fail_on);

}  // namespace immure::inspect
