#include <map>
#include <optional>

#include "attest/doctor/doctor.hpp"
#include "cli/commands.hpp"
#include "cli/print.hpp"
#include "cli/run/escalation.hpp"
#include "cli/run/launch.hpp"
#include "cli/run/trials.hpp"
#include "text/json_writer.hpp"
#include "text/list.hpp"

namespace immure::cli {
namespace {

using attest::Basis;
using attest::Presence;
using attest::Requirement;

struct Diagnosis {
  attest::Candidate candidate;
  std::optional<Trial> trial;  ///< nothing: a requirement is missing, so there is nothing to try
  [[nodiscard]] bool holds() const { return trial && trial->holds(); }
};

std::vector<Diagnosis> diagnose(const attest::Choice& choice) {
  std::vector<Diagnosis> diagnoses;
  std::vector<attest::Choice> choices;
  for (attest::Candidate& candidate : attest::candidates(choice.runtime, choice.venue)) {
    if (candidate.startable)
      choices.push_back({.venue = candidate.venue, .runtime = candidate.runtime, .throwaway = true});
    diagnoses.push_back({.candidate = std::move(candidate), .trial = {}});
  }
  std::vector<Trial> trials = try_venues(choices);
  auto next = trials.begin();
  for (Diagnosis& diagnosis : diagnoses) {
    if (diagnosis.candidate.startable) diagnosis.trial = std::move(*next++);
  }
  return diagnoses;
}

std::string_view word(Presence presence) {
  switch (presence) {
    case Presence::kThere: return "ok";
    case Presence::kMissing: return "missing";
    case Presence::kDegraded: return "less";
  }
  return "missing";
}

std::string_view word(Basis basis) { return basis == Basis::kTrial ? "trial" : "facts"; }

std::string runtime_of(const Diagnosis& diagnosis) {
  if (!diagnosis.candidate.runtime.empty()) return diagnosis.candidate.runtime;
  return diagnosis.trial ? diagnosis.trial->runtime : std::string();
}

/// What enforces a limit. If two mechanisms enforce the limit, the text names both.
std::map<std::string, std::string> means_of(const std::vector<evidence::Enforcement>& limits) {
  std::map<std::string, std::string> means;
  for (const evidence::Enforcement& limit : limits) {
    std::string& by = means[limit.name];
    by += (by.empty() ? "" : " and ") + limit.by;
  }
  return means;
}

std::string limits_text(const Trial& trial) {
  return text::list_text(means_of(trial.limits), text::kAllItems,
                         [](const auto& limit) { return std::string(limit.first) + " by " + limit.second; });
}

std::string heading(const Diagnosis& diagnosis) {
  const std::string runtime = runtime_of(diagnosis);
  return diagnosis.candidate.venue + (runtime.empty() ? "" : " --runtime " + runtime) + ": " +
         (diagnosis.holds()  ? "holds"
          : !diagnosis.trial ? "does not hold, and was not tried"
                             : "does not hold") +
         "\n";
}

std::string as_text(const Diagnosis& diagnosis) {
  constexpr std::size_t kIndent = 11;
  std::string text = heading(diagnosis);
  if (diagnosis.trial) {
    for (const std::string& reason : diagnosis.trial->blocked)
      text += for_terminal("  BLOCKED: " + visible(reason) + "\n", kIndent);
  }
  for (const Requirement& requirement : diagnosis.candidate.requirements) {
    std::string state(word(requirement.presence));
    state.resize(9, ' ');
    text += for_terminal("  " + state + requirement.needs + ": " + visible(requirement.found) + "\n", kIndent);
    // A command stays in one line, which a user can copy.
    if (!requirement.remedy.empty()) text += "           to fix this: " + requirement.remedy + "\n";
  }
  if (diagnosis.holds()) text += for_terminal("  limits:  " + limits_text(*diagnosis.trial) + "\n", kIndent);
  return text;
}

using text::JsonWriter;

void write(JsonWriter& json, const Requirement& requirement) {
  json.object().member("checked", word(requirement.basis)).member("finding", word(requirement.presence));
  json.member("found", requirement.found).member("name", requirement.name).member("needs", requirement.needs);
  json.member("remedy", requirement.remedy).close();
}

void write(JsonWriter& json, const Diagnosis& diagnosis) {
  json.object().key("blocked").value(diagnosis.trial ? diagnosis.trial->blocked : std::vector<std::string>{});
  json.member("checked", word(diagnosis.trial ? Basis::kTrial : Basis::kFacts)).member("holds", diagnosis.holds());
  json.key("limits").object();
  for (const auto& [name, by] : means_of(diagnosis.trial ? diagnosis.trial->limits : decltype(Trial::limits){}))
    json.member(name, by);
  json.close().key("requirements").array();
  for (const Requirement& requirement : diagnosis.candidate.requirements) write(json, requirement);
  json.close().member("runtime", runtime_of(diagnosis)).member("venue", diagnosis.candidate.venue).close();
}

void write(JsonWriter& json, const attest::Hint& hint) {
  json.object().member("found", hint.found).member("name", hint.name).member("remedy", hint.remedy).close();
}

template <class List>
void write_list(JsonWriter& json, const List& list) {
  json.array();
  for (const auto& one : list) write(json, one);
  json.close();
}

}  // namespace

Result<ExitCode> doctor_command(const Arguments& arguments) {
  const attest::Choice choice = venue_of(arguments);
  const bool json = arguments.has("json");
  bool holds = false;
  std::string text;
  const auto diagnoses = diagnose(choice);
  for (const Diagnosis& diagnosis : diagnoses) {
    holds = holds || diagnosis.holds();
    text += as_text(diagnosis);
  }
  const auto hints = attest::hints();
  for (const attest::Hint& hint : hints) text += "hint: " + hint.found + "; to close it: " + hint.remedy + "\n";
  // If only one venue was checked, another venue may hold.
  if (!holds && choice.venue == "auto") text += "\n" + std::string(kEscalation);
  const std::string document = json_line([&](JsonWriter& out) {
    write_list(out.object().key("hints"), hints);
    write_list(out.member("holds", holds).key("venues"), diagnoses);
    out.close();
  });
  CHECK_OK(print(json ? document : text));
  return holds ? kSuccess : kBlocked;
}

}  // namespace immure::cli
