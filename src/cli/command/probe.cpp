#include "cli/command/probe_outside.hpp"
#include "cli/command/probe_words.hpp"
#include "cli/commands.hpp"
#include "cli/print.hpp"

namespace immure::cli {
namespace {

Result<ExitCode> list(const Arguments& arguments) {
  const std::string format = arguments.value("format").value_or(arguments.has("json") ? "json" : "text");
  if (format != "text" && format != "json" && format != "markdown")
    return fail(Code::kUsage, "--format", "must be text, json or markdown with --list",
                "The other formats show results of probes; leave --list out.");
  CHECK_OK(print(format == "json" ? probes_json() : format == "markdown" ? probes_markdown() : probes_text()));
  return kSuccess;
}

Result<ExitCode> show(const Arguments& arguments, const std::string& id) {
  const probe::Row* row = probe::find(id);
  if (row == nullptr) {
    std::vector<std::string_view> ids;
    for (const probe::Row& each : probe::catalogue()) ids.push_back(each.id);
    const std::string_view like = nearest(id, ids);
    return fail(Code::kUsage, "probe", "there is no probe " + id,
                like.empty() ? "See `immure probe --list`." : "Did you mean " + std::string(like) + "?");
  }
  CHECK_OK(print(arguments.has("json") ? probe_json(*row) : probe_text(*row)));
  return kSuccess;
}

}  // namespace

Result<ExitCode> probe_command(const Arguments& arguments) {
  const std::vector<std::string>& operands = arguments.operands();
  if (!operands.empty()) {
    if (operands[0] == "show" && operands.size() == 2) return show(arguments, operands[1]);
    return fail(Code::kUsage, "probe", "takes no operand, or show and one id",
                "For example `immure probe show exec/execve`.");
  }
  return arguments.has("list") ? list(arguments) : probe_here(arguments);
}

}  // namespace immure::cli
