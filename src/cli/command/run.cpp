#include "cli/commands.hpp"
#include "cli/run/launch_options.hpp"

namespace immure::cli {

Result<ExitCode> run_command(const Arguments& arguments) {
  TRY(Launch wanted, launch_of(arguments));
  TRY(wanted.input, arguments.required("in"));
  TRY(wanted.output, arguments.required("out"));
  wanted.evidence = arguments.value("evidence");
  wanted.replace = arguments.has("replace");
  wanted.challenge = arguments.value("challenge");
  wanted.nonce = arguments.value("nonce");
  wanted.audience = arguments.value("audience");
  wanted.standard_input = arguments.value("stdin");
  wanted.dry_run = arguments.has("dry-run");
  wanted.json = arguments.has("json");
  return launch(std::move(wanted));
}

}  // namespace immure::cli
