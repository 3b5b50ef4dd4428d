/// Makes the answer of a call from what its process has left.
#pragma once

#include <optional>
#include <string>

#include "cli/mcp/child.hpp"
#include "cli/mcp/message.hpp"
#include "cli/mcp/tools.hpp"
#include "sys/error.hpp"

namespace immure::cli::mcp {

/// What the process of a call has left.
struct Ended {
  int code = -1;
  bool too_late = false;  ///< the server has ended the process at the deadline of the call
  std::string output, error, result;
  std::uint64_t output_left_out = 0, error_left_out = 0;
};

/// What the verifier says about the evidence of a run.
struct Verdict {
  std::string word, code;
};

[[nodiscard]] Ended ended_of(const Child& child, const Work& work, bool too_late);

/// True if the process has written signed evidence.
[[nodiscard]] bool has_evidence(const Ended& ended);

/// The verdict in the JSON of `immure verify`, or nothing if there is none.
[[nodiscard]] std::optional<Verdict> verdict_of(const Ended& ended);

/// The result of `tools/call`.
[[nodiscard]] json answer(const Tool& tool, const Work& work, const Ended& ended,
                          const std::optional<Verdict>& verdict);

/// The result of a call that started nothing.
[[nodiscard]] json refusal(const std::string& why);

}  // namespace immure::cli::mcp
