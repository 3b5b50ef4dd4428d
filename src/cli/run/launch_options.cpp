#include "cli/run/launch_options.hpp"

#include <algorithm>
#include <cstdlib>

#include "cli/run/duration.hpp"
#include "cli/run/pipeline.hpp"
#include "cli/run/workdir.hpp"
#include "plan/profile.hpp"
#include "text/list.hpp"

namespace immure::cli {
namespace {

Result<std::map<std::string, std::string>> environment_of(const Arguments& arguments) {
  std::map<std::string, std::string> environment;
  for (const std::string& entry : arguments.values("env")) {
    const std::size_t equals = entry.find('=');
    if (equals == std::string::npos || equals == 0) {
      return fail(Code::kUsage, "--env", "is not NAME=VALUE: " + entry,
                  "The program gets none of your own variables but TZ, so write the value here.");
    }
    if (!environment.emplace(entry.substr(0, equals), entry.substr(equals + 1)).second) {
      return fail(Code::kUsage, "--env", "is given twice for " + entry.substr(0, equals));
    }
  }
  return environment;
}

Result<std::uint64_t> scratch_size(const std::string& text) {
  const auto size = plan::size_named(text);
  if (size && *size >= plan::kLeastScratch && *size <= plan::kMostScratch) return *size;
  return fail(Code::kUsage, "--tmp", (size ? "is out of range: " : "is no size: ") + text,
              "Write a size from 64KiB to 16TiB, such as 256MiB.");
}

Result<std::vector<std::string>> helpers_of(const Arguments& arguments) {
  std::vector<std::string> helpers = arguments.values("exec");
  std::ranges::sort(helpers);
  helpers.erase(std::ranges::unique(helpers).begin(), helpers.end());
  if (helpers == std::vector<std::string>{std::string(plan::kWholeImage)}) return helpers;
  for (const std::string& name : helpers)
    if (const std::string why = plan::unfit_helper(name); !why.empty())
      return fail(Code::kUsage, "--exec", name + " " + why,
                  "Name programs, such as --exec grep --exec /usr/bin/awk, or give --exec image alone.");
  return helpers;
}

}  // namespace

Result<plan::PackageChoice> package_choice(const Arguments& arguments) {
  plan::PackageChoice choice;
  choice.packages = arguments.values("package");
  const std::string closure = arguments.value("closure").value_or("package");
  if (closure != "package" && closure != "elf")
    return fail(Code::kUsage, "--closure", "is neither `package` nor `elf`: " + closure,
                "`package` packs the program's packages, `elf` the program and its libraries.");
  choice.by_package = closure == "package";
  choice.tells_missing = !choice.by_package;
  return choice;
}

Result<Launch> launch_of(const Arguments& arguments) {
  Launch wanted;
  wanted.venue = venue_of(arguments);
  TRY(wanted.environment, environment_of(arguments));
  if (const char* zone = std::getenv("TZ"); zone != nullptr) wanted.callers_zone = zone;
  if (const auto timeout = arguments.value("timeout")) {
    TRY(wanted.wall_ms, parse_duration("--timeout", *timeout));
  }
  const std::vector<std::string>& operands = arguments.operands();
  // A batch of inspections names no program: its operands are the options of the inspector.
  if (arguments.command().least == 0 && (arguments.has("inspect") || operands.empty())) {
    wanted.arguments = operands;
  } else {
    TRY(wanted.pipeline, split_pipeline(operands, arguments.value("pipe").value_or(std::string(kPipeWord))));
    wanted.program = wanted.pipeline.back().program;
    wanted.arguments = wanted.pipeline.back().arguments;
    if (wanted.pipeline.size() == 1) wanted.pipeline.clear();
  }
  wanted.key = arguments.value("key");
  wanted.signer = arguments.value("signer");
  wanted.no_evidence = arguments.has("no-evidence");
  wanted.profile = arguments.value("profile");
  wanted.catalogue = arguments.value("catalogue");
  wanted.profile_origin = arguments.origin("profile");
  wanted.rootfs = arguments.value("rootfs");
  wanted.image = arguments.value("image");
  TRY(wanted.choice, package_choice(arguments));
  wanted.include = arguments.values("include");
  for (const char* option : {"closure", "package", "include"})
    if ((wanted.rootfs || wanted.image) && !arguments.values(option).empty())
      return fail(Code::kUsage, "--" + std::string(option), "has no effect with --rootfs and --image",
                  "The program gets your own root directory. Leave one of the two out.");
  if (const auto size = arguments.value("tmp")) {
    TRY(wanted.scratch_bytes, scratch_size(*size));
  }
  wanted.read_back = arguments.has("read-back");
  wanted.socket_pairs = arguments.has("socket-pairs");
  TRY(wanted.helpers, helpers_of(arguments));
  wanted.strict = arguments.has("strict");
  wanted.capture = arguments.has("capture");
  wanted.stage = arguments.has("stage");
  wanted.no_observer = arguments.has("no-observer");
  wanted.fail_on_refused = arguments.has("fail-on-refused");
  wanted.audit = arguments.value("audit");
  wanted.verbose = arguments.has("verbose");
  wanted.hints = true;
  return wanted;
}

Result<Launch> run_or_explain(const Arguments& arguments) {
  TRY(Launch wanted, launch_of(arguments));
  wanted.inputs = arguments.values("in");
  if (wanted.inputs.empty()) return std::unexpected(arguments.required("in").error());
  wanted.input = text::list_text(wanted.inputs);
  if (const auto workdir = arguments.value("workdir")) {
    TRY(wanted.workdir, parse_workdir(*workdir));
  }
  wanted.untrusted_command = arguments.has("untrusted-command");
  wanted.choice.packs_arguments = !wanted.untrusted_command;
  wanted.replace = arguments.has("replace");
  wanted.standard_input = arguments.value("stdin");
  wanted.dry_run = arguments.has("dry-run");
  wanted.json = arguments.has("json");
  return wanted;
}

}  // namespace immure::cli
