/// immure-inspect: refuses to start if a boundary is missing, puts itself into a sandbox of its own, and inspects.
#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include <fcntl.h>
#include <malloc.h>
#include <unistd.h>

#include <immure/guard.hpp>

#include "file/io.hpp"
#include "file/sha256.hpp"
#include "inspect/inspect.hpp"
#include "inspect/lock_down.hpp"
#include "inspect/options.hpp"
#include "inspect/report/coverage.hpp"
#include "inspect/report/escape.hpp"
#include "inspect/report/hidden_entries.hpp"
#include "sys/file.hpp"
#include "sys/machine.hpp"
#include "sys/umask.hpp"

namespace immure::inspect {
namespace {

constexpr int kFailed = 2, kBlocked = 3, kUsage = 64;
// The time to sort and write the report after the time for inspecting has ended, in seconds.
constexpr std::uint64_t kReportSeconds = 120;

void print(int fd, const std::string& text) {
  // Ignore an error of the write: no other channel could report it.
  static_cast<void>(sys::write_all(fd, text));
}

int failed(const Error& error) {
  print(STDERR_FILENO, "immure-inspect: " + Escaped::text(to_text(error)).str() + "\n");
  return error.code == Code::kUsage ? kUsage : kFailed;
}

/// Refuses to run outside of a cell (test level P1). The check comes before anything of the input is opened, and no
/// option skips it. The answers of the guard's system calls decide, and not a variable or a file that claims to
/// describe a cell.
int blocked_by(const Options& options) {
  const guard::Report report = guard::check(
      {.environment = {"HOME", "LANG", "LC_ALL", "PATH", "TZ"}, .input = options.input, .output = options.output});
  const immure_guard_finding* finding = report.first_failing();
  if (finding == nullptr) return 0;
  print(STDOUT_FILENO, "BLOCKED: " + guard::to_text(*finding) + "\n");
  return kBlocked;
}

/// Prints an answer such as --help and nothing else. An answer that cannot be written is a failure.
int answer(const std::string& text) {
  if (const auto written = sys::write_all(STDOUT_FILENO, text); !written)
    return failed(Error{.code = Code::kSystem,
                        .where = "standard output",
                        .what = "cannot be written",
                        .hint = {},
                        .errno_value = written.error().value});
  return 0;
}

unsigned default_workers() {
  constexpr unsigned kMost = 8;
  return std::min(sys::processors(), kMost);
}

Result<sys::Fd> open_directory(const std::string& path) {
  auto opened = sys::open_at(AT_FDCWD, path.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW);
  if (!opened) return fail(Code::kSystem, path, "cannot be opened", {}, opened.error().value);
  return *std::move(opened);
}

Result<RuleSet> compile_rules(const Options& options) {
  constexpr std::uint64_t kMostPatterns = 4U << 20;
  std::string secrets;
  if (options.secrets) {
    TRY(secrets, file::read_whole(*options.secrets, kMostPatterns));
    if (secrets.empty()) return fail(Code::kBadInput, *options.secrets, "is empty");
  }
  if (!options.rules) return RuleSet::compile(-1, secrets);
  TRY(const sys::Fd directory, open_directory(*options.rules));
  return RuleSet::compile(directory.get(), secrets);
}

/// Reads a file that the operator gave, and notes its digest.
Result<std::string> take_given(const std::string& path, std::string_view name, OperatorData& data) {
  constexpr std::uint64_t kMost = 256U << 20;
  TRY(std::string text, file::read_whole(path, kMost));
  data.given.push_back({name, file::sha256_hex(text)});
  return text;
}

Result<OperatorData> read_data(const Options& options) {
  OperatorData data;
  if (options.unseen) {
    TRY(const std::string text, take_given(*options.unseen, "unseen", data));
    TRY(data.hidden, parse_hidden_entries(text));
  }
  if (options.baseline) {
    TRY(const std::string text, take_given(*options.baseline, "baseline", data));
    data.today = options.today;
    TRY(data.baseline, parse_baseline(text, "--baseline", options.today));
  }
  if (options.against) {
    TRY(const std::string text, take_given(*options.against, "against", data));
    TRY(data.against, parse_earlier(text, "--against"));
  }
  return data;
}

int list_rules(const Options& options) {
  auto rules = compile_rules(options);
  if (!rules) return failed(rules.error());
  std::string text;
  for (const RuleText& rule : rules->texts()) {
    text += rule.id + "\t" + std::string(name(rule.severity)) + "\t" + Escaped::text(rule.title).str() + "\t" +
            Escaped::text(rule.advice).str() + "\n";
  }
  return answer(text);
}

std::string summary(const Report& report) {
  std::string text = coverage_text(report);
  std::uint64_t findings = 0;
  std::string counts;
  for (std::size_t i = report.counts.size(); i-- > 0;) {
    findings += report.counts[i];
    if (report.counts[i] > 0)
      counts += (counts.empty() ? ": " : ", ") + std::to_string(report.counts[i]) + " " +
                std::string(name(static_cast<Severity>(i)));
  }
  if (report.changes) {
    const Changes& changes = *report.changes;
    text += "since the earlier report: " + std::to_string(changes.fresh.size()) + " findings new, " +
            std::to_string(changes.gone.size()) + " gone, " + std::to_string(changes.same_findings) + " the same; " +
            std::to_string(changes.added.size()) + " entries new, " + std::to_string(changes.changed.size()) +
            " changed, " + std::to_string(changes.removed.size()) + " gone, " + std::to_string(changes.same_entries) +
            " the same\n";
  }
  if (report.accepted > 0) text += std::to_string(report.accepted) + " findings accepted by the baseline\n";
  text += std::to_string(findings) + " findings" + counts;
  return text + (report.complete ? "; all inspected\n" : "; NOT all inspected, see coverage in report.json\n");
}

/// Closes every inherited descriptor, because each could lead out of the cell or into it.
Result<void> close_inherited() {
  if (auto closed = sys::close_between(STDERR_FILENO + 1, ~0U); !closed)
    return fail(Code::kSystem, "inherited descriptors", "cannot be closed", {}, closed.error().value);
  return {};
}

Result<int> inspect_drop(const Options& options) {
  CHECK_OK(close_inherited());
  // Keep freed memory: buffers come and go with each file, and giving pages back to the kernel and faulting them in
  // again costs more than using them. 32 MiB is the largest threshold that mallopt(3) takes.
  ::mallopt(M_MMAP_THRESHOLD, 32 << 20);
  ::mallopt(M_TRIM_THRESHOLD, 64 << 20);
  TRY(const RuleSet rules, compile_rules(options));
  TRY(const OperatorData data, read_data(options));
  TRY(const sys::Fd input, open_directory(options.input));
  TRY(const sys::Fd output, open_directory(options.output));
  CHECK_OK(lock_down_coordinator(input.get(), output.get(), options.limits.run_ms / 1000 + kReportSeconds));
  const unsigned workers = options.workers != 0 ? options.workers : default_workers();
  TRY(const Report report, inspect({.input = input.get(),
                                    .output = output.get(),
                                    .rules = rules,
                                    .limits = options.limits,
                                    .data = data,
                                    .progress = options.progress,
                                    .workers = workers}));
  print(STDOUT_FILENO, summary(report));
  const int code = exit_code(report, options.fail_on);
  // Exit without freeing memory: freeing a large report takes as long as building one. With a sanitizer return
  // normally, because a sanitizer looks for leaks at the regular end.
  if (!kSanitized) ::_exit(code);
  return code;
}

int run(const std::vector<std::string>& arguments) {
  const auto options = parse_options(arguments);
  if (!options) return failed(options.error());
  switch (options->action) {
    case Options::Action::kHelp: return answer(help_text());
    case Options::Action::kVersion: return answer("immure-inspect " IMMURE_VERSION "\n");
    case Options::Action::kListRules: return list_rules(*options);
    case Options::Action::kInspect: break;
  }
  if (const int blocked = blocked_by(*options); blocked != 0) return blocked;
  ::clearenv();
  const auto code = inspect_drop(*options);
  return code ? *code : failed(code.error());
}

}  // namespace
}  // namespace immure::inspect

int main(int argc, char** argv) {
  immure::sys::set_own_umask();
  return immure::inspect::run(std::vector<std::string>(argv + std::min(argc, 1), argv + argc));
}
