#include <algorithm>
#include <set>

#include "cli/commands.hpp"
#include "cli/print.hpp"
#include "cli/run/directories.hpp"
#include "evidence/envelope.hpp"
#include "file/io.hpp"
#include "text/json_writer.hpp"
#include "tlog/log.hpp"

namespace immure::cli {
namespace {

using tlog::Files;
using tlog::Log;

/// What `immure log` was asked for.
struct Job {
  std::string action;
  std::string directory;
  std::vector<std::string> evidence;
};

/// A log that cannot be trusted gives exit code 3, as for evidence that cannot be appraised.
template <class T>
Result<T> trusted(Result<T> result) {
  if (!result && result.error().code == Code::kBadInput) result.error().code = Code::kBlocked;
  return result;
}

Result<Log> read_log(const Files& files, const Arguments& arguments) {
  TRY(const std::string key_path, arguments.required("key"));
  TRY(const evidence::PublicKey key, trusted(evidence::PublicKey::load(key_path)));
  return trusted(Log::read(files, key));
}

Result<std::vector<tlog::Entry>> entries_of(const std::vector<std::string>& paths) {
  std::vector<tlog::Entry> entries;
  for (const std::string& path : paths) {
    TRY(const std::string bytes, file::read_whole(path, evidence::kMaxEnvelopeBytes));
    TRY(tlog::Entry entry, tlog::entry_of(bytes, path));
    entries.push_back(std::move(entry));
  }
  return entries;
}

std::string checkpoint_text(const Log& log) {
  return log.checkpoint().origin + ": " + std::to_string(log.checkpoint().size) +
         (log.checkpoint().size == 1 ? " entry" : " entries");
}

/// The log as it is, or a new one if the directory is empty and --origin names the log.
Result<Log> log_to_extend(const Files& files, const Arguments& arguments, const evidence::PublicKey& key) {
  const auto origin = arguments.value("origin");
  TRY(const bool exists, Log::exists(files));
  if (exists) {
    TRY(Log log, trusted(Log::read(files, key)));
    if (origin && *origin != log.checkpoint().origin)
      return fail(Code::kUsage, "--origin", "is not the name of this log, which is " + log.checkpoint().origin);
    return log;
  }
  TRY(const bool empty, files.empty());
  if (!empty)
    return fail(Code::kBadInput, files.path(), "is not a log, and is not empty", "Name an empty or a new directory.");
  if (!origin)
    return fail(Code::kUsage, files.path(), "is not a log yet", "Give the new log a name: --origin example.com/runs.");
  CHECK_OK(tlog::check_origin(*origin));
  return Log(*origin);
}

Result<ExitCode> add(const Job& job, const Arguments& arguments) {
  if (job.evidence.empty()) return fail(Code::kUsage, "log add", "needs at least one evidence file");
  TRY(const std::string key_path, arguments.required("key"));
  TRY(const evidence::PrivateKey key, evidence::PrivateKey::load(key_path));
  TRY(const std::vector<tlog::Entry> entries, entries_of(job.evidence));
  TRY(Files files, Files::open_or_make(job.directory));
  CHECK_OK(files.lock());
  TRY(Log log, log_to_extend(files, arguments, key.public_key()));
  // Leave out what the log has, so that a command that was killed can simply be repeated.
  std::vector<tlog::Entry> added;
  for (const tlog::Entry& entry : entries)
    if (!log.find(entry.evidence_sha256) && std::ranges::find(added, entry) == added.end()) added.push_back(entry);
  if (!added.empty()) CHECK_OK(log.append(added, files, key, key_path));
  if (arguments.has("json")) {
    CHECK_OK(print(json_line([&](text::JsonWriter& json) {
      json.object().member("added", added.size()).member("origin", log.checkpoint().origin);
      json.member("size", log.checkpoint().size).close();
    })));
  } else {
    CHECK_OK(print(std::to_string(added.size()) + " added; " + checkpoint_text(log) + "\n"));
  }
  return kSuccess;
}

/// Compares the log with the files at hand. Returns what is wrong.
std::vector<std::string> differences(const Log& log, const Job& job, const std::vector<tlog::Entry>& entries) {
  std::vector<std::string> wrong;
  std::set<std::string> at_hand;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    at_hand.insert(entries[i].evidence_sha256);
    if (!log.find(entries[i].evidence_sha256)) wrong.push_back(job.evidence[i] + " is not in the log");
  }
  if (entries.empty()) return wrong;
  for (const tlog::Entry& entry : log.entries())
    if (!at_hand.contains(entry.evidence_sha256))
      wrong.push_back("the evidence of run " + entry.run_id + " is in the log, and you did not name it");
  return wrong;
}

Result<ExitCode> check(const Job& job, const Arguments& arguments) {
  TRY(const Files files, trusted(Files::open(job.directory)));
  TRY(const Log log, read_log(files, arguments));
  TRY(const std::vector<tlog::Entry> entries, trusted(entries_of(job.evidence)));
  std::vector<std::string> wrong = differences(log, job, entries);
  if (const auto since = arguments.value("since")) {
    TRY(const std::string note, trusted(file::read_whole(*since, tlog::kMaxNoteBytes)));
    TRY(const evidence::PublicKey key, trusted(evidence::PublicKey::load(*arguments.required("key"))));
    TRY(const tlog::Checkpoint earlier, trusted(tlog::open_checkpoint(note, key, *since)));
    if (!log.continues(earlier)) wrong.push_back("the log does not continue the checkpoint " + *since);
  }
  if (arguments.has("json")) {
    CHECK_OK(print(json_line([&](text::JsonWriter& json) {
      json.object().member("origin", log.checkpoint().origin).member("size", log.checkpoint().size);
      json.member("wrong", wrong).close();
    })));
  } else {
    std::string text = (wrong.empty() ? "the log holds: " : "the log does not hold: ") + checkpoint_text(log) + "\n";
    for (const std::string& line : wrong) text += "  " + visible(line) + "\n";
    CHECK_OK(print(text));
  }
  return wrong.empty() ? kSuccess : kDiffers;
}

Result<ExitCode> prove(const Job& job, const Arguments& arguments) {
  if (job.evidence.size() != 1) return fail(Code::kUsage, "log prove", "takes one evidence file");
  TRY(const std::string path, arguments.required("output"));
  CHECK_OK(check_other_file(path, job.evidence.front()));
  TRY(const Files files, trusted(Files::open(job.directory)));
  TRY(const Log log, read_log(files, arguments));
  TRY(const std::vector<tlog::Entry> entries, trusted(entries_of(job.evidence)));
  const auto index = log.find(entries.front().evidence_sha256);
  if (!index) {
    tell(job.evidence.front() + " is not in the log");
    return kDiffers;
  }
  CHECK_OK(file::write_whole(path, log.proof(*index), 0644));
  if (arguments.has("json")) {
    CHECK_OK(print(json_line(
        [&](text::JsonWriter& json) { json.object().member("index", *index).member("proof", path).close(); })));
  } else {
    CHECK_OK(print("proof: " + visible(path) + ", entry " + std::to_string(*index) + " of " +
                   std::to_string(log.checkpoint().size) + "\n"));
  }
  return kSuccess;
}

Result<ExitCode> list(const Job& job, const Arguments& arguments) {
  TRY(const Files files, trusted(Files::open(job.directory)));
  TRY(const Log log, read_log(files, arguments));
  if (arguments.has("json")) {
    CHECK_OK(print(json_line([&](text::JsonWriter& json) {
      json.object().key("entries").array();
      for (const tlog::Entry& entry : log.entries()) json.raw(tlog::entry_text(entry));
      json.close().member("origin", log.checkpoint().origin).close();
    })));
    return kSuccess;
  }
  std::string text = checkpoint_text(log) + "\n";
  for (std::size_t i = 0; i < log.entries().size(); ++i)
    text +=
        std::to_string(i) + "  run " + log.entries()[i].run_id + "  sha256 " + log.entries()[i].evidence_sha256 + "\n";
  CHECK_OK(print(text));
  return kSuccess;
}

}  // namespace

Result<ExitCode> log_command(const Arguments& arguments) {
  const std::vector<std::string>& operands = arguments.operands();
  const Job job{.action = operands[0], .directory = operands[1], .evidence = {operands.begin() + 2, operands.end()}};
  const auto only = [&](std::string_view option, std::string_view action) -> Result<void> {
    if (!arguments.has(option) || job.action == action) return {};
    return fail(Code::kUsage, "--" + std::string(option), "is for log " + std::string(action) + " alone");
  };
  CHECK_OK(only("origin", "add"));
  CHECK_OK(only("since", "verify"));
  CHECK_OK(only("output", "prove"));
  if (job.action == "add") return add(job, arguments);
  if (job.action == "verify") return check(job, arguments);
  if (job.action == "prove") return prove(job, arguments);
  if (job.action == "ls" && job.evidence.empty()) return list(job, arguments);
  return fail(Code::kUsage, "log", "takes `add`, `verify`, `prove` or `ls`, and the directory of the log",
              "For example `immure log ls runs.log --key log.pub`.");
}

}  // namespace immure::cli
