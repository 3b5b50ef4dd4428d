#include "cli/first_process.hpp"

#include <cerrno>
#include <csignal>

#include <sys/wait.h>
#include <unistd.h>

namespace immure::cli {
namespace {

// More processes than a cell ever has at once: the probe that sends the supervisor's number a signal, from inside, must
// meet nobody there.
constexpr int kNumbersOfACell = 128;

// A child with a small number ends at once and leaves it to nobody.
int fork_with_own_number() {
  while (true) {
    const int child = ::fork();
    if (child == 0 && ::getpid() <= kNumbersOfACell) ::_exit(0);
    if (child <= 0 || child > kNumbersOfACell) return child;
    ::waitpid(child, nullptr, 0);
  }
}

ExitCode wait_for(int child, const sigset_t& all) {
  while (true) {
    const int signal = ::sigwaitinfo(&all, nullptr);
    if (signal > 0 && signal != SIGCHLD) ::kill(child, signal);
    if (signal != SIGCHLD) continue;
    int status = 0;
    for (int ended = 0; (ended = ::waitpid(-1, &status, WNOHANG)) > 0;) {
      if (ended == child) return WIFSIGNALED(status) ? kSignalBase + WTERMSIG(status) : WEXITSTATUS(status);
    }
  }
}

}  // namespace

Result<std::optional<ExitCode>> lead_if_first() {
  if (::getpid() != 1) return std::nullopt;
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
