/// immure/guard.hpp: the guard for C++; immure/guard.h has the contract. Header only, over the C library.
#pragma once

#include <string>
#include <vector>

#include <immure/guard.h>

namespace immure::guard {

/// What the caller declares, and where its input and output are.
struct Options {
  std::vector<std::string> environment;  ///< names of variables that may be there
  std::string input = "/in";
  std::string output = "/out";
};

/// The answer: `immure_guard_report` with a few questions to ask it.
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

/// Tries all six boundaries.
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

/// `host: /etc is there`: one line for people.
[[nodiscard]] inline std::string to_text(const immure_guard_finding& finding) {
  return std::string(immure_guard_boundary_name(finding.boundary)) + ": " + finding.text;
}

}  // namespace immure::guard
