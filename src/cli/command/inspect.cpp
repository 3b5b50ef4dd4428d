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
#include "cli/run/hidden_entries.hpp"
#include "cli/run/launch.hpp"
#include "plan/image/image.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"
#include "text/utc_time.hpp"

namespace immure::cli {
namespace {

/// The path of the inspector: beside immure, or where packages install it. PATH is never searched, because only the
/// inspector that came with immure may read a drop that nobody trusts.
Result<std::string> inspector_path() {
  if (const auto self = sys::link_target(AT_FDCWD, "/proc/self/exe"); self) {
    const std::string beside = self->substr(0, self->rfind('/')) + "/immure-inspect";
    if (::access(beside.c_str(), X_OK) == 0) return beside;
  }
  constexpr const char* kInstalled = "/usr/libexec/immure/immure-inspect";
  if (::access(kInstalled, X_OK) == 0) return kInstalled;
  return fail(Code::kBadInput, "immure-inspect", "is neither beside immure nor in /usr/libexec/immure",
              "Build or install it together with immure.");
}

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

/// Gives the list of hidden entries to the cell as a file without a name on the host, so that nobody can replace the
/// file. The cell gets a copy of the drop only if the drop contains FIFOs, sockets or devices, which would be channels,
/// or something that cannot be read. A drop that is one file is an input of one part.
Result<void> add_hidden_entries(Launch& wanted) {
  wanted.deadline->enter("the drop was listed");
  struct stat info{};
  const bool is_file = ::lstat(wanted.input.c_str(), &info) == 0 && S_ISREG(info.st_mode);
  std::string text;
  if (is_file) {
    // With its directory, so that a name with `=` is no name of a place.
    wanted.inputs = {std::filesystem::absolute(wanted.input).string()};
    TRY(text, hidden_properties_of_file(wanted.input));
  } else {
    wanted.watched = std::make_shared<attest::MountWatch>();
    TRY(HiddenEntries hidden, hidden_entries_of(wanted.input, wanted.deadline->go_on()));
    wanted.stage = hidden.needs_copy;
    wanted.listed = std::move(hidden.entries);
    wanted.opened = std::make_shared<InputDirectory>(std::move(hidden.directory));
    text = std::move(hidden.text);
  }
  if (text.empty()) return {};
  plan::Packed file = plan::text_file("/data/unseen", "unseen", text);
  wanted.data_files.push_back(std::move(file));
  wanted.arguments.insert(wanted.arguments.end(), {"--unseen", "/data/unseen"});
  return {};
}

/// Checks that the inspector, the files that the operator gives, and the drop exist.
Result<void> add_files(const Arguments& arguments, Launch& wanted) {
  TRY(wanted.program, inspector_path());
  CHECK_OK(add_data(arguments, wanted));
  return add_hidden_entries(wanted);
}

/// Gives the inspector a time limit below that of the cell, so that the inspector can still report what it has found.
Result<void> set_time(const Arguments& arguments, Launch& wanted) {
  constexpr std::uint64_t kDefaultMs = 960'000, kReportMs = 60'000, kReportShare = 10;
  wanted.wall_ms = kDefaultMs;
  if (const auto timeout = arguments.value("timeout")) {
    TRY(wanted.wall_ms, parse_duration("--timeout", *timeout));
  }
  const std::uint64_t report_ms = std::min(kReportMs, *wanted.wall_ms / kReportShare);
  // Put this default first, so that a later --limit overrides it.
  const std::string limit = "run-ms=" + std::to_string(std::max<std::uint64_t>(*wanted.wall_ms - report_ms, 1));
  wanted.arguments.insert(wanted.arguments.begin(), {"--limit", limit});
  return {};
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
  CHECK_OK(set_time(arguments, wanted));
  TRY(const std::optional<ExitCode> led, begin(wanted));
  if (led) return *led;
  wanted.profile = "inspect";
  // The inspector is a program of immure: the inspector writes only to /out, and ends with an error if it cannot write.
  wanted.no_observer = true;
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
  wanted.json = arguments.has("json");
  // The evidence names this option among the arguments, so readers see that the run was asked to show its progress.
  wanted.progress = !wanted.json && ::isatty(STDERR_FILENO) != 0;
  if (wanted.progress) wanted.arguments.emplace_back("--progress");
  const auto added = add_files(arguments, wanted);
  // As in `run`, a file that is missing or unusable keeps the program from starting.
  if (!added && added.error().code == Code::kBadInput) return blocked(added.error(), wanted.json);
  if (!added) return std::unexpected(added.error());
  return launch(std::move(wanted));
}

}  // namespace immure::cli
