/// The functions of the commands, one in each file. Each returns an exit code, or an error that main() prints.
#pragma once

#include "cli/command.hpp"

namespace immure::cli {

[[nodiscard]] Result<ExitCode> run_command(const Arguments& arguments);
[[nodiscard]] Result<ExitCode> explain_command(const Arguments& arguments);
[[nodiscard]] Result<ExitCode> batch_command(const Arguments& arguments);
[[nodiscard]] Result<ExitCode> batch_verify_command(const Arguments& arguments);
[[nodiscard]] Result<ExitCode> inspect_command(const Arguments& arguments);
[[nodiscard]] Result<ExitCode> verify_command(const Arguments& arguments);
[[nodiscard]] Result<ExitCode> report_command(const Arguments& arguments);
[[nodiscard]] Result<ExitCode> diff_command(const Arguments& arguments);
[[nodiscard]] Result<ExitCode> show_command(const Arguments& arguments);
[[nodiscard]] Result<ExitCode> log_command(const Arguments& arguments);
[[nodiscard]] Result<ExitCode> manifest_command(const Arguments& arguments);
[[nodiscard]] Result<ExitCode> challenge_command(const Arguments& arguments);
[[nodiscard]] Result<ExitCode> bundle_command(const Arguments& arguments);
[[nodiscard]] Result<ExitCode> keygen_command(const Arguments& arguments);
[[nodiscard]] Result<ExitCode> doctor_command(const Arguments& arguments);
[[nodiscard]] Result<ExitCode> packet_command(const Arguments& arguments);
[[nodiscard]] Result<ExitCode> export_command(const Arguments& arguments);
[[nodiscard]] Result<ExitCode> ci_command(const Arguments& arguments);
[[nodiscard]] Result<ExitCode> matrix_command(const Arguments& arguments);
[[nodiscard]] Result<ExitCode> probe_command(const Arguments& arguments);
[[nodiscard]] Result<ExitCode> profile_command(const Arguments& arguments);
[[nodiscard]] Result<ExitCode> image_command(const Arguments& arguments);
[[nodiscard]] Result<ExitCode> pack_command(const Arguments& arguments);
[[nodiscard]] Result<ExitCode> mcp_command(const Arguments& arguments);
[[nodiscard]] Result<ExitCode> manual_command(const Arguments& arguments);
[[nodiscard]] Result<ExitCode> completion_command(const Arguments& arguments);
[[nodiscard]] Result<ExitCode> version_command(const Arguments& arguments);
[[nodiscard]] Result<ExitCode> help_command(const Arguments& arguments);

}  // namespace immure::cli
