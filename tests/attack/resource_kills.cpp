#include "resource_kills.hpp"

#include <csignal>
#include <fstream>
#include <iterator>
#include <map>

#include <linux/kcmp.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace immure::attack {
namespace {

using faults::Call;
using faults::Point;

/// The processes of a run, by the role in which the tracer has seen them.
class Processes {
 public:
  void see(const Point& point, int pid) {
    if (point.role != "scan") roles_[pid] = point.role;
  }
  [[nodiscard]] std::vector<std::pair<int, std::string>> alive() const {
    std::vector<std::pair<int, std::string>> result;
    for (const auto& [pid, role] : roles_) {
      if (runs(pid)) result.emplace_back(pid, role);
    }
    return result;
  }
  /// The processes that share memory with process `pid`, including `pid`.
  [[nodiscard]] std::vector<int> sharing_memory_with(int pid) const {
    std::vector<int> result;
    for (const auto& [each, role] : alive()) {
      if (each == pid || ::syscall(SYS_kcmp, each, pid, KCMP_VM, 0, 0) == 0) result.push_back(each);
    }
    return result;
  }

 private:
  // True if the process exists and is no zombie.
  static bool runs(int pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const std::size_t name_end = text.rfind(')');
    return name_end != std::string::npos && name_end + 2 < text.size() && text[name_end + 2] != 'Z' &&
           text[name_end + 2] != 'X';
  }
  std::map<int, std::string> roles_;
};

/// Finds the moments of a run by the launcher's system calls.
std::vector<std::pair<std::string, Point>> moments_of(const std::vector<Call>& calls) {
  std::vector<std::pair<std::string, Point>> moments;
  const auto add = [&moments](const char* name, const Point& point) {
    for (const auto& [known, at] : moments) {
      if (known == name) return;
    }
    moments.emplace_back(name, point);
  };
  bool harvesting = false;
  for (const Call& call : calls) {
    if (call.point.role != "launcher") continue;
    const int nr = call.point.nr;
    if (nr == SYS_ptrace && call.args[0] == PTRACE_SEIZE) add("gate", call.point);
    if (nr == SYS_ptrace && call.args[0] == PTRACE_DETACH) add("exec", call.point);
    if (!call.after_start) continue;
    if (nr == SYS_ppoll || nr == SYS_poll) add("payload", call.point);
    harvesting = harvesting || call.about.find("results/out") != std::string::npos;
    if (harvesting) add("harvest", call.point);
    if (call.about.find("papers") != std::string::npos) add("signing", call.point);
  }
  return moments;
}

}  // namespace

std::string name(const Kill& kill) {
  return kill.moment + ":" + kill.victim + (kill.with_its_memory ? ":and-who-shares-its-memory" : "");
}

std::vector<Kill> kills_of(const std::function<faults::Settings()>& prepared) {
  const auto moments = moments_of(faults::run(prepared(), std::nullopt, true).calls);
  std::vector<Kill> kills;
  Processes processes;
  faults::Settings settings = prepared();
  settings.before = [&](const Point& point, int pid) {
    processes.see(point, pid);
    for (const auto& [moment, at] : moments) {
      if (at != point) continue;
      for (const auto& [each, role] : processes.alive()) {
        kills.push_back({moment, point, role, false});
        if (processes.sharing_memory_with(each).size() > 1) kills.push_back({moment, point, role, true});
      }
    }
  };
  static_cast<void>(faults::run(settings, std::nullopt, false));
  return kills;
}

std::optional<Ended> run_with(faults::Settings settings, const Kill& kill) {
  Processes processes;
  bool killed = false;
  settings.before = [&](const Point& point, int pid) {
    processes.see(point, pid);
    if (killed || point != kill.point) return;
    for (const auto& [each, role] : processes.alive()) {
      if (role != kill.victim) continue;
      killed = true;
      if (!kill.with_its_memory) {
        ::kill(each, SIGKILL);
        return;
      }
      for (const int other : processes.sharing_memory_with(each)) ::kill(other, SIGKILL);
      return;
    }
  };
  const faults::Trace trace = faults::run(settings, std::nullopt, false);
  end_children();  // reaps the processes whose parent was killed
  if (!killed) return std::nullopt;
  return Ended{.code = WIFEXITED(trace.status) ? WEXITSTATUS(trace.status) : 128 + WTERMSIG(trace.status),
               .signaled = WIFSIGNALED(trace.status),
               .timed_out = trace.timed_out,
               .survivors = trace.survivors};
}

}  // namespace immure::attack
