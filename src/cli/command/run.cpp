#include "cli/commands.hpp"
#include "cli/run/launch_options.hpp"
#include "cli/run/workdir.hpp"
#include "text/list.hpp"

namespace immure::cli {

Result<ExitCode> run_command(const Arguments& arguments) {
  TRY(Launch wanted, launch_of(arguments));
  wanted.inputs = arguments.values("in");
  if (wanted.inputs.empty()) return std::unexpected(arguments.required("in").error());
  wanted.input = text::list_text(wanted.inputs);
  if (const auto workdir = arguments.value("workdir")) {
    TRY(wanted.workdir, parse_workdir(*workdir));
  }
  wanted.standard_output = arguments.value("stdout");
  wanted.result = arguments.value("result");
  wanted.keep_times = arguments.has("keep-times");
  wanted.published = arguments.values("publish");
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
