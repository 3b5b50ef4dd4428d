#include "cli/explain/findings.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <string_view>

#include <sys/socket.h>

#include "cli/explain/ranking.hpp"
#include "judge/judge.hpp"
#include "plan/filter/bpf_eval.hpp"
#include "plan/filter/filter.hpp"
#include "plan/filter/groups.hpp"
#include "plan/image/trust.hpp"
#include "probe/catalogue.hpp"
#include "probe/needed.hpp"
#include "render/call_names.hpp"
#include "render/stream_words.hpp"
#include "sys/machine.hpp"
#include "sys/syscall.hpp"
#include "text/visible.hpp"

namespace immure::cli {
namespace {

using attest::Obstacle;

using namespace weight;

constexpr std::string_view kBoundary = "Nothing will: this is the boundary.";

struct WriteWords {
  std::string_view what, tried, why, remedy, option;
  Help help;
  probe::SandboxTest test;
  int weight;
};
constexpr auto kWriteWords = std::to_array<WriteWords>({
    {"scratch",
     "write ",
     "The cell has no directory for temporary files.",
     "Give the program a directory for temporary files: --tmp 256MiB.",
     "--tmp 256MiB",
     Help::kScratch,
     {},
     kWrites},
    {"read-back",
     "open for reading ",
     "The program may write to /out, but may not read what lies there.",
     "Let the program read what it wrote to /out: --read-back.",
     "--read-back",
     Help::kReadBack,
     {},
     kWrites},
    {"device", "use the device ", "The cell has no devices but /dev/null and the program's own streams.", kBoundary, "",
     Help::kNothing, 31, kWrites},
    {"input", "write to the input ", "The input is read-only.",
     "Nothing will: this is the boundary. Let the program write to /out.", "", Help::kNothing, 26, kWrites},
    {"elsewhere", "write ", "The program can write to /out and nowhere else.",
     "Nothing will: this is the boundary. Name a file in /out, if the program lets you.", "", Help::kNothing, 28,
     kWrites},
});

constexpr auto kScratchPlaces = std::to_array<std::string_view>({"/tmp", "/var/tmp", "/dev/shm"});

std::string boundary_text(probe::TestNumber test) {
  return "boundary \"" + std::string(judge::test_of(test).boundary) + "\", test #" + std::to_string(test);
}

/// The first built-in profile whose filter lets exactly this call through; nothing if there is none.
Result<std::optional<std::string_view>> profile_that_allows(const Obstacle& call) {
  for (const std::string_view name : {"dynamic", "python", "jit"}) {
    TRY(const plan::FilterProgram filter, plan::builtin_filter(name));
    const auto answer = plan::evaluate(
        filter.instructions, {.number = call.number, .architecture = plan::kNativeArch, .arguments = call.arguments});
    if (answer == plan::kRetAllow) return std::optional(name);
  }
  return std::optional<std::string_view>();
}

Result<bool> pairs_would_allow(const Obstacle& call, const plan::Profile& profile) {
  if (profile.socket_pairs) return false;
  TRY(const plan::FilterProgram filter, plan::builtin_filter(plan::with_socket_pairs(profile.base)));
  const auto answer = plan::evaluate(
      filter.instructions, {.number = call.number, .architecture = plan::kNativeArch, .arguments = call.arguments});
  return answer == plan::kRetAllow;
}

/// The test of a boundary whose wall behind the filter denies the call in /out too, so that no profile helps; 0 if
/// there is none. The probes of /out say which calls those are. An older call has the same wall as its newer form.
probe::SandboxTest wall_behind_filter(const std::string& call) {
  const auto denies = [&](const probe::Row& row) {
    const bool same = row.syscall == call || row.syscall == call + "at";
    return same && row.until == 0 && row.boundary == probe::Boundary::kOutput && (row.flags & probe::kFree) == 0;
  };
  const auto rows = probe::catalogue();
  const auto found = std::ranges::find_if(rows, denies);
  return found == rows.end() ? probe::SandboxTest{} : found->test;
}

bool is_below(std::string_view path, std::string_view directory) {
  return path.starts_with(directory) && path.size() > directory.size() && path[directory.size()] == '/';
}

bool is_below_any(std::string_view path, std::initializer_list<std::string_view> directories) {
  return std::ranges::any_of(directories, [&](std::string_view one) { return is_below(path, one); });
}

bool is_exec(std::string_view call) { return call == "execve" || call == "execveat"; }

/// True for calls that the C library and shells try, and do without: the name service's socket, and the terminal.
bool is_merely_tried(const Obstacle& obstacle) {
  constexpr std::uint64_t kTerminalRequests = 0x5400, kKindOfRequest = 0xffff'ff00;
  if (obstacle.number == __NR_ioctl) return (obstacle.arguments[1] & kKindOfRequest) == kTerminalRequests;
  return obstacle.number == __NR_socket && static_cast<std::uint32_t>(obstacle.arguments[0]) == AF_UNIX;
}

void explain_boundary(Finding& finding, const std::string& call, const probe::Needed& needed) {
  finding.test = needed.test;
  finding.why = "It is denied by the " + boundary_text(needed.test) + ": " + std::string(needed.because) + ".";
  finding.remedy = kBoundary;
  finding.weight = is_exec(call) || needed.test == 25 ? kEndsPrograms : kOften;
  if (is_merely_tried(finding.obstacle)) finding.weight = kSurvived;
}

/// A program that the program could not start: what --exec names.
std::string helper_name(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string_view directory = std::string_view(path).substr(0, slash == std::string::npos ? 0 : slash);
  // A program that is looked for in PATH may lie in another directory than the first one.
  return directory.empty() || directory.ends_with("bin") ? path.substr(slash + 1) : path;
}

/// True for files of the image. Nothing else is ever executed.
bool may_be_helper(std::string_view path) {
  return !path.empty() && !is_below_any(path, {"/in", "/out", "/tmp", "/var/tmp", "/dev", "/proc"}) &&
         (path.starts_with('/') || !path.contains('/'));
}

void explain_exec(Finding& finding, const ExplainFacts& facts) {
  const std::string& program = finding.obstacle.detail;
  finding.test = 33;
  finding.weight = kEndsPrograms;
  finding.why = facts.profile.unsafe_exec.empty()
                    ? "It is denied by the " + boundary_text(33) + ": " +
                          std::string(probe::needed_denial("execve")->because) + "."
                    : "The program may start declared files of its image alone: " + boundary_text(46) + ".";
  if (!may_be_helper(program)) {
    finding.remedy = std::string(kBoundary) + (program.empty() ? "" : " Code comes from the image alone.");
    return;
  }
  finding.value = helper_name(program);
  finding.option = "--exec " + finding.value;
  finding.help = Help::kExec;
  finding.remedy = "Let the program start it: " + finding.option +
                   ". The run then claims the acceptance profile build. Or start it by itself, in a run of its own.";
}

Result<void> explain_call(Finding& finding, const ExplainFacts& facts) {
  const Obstacle& obstacle = finding.obstacle;
  const std::string call = render::call_name(sys::name(sys::kThisMachine), obstacle.number);
  finding.what = call + (obstacle.detail.empty() ? "" : " (" + obstacle.detail + ")");
  if (obstacle.answer == ENOSYS) {
    finding.why = "immure answers as an older kernel does, which does not have this call.";
    finding.remedy = "Nothing need be done: programs then use an older call.";
    finding.weight = kUsual;
    return {};
  }
  if (call == "execve") {
    explain_exec(finding, facts);
    return {};
  }
  TRY(const bool pairs, pairs_would_allow(obstacle, facts.profile));
  if (pairs) {
    finding.why = "The program may not make pairs of sockets.";
    finding.remedy = "Let the program make unnamed pairs of sockets: --socket-pairs.";
    finding.option = "--socket-pairs";
    finding.help = Help::kSocketPair;
    finding.weight = kEndsPrograms;
    return {};
  }
  TRY(const std::optional<std::string_view> other, profile_that_allows(obstacle));
  if (other && *other != facts.profile.base) {
    const bool code = *other == "jit";
    finding.why = "The profile " + facts.profile.base + " does not have this call" +
                  (code ? " with these arguments: its memory is never writable and executable." : ".");
    finding.remedy =
        "Use --profile " + std::string(*other) + (code ? "; evidence then says unsafe_writable_code." : ".");
    finding.option = "--profile " + std::string(*other);
    finding.help = Help::kProfile;
    finding.value = *other;
    finding.weight = kOften;
    return {};
  }
  if (const probe::Needed* needed = probe::needed_denial(call)) {
    explain_boundary(finding, call, *needed);
    return {};
  }
  finding.weight = kOften;
  if (call.find_first_not_of("0123456789") == std::string::npos) {
    finding.why = "immure does not know this call, and denies it.";
    finding.remedy = kBoundary;
    finding.test = 36;
    return {};
  }
  if (const probe::SandboxTest test = wall_behind_filter(call); test != 0) {
    finding.why = "It is denied by the " + boundary_text(test) + ", whatever the profile allows.";
    finding.remedy = kBoundary;
    finding.test = test;
    return {};
  }
  finding.why = "The call is merely not in the profile " + facts.profile.base + ".";
  finding.remedy = "Use a profile file with unsafe_syscalls = [\"" + call + "\"]; --write FILE makes such a file.";
  finding.help = Help::kCall;
  finding.value = call;
  return {};
}

/// A path that names one of the program's own streams; false for any other path.
bool explain_stream(Finding& finding) {
  const auto remedy = render::stream_remedy(finding.obstacle.detail);
  if (!remedy) return false;
  const bool writes = finding.obstacle.kind == Obstacle::Kind::kWrite;
  finding.what = (writes ? "make or replace " : "look for ") + finding.obstacle.detail;
  finding.why = "This is a name of one of the program's own streams, and the cell lacks the name.";
  finding.remedy = *remedy;
  finding.help = Help::kOther;
  finding.weight = writes ? kWrites : kSurvived;
  return true;
}

void explain_write(Finding& finding, const ExplainFacts& facts) {
  if (explain_stream(finding)) return;
  const auto* words = std::ranges::find(kWriteWords, finding.obstacle.what, &WriteWords::what);
  if (words == kWriteWords.end()) return;
  finding.what = std::string(words->tried) + finding.obstacle.detail;
  finding.why = words->why;
  if (words->test != 0) {
    finding.why.pop_back();
    finding.why += ": " + boundary_text(words->test) + ".";
  }
  finding.remedy = words->remedy;
  finding.option = words->option;
  finding.help = words->help;
  finding.test = words->test;
  finding.weight = words->weight;
  if (words->what != "elsewhere" || !finding.obstacle.from_workdir) return;
  finding.why = "The program's working directory is " + facts.workdir + ", where nobody can write.";
  finding.remedy = "Let the program start in /out: --workdir /out. Name input files by their paths below /in.";
  finding.option = "--workdir /out";
  finding.help = Help::kOther;
  finding.test = {};
}

/// The host has the file, and the cell does not.
void explain_absence(Finding& finding, const ExplainFacts& facts, OnHost kind) {
  const std::string& path = finding.obstacle.detail;
  finding.weight = is_usually_missing(path) ? kUsual : kFileOfHost;
  finding.why = "The host has it, and the cell's image does not.";
  if (kind == OnHost::kProgram && (path.contains("/bin/") || path.contains("/sbin/"))) {
    explain_exec(finding, facts);
    if (facts.profile.unsafe_exec.empty())
      finding.why = "It is a program. The cell has one program: " + boundary_text(finding.test) + ".";
    return;
  }
  finding.searched = kind == OnHost::kDirectory && plan::is_system_path(path);
  if (finding.searched && finding.weight != kUsual) finding.weight = kSearched;
  finding.help = Help::kOther;
  if (!facts.input_path.empty() && is_below(path, facts.input_path)) {
    finding.why = "It lies in the input, which has another name in the cell.";
    finding.remedy = "Name it /in" + path.substr(facts.input_path.size()) + ".";
  } else if (facts.packed && plan::is_system_path(path)) {
    finding.help = Help::kInclude;
    finding.option = "--include " + path;
    finding.value = path;
    finding.remedy = "Add it to the image: " + finding.option + ".";
  } else {
    finding.remedy = "Put it into the input, and name it below /in.";
  }
}

void explain_missing_path(Finding& finding, const ExplainFacts& facts) {
  const std::string& path = finding.obstacle.detail;
  finding.what = "look for " + path;
  if (explain_stream(finding)) return;
  if (std::ranges::find(kScratchPlaces, path) != kScratchPlaces.end() && facts.profile.scratch_bytes == 0) {
    const WriteWords& scratch = kWriteWords.front();
    finding.why = scratch.why;
    finding.remedy = scratch.remedy;
    finding.option = scratch.option;
    finding.help = scratch.help;
    finding.weight = kFileOfHost;
    return;
  }
  if (is_below_any(path, {"/proc", "/sys", "/dev"})) {
    finding.test = 31;
    finding.why = "The cell shows nothing of the host: " + boundary_text(finding.test) + ".";
    finding.remedy = kBoundary;
    finding.weight = is_usually_missing(path) ? kUsual : kSurvived;
    return;
  }
  if (is_below(path, "/in") || is_below(path, "/out")) {
    finding.why = is_below(path, "/in") ? "The input does not have it." : "Nobody has written it.";
    finding.remedy = "Correct the name, or put the file into the input.";
    finding.weight = kNotThere;
    return;
  }
  const OnHost kind = facts.on_host ? facts.on_host(path) : OnHost::kNothing;
  if (kind != OnHost::kNothing) return explain_absence(finding, facts, kind);
  finding.why = "This host does not have it either.";
  finding.remedy = "Nothing need be done, unless the name is wrong.";
  finding.weight = is_usually_missing(path) ? kUsual : kAbsentEverywhere;
}

void explain_lookup(Finding& finding, const ExplainFacts& facts) {
  explain_missing_path(finding, facts);
  if (!finding.obstacle.found_later) return;
  finding.why = "The program found a file of this name in the next place where it looked.";
  finding.remedy = "Nothing need be done.";
  finding.option.clear();
  finding.help = Help::kNothing;
  finding.weight = kUsual;
}

}  // namespace

bool is_usually_missing(std::string_view path) {
  constexpr auto kParts = std::to_array<std::string_view>({"/etc/ld.so.",
                                                           "/glibc-hwcaps",
                                                           "/locale/",
                                                           "/locale-archive",
                                                           "/gconv",
                                                           "/etc/localtime",
                                                           "/__pycache__",
                                                           "pyvenv.cfg",
                                                           "python.pth",
                                                           "._pth",
                                                           "/etc/gai.conf",
                                                           "/nscd/",
                                                           "/terminfo",
                                                           "/proc/sys/",
                                                           "/sys/kernel/",
                                                           "/sys/fs/",
                                                           "/proc/filesystems",
                                                           "/dev/tty",
                                                           "/etc/inputrc",
                                                           "/etc/selinux"});
  return std::ranges::any_of(kParts, [&](std::string_view part) { return path.contains(part); });
}

Result<std::vector<Finding>> findings_of(const attest::Explanation& explanation, const ExplainFacts& facts) {
  std::vector<Finding> findings;
  for (const Obstacle& obstacle : explanation.obstacles) {
    Finding finding{.obstacle = obstacle};
    switch (obstacle.kind) {
      case Obstacle::Kind::kCall: CHECK_OK(explain_call(finding, facts)); break;
      case Obstacle::Kind::kWrite: explain_write(finding, facts); break;
      case Obstacle::Kind::kLookup: explain_lookup(finding, facts); break;
    }
    findings.push_back(std::move(finding));
  }
  rank(findings, facts.failed);
  return findings;
}

}  // namespace immure::cli
