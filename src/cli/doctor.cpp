#include <algorithm>
#include <array>
#include <filesystem>

#include <fcntl.h>
#include <unistd.h>

#include "cli/commands.hpp"
#include "cli/launch.hpp"
#include "cli/print.hpp"
#include "venue/doctor.hpp"
#include "venue/janitor.hpp"

namespace immure::cli {
namespace {

using venue::Finding;
using venue::Requirement;

constexpr std::string_view kEscalation =
    "No venue holds on this machine, so every run here stays BLOCKED: the program never starts.\n"
    "Do what is named above, run on a machine or an ephemeral CI runner where `immure doctor` ends with 0,\n"
    "or escalate to the owner as a genuine resource constraint. There is no flag that waives this.\n";

/// What the program in the cell prints is of no interest; standard output is for the answer.
class SilentOutput {
 public:
  SilentOutput() : saved_(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)) {
    const int null = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (null >= 0) ::dup2(null, STDOUT_FILENO);
    if (null >= 0) ::close(null);
  }
  ~SilentOutput() {
    if (saved_ >= 0) ::dup2(saved_, STDOUT_FILENO);
    if (saved_ >= 0) ::close(saved_);
  }
  SilentOutput(const SilentOutput&) = delete;
  SilentOutput& operator=(const SilentOutput&) = delete;

 private:
  int saved_;
};

/// A run of this program in a cell: the proof that what was found one by one holds together.
Result<venue::RunOutcome> try_cell() {
  TRY(const std::string scratch, venue::new_temporary_directory());
  venue::Janitor janitor;
  janitor.add(scratch);
  const auto at = [&](std::string_view name) { return scratch + "/" + std::string(name); };
  constexpr std::array kDirectories = {"in", "out", "root", "root/in", "root/out"};
  for (const char* directory : kDirectories) janitor.add(at(directory));
  janitor.add(at("root/immure"));
  if (!janitor.start()) return fail(Code::kSystem, scratch, "nobody to remove it", {}, errno);
  std::error_code failed;
  for (const char* directory : kDirectories) {
    if (!failed) std::filesystem::create_directory(at(directory), failed);
  }
  if (!failed) std::filesystem::copy_file("/proc/self/exe", at("root/immure"), failed);
  if (failed) return fail(Code::kSystem, scratch, "cannot be filled", {}, failed.value());
  Launch wanted;
  wanted.input = at("in");
  wanted.output = at("out");
  wanted.rootfs = at("root");
  wanted.program = "/immure";
  wanted.arguments = {"version"};
  wanted.no_evidence = true;
  const SilentOutput silent;
  return trial(wanted);
}

struct Diagnosis {
  std::vector<Requirement> requirements;
  bool holds = false;
  std::vector<std::string> blocked;  ///< why the cell does not hold
  std::vector<evidence::Enforcement> limits;
};

Diagnosis diagnose() {
  Diagnosis diagnosis{.requirements = venue::native_requirements(), .blocked = {}, .limits = {}};
  auto outcome = try_cell();
  if (!outcome) {
    diagnosis.blocked.push_back(to_text(outcome.error()));
    return diagnosis;
  }
  diagnosis.holds = outcome->end == venue::End::kExited && outcome->exit_code == 0;
  diagnosis.blocked = std::move(outcome->blocked);
  if (!diagnosis.holds && diagnosis.blocked.empty())
    diagnosis.blocked.emplace_back("the program in it did not end well");
  diagnosis.limits = std::move(outcome->statement.predicate.limits);
  return diagnosis;
}

std::string_view word(Finding finding) {
  switch (finding) {
    case Finding::kThere: return "ok";
    case Finding::kMissing: return "missing";
    case Finding::kDegraded: return "less";
  }
  return "missing";
}

std::string limits_text(const Diagnosis& diagnosis) {
  std::string text;
  for (const evidence::Enforcement& limit : diagnosis.limits)
    text += (text.empty() ? "" : ", ") + limit.name + " by " + limit.by;
  return text;
}

std::string as_text(const Diagnosis& diagnosis) {
  std::string text = "native: " + std::string(diagnosis.holds ? "holds" : "does not hold") + "\n";
  for (const std::string& reason : diagnosis.blocked) text += "  BLOCKED: " + visible(reason) + "\n";
  for (const Requirement& requirement : diagnosis.requirements) {
    std::string state(word(requirement.finding));
    state.resize(9, ' ');
    text += "  " + state + requirement.needs + ": " + visible(requirement.found) + "\n";
    if (!requirement.remedy.empty()) text += "           to mend it: " + requirement.remedy + "\n";
  }
  if (diagnosis.holds) text += "  limits:  " + limits_text(diagnosis) + "\n";
  if (!diagnosis.holds) text += "\n" + std::string(kEscalation);
  return text;
}

std::string as_json(const Diagnosis& diagnosis) {
  std::string requirements, limits;
  for (const Requirement& requirement : diagnosis.requirements) {
    requirements +=
        std::string(requirements.empty() ? "" : ",") + "{\"finding\":" + cli::quoted(word(requirement.finding)) +
        ",\"found\":" + cli::quoted(requirement.found) + ",\"name\":" + cli::quoted(requirement.name) +
        ",\"needs\":" + cli::quoted(requirement.needs) + ",\"remedy\":" + cli::quoted(requirement.remedy) + "}";
  }
  for (const evidence::Enforcement& limit : diagnosis.limits)
    limits += (limits.empty() ? "" : ",") + cli::quoted(limit.name) + ":" + cli::quoted(limit.by);
  return "{\"holds\":" + std::string(diagnosis.holds ? "true" : "false") +
         ",\"venues\":[{\"blocked\":" + quoted_list(diagnosis.blocked) +
         ",\"holds\":" + (diagnosis.holds ? "true" : "false") + ",\"limits\":{" + limits + "},\"requirements\":[" +
         requirements + "],\"venue\":\"native\"}]}\n";
}

}  // namespace

Result<ExitCode> doctor_command(const Arguments& arguments) {
  const Diagnosis diagnosis = diagnose();
  CHECK_OK(print(arguments.has("json") ? as_json(diagnosis) : as_text(diagnosis)));
  return diagnosis.holds ? kSuccess : kBlocked;
}

}  // namespace immure::cli
