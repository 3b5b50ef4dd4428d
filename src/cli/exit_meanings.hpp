/// What each exit code of each command means. `immure help exit-codes`, the manual page and docs/exit-codes.md have
/// this list.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace immure::cli {

struct ExitMeaning {
  std::string_view commands;  ///< commands that use the code in this way; rows of the same commands are adjacent
  std::string_view code;
  std::string_view meaning;  ///< one sentence, no full stop
};

[[nodiscard]] std::span<const ExitMeaning> exit_meanings();
/// The rows of one command, and those of every command.
[[nodiscard]] std::vector<ExitMeaning> exit_meanings(std::string_view command);

/// `immure help exit-codes`.
[[nodiscard]] std::string exit_codes_text();

}  // namespace immure::cli
