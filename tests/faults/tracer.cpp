#include "tracer.hpp"

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <map>

#include <fcntl.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "path_calls.hpp"
#include "roles.hpp"

namespace immure::faults {
namespace {

[[noreturn]] void die(const char* what) {
  std::fprintf(stderr, "immure-faults: %s: %s\n", what, std::strerror(errno));
  std::exit(70);
}

std::int64_t now_ms() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1'000'000;
}

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#else
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#endif

constexpr int kInherited = 300;

// The filter allows calls of foreign tables (i386, x32), because only immure's probes make such calls.
sock_filter filter[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 0, 2),
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
    BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
};

// From the moment when the filter is installed, every call waits for an answer. So the number of the listener's
// descriptor goes to the tracer through shared memory.
[[noreturn]] void become_command(const Settings& settings, volatile int* listener) {
  const int out = ::open((settings.directory + "/stdout").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  const int err = ::open((settings.directory + "/stderr").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  // Give the launcher descriptors that must not reach the payload: one as its input, and one above every limit.
  const int own = ::open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  if (out < 0 || err < 0 || own < 0 || ::dup2(own, 0) < 0 || ::dup2(out, 1) < 0 || ::dup2(err, 2) < 0) ::_exit(125);
  ::close_range(3, ~0U, 0);
  for (const std::string& group : settings.groups) std::ofstream(group + "/cgroup.procs") << ::getpid();
  if (::dup2(0, kInherited) < 0) ::_exit(125);
  if (settings.uid >= 0) {
    const auto id = static_cast<gid_t>(settings.uid);
    if (::setgroups(0, nullptr) != 0 || ::setresgid(id, id, id) != 0 || ::setresuid(id, id, id) != 0) ::_exit(125);
    ::prctl(PR_SET_DUMPABLE, 1);
  }
  std::vector<char*> arguments, environment;
  for (const std::string& text : settings.command) arguments.push_back(const_cast<char*>(text.c_str()));
  for (const std::string& text : settings.environment) environment.push_back(const_cast<char*>(text.c_str()));
  arguments.push_back(nullptr);
  environment.push_back(nullptr);
  if (::geteuid() != 0 && ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) ::_exit(125);
  sock_fprog program{static_cast<unsigned short>(std::size(filter)), filter};
  const long fd = ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
  *listener = fd < 0 ? -errno : static_cast<int>(fd);
  if (fd < 0) ::_exit(125);
  ::execve(arguments[0], arguments.data(), environment.data());
  ::_exit(125);
}

std::string text_at(int pid, std::uint64_t address) {
  const std::string path = "/proc/" + std::to_string(pid) + "/mem";
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  char text[256] = {};
  const ssize_t count = ::pread(fd, text, sizeof text - 1, static_cast<off_t>(address));
  ::close(fd);
  return count > 0 ? std::string(text) : std::string();
}

std::uint64_t word_at(int pid, std::uint64_t address) {
  const std::string path = "/proc/" + std::to_string(pid) + "/mem";
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  std::uint64_t word = 0;
  const ssize_t count = ::pread(fd, &word, sizeof word, static_cast<off_t>(address));
  ::close(fd);
  return count == sizeof word ? word : 0;
}

std::string descriptor(int pid, std::uint64_t number) {
  const std::string path = "/proc/" + std::to_string(pid) + "/fd/" + std::to_string(static_cast<int>(number));
  char target[256] = {};
  const ssize_t size = ::readlink(path.c_str(), target, sizeof target - 1);
  return size > 0 ? std::string(target, static_cast<std::size_t>(size)) : std::string();
}

std::string path_at(int pid, const std::uint64_t* args, int directory, int path) {
  const std::string name = text_at(pid, args[path]);
  constexpr std::string_view kOwn = "/proc/self/fd/";
  // Such a link gives the present name of its file, so the call depends on this name too.
  if (name.starts_with(kOwn))
    return name + " of " + descriptor(pid, std::strtoul(name.c_str() + kOwn.size(), nullptr, 10));
  if (name.starts_with('/') || directory == PathCall::kNone) return name;
  return descriptor(pid, args[directory]) + "/" + name;
}

// The path of a call, or the file of its descriptor.
std::string about(int pid, int nr, const std::uint64_t* args) {
  if (const PathCall* const call = path_call(nr); call != nullptr) {
    const std::string first = path_at(pid, args, call->directory, call->path);
    if (call->other_path == PathCall::kNone) return first;
    return first + " and " + path_at(pid, args, call->other_directory, call->other_path);
  }
  switch (nr) {
    case SYS_read:
    case SYS_pread64:
    case SYS_write:
    case SYS_getdents64:
    case SYS_fstat:
    case SYS_lseek:
    case SYS_fchmod:
    case SYS_fsync:
    case SYS_fcntl:
    case SYS_close: return descriptor(pid, args[0]);
    case SYS_rt_sigprocmask: return word_at(pid, args[1]) == std::uint64_t{1} << (SIGXFSZ - 1) ? "XFSZ" : "";
    case SYS_mmap: return (args[3] & MAP_TYPE) == MAP_SHARED ? "SHARED" : "";
    case SYS_prlimit64: return args[1] == RLIMIT_CORE ? "CORE" : "";
    case SYS_fsconfig: return text_at(pid, args[2]);
    case SYS_ptrace: return args[0] == PTRACE_SECCOMP_GET_FILTER ? "FILTER" : "";
    case SYS_prctl: {
      constexpr std::uint64_t kDenyWriteExecute = 65;
      if (args[0] == PR_SET_PDEATHSIG) return "PDEATHSIG";
      if (args[0] == PR_CAP_AMBIENT) return "AMBIENT";
      if (args[0] == PR_CAPBSET_DROP && ::prctl(PR_CAPBSET_READ, args[1]) < 0) return "CAPBSET beyond";
      return args[0] == kDenyWriteExecute ? "MDWE" : "";
    }
    default: return {};
  }
}

// The length of the part that is the name of an open directory. The kernel looks up only what follows it.
std::size_t held_part(int pid, int nr, const std::uint64_t* args) {
  const PathCall* const call = path_call(nr);
  if (call == nullptr || call->directory == PathCall::kNone || call->other_path != PathCall::kNone) return 0;
  return text_at(pid, args[call->path]).starts_with('/') ? 0 : descriptor(pid, args[call->directory]).size();
}

bool is_clone(int nr) {
#if defined(SYS_fork)
  if (nr == SYS_fork || nr == SYS_vfork) return true;
#endif
  return nr == SYS_clone || nr == SYS_clone3;
}

// The probes call execveat too, but only the exec of the payload has a cookie in the upper half of its first argument.
bool is_the_exec(const std::string& role, int nr, const std::uint64_t* args) {
  const std::uint64_t high = args[0] >> 32;
  return role == "payload" && nr == SYS_execveat && high != 0 && high != 0xffffffff;
}

/// True if the command works in its first child (cli/run/lead.hpp).
bool leads(const std::vector<std::string>& command) {
  return command.size() > 1 && (command[1] == "run" || command[1] == "inspect");
}

/// One command while the command runs.
class Session {
 public:
  Session(const Settings& settings, const std::optional<Fault>& fault, bool keep_calls, Trace& trace)
      : settings_(settings), fault_(fault), keep_calls_(keep_calls), trace_(trace), roles_(leads(settings.command)) {}

  // Answers one call. Does nothing if the task is gone.
  void answer(int listener) {
    seccomp_notif call{};
    if (::ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) != 0) return;
    const int pid = static_cast<int>(call.pid), nr = call.data.nr;
    std::uint64_t args[6];
    std::memcpy(args, call.data.args, sizeof args);
    const std::string role = asks_for_another(pid, nr, args) ? "scan" : roles_.of(pid);
    // After a successful exec, the first call comes from the payload's own code. After a failed exec, the task only
    // exits.
    if (executed_ == pid && nr != SYS_exit_group) trace_.started = true;
    const Point point{role, nr, counts_[{role, nr}]++};
    if (keep_calls_) {
      Call seen{
          point, {}, about(pid, nr, args), held_part(pid, nr, args), role == "launcher" ? let_go_ : trace_.started};
      std::memcpy(seen.args, args, sizeof args);
      trace_.calls.push_back(std::move(seen));
    }
    if (settings_.before) settings_.before(point, pid);
    seccomp_notif_resp response{};
    response.id = call.id;
    response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    if (fault_ && !trace_.answered && fault_->point == point) {
      trace_.answered = true;
      trace_.about = about(pid, nr, args);
      response.flags = 0;
      response.error = -fault_->number;
    } else {
      if (is_the_exec(role, nr, args)) executed_ = pid;
    }
    let_go_ = let_go_ || (role == "launcher" && nr == SYS_ptrace && args[0] == PTRACE_DETACH);
    // Count the clone even if it fails, so that later children keep their names.
    if (is_clone(nr)) roles_.see_clone(pid, nr, args);
    ::ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
  }

 private:
  // True for a call that asks for the control groups of another process. Such processes come and go, so these calls
  // must not be counted among the launcher's own.
  bool asks_for_another(int pid, int nr, const std::uint64_t* args) {
    if (nr == SYS_openat) {
      const std::string path = text_at(pid, args[1]);
      constexpr std::string_view kProc = "/proc/", kGroups = "/cgroup";
      if (!path.starts_with(kProc) || !path.ends_with(kGroups) || path.size() <= kProc.size() + kGroups.size())
        return false;
      const auto name = std::string_view(path).substr(kProc.size(), path.size() - kProc.size() - kGroups.size());
      if (name.find_first_not_of("0123456789") != std::string_view::npos) return false;
      another_ = path;
      return true;
    }
    return (nr == SYS_read || nr == SYS_close) && !another_.empty() && descriptor(pid, args[0]) == another_;
  }

  const Settings& settings_;
  const std::optional<Fault>& fault_;
  bool keep_calls_;
  Trace& trace_;
  Roles roles_;
  std::map<std::pair<std::string, int>, int> counts_;
  int executed_ = -1;
  bool let_go_ = false;
  /// The file that the launcher reads about the control groups of another process.
  std::string another_;
};

int take_listener(int pid, const volatile int* number) {
  const int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (pidfd < 0) die("pidfd_open");
  while (*number == 0) ::sched_yield();
  if (*number < 0) {
    errno = -*number;
    die("seccomp: no listener");
  }
  const int listener = static_cast<int>(::syscall(SYS_pidfd_getfd, pidfd, *number, 0));
  if (listener < 0) die("pidfd_getfd");
  ::close(pidfd);
  return listener;
}

// Kills all tasks that are left. A killed task needs no answer to its call, and its children become ours. Only the list
// of our children is used, because no other process can have these numbers before we reap them.
void end_children() {
  constexpr int kRounds = 200;
  constexpr timespec kPause{.tv_sec = 0, .tv_nsec = 10'000'000};
  for (int round = 0; round < kRounds; ++round) {
    std::ifstream children("/proc/thread-self/children");
    for (int pid = 0; children >> pid;) ::kill(pid, SIGKILL);
    int pid = 0;
    while ((pid = ::waitpid(-1, nullptr, WNOHANG)) > 0) {
    }
    if (pid < 0) return;
    ::nanosleep(&kPause, nullptr);
  }
}

}  // namespace

Trace run(const Settings& settings, const std::optional<Fault>& fault, bool keep_calls) {
  constexpr std::int64_t kGrace = 15'000;
  Trace trace;
  auto* const number =
      static_cast<volatile int*>(::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  if (number == MAP_FAILED) die("mmap");
  // Become the parent of orphans, so that this process misses no orphan.
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  trace.pid = ::fork();
  if (trace.pid < 0) die("fork");
  if (trace.pid == 0) become_command(settings, number);
  const int listener = take_listener(trace.pid, number);
  ::munmap(const_cast<int*>(number), 4096);
  Session session(settings, fault, keep_calls, trace);
  bool ended = false;
  std::int64_t deadline = now_ms() + settings.patience_ms;
  while (true) {
    pollfd waiting{listener, POLLIN, 0};
    ::poll(&waiting, 1, 100);
    if ((waiting.revents & POLLIN) != 0) session.answer(listener);
    int status = 0;
    for (int pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
      if (pid != trace.pid) continue;
      trace.status = status;
      ended = true;
      deadline = now_ms() + kGrace;
    }
    // The listener hangs up when no task is left under the filter.
    if ((waiting.revents & POLLHUP) != 0 && ended) break;
    if (now_ms() < deadline) continue;
    (ended ? trace.survivors : trace.timed_out) = true;
    ::close(listener);  // a task that waits for an answer gets ENOSYS, and soon ends
    end_children();
    return trace;
  }
  ::close(listener);
  return trace;
}

}  // namespace immure::faults
