/// The words of `immure explain`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/explain/findings.hpp"

namespace immure::cli {

struct ExplainedEnd {
  std::string sentence;  ///< `sh ended with exit code 2`
  std::string_view end;  ///< `exited`, `signaled`, `time-limit`
  int exit_code = 0;     ///< of immure
  bool failed = false;
  std::uint64_t uncounted = 0;  ///< attest::Explanation::uncounted
};

/// For people, in lines of at most 80 columns, unless one word is longer.
[[nodiscard]] std::string explanation_text(const std::vector<Finding>& findings, const ExplainedEnd& end);

/// One line of JSON with every finding.
[[nodiscard]] std::string explanation_json(const std::vector<Finding>& findings, const ExplainedEnd& end);

/// A profile file that gives the program what it had and what `findings` say can be given; only what differs from the
/// base profile, each key with a comment. `command`: the program and its arguments, for a comment.
[[nodiscard]] Result<std::string> profile_text(const std::vector<Finding>& findings, const plan::Profile& had,
                                               std::string_view command);

}  // namespace immure::cli
