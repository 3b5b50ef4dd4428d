#include "cli/explain/explained_run.hpp"

#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>

#include "cli/explain/explanation.hpp"
#include "cli/export/shell.hpp"
#include "cli/print.hpp"
#include "cli/run/outcome.hpp"
#include "file/io.hpp"

namespace immure::cli {
namespace {

/// What the host has under this path. The program chose the path, so the look must not mount anything.
OnHost look_at_host(const std::string& path) {
  struct stat status{};
  if (::fstatat(AT_FDCWD, path.c_str(), &status, AT_NO_AUTOMOUNT) != 0) return OnHost::kNothing;
  if (S_ISDIR(status.st_mode)) return OnHost::kDirectory;
  constexpr unsigned kExecutable = 0111;
  return S_ISREG(status.st_mode) && (status.st_mode & kExecutable) != 0 ? OnHost::kProgram : OnHost::kFile;
}

std::string end_sentence(const std::string& program, const attest::RunOutcome& outcome) {
  const std::string name = visible(program.substr(program.rfind('/') + 1));
  switch (outcome.end) {
    case attest::End::kExited: return name + " ended with exit code " + std::to_string(outcome.exit_code);
    case attest::End::kTimeLimit: return name + " was ended at its time limit";
    case attest::End::kSignaled:
    case attest::End::kBlocked: break;
  }
  const char* signal = ::sigabbrev_np(outcome.signal);
  return name + " was killed by SIG" + std::string(signal != nullptr ? signal : std::to_string(outcome.signal));
}

}  // namespace

Result<ExitCode> explained(const Launch& wanted, const ExplainedPlan& plan, const attest::RunOutcome& outcome,
                           const JsonSink& sink) {
  const ExitCode code = exit_code_of(outcome);
  for (const std::string& line : outcome.blocked) tell_blocked(line);
  if (outcome.end == attest::End::kBlocked || !outcome.explanation) {
    if (sink) CHECK_OK(sink.give(outcome_json(outcome, std::nullopt, false)));
    return code;
  }
  for (const std::string& line : limit_lines(outcome, plan.profile, {.profile = wanted.profile})) tell(line);
  const bool failed = outcome.end != attest::End::kExited || outcome.exit_code != 0;
  TRY(const std::vector<Finding> findings, findings_of(*outcome.explanation, {.profile = plan.profile,
                                                                              .failed = failed,
                                                                              .input_path = plan.input_path,
                                                                              .workdir = plan.workdir,
                                                                              .packed = !wanted.rootfs && !wanted.image,
                                                                              .on_host = look_at_host}));
  const ExplainedEnd end{.sentence = end_sentence(plan.program.inner_path, outcome),
                         .end = end_name(outcome.end),
                         .exit_code = code,
                         .failed = failed,
                         .uncounted = outcome.explanation->uncounted};
  if (wanted.profile_to_write) {
    std::vector<std::string> command = {wanted.program};
    command.insert(command.end(), wanted.arguments.begin(), wanted.arguments.end());
    TRY(const std::string text, profile_text(findings, plan.profile, shell_line(command)));
    constexpr unsigned kReadableByAll = 0644;
    auto written = wanted.replace ? file::write_whole(*wanted.profile_to_write, text, kReadableByAll)
                                  : file::create_whole(*wanted.profile_to_write, text, kReadableByAll);
    // The program has run, so this is no reason to say BLOCKED.
    if (!written) written.error().code = Code::kSystem;
    CHECK_OK(written);
  }
  CHECK_OK(sink ? sink.give(explanation_json(findings, end)) : print(explanation_text(findings, end)));
  return code;
}

}  // namespace immure::cli
