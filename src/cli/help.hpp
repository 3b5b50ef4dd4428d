/// Texts made from the command table.
#pragma once

#include <string>

#include "cli/command.hpp"

namespace immure::cli {

/// `immure help`: the commands and the exit codes.
[[nodiscard]] std::string overview_text();
/// `immure COMMAND --help`: lines of at most 80 columns.
[[nodiscard]] std::string help_text(const Command& command);
/// The manual page immure(1) in man(7) macros, with every command.
[[nodiscard]] std::string manual_text();
/// The manual page of one command, such as immure-run(1).
[[nodiscard]] std::string manual_text(const Command& command);
/// The completion script for a shell. Error kUsage names the shells that immure knows.
[[nodiscard]] Result<std::string> completion_text(std::string_view shell);
/// The version of this program.
[[nodiscard]] std::string_view version();

}  // namespace immure::cli
