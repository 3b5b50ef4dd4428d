#include "cli/mcp/tools.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "cli/mcp/call_arguments.hpp"
#include "cli/mcp/tool_texts.hpp"
#include "text/list.hpp"

namespace immure::cli::mcp {
namespace {

constexpr std::size_t kMostInputs = 64, kMostArguments = 4096, kMostVariables = 256;
constexpr std::int64_t kMostSeconds = 86'400;

/// An option and its value in one word, so that no value can become an option of its own.
std::string option(std::string_view name, std::string_view value) {
  return "--" + std::string(name) + "=" + std::string(value);
}

/// The program's time limit: what the call asks for, but short enough for immure to report within the deadline of the
/// whole call.
Result<std::string> time_limit(CallArguments& arguments, const Settings& settings) {
  constexpr std::uint64_t kLongestReserveMs = 10'000, kShare = 5;
  const std::uint64_t most = settings.timeout_ms - std::min(kLongestReserveMs, settings.timeout_ms / kShare);
  TRY(const auto seconds, arguments.integer("timeoutSeconds", 1, kMostSeconds));
  const std::uint64_t asked = seconds ? static_cast<std::uint64_t>(*seconds) * 1000 : most;
  return option("timeout", std::to_string(std::min(asked, most)) + "ms");
}

Result<std::string> program_of(CallArguments& arguments, const Settings& settings) {
  TRY(std::string program, arguments.required_text("program"));
  const auto refused = [&](std::string_view what, std::string_view hint) {
    return fail(Code::kUsage, program.substr(0, 256), what, hint);
  };
  if (!settings.programs.empty() && std::ranges::find(settings.programs, program) == settings.programs.end())
    return refused("is not among the programs that the operator allows",
                   "Allowed: " + text::list_text(settings.programs) + ".");
  // A path could name a file that the operator has not opened to the calls.
  if (settings.programs.empty() && program.find('/') != std::string::npos)
    return refused("is a path, and only names of installed programs are allowed",
                   "Name the program alone, such as sort. A script can be a file of the input: python3 /in/script.py.");
  return program;
}

/// Gives the grants that `add` returns their arguments on the command line.
void give(Work& work, std::string_view name, Grant grant) {
  work.words.push_back(option(name, grant.argument));
  work.grants.push_back(std::move(grant));
}

/// `name`: the option of the command that takes inputs.
Result<void> add_inputs(Work& work, CallArguments& arguments, const Settings& settings, std::string_view name) {
  TRY(const auto inputs, arguments.texts("input", kMostInputs));
  if (inputs.empty() && name == "in")
    return fail(Code::kUsage, "argument `input`", "is missing", "Name a directory that the program may read.");
  for (const std::string& path : inputs) {
    // Several inputs each need a name below /in, which only a file's or directory's own name can be.
    TRY(Grant grant, inputs.size() == 1 ? settings.roots.input(path) : settings.roots.entry(path, false));
    give(work, name, std::move(grant));
  }
  return {};
}

void add_signature(Work& work, const Settings& settings) {
  if (!settings.key) return work.words.emplace_back("--no-evidence"), void();
  work.words.push_back(option("key", *settings.key));
  if (settings.signer) work.words.push_back(option("signer", *settings.signer));
}

/// The server itself has read the configuration files.
void add_audit(Work& work, const Settings& settings) {
  work.words.emplace_back("--no-config");
  if (settings.audit) work.words.push_back(option("audit", *settings.audit));
}

void add_venue(Work& work, const Settings& settings) {
  if (settings.venue) work.words.push_back(option("venue", *settings.venue));
  if (settings.runtime) work.words.push_back(option("runtime", *settings.runtime));
}

Result<void> add_profile(Work& work, CallArguments& arguments, const Settings& settings) {
  constexpr auto kSafe = std::to_array<std::string_view>({"static", "dynamic", "python"});
  TRY(const auto profile, arguments.text("profile"));
  if (profile && std::ranges::find(kSafe, *profile) == kSafe.end())
    return fail(Code::kUsage, "argument `profile`", "is none of " + text::list_text(kSafe));
  if (profile && settings.profile)
    return fail(Code::kUsage, "argument `profile`",
                "is for the operator to choose, who has chosen " + *settings.profile, "Leave the argument out.");
  if (const auto& chosen = settings.profile ? settings.profile : profile)
    work.words.push_back(option("profile", *chosen));
  return {};
}

/// What run and explain have in common.
Result<void> add_program(Work& work, CallArguments& arguments, const Settings& settings) {
  TRY(work.program, program_of(arguments, settings));
  work.words.emplace_back("--untrusted-command");
  CHECK_OK(add_inputs(work, arguments, settings, "in"));
  CHECK_OK(add_profile(work, arguments, settings));
  add_venue(work, settings);
  TRY(const std::string limit, time_limit(arguments, settings));
  work.words.push_back(limit);
  for (const auto* name : {"workdir", "tmp"}) {
    TRY(const auto value, arguments.text(name));
    if (value) work.words.push_back(option(name, *value));
  }
  TRY(const bool read_back, arguments.flag("readBack"));
  if (read_back) work.words.emplace_back("--read-back");
  TRY(const auto variables, arguments.pairs("env", kMostVariables));
  for (const auto& [name, value] : variables) work.words.push_back(option("env", name + "=" + value));
  TRY(const auto input, arguments.text("stdin"));
  if (input) work.words.emplace_back("--stdin=-");
  work.standard_input = input.value_or("");
  return {};
}

/// The program and its arguments come last, behind `--`.
Result<void> end_with_program(Work& work, CallArguments& arguments) {
  TRY(const auto words, arguments.texts("arguments", kMostArguments));
  CHECK_OK(arguments.finish());
  work.words.emplace_back("--");
  work.words.push_back(work.program);
  work.words.insert(work.words.end(), words.begin(), words.end());
  return {};
}

Result<void> add_output(Work& work, CallArguments& arguments, const Settings& settings, std::string_view name) {
  TRY(const std::string path, arguments.required_text("output"));
  TRY(Grant grant, settings.roots.entry(path, true));
  work.output = work.grants.size();
  give(work, name, std::move(grant));
  return {};
}

Result<Work> run_work(const json& object, const Settings& settings) {
  CallArguments arguments(object);
  Work work{.words = {"run"}, .grants = {}, .standard_input = {}, .result = ResultPlace::kOwnPipe, .program = {}};
  CHECK_OK(add_program(work, arguments, settings));
  CHECK_OK(add_output(work, arguments, settings, "out"));
  add_signature(work, settings);
  add_audit(work, settings);
  CHECK_OK(end_with_program(work, arguments));
  return work;
}

Result<Work> explain_work(const json& object, const Settings& settings) {
  CallArguments arguments(object);
  Work work{.words = {"explain", "--json", "--no-config"}, .grants = {}, .standard_input = {}, .program = {}};
  CHECK_OK(add_program(work, arguments, settings));
  CHECK_OK(end_with_program(work, arguments));
  return work;
}

Result<Work> inspect_work(const json& object, const Settings& settings) {
  constexpr auto kSeverities = std::to_array<std::string_view>({"info", "low", "medium", "high", "critical"});
  CallArguments arguments(object);
  Work work{.words = {"inspect", "--json"},
            .grants = {},
            .standard_input = {},
            .result = ResultPlace::kLastLineOfOutput,
            .program = "immure-inspect"};
  CHECK_OK(add_output(work, arguments, settings, "output"));
  add_signature(work, settings);
  add_audit(work, settings);
  add_venue(work, settings);
  TRY(const std::string limit, time_limit(arguments, settings));
  work.words.push_back(limit);
  TRY(const auto severity, arguments.text("failOn"));
  if (severity && std::ranges::find(kSeverities, *severity) == kSeverities.end())
    return fail(Code::kUsage, "argument `failOn`", "is none of " + text::list_text(kSeverities));
  if (severity) work.words.push_back(option("fail-on", *severity));
  TRY(const bool inventory, arguments.flag("inventory"));
  if (inventory) work.words.emplace_back("--inventory");
  TRY(const std::string drop, arguments.required_text("drop"));
  CHECK_OK(arguments.finish());
  TRY(Grant grant, settings.roots.directory(drop));
  work.words.emplace_back("--");
  work.words.push_back(grant.argument);
  work.grants.push_back(std::move(grant));
  return work;
}

Result<void> add_evidence(Work& work, CallArguments& arguments, const Settings& settings) {
  TRY(const std::string path, arguments.required_text("evidence"));
  TRY(Grant grant, settings.roots.entry(path, false));
  for (const std::string& key : settings.trusted) work.words.push_back(option("key", key));
  work.words.emplace_back("--");
  work.words.push_back(grant.argument);
  work.grants.push_back(std::move(grant));
  return arguments.finish();
}

Result<Work> verify_work(const json& object, const Settings& settings) {
  if (settings.trusted.empty())
    return fail(Code::kUsage, "verify", "there is no key whose evidence the operator trusts",
                "The operator starts the server with --trust HOST.pub.");
  CallArguments arguments(object);
  Work work{.words = {"verify", "--json"}, .grants = {}, .standard_input = {}, .program = {}};
  for (const std::string& profile : settings.accepted) work.words.push_back(option("accept", profile));
  TRY(const auto artifacts, arguments.text("artifacts"));
  if (artifacts) {
    TRY(Grant grant, settings.roots.directory(*artifacts));
    give(work, "artifacts", std::move(grant));
  }
  CHECK_OK(add_inputs(work, arguments, settings, "input"));
  TRY(const auto program, arguments.text("expectProgram"));
  if (program) work.words.push_back(option("expect-program", *program));
  constexpr int kMostExit = 255;
  TRY(const auto exit, arguments.integer("expectExit", 0, kMostExit));
  if (exit) work.words.push_back(option("expect-exit", std::to_string(*exit)));
  CHECK_OK(add_evidence(work, arguments, settings));
  return work;
}

Result<Work> show_work(const json& object, const Settings& settings) {
  CallArguments arguments(object);
  Work work{.words = {"show", "--json"}, .grants = {}, .standard_input = {}, .program = {}};
  CHECK_OK(add_evidence(work, arguments, settings));
  return work;
}

Result<Work> doctor_work(const json& object, const Settings& settings) {
  CHECK_OK(CallArguments(object).finish());
  Work work{.words = {"doctor", "--json"}, .grants = {}, .standard_input = {}, .program = {}};
  add_venue(work, settings);
  return work;
}

constexpr auto kTools = std::to_array<Tool>({
    {.name = "run",
     .title = "Run a program in a sandbox",
     .description = kRunText,
     .input_schema = kRunSchema,
     .runs = true,
     .work = run_work},
    {.name = "explain",
     .title = "Explain what stood in a program's way",
     .description = kExplainText,
     .input_schema = kExplainSchema,
     .work = explain_work},
    {.name = "verify",
     .title = "Verify the evidence of a run",
     .description = kVerifyText,
     .input_schema = kVerifySchema,
     .read_only = true,
     .work = verify_work},
    {.name = "show",
     .title = "Show what evidence says",
     .description = kShowText,
     .input_schema = kShowSchema,
     .read_only = true,
     .work = show_work},
    {.name = "doctor",
     .title = "Check this machine",
     .description = kDoctorText,
     .input_schema = kDoctorSchema,
     .read_only = true,
     .work = doctor_work},
    {.name = "inspect",
     .title = "Inspect files that nobody trusts",
     .description = kInspectText,
     .input_schema = kInspectSchema,
     .runs = true,
     .work = inspect_work},
});

json output_schema(const Tool& tool) {
  json schema = json::parse(kOutputSchema);
  schema["properties"]["result"] = {
      {"type", {"object", "null"}},
      {"description", "What `immure " + std::string(tool.name) + " --json` prints: spec/commands of immure's source " +
                          "has the schema. Null if the call was ended before that."}};
  if (!tool.runs) return schema;
  const json further = json::parse(kRunOutputSchema);
  for (const auto& [name, value] : further.items()) schema["required"].push_back(name);
  schema["properties"].update(further);
  return schema;
}

}  // namespace

std::span<const Tool> tools() { return kTools; }

const Tool* find_tool(std::string_view name) {
  const auto found = std::ranges::find(kTools, name, &Tool::name);
  return found == kTools.end() ? nullptr : &*found;
}

json tool_list(const Settings& settings) {
  json list = json::array();
  for (const Tool& tool : kTools) {
    std::string description(tool.description);
    if (tool.name != "doctor") description += " Directories that the operator allows: " + settings.roots.text() + ".";
    list.push_back({{"name", tool.name},
                    {"title", tool.title},
                    {"description", std::move(description)},
                    {"inputSchema", json::parse(tool.input_schema)},
                    {"outputSchema", output_schema(tool)},
                    {"annotations",
                     {{"title", tool.title},
                      {"readOnlyHint", tool.read_only},
                      {"destructiveHint", false},
                      {"idempotentHint", tool.read_only},
                      {"openWorldHint", false}}}});
  }
  return {{"tools", std::move(list)}};
}

std::vector<std::string> verify_words(const Settings& settings, const Grant& output) {
  std::vector<std::string> words = {"verify", "--json", option("artifacts", output.argument)};
  for (const std::string& key : settings.trusted) words.push_back(option("key", key));
  for (const std::string& profile : settings.accepted) words.push_back(option("accept", profile));
  words.emplace_back("--");
  words.push_back(output.argument + ".evidence.json");
  return words;
}

}  // namespace immure::cli::mcp
