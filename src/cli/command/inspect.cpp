#include <algorithm>
#include <climits>
#include <filesystem>
#include <memory>
#include <optional>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attest/deadline.hpp"
#include "attest/records.hpp"
#include "cli/commands.hpp"
#include "cli/run/directories.hpp"
#include "cli/run/duration.hpp"
#include "cli/run/inspection.hpp"
#include "cli/run/launch.hpp"
#include "plan/image/image.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"
#include "text/utc_time.hpp"

namespace immure::cli {
namespace {

constexpr std::size_t kDay = 10;  // length of the day in a time of RFC 3339

/// A file that the operator gives besides the drop, and its place in the cell. The file is a part of the image, so that
/// the image's digest in the evidence covers it. The place is never below /in, because /in has the files of the sender.
struct Data {
  std::string_view option;
  std::string_view place;
  bool directory = false;
  bool rules = false;  ///< also used by --list-rules
};
constexpr Data kData[] = {
    {.option = "rules", .place = "/data/rules", .directory = true, .rules = true},
    {.option = "secrets", .place = "/data/secrets.toml", .rules = true},
    {.option = "baseline", .place = "/data/baseline.toml"},
    {.option = "against", .place = "/data/against.json"},
};

/// Error kBadInput if the file is missing or not of the right kind.
Result<plan::Packed> packed(const Data& data, const std::string& given, const file::GoOn& go_on) {
  auto one = data.directory ? plan::named_tree(std::string(data.place), given, go_on)
                            : plan::named_file(std::string(data.place), given);
  if (!one) one.error().what += ", for --" + std::string(data.option);
  return one;
}

Result<void> add_data(const Arguments& arguments, Launch& wanted) {
  for (const Data& data : kData) {
    const auto given = arguments.value(data.option);
    if (!given) continue;
    TRY(plan::Packed one, packed(data, *given, wanted.deadline->go_on()));
    (data.directory ? wanted.data_trees : wanted.data_files).push_back(std::move(one));
  }
  return {};
}

/// Prints the rules without a cell, because no file of a drop is read.
Result<ExitCode> list_rules(const Arguments& arguments) {
  TRY(std::string program, inspector_path());
  std::vector<std::string> words{program, "--list-rules"};
  for (const Data& data : kData) {
    const auto given = arguments.value(data.option);
    if (!given || !data.rules) continue;
    words.push_back("--" + std::string(data.option));
    words.push_back(std::filesystem::absolute(*given).string());
  }
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const int failure = sys::error_of(::execv, program.c_str(), argv.data());
  return fail(Code::kSystem, program, "cannot be started", {}, failure);
}

std::vector<std::string> inspector_arguments(const Arguments& arguments) {
  std::vector<std::string> words = {"--in", "/in", "--out", "/out"};
  const auto add = [&words](std::string_view option, std::string value) {
    words.push_back("--" + std::string(option));
    words.push_back(std::move(value));
  };
  if (const auto severity = arguments.value("fail-on")) add("fail-on", *severity);
  if (arguments.has("inventory")) words.emplace_back("--inventory");
  for (const std::string& limit : arguments.values("limit")) add("limit", limit);
  for (const std::string& extension : arguments.values("opaque")) add("opaque", extension);
  for (const Data& data : kData) {
    if (arguments.has(data.option)) add(data.option, std::string(data.place));
  }
  // Compare the days of a baseline with a day that the evidence names, not with the cell's clock.
  if (arguments.has("baseline")) add("today", text::utc_now().substr(0, kDay));
  return words;
}

/// Checks that the files that the operator gives and the drop exist.
Result<void> add_files(const Arguments& arguments, Launch& wanted) {
  CHECK_OK(add_data(arguments, wanted));
  return add_hidden_entries(wanted);
}

/// `inspect rules` means `--list-rules`. With --output, `rules` is the name of a drop.
bool asks_for_rules(const Arguments& arguments) {
  const auto& operands = arguments.operands();
  return arguments.has("list-rules") ||
         (operands.size() == 1 && operands.front() == "rules" && !arguments.has("output"));
}

}  // namespace

Result<ExitCode> inspect_command(const Arguments& arguments) {
  if (asks_for_rules(arguments)) return list_rules(arguments);
  if (arguments.operands().empty())
    return fail(Code::kUsage, "inspect", "DROP is missing", "See `immure inspect --help`.");
  Launch wanted;
  wanted.input = arguments.operands().front();
  TRY(wanted.output, arguments.required("output"));
  wanted.arguments = inspector_arguments(arguments);
  if (const auto timeout = arguments.value("timeout")) {
    TRY(wanted.wall_ms, parse_duration("--timeout", *timeout));
  }
  limit_inspection(wanted);
  wanted.audit = arguments.value("audit");
  wanted.json = arguments.has("json");
  const auto led = begin(wanted);
  if (!led && led.error().code == Code::kBlocked) return blocked(led.error(), wanted.json);
  if (!led) return std::unexpected(led.error());
  if (*led) return **led;
  wanted.key = arguments.value("key");
  wanted.signer = arguments.value("signer");
  wanted.evidence = arguments.value("evidence");
  wanted.replace = arguments.has("replace");
  wanted.no_evidence = arguments.has("no-evidence");
  wanted.challenge = arguments.value("challenge");
  wanted.nonce = arguments.value("nonce");
  wanted.audience = arguments.value("audience");
  wanted.venue = venue_of(arguments);
  wanted.verbose = arguments.has("verbose");
  // The evidence names this option among the arguments, so readers see that the run was asked to show its progress.
  wanted.progress = !wanted.json && ::isatty(STDERR_FILENO) != 0;
  if (wanted.progress) wanted.arguments.emplace_back("--progress");
  const auto found = be_inspector(wanted);
  const auto added = found ? add_files(arguments, wanted) : found;
  // As in `run`, a file that is missing or unusable keeps the program from starting.
  if (!added && added.error().code == Code::kBadInput)
    return audited(wanted, added.error(), blocked(added.error(), wanted.json));
  if (!added) return audited(wanted, added.error(), std::unexpected(added.error()));
  return launch(std::move(wanted));
}

}  // namespace immure::cli
