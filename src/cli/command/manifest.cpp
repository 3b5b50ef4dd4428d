#include "cli/run/manifest.hpp"
#include "cli/commands.hpp"
#include "cli/print.hpp"

namespace immure::cli {

Result<ExitCode> manifest_command(const Arguments& arguments) {
  TRY(const std::string digest, manifest_of(arguments.operands()));
  CHECK_OK(print(arguments.has("json") ? json_line({{"manifestSha256", digest}}) : digest + "\n"));
  return kSuccess;
}

}  // namespace immure::cli
