/// The options on the command line of immure-inspect.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "inspect/limits.hpp"
#include "inspect/scan/rule.hpp"
#include "sys/error.hpp"

namespace immure::inspect {

struct Options {
  enum class Action : std::uint8_t { kInspect, kHelp, kVersion, kListRules } action = Action::kInspect;
  std::string input = "/in", output = "/out";
  std::optional<std::string> rules;                      ///< a directory in the image
  std::optional<std::string> secrets;                    ///< a file in the image
  std::optional<std::string> unseen, baseline, against;  ///< files in the image
  std::string today;                                     ///< YYYY-MM-DD
  Severity fail_on = Severity::kHigh;
  bool progress = false;
  unsigned workers = 0;  ///< 0: one for each processor
  Limits limits;
};

/// Reads the command line. Errors: kUsage, which names the argument.
[[nodiscard]] Result<Options> parse_options(const std::vector<std::string>& arguments);

[[nodiscard]] std::string help_text();

}  // namespace immure::inspect
