#include "cli/commands.hpp"
#include "cli/run/launch_options.hpp"

namespace immure::cli {

Result<ExitCode> run_command(const Arguments& arguments) {
  TRY(Launch wanted, run_or_explain(arguments));
  wanted.standard_output = arguments.value("stdout");
  wanted.result = arguments.value("result");
  wanted.keep_times = arguments.has("keep-times");
  wanted.published = arguments.values("publish");
  TRY(wanted.output, arguments.required("out"));
  wanted.evidence = arguments.value("evidence");
  wanted.challenge = arguments.value("challenge");
  wanted.nonce = arguments.value("nonce");
  wanted.audience = arguments.value("audience");
  wanted.command = arguments.words();
  return launch(std::move(wanted));
}

}  // namespace immure::cli
