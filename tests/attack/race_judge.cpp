#include "race_judge.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <sstream>

#include <sys/wait.h>
#include <unistd.h>

#include "file/sha256.hpp"
#include "text/base64.hpp"

namespace immure::attack {
namespace {

std::string last_line(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

// The text in an envelope that is signed.
std::string statement(const std::string& envelope) {
  constexpr std::string_view kKey = "\"payload\":\"";
  const std::size_t start = envelope.find(kKey);
  if (start == std::string::npos) return {};
  const std::size_t from = start + kKey.size();
  return text::unbase64(std::string_view(envelope).substr(from, envelope.find('"', from) - from)).value_or("");
}

std::string after(const std::string& text, std::string_view key, std::string_view value) {
  const std::size_t at = text.find(key);
  const std::size_t from = at == std::string::npos ? at : text.find(value, at);
  return from == std::string::npos ? "" : text.substr(from + value.size(), 64);
}

Digests digests_of(const std::string& text) {
  constexpr std::string_view kSha = "\"sha256\":\"";
  return {{"input", after(text, "\"manifestSha256\":\"", "\"manifestSha256\":\"")},
          {"image", after(text, "\"image\":{\"digest\":", kSha)},
          {"program", after(text, "\"program\":{\"digest\":", kSha)}};
}

/// Lists every regular file below a directory, and follows no link.
std::vector<fs::path> files_below(const std::string& directory) {
  std::vector<fs::path> files;
  std::error_code error;
  for (auto entry = fs::recursive_directory_iterator(directory, error); entry != fs::recursive_directory_iterator();
       entry.increment(error)) {
    if (entry->symlink_status().type() == fs::file_type::regular) files.push_back(entry->path());
  }
  return files;
}

Contents observed_by_payload(const std::string& printed) {
  Contents contents;
  std::istringstream lines(printed);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream parts(line);
    std::string key, tag;
    parts >> key >> tag;
    if (key == "program" && tag == "GOOD") tag = "A";
    contents[key] = tag;
  }
  return contents;
}

Contents observed_by_inspector(const std::string& report) {
  Contents contents;
  for (const char* path : {"/in/file", "/in/sub/other"}) {
    contents[path] = "-";
    for (const std::string& tag : {std::string("A"), std::string("B"), std::string(kSecret)}) {
      if (holds(report, file::sha256_hex(line_of(tag, path)))) contents[path] = tag;
    }
  }
  return contents;
}

}  // namespace

faults::Settings Judge::settings(const Scenario& scenario) const {
  faults::Settings settings;
  settings.command = world_.command(scenario);
  settings.environment = world_.environment();
  settings.directory = fs::path(world_.theirs()).parent_path().string() + "/said";
  settings.uid = uid_;
  settings.groups = groups_;
  settings.patience_ms = 30'000;
  return settings;
}

const Digests& Judge::reference(const Scenario& scenario, const Contents& contents) {
  std::string key = scenario.name;
  for (const auto& [path, tag] : contents) key += "|" + path + "=" + tag;
  if (const auto known = references_.find(key); known != references_.end()) return known->second;
  world_.build(scenario, contents);
  static_cast<void>(faults::run(settings(scenario), std::nullopt, false));
  return references_[key] = digests_of(statement(text_of(world_.theirs() + "/" + scenario.paper)));
}

Finding Judge::judge(const Scenario& scenario, const Place& place, Kind kind, const faults::Trace& trace,
                     const std::string& before, const std::string& replacement) {
  Finding finding;
  const auto wrong = [&finding](std::string what) { finding.wrong.push_back(std::move(what)); };
  const std::string said_at = settings(scenario).directory;
  const std::string printed = text_of(said_at + "/stdout"), said = text_of(said_at + "/stderr");
  finding.said = last_line(said);
  const int code = WIFEXITED(trace.status) ? WEXITSTATUS(trace.status) : 128 + WTERMSIG(trace.status);
  finding.outcome = "exit " + std::to_string(code);

  if (trace.timed_out) wrong("did not end");
  if (trace.survivors) wrong("a task outlived the supervisor");
  const bool known = code == 0 || code == 3 || code == 5 || code == 64 || code == 70 ||
                     (scenario.inspects && (code == 1 || code == 2)) || (scenario.name == "batch" && code == 1);
  if (!known && !trace.timed_out) wrong("exit " + std::to_string(code) + " is not documented");
  if (code != 0 && finding.said.empty()) wrong("no message");
  if (holds(said, "\\x0a")) wrong("an escaped line break in the message");

  // immure must not read, change or print any file of the victim.
  if (world_.victim_state() != before) {
    std::istringstream now(world_.victim_state()), then(before);
    std::string changed;
    for (std::string a, b; std::getline(now, a);) {
      std::getline(then, b);
      if (a != b && changed.empty()) changed = b + " -> " + a;
    }
    wrong("the victim's files were read or written: " + changed);
  }
  if (holds(printed, kSecretMark)) wrong("the victim's bytes are in the program's standard output");
  if (holds(said, kSecretMark)) wrong("the victim's bytes are in the messages");
  std::vector<std::string> outputs, papers;
  for (const fs::path& path : files_below(world_.theirs())) {
    const std::string bytes = text_of(path);
    if (holds(bytes, kSecretMark)) wrong("the victim's bytes are in " + path.string());
    if (path.filename() == (scenario.inspects ? "report.json" : "harvested") && bytes != "B\n")
      outputs.push_back(path.parent_path());
    const bool is_evidence = bytes.starts_with("{\"payload\"") || holds(bytes.substr(0, 64), "payloadType");
    if (is_evidence) papers.push_back(path);
    if (is_evidence && holds(statement(bytes), kSecretMark)) wrong("the victim's bytes are in the evidence");
    const std::string name = path.filename();
    if ((name.starts_with(".immure") && name != ".immure-cache") || name.starts_with(".building"))
      wrong("left behind: " + path.string());
  }

  // A replacement in which immure makes no files must be unchanged.
  if (kind != Kind::kLink && !place.receives && !replacement.empty()) {
    const std::string now = world_.replacement_state(world_.beside(place));
    const std::string there = world_.replacement_state(world_.theirs() + "/" + place.path);
    if (now != replacement && there != replacement) wrong("the replacement was written to");
  }

  for (const std::string& each : {world_.temporary(), world_.theirs() + "/temporaries/.hostile"}) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(each, error)) {
      if (entry.path().filename() != "tmp") wrong("left behind: " + entry.path().string());
    }
  }
  for (const std::string& group : groups_) {
    for (const auto& entry : fs::directory_iterator(group)) {
      if (!entry.is_directory()) continue;
      ::rmdir(entry.path().c_str());
      wrong("a control group is left: " + entry.path().string());
    }
  }
  if (holds(text_of("/proc/self/mountinfo"), world_.theirs())) wrong("a mount is left");

  // Outputs must be complete and in one directory, and evidence must be true.
  std::ranges::sort(outputs);
  outputs.erase(std::ranges::unique(outputs).begin(), outputs.end());
  if (outputs.size() > 1) wrong("the outputs lie in " + outputs[0] + " and in " + outputs[1]);
  const bool other_key = place.path.starts_with("keys");
  bool accepted = false;
  for (const std::string& paper : papers) {
    for (const std::string_view whose : {"host", "other", "secret"}) {
      std::string command = bin_ + "/immure verify '" + paper + "' --key " + world_.public_key(whose);
      // The owner of the output may change a file in it after immure has written the file.
      if (!outputs.empty() && !place.path.starts_with("results/out/")) command += " --artifacts '" + outputs[0] + "'";
      command += " >/dev/null 2>&1";
      if (std::system(command.c_str()) != 0) continue;
      if (whose == "secret") wrong("signed with the victim's key");
      if (whose == "host" || other_key) accepted = true;
    }
    if (!accepted) continue;
    // An inspector that failed, for example because it had no rules, has reported no file. The evidence must say that
    // the inspector failed, too.
    if (scenario.inspects && code == 2) {
      if (!holds(statement(text_of(paper)), "\"exitCode\":2"))
        wrong("exit 2, and accepted evidence that does not say so");
      continue;
    }
    Contents contents = scenario.inspects
                            ? observed_by_inspector(outputs.empty() ? "" : text_of(outputs[0] + "/report.json"))
                            : observed_by_payload(printed);
    const std::string signed_text = statement(text_of(paper));
    const Digests claimed = digests_of(signed_text);
    // The reference run makes the directories again, so do not look at the old ones, or at the evidence, after this
    // line.
    const bool secret = std::ranges::any_of(contents, [](const auto& each) { return holds(each.second, kSecretMark); });
    if (secret || contents.empty()) continue;
    // The payload cannot tell a packed file in the directory's place from an empty directory.
    if (kind == Kind::kFile && place.path == "includes/tree" && contents["/app/tree/data"] == "-")
      contents["/app/tree"] = "B";
    // A file in the place of the input directory is an input of its own, at /in/in, which the payload does not read.
    const bool one_file = kind == Kind::kFile && place.path == "drops/in" && contents["/in/file"] == "-";
    Digests wanted = reference(scenario, contents);
    for (const auto& [what, digest] : claimed) {
      if (what == "input" && one_file && holds(signed_text, "\"place\":\"in\"")) continue;
      // The digest of the image includes the rules that the inspector reads, but its report shows these only as a
      // digest.
      if (what == "image" && place.path.starts_with("rulebooks")) continue;
      // A file keeps the name by which it was opened, in the image too, even if the name leads elsewhere now.
      if (what == "image" && holds(signed_text, "/.hostile")) continue;
      // The payload cannot read a directory in the file's place as a file.
      const bool directory = kind == Kind::kDirectory && place.path == "includes/tree/data";
      if (what == "image" && directory && contents["/app/tree/data"] == "-") continue;
      if (digest != wanted[what]) {
        std::string read;
        for (const auto& [path, tag] : contents) read += " " + path + "=" + tag;
        wrong("ACCEPTED, but the digest of the " + what + " is not of what was read:" + read);
      }
    }
    break;
  }
  if (accepted) finding.outcome += ", ACCEPTED";
  if (code == 0 && papers.empty()) wrong("exit 0 without evidence");
  // After the harvest the owner of the output may exchange a file there.
  const bool exchanged = place.path.starts_with("results/out/");
  if (code == 0 && outputs.empty() && !exchanged) wrong("exit 0 without outputs");
  if (code == 0 && !papers.empty() && !accepted) wrong("exit 0, and the evidence is not ACCEPTED");
  return finding;
}

}  // namespace immure::attack
