/// immure/guard.hpp: the guard for C++. immure/guard.h describes what the guard does. This header needs the C library.
#pragma once

#include <string>
#include <vector>

#include <immure/guard.h>

namespace immure::guard {

/// What the caller declares, and where its input and output are.
struct Options {
  std::vector<std::string> environment;  ///< names of the variables that may be set
  std::string input = "/in";
  std::string output = "/out";
};

/// The answer: an `immure_guard_report`, and functions that evaluate the report.
struct Report : immure_guard_report {
  /// True if every boundary holds.
  [[nodiscard]] bool holds() const { return first_failing() == nullptr; }
  /// The first boundary that does not hold or cannot be tried, or nullptr.
  [[nodiscard]] const immure_guard_finding* first_failing() const {
    for (const immure_guard_finding& one : finding) {
      if (one.state != IMMURE_GUARD_HOLDS) return &one;
    }
    return nullptr;
  }
  [[nodiscard]] const immure_guard_finding& at(immure_guard_boundary boundary) const { return finding[boundary]; }
};

/// Tries all six boundaries. Throws std::bad_alloc if there is no memory for the names.
[[nodiscard]] inline Report check(const Options& options = {}) {
  std::vector<const char*> names;
  names.reserve(options.environment.size());
  for (const std::string& name : options.environment) names.push_back(name.c_str());
  const immure_guard_options plain{.environment = names.data(),
                                   .environment_count = names.size(),
                                   .input = options.input.c_str(),
                                   .output = options.output.c_str()};
  Report report{};
  immure_guard_check_with(&plain, &report);
  return report;
}

/// One line for people, such as `host: /etc is there`.
[[nodiscard]] inline std::string to_text(const immure_guard_finding& finding) {
  return std::string(immure_guard_boundary_name(finding.boundary)) + ": " + finding.text;
}

}  // namespace immure::guard
