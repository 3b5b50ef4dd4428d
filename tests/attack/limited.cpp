#include "limited.hpp"

#include <csignal>
#include <cstdlib>
#include <ctime>
#include <fstream>

#include <fcntl.h>
#include <grp.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace immure::attack {
namespace {

std::int64_t now_ms() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1'000'000;
}

void pause_for_a_moment() {
  constexpr timespec kPause{.tv_sec = 0, .tv_nsec = 2'000'000};
  ::nanosleep(&kPause, nullptr);
}

constexpr int kNotStarted = 125;

/// Passes a message through a pipe, not a file, because a limit of file sizes must not cut the message.
class Stream {
 public:
  Stream() {
    if (::pipe2(ends_, O_CLOEXEC | O_NONBLOCK) != 0) std::exit(70);
    ::fcntl(ends_[1], F_SETFL, 0);
  }
  ~Stream() {
    ::close(ends_[0]);
    close_writer();
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  [[nodiscard]] int writer() const { return ends_[1]; }
  void close_writer() {
    if (ends_[1] >= 0) ::close(ends_[1]);
    ends_[1] = -1;
  }
  void take() {
    char bytes[4096];
    for (ssize_t count = 0; (count = ::read(ends_[0], bytes, sizeof bytes)) > 0;)
      text_.append(bytes, static_cast<std::size_t>(count));
  }
  void save(const std::string& path) const { std::ofstream(path, std::ios::binary) << text_; }

 private:
  int ends_[2] = {-1, -1};
  std::string text_;
};

[[noreturn]] void become(const Limited& wanted, const Stream& out, const Stream& err) {
  const int in = ::open("/dev/null", O_RDONLY);
  if (::dup2(in, 0) < 0 || ::dup2(out.writer(), 1) < 0 || ::dup2(err.writer(), 2) < 0) ::_exit(kNotStarted);
  ::close_range(3, ~0U, 0);
  for (const std::string& group : wanted.groups) std::ofstream(group + "/cgroup.procs") << ::getpid();
  std::vector<char*> arguments, environment;
  for (const std::string& text : wanted.command) arguments.push_back(const_cast<char*>(text.c_str()));
  for (const std::string& text : wanted.environment) environment.push_back(const_cast<char*>(text.c_str()));
  arguments.push_back(nullptr);
  environment.push_back(nullptr);
  if (wanted.uid >= 0) {
    const auto id = static_cast<gid_t>(wanted.uid);
    if (::setgroups(0, nullptr) != 0 || ::setresgid(id, id, id) != 0 || ::setresuid(id, id, id) != 0)
      ::_exit(kNotStarted);
  }
  for (const auto& [resource, value] : wanted.limits) {
    const rlimit limit{.rlim_cur = value, .rlim_max = value};
    if (::setrlimit(resource, &limit) != 0) ::_exit(kNotStarted);
  }
  ::execve(arguments[0], arguments.data(), environment.data());
  ::_exit(kNotStarted);
}

}  // namespace

void end_children() {
  constexpr int kRounds = 500;
  for (int round = 0; round < kRounds; ++round) {
    std::ifstream children("/proc/thread-self/children");
    for (int pid = 0; children >> pid;) ::kill(pid, SIGKILL);
    int pid = 0;
    while ((pid = ::waitpid(-1, nullptr, WNOHANG)) > 0) {
    }
    if (pid < 0) return;
    pause_for_a_moment();
  }
}

Ended run_limited(const Limited& wanted) {
  constexpr std::int64_t kGrace = 15'000;
  Ended ended;
  // Become the parent of orphans, so that this process misses no orphan.
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  Stream out, err;
  const int command = ::fork();
  if (command == 0) become(wanted, out, err);
  out.close_writer();
  err.close_writer();
  std::int64_t deadline = now_ms() + wanted.patience_ms;
  bool gone = command < 0;
  while (true) {
    out.take();
    err.take();
    int status = 0;
    const int pid = ::waitpid(-1, &status, WNOHANG);
    if (pid < 0) break;  // no child is left
    if (pid == command) {
      gone = true;
      ended.signaled = WIFSIGNALED(status);
      ended.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      deadline = now_ms() + kGrace;
    }
    if (pid > 0) continue;
    if (now_ms() > deadline) {
      (gone ? ended.survivors : ended.timed_out) = true;
      end_children();
      break;
    }
    pause_for_a_moment();
  }
  out.take();
  err.take();
  out.save(wanted.directory + "/stdout");
  err.save(wanted.directory + "/stderr");
  if (ended.timed_out) ended.code = 128 + SIGKILL;
  return ended;
}

}  // namespace immure::attack
