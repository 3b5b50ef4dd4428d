#include "cli/run/audit.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <array>

#include "cli/help.hpp"
#include "cli/print.hpp"
#include "cli/run/launch.hpp"
#include "cli/run/outcome.hpp"
#include "cli/run/papers.hpp"
#include "file/readable_path.hpp"
#include "sys/libc.hpp"
#include "text/json_writer.hpp"
#include "text/utc_time.hpp"
#include "verify/artifacts.hpp"
#include "verify/run_summary.hpp"

namespace immure::cli {
namespace {

/// What a line may hold of one text, and of a list. A datagram for syslog has at most 8 KiB in many services.
constexpr std::size_t kLongestText = 512, kLongestList = 2048;

std::string cut(const std::string& text) {
  return text.size() <= kLongestText ? text : text.substr(0, kLongestText) + "...";
}

/// The first texts of the list. A last text says how many more there are.
std::vector<std::string> cut(const std::vector<std::string>& list) {
  std::vector<std::string> kept;
  std::size_t size = 0;
  for (const std::string& text : list) {
    if ((size += cut(text).size()) > kLongestList) {
      kept.push_back("and " + std::to_string(list.size() - kept.size()) + " more");
      break;
    }
    kept.push_back(cut(text));
  }
  return kept;
}

std::string body_of(const AuditFacts& facts) {
  if (facts.end == "blocked") return "run BLOCKED";
  if (facts.end == "error") return "run ended with an error";
  return "run ended: " + facts.end + ", exit code " + std::to_string(facts.exit_code);
}

/// True if somebody should look at the run.
bool is_grave(const AuditFacts& facts) { return facts.end != "exited" || facts.exit_code != kSuccess; }

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

/// The names are those of OpenTelemetry's conventions where there is one, and begin with `immure.` elsewhere.
void write_attributes(text::JsonWriter& json, const Launch& wanted, const AuditFacts& facts) {
  const auto text = [&json](std::string_view name, const std::string& value) {
    if (!value.empty()) json.member(name, cut(value));
  };
  std::vector<std::string> inputs;
  for (const std::string& input : wanted.inputs) inputs.push_back(file::readable_path(input));
  if (inputs.empty()) inputs.push_back(file::readable_path(wanted.input));
  std::vector<std::string> command = {wanted.program};
  command.insert(command.end(), wanted.arguments.begin(), wanted.arguments.end());
  json.object();
  if (!facts.reasons.empty()) json.member("error.message", cut(facts.reasons));
  json.member("event.name", "immure.run").member("immure.end", facts.end);
  if (facts.evidence) text("immure.evidence.path", file::readable_path(*facts.evidence));
  json.member("immure.input.names", cut(inputs));
  text("immure.input.sha256", facts.input_sha256);
  json.member("immure.limits_hit", facts.limits_hit).member("immure.output.files", facts.outputs);
  text("immure.output.path", file::readable_path(wanted.output));
  text("immure.profile", facts.profile);
  json.member("immure.refused_calls", facts.refused_calls);
  json.member("immure.run.duration_us", facts.duration_us);
  text("immure.run.id", facts.run_id);
  text("immure.run.started", facts.started_on);
  text("immure.venue", facts.venue);
  json.member("process.command_args", cut(command));
  text("process.executable.hash.sha256", facts.program_sha256);
  text("process.executable.path", facts.program);
  json.member("process.exit.code", facts.exit_code);
  json.member("process.pid", ::getpid()).member("user.id", std::to_string(::getuid())).close();
}

}  // namespace

std::string audit_json(const Launch& wanted, const AuditFacts& facts) {
  constexpr int kInformation = 9, kWarning = 13;  // OpenTelemetry's numbers for INFO and WARN
  std::string line;
  text::JsonWriter json(line);
  json.object().key("attributes");
  write_attributes(json, wanted, facts);
  json.member("body", body_of(facts)).key("resource").object();
  json.member("host.name", host_name()).member("service.name", "immure").member("service.version", version()).close();
  json.member("severityNumber", is_grave(facts) ? kWarning : kInformation);
  json.member("severityText", is_grave(facts) ? "WARN" : "INFO").member("timestamp", text::utc_now()).close();
  // The program may have chosen some of the texts, and no such character may change what a terminal shows.
  return text::ascii_json(line);
}

Result<std::shared_ptr<Audit>> Audit::begin(std::string target) {
  std::shared_ptr<Audit> audit(new Audit(std::move(target)));
  const auto memory =
      sys::call(::mmap, nullptr, sizeof(bool), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (!memory) return fail(Code::kSystem, "--audit", "no shared memory", {}, memory.error().value);
  audit->said_ = static_cast<bool*>(*memory);
  return audit;
}

Audit::~Audit() {
  if (said_ != nullptr) ::munmap(said_, sizeof(bool));
}

Result<void> Audit::find() {
  auto found = AuditLog::find(target_);
  if (found) {
    log_ = *std::move(found);
    return {};
  }
  skip();
  // A run whose log cannot be written is BLOCKED.
  found.error().code = Code::kBlocked;
  return std::unexpected(std::move(found.error()));
}

Result<void> Audit::open(const std::optional<file::Place>& result, const Papers& papers, const HeldInput& input,
                         const OutputDirectory& output) {
  if (log_->place()) {
    auto apart = check_apart_from_papers(*log_->place(), "the audit log", papers, input, output);
    if (apart && result) apart = check_different(*log_->place(), *result, "the result");
    if (!apart) {
      log_->refuse_place();
      return apart;
    }
  }
  return log_->open();
}

void Audit::note(const Error& error) {
  facts_.end = "blocked";
  facts_.exit_code = kBlocked;
  facts_.reasons = {to_text(error)};
}

void Audit::note(const attest::RunOutcome& outcome, ExitCode code, std::optional<std::string> evidence) {
  const evidence::Evidence& run = outcome.statement.predicate;
  facts_ = {.end = std::string(end_name(outcome.end)),
            .exit_code = code,
            .reasons = outcome.end == attest::End::kBlocked ? outcome.blocked : outcome.after_run,
            .run_id = run.run_id,
            .started_on = run.started_on,
            .venue = outcome.venue,
            .profile = run.profile.name,
            .program = run.program.name,
            .program_sha256 = run.program.sha256,
            .input_sha256 = run.input.manifest_sha256,
            .limits_hit = outcome.limits_hit,
            .outputs = verify::without_output(outcome.statement) ? 0 : outcome.statement.subjects.size(),
            .refused_calls = static_cast<std::uint64_t>(verify::refused_calls(run)),
            .duration_us = run.duration_us,
            .evidence = std::move(evidence)};
}

Result<void> Audit::write(const Launch& wanted) {
  *said_ = true;
  if (!log_) {
    TRY(log_, AuditLog::find(target_));
  }
  if (log_->is_refused())
    return fail(Code::kSystem, "--audit " + target_, "is another file of the run, so nothing was written");
  CHECK_OK(log_->open());
  return log_->write(audit_json(wanted, facts_), is_grave(facts_));
}

Result<ExitCode> Audit::finish(const Launch& wanted, Result<ExitCode> ended) {
  if (*said_) return ended;
  if (!ended) {
    facts_.end = "error";
    facts_.exit_code = exit_code(ended.error());
    facts_.reasons = {to_text(ended.error())};
  }
  auto written = write(wanted);
  if (written) return ended;
  written.error().code = Code::kSystem;
  // The run has an error already, or is BLOCKED: its exit code says enough.
  if (!ended || facts_.end == "blocked") {
    tell(written.error());
    return ended;
  }
  return std::unexpected(std::move(written.error()));
}

void Audit::finish_for_child(const Launch& wanted, ExitCode code) {
  if (*said_) return;
  facts_.end = "error";
  facts_.exit_code = code;
  facts_.reasons = {"the process of the run ended before it could write this line"};
  if (const auto written = write(wanted); !written) tell(written.error());
}

}  // namespace immure::cli
