/// The tools that `immure mcp` offers: their descriptions, and the command lines that their arguments become.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/mcp/message.hpp"
#include "cli/mcp/settings.hpp"
#include "sys/error.hpp"

namespace immure::cli::mcp {

/// Where the process of a call puts its result as JSON.
enum class ResultPlace : std::uint8_t { kOwnPipe, kOutput, kLastLineOfOutput };

/// What a call is to start.
struct Work {
  std::vector<std::string> words;  ///< the command line of immure
  std::vector<Grant> grants;       ///< what the process inherits
  std::string standard_input;
  ResultPlace result = ResultPlace::kOutput;
  std::string program;                ///< for words about its end; empty: the tool runs no program of the caller
  std::optional<std::size_t> output;  ///< run, inspect: which of the grants is the output directory
};

struct Tool {
  std::string_view name, title;
  std::string_view description;
  std::string_view input_schema;  ///< JSON
  bool read_only = false;
  bool runs = false;  ///< makes outputs and evidence
  Result<Work> (*work)(const json& arguments, const Settings& settings) = nullptr;
};

[[nodiscard]] std::span<const Tool> tools();
/// The tool of this name, or nullptr.
[[nodiscard]] const Tool* find_tool(std::string_view name);

/// The answer to `tools/list`.
[[nodiscard]] json tool_list(const Settings& settings);

/// The command line that verifies what a run has left, with the descriptors of the run's call.
[[nodiscard]] std::vector<std::string> verify_words(const Settings& settings, const Grant& output);

}  // namespace immure::cli::mcp
