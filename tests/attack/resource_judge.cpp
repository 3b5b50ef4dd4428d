#include "resource_judge.hpp"

#include <algorithm>
#include <cstdlib>

#include <unistd.h>

namespace immure::attack {
namespace {

bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

std::string last_line(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

/// The marker file by which immure recognises an image cache that it made.
constexpr std::string_view kCacheMark = ".immure-cache";

// Returns what is wrong with a message. A message must say that it comes from immure, must say what failed, and must
// say nothing twice.
std::string complaint(const std::string& said) {
  const std::vector<std::string> lines = lines_of(said);
  if (lines.empty()) return "no message";
  if (holds(said, "\\x0a")) return "an escaped line break in the message";
  if (!std::ranges::any_of(
          lines, [](const std::string& line) { return line.starts_with("immure") || line.starts_with("BLOCKED: "); }))
    return "no message of immure's";
  if (lines.back().find(": ") == std::string::npos) return "the message names no step";
  for (std::size_t i = 1; i < lines.size(); ++i) {
    if (lines[i] == lines[i - 1] && !lines[i].empty()) return "the same line twice";
  }
  return {};
}

const Scenario* scenario_named(std::string_view name) {
  const auto found = std::ranges::find(scenarios(), name, &Scenario::name);
  return found == scenarios().end() ? nullptr : &*found;
}

}  // namespace

bool ResourceJudge::prepare() {
  for (const char* each : {"run", "stage", "rootfs", "inspect"}) jobs_.push_back({each, scenario_named(each), {}});
  const Ended ended = run_limited(fresh(jobs_.front()));
  if (!judge(jobs_.front(), ended, false).works) return false;
  const std::string kept = root_ + "/kept.json";
  fs::copy_file(world_.theirs() + "/papers/e.json", kept);
  jobs_.push_back({"verify", nullptr, {bin_ + "/immure", "verify", kept, "--key", world_.public_key("host")}});
  jobs_.push_back({"keygen", nullptr, {bin_ + "/immure", "keygen", world_.theirs() + "/new"}});
  return true;
}

Limited ResourceJudge::fresh(const Job& job) {
  const Scenario& scenario = job.scenario != nullptr ? *job.scenario : scenarios().front();
  world_.build(scenario);
  Limited wanted;
  wanted.command = job.scenario != nullptr ? world_.command(scenario) : job.words;
  wanted.environment = world_.environment();
  wanted.directory = root_ + "/said";
  wanted.uid = uid_;
  wanted.groups = groups_;
  return wanted;
}

bool ResourceJudge::starts(const Limited& wanted) const {
  // Without any processor time, the kernel kills each process at the first tick of its clock, wherever it is.
  for (const auto& [resource, value] : wanted.limits)
    if (resource == RLIMIT_CPU && value == 0) return false;
  Limited small = wanted;
  small.command = {bin_ + "/immure", "version"};
  small.directory = root_ + "/kept";
  // Try several times, because the kernel chooses the start of the stack at random.
  constexpr int kTries = 5;
  for (int i = 0; i < kTries; ++i) {
    if (run_limited(small).code != 0) return false;
  }
  return true;
}

bool ResourceJudge::accepted() const {
  const std::string command = bin_ + "/immure verify " + world_.theirs() + "/papers/e.json --key " +
                              world_.public_key("host") + " --artifacts " + world_.theirs() +
                              "/results/out >/dev/null 2>&1";
  return std::system(command.c_str()) == 0;
}

void ResourceJudge::look_for_leftovers(std::vector<std::string>& wrong) const {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(world_.temporary(), error))
    wrong.push_back("left behind: " + entry.path().string());
  for (auto entry = fs::recursive_directory_iterator(world_.theirs(), error);
       entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename();
    if ((name.starts_with(".immure") && name != kCacheMark) || name.starts_with(".building"))
      wrong.push_back("left behind: " + entry->path().string());
  }
  for (const std::string& group : groups_) {
    for (const auto& entry : fs::directory_iterator(group, error)) {
      if (!entry.is_directory()) continue;
      wrong.push_back("a control group is left: " + entry.path().string());
      // Report the leftover once, not again for every later run.
      ::rmdir(entry.path().c_str());
    }
  }
}

Result ResourceJudge::judge(const Job& job, const Ended& ended, bool may_be_killed) const {
  Result result;
  const auto wrong = [&result](std::string what) { result.wrong.push_back(std::move(what)); };
  const std::string said = text_of(root_ + "/said/stderr"), printed = text_of(root_ + "/said/stdout");
  result.said = last_line(said);
  result.outcome = "exit " + std::to_string(ended.code);
  if (ended.timed_out) wrong("did not end");
  if (ended.survivors) wrong("a process outlived the supervisor");
  look_for_leftovers(result.wrong);

  const std::string papers = world_.theirs() + "/papers", out = world_.theirs() + "/results/out";
  const int code = ended.code;
  // The parent process that leads the run reports the death of the supervisor.
  const bool supervisor_died = ended.signaled || (may_be_killed && holds(said, "the supervisor, process "));
  const bool by_signal = supervisor_died || code > 128;
  const bool own = code == 0 || code == 3 || code == 5 || code == 64 || code == 70 || code == 124;
  if (ended.signaled && !may_be_killed && !ended.timed_out)
    wrong("ended by signal " + std::to_string(code - 128) + " instead of saying what it lacks");
  if (code != 0 && !by_signal) {
    // immure prints a verdict on standard output.
    if (const std::string why = complaint(job.name == "verify" ? said + printed : said); !why.empty() && own)
      wrong(why);
  }
  if (job.scenario == nullptr) {
    result.works = code == 0;
    if (job.name == "keygen") {
      const bool there = fs::exists(world_.theirs() + "/new"), other = fs::exists(world_.theirs() + "/new.pub");
      if (code == 0 && (!there || !other)) wrong("exit 0 without both halves of the key");
      if (code != 0 && (there || other)) wrong("half a key is left");
    }
    if (!own && !by_signal) wrong("exit " + std::to_string(code) + " is not documented");
    return result;
  }

  const bool has_evidence = fs::exists(papers + "/e.json"), is_accepted = has_evidence && accepted();
  // The program's own exit code counts only if the evidence says that the program ran.
  const bool by_program = is_accepted && (holds(printed, "program GOOD") || job.scenario->inspects);
  if (is_accepted) result.outcome += ", ACCEPTED";
  if (!own && !by_signal && !by_program) wrong("exit " + std::to_string(code) + " is not documented");
  if (by_signal && !supervisor_died && !has_evidence) wrong("a signal ended the program, and no evidence says so");
  if (code == 0 && !is_accepted) wrong("exit 0, and the evidence is not there or is not ACCEPTED");
  std::error_code error;
  const bool whole = job.scenario->inspects
                         ? fs::exists(out + "/report.json")
                         : fs::file_size(out + "/harvested", error) > 1 &&
                               fs::file_size(out + "/below/deeper/harvested-too", error) > 1 && !error;
  if (code == 0 && !whole) wrong("exit 0 without all outputs");
  if (has_evidence && !ended.signaled && text_of(papers + "/e.json").empty()) wrong("an empty evidence file");
  result.works = code == 0 && is_accepted && whole;
  return result;
}

}  // namespace immure::attack
