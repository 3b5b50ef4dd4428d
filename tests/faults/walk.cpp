/// immure-faults: lets every call of a run fail in turn and judges the result.
///   immure-faults BIN_DIR [--as UID] [--cold] [--stage] [--every N] [--part I/N] [--list] [--verbose]
///                         [--only ROLE[:CALL[:NTH[:ERRNO|:skip]]]] [--skips]
/// Whichever call fails, either the payload does not start, or the payload starts in a cell whose evidence is ACCEPTED,
/// and harmless.hpp lists the failed call. immure leaves nothing behind, and the message says what failed and why.
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <set>
#include <span>

#include <sys/wait.h>
#include <unistd.h>

#include "errnos.hpp"
#include "harmless.hpp"
#include "tracer.hpp"
#include "words.hpp"
#include "world.hpp"

namespace immure::faults {
namespace {

std::string errno_name(int number) {
  const char* name = ::strerrorname_np(number);
  return number == 0 ? "skip" : name != nullptr ? name : std::to_string(number);
}

std::string last_line(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

std::string key_of(const Point& point) {
  return point.role + ":" + call_name(point.nr) + ":" + std::to_string(point.nth);
}

struct Verdict {
  std::string kind;  ///< blocked, refused, fault, accepted, before main, not reached
  std::string why;   ///< what is wrong; empty if nothing is
  std::string said;
};

bool runs_before_main(const Point& point, const std::vector<Call>& baseline) {
  // immure's first own call checks that descriptors 0, 1 and 2 are open (src/cli/main.cpp).
  for (const Call& call : baseline) {
    if (call.point == point) return true;
    if (call.point.role == "launcher" && call_name(call.point.nr) == "fcntl") return false;
  }
  return false;
}

std::string complaint(const std::string& said) {
  const std::string line = last_line(said);
  const std::string_view rest = line.starts_with("BLOCKED: ")  ? std::string_view(line).substr(9)
                                : line.starts_with("immure: ") ? std::string_view(line).substr(8)
                                                               : std::string_view();
  if (rest.empty()) return "no message: `" + line + "`";
  return rest.find(": ") == std::string_view::npos ? "the message names no step: `" + line + "`" : "";
}

Verdict judge(const Fault& fault, const Trace& trace, const World& world, const std::vector<Call>& baseline) {
  Verdict verdict;
  verdict.said = last_line(world.said());
  if (!trace.answered) return {"not reached", "", verdict.said};
  const std::string call = call_name(fault.point.nr);
  const auto bad = [&](const std::string& why) {
    if (verdict.why.empty()) verdict.why = why;
  };
  if (trace.timed_out) bad("did not end");
  if (trace.survivors) bad("a task outlived the launcher");
  const bool exited = WIFEXITED(trace.status);
  const int code = exited ? WEXITSTATUS(trace.status) : 128 + WTERMSIG(trace.status);
  const bool accepted = world.has_evidence() && world.verify() == 0;
  const std::vector<std::string> left = world.leftovers(trace.pid);
  // If a call that removes something fails, that thing stays. Such a leftover is not a fault of immure.
  const bool removes = call == "unlinkat" || call == "rmdir" || call == "unlink";
  if (!left.empty() && !removes) bad("left behind: " + left.front());
  const bool printed = world.printed().find("STARTED") != std::string::npos;
  if (trace.started || printed) {
    verdict.kind = "accepted";
    const auto seen = std::ranges::find(baseline, fault.point, &Call::point);
    const std::string& about = trace.about;
    const Harmless* reason = harmless(fault.point.role, call, about, fault.number);
    if (code == 0 && !accepted) bad("the payload ran, exit 0, and its evidence is not ACCEPTED");
    const bool nobody_reads = call == "write" && fault.number == EPIPE;
    if (code == 0 && !printed && !nobody_reads) bad("exit 0, but the payload's output is lost");
    if (code != 0) {
      verdict.kind = "fault after the start";
      bad(complaint(verdict.said));
    }
    // After the payload has been let go, only the harvest can fail. immure reports that, or the failure has no effect.
    if (seen == baseline.end() || seen->after_start) {
      if (code != 0 && code != 5 && code != 70)
        bad("exit " + std::to_string(code) + " after the payload has run, not 5 or 70");
      return verdict;
    }
    if (runs_before_main(fault.point, baseline)) return verdict;
    if (code != 0) bad("the payload started, exit " + std::to_string(code));
    if (reason == nullptr)
      bad("the payload started, though nothing says that this call may fail" + (about.empty() ? "" : ": " + about));
    return verdict;
  }
  if (accepted) bad("evidence is ACCEPTED for a payload that never started");
  if (runs_before_main(fault.point, baseline)) {
    verdict.kind = "before main";
    if (code == 0) bad("exit 0");
    return verdict;
  }
  verdict.kind = code == 3 ? "blocked" : code == 64 ? "refused" : code == 70 ? "fault" : "exit " + std::to_string(code);
  if (code != 3 && code != 64 && code != 70) bad("exit " + std::to_string(code) + ", not 3, 64 or 70");
  // If the call that fails is a write to standard error, immure cannot print a message.
  const bool mute = fault.point.role == "launcher" && (call == "write" || (call == "fcntl" && fault.number == EBADF));
  if (!mute) {
    if (const std::string why = complaint(verdict.said); !why.empty()) bad(why);
  }
  return verdict;
}

/// True for a call that builds a wall. Skipping such a call makes a mutant of the cell that lacks the wall.
bool builds_walls(const Call& call) {
  const std::string name = call_name(call.point.nr);
  // Calls that only ask for a value build nothing: limits without a new value, single capabilities, securebits.
  if (name == "prlimit64" && call.args[2] == 0) return false;
  constexpr std::uint64_t kBoundingSetRead = 23, kGetSecurebits = 27, kAmbient = 47, kIsSet = 1;
  if (name == "prctl" && (call.args[0] == kBoundingSetRead || call.args[0] == kGetSecurebits ||
                          (call.args[0] == kAmbient && call.args[1] == kIsSet)))
    return false;
  static const std::set<std::string> kBuilders = {
      "prctl",   "mount_setattr", "move_mount",  "pivot_root", "umount2", "chroot",
      "fchdir",  "chdir",         "setresuid",   "setresgid",  "capset",  "prlimit64",
      "setsid",  "sethostname",   "close_range", "dup3",       "keyctl",  "landlock_restrict_self",
      "seccomp", "setgroups",     "fsconfig"};
  if (call.point.role != "init" && call.point.role != "payload")
    return call.point.role == "launcher" && name == "setgroups";
  return kBuilders.contains(name);
}

/// The errors to try for a call. Calls that make the walls, the gate and the evidence get each error of their man page.
/// For a probe's own calls only the answer counts, so these get the errors that a wall would give, and one that no wall
/// gives.
std::vector<int> numbers_for(const Call& call, bool filter_loaded) {
  const bool probes =
      call.point.role != "launcher" && call.point.role != "init" && (call.point.role != "payload" || filter_loaded);
  std::vector<int> numbers = probes ? std::vector<int>{EPERM, EACCES, EIO} : errnos_of(call_name(call.point.nr));
  if (builds_walls(call) && !filter_loaded) numbers.push_back(0);
  return numbers;
}

std::vector<Fault> faults_of(const std::vector<Call>& calls, const Options& options) {
  std::vector<Fault> faults;
  std::size_t index = 0;
  bool filter_loaded = false;
  for (const Call& call : calls) {
    // After the start, only the launcher's calls belong to immure.
    if (call.after_start && call.point.role != "launcher") continue;
    if (call_name(call.point.nr).starts_with("exit")) continue;
    std::vector<int> numbers = numbers_for(call, filter_loaded);
    filter_loaded = filter_loaded || (call.point.role == "payload" && call_name(call.point.nr) == "seccomp");
    if (numbers.empty()) continue;
    if (options.every > 1) {
      const int one = numbers[index % numbers.size()];
      numbers.assign(1, one);
    }
    for (const int number : numbers) faults.push_back({call.point, number});
    ++index;
  }
  if (options.every > 1) {
    std::vector<Fault> some;
    for (std::size_t i = 0; i < faults.size(); i += options.every) some.push_back(faults[i]);
    return some;
  }
  return faults;
}

bool wanted(const Fault& fault, const std::string& only) {
  if (only.empty()) return true;
  const std::string key = key_of(fault.point) + ":" + errno_name(fault.number);
  return key == only || key.starts_with(only + ":");
}

int walk(const Options& options) {
  World world(options);
  if (::geteuid() == 0 && !guard_host(world.directory())) {
    std::printf("not ok guard: the host cannot be kept from being written: %s\n", std::strerror(errno));
    return 1;
  }
  // A warm cache is wanted, so fill it by a first run.
  if (!options.cold) static_cast<void>(run(world.settings(), std::nullopt, false));
  const Trace baseline = run(world.settings(), std::nullopt, true);
  if (!WIFEXITED(baseline.status) || WEXITSTATUS(baseline.status) != 0 || !baseline.started || world.verify() != 0 ||
      world.printed() != "STARTED\n") {
    std::printf("not ok baseline: the run without a fault: status %d: %s\n", baseline.status, world.said().c_str());
    return 1;
  }
  if (const auto left = world.leftovers(baseline.pid); !left.empty()) {
    std::printf("not ok baseline: left behind: %s\n", left.front().c_str());
    return 1;
  }
  std::size_t before = 0;
  std::map<std::string, std::size_t> by_role;
  for (const Call& call : baseline.calls) {
    if (call.after_start) continue;
    ++before;
    ++by_role[call.point.role];
  }
  if (options.list) {
    for (const Call& call : baseline.calls)
      std::printf("%s%s\t%llx\t%llx\t%llx\t%s\n", key_of(call.point).c_str(), call.after_start ? " after" : "",
                  static_cast<unsigned long long>(call.args[0]), static_cast<unsigned long long>(call.args[1]),
                  static_cast<unsigned long long>(call.args[2]), call.about.c_str());
    return 0;
  }
  std::printf("%zu calls before the payload's start:", before);
  for (const auto& [role, count] : by_role) std::printf(" %s %zu", role.c_str(), count);
  std::printf("\n");
  std::map<std::string, std::size_t> kinds;
  std::size_t tried = 0, bad = 0, index = 0;
  for (const Fault& fault : faults_of(baseline.calls, options)) {
    if (options.skips && fault.number != 0) continue;
    if (!wanted(fault, options.only) || index++ % options.parts != options.part) continue;
    const Trace trace = run(world.settings(), fault, false);
    const Verdict verdict = judge(fault, trace, world, baseline.calls);
    ++tried;
    ++kinds[verdict.kind];
    const std::string name = key_of(fault.point) + ":" + errno_name(fault.number);
    if (!verdict.why.empty()) {
      ++bad;
      std::printf("not ok %s: %s\n    %s\n", name.c_str(), verdict.why.c_str(), verdict.said.c_str());
    } else if (options.verbose) {
      std::printf("ok %s: %s: %s\n", name.c_str(), verdict.kind.c_str(), verdict.said.c_str());
    }
    std::fflush(stdout);
  }
  std::printf("%zu faults:", tried);
  for (const auto& [kind, count] : kinds) std::printf(" %s %zu,", kind.c_str(), count);
  std::printf(" wrong %zu\n", bad);
  return bad == 0 && tried > 0 ? 0 : 1;
}

}  // namespace
}  // namespace immure::faults

int main(int count, char** values) {
  using namespace immure::faults;
  Options options;
  const std::pair<std::string_view, bool*> flags[] = {
      {"--cold", &options.cold}, {"--stage", &options.stage}, {"--skips", &options.skips}, {"--list", &options.list}};
  if (!read_words(std::span(values, static_cast<std::size_t>(count)), options, flags)) return 64;
  return walk(options);
}
