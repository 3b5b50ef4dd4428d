/// One inspection: list, hash, parse, report. main.cpp has checked before that the process is in a cell.
#pragma once

#include <cstdint>

#include "inspect/limits.hpp"
#include "inspect/report/report.hpp"
#include "inspect/scan/rule_set.hpp"
#include "sys/error.hpp"

namespace immure::inspect {

struct Request {
  int input;   ///< the root of the drop, opened as a directory
  int output;  ///< the directory for the reports, to which the inspector only writes
  const RuleSet& rules;
  const Limits& limits;
  const OperatorData& data;
  bool progress = false;  ///< show the progress in a file of the output directory until the inspection ends
  unsigned workers = 1;   ///< the number of workers of each kind; the report does not depend on it
};

/// Inspects the drop and writes the reports. Errors: a worker cannot be started or restricted, or the output cannot be
/// written. After an error there is no manifest.json.
[[nodiscard]] Result<Report> inspect(const Request& request);

/// The exit code. 0: the inspection is complete, without a finding at or above `fail_on`. 1: complete, with such a
/// finding. 2: not complete.
[[nodiscard]] int exit_code(const Report& report, Severity fail_on);

}  // namespace immure::inspect
