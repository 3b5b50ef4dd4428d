#include "cli/own_number.hpp"

#include <cerrno>
#include <csignal>

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace immure::cli {
namespace {

// More processes than a cell ever has at once.
constexpr int kNumbersOfACell = 128;

// A child with a small number ends at once and leaves it to nobody.
int fork_with_own_number() {
  const int parent = ::getpid();
  while (true) {
    const int child = ::fork();
    if (child == 0) {
      if (::getpid() <= kNumbersOfACell) ::_exit(0);
      // Whoever ends the one that leads means this one. It may have been gone before.
      if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || ::getppid() != parent) ::_exit(kFault);
    }
    if (child <= 0 || child > kNumbersOfACell) return child;
    ::waitpid(child, nullptr, 0);
  }
}

ExitCode exit_code(int status) { return WIFSIGNALED(status) ? kSignalBase + WTERMSIG(status) : WEXITSTATUS(status); }

ExitCode wait_for_end(int child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return kFault;
  }
  return exit_code(status);
}

ExitCode wait_for(int child, const sigset_t& all) {
  while (true) {
    siginfo_t from{};
    const int signal = ::sigwaitinfo(&all, &from);
    // Where a filter denies that, signals are not passed on; this waits nevertheless.
    if (signal < 0 && errno != EINTR) return wait_for_end(child);
    // A terminal tells the child by itself: it is in the same process group.
    if (signal > 0 && signal != SIGCHLD && from.si_code != SI_KERNEL) ::kill(child, signal);
    if (signal != SIGCHLD) continue;
    int status = 0;
    for (int ended = 0; (ended = ::waitpid(-1, &status, WNOHANG)) > 0;) {
      if (ended == child) return exit_code(status);
    }
  }
}

}  // namespace

Result<std::optional<ExitCode>> lead_from_small_number() {
  if (::getpid() > kNumbersOfACell) return std::nullopt;
  sigset_t all, before;
  ::sigfillset(&all);
  // Those that the kernel sends for what a program did itself are not for another.
  for (const int own : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS}) ::sigdelset(&all, own);
  ::sigprocmask(SIG_BLOCK, &all, &before);
  const int child = fork_with_own_number();
  if (child < 0) return fail(Code::kSystem, "immure", "cannot start a process", {}, errno);
  if (child > 0) return wait_for(child, all);
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  return std::nullopt;
}

}  // namespace immure::cli
