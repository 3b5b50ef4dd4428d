#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>
#include <new>

#include "attest/start/enter.hpp"
#include "cli/commands.hpp"
#include "cli/config.hpp"
#include "cli/help.hpp"
#include "cli/print.hpp"
#include "cli/run/launch.hpp"
#include "cli/run/prefault.hpp"
#include "sys/libc.hpp"
#include "sys/umask.hpp"

namespace immure::cli {
namespace {

/// Opens /dev/null for each of the descriptors 0, 1 and 2 that the caller has closed. Otherwise the next file that
/// immure opens would get this number, and messages would go into that file. Opens standard output for reading only, so
/// that printing a result that nobody gets is an error, as on a full disk.
void hold_standard_descriptors() {
  for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; ++descriptor) {
    if (sys::error_of(sys::call([&] { return ::fcntl(descriptor, F_GETFD); })) == EBADF) {
      const int mode = descriptor == STDOUT_FILENO ? O_RDONLY : O_RDWR;
      if (::open("/dev/null", mode) != descriptor) ::_exit(kFault);
    }
  }
}

/// Sets what immure inherits from its caller to known values. SIGCHLD gets its default action, so that immure can wait
/// for children. Writing beyond the size limit of files becomes an error instead of a signal. Soft limits are raised to
/// the hard limits.
void set_own_surroundings() {
  ::signal(SIGCHLD, SIG_DFL);
  sigset_t too_large;
  ::sigemptyset(&too_large);
  ::sigaddset(&too_large, SIGXFSZ);
  ::sigprocmask(SIG_BLOCK, &too_large, nullptr);
  for (const auto resource : {RLIMIT_NOFILE, RLIMIT_FSIZE}) {
    rlimit limit{};
    if (::getrlimit(resource, &limit) != 0) continue;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(resource, &limit);
  }
}

/// Error if the stack is too small, because the kernel ends a process whose stack runs out without any message.
Result<void> check_stack() {
  constexpr rlim_t kLeast = 512 << 10;
  rlimit limit{};
  if (::getrlimit(RLIMIT_STACK, &limit) != 0 || limit.rlim_cur >= kLeast) return {};
  return fail(Code::kBlocked, "stack", "is limited to " + std::to_string(limit.rlim_cur) + " bytes",
              "immure needs 512 KiB: raise the limit, for example by `ulimit -s 8192`.");
}

std::unexpected<Error> unknown_command(std::string_view name) {
  std::vector<std::string_view> names;
  for (const Command& command : commands()) names.push_back(command.name);
  const std::string_view near = nearest(name, names);
  const std::string hint = near.empty() ? "See `immure help`." : "Did you mean " + std::string(near) + "?";
  if (name.starts_with('-'))
    return fail(Code::kUsage, "", "there is no option " + std::string(name), "See `immure help`.");
  return fail(Code::kUsage, "", "there is no command " + std::string(name), hint);
}

Result<ExitCode> start(std::span<char* const> arguments) {
  CHECK_OK(check_stack());
  if (arguments.empty()) return fail(Code::kUsage, "", "no command is given", "See `immure help`.");
  std::string_view name = arguments.front();
  if (name == "--help" || name == "-h") name = "help";
  if (name == "--version") name = "version";
  // A venue starts this command inside its outer sandbox. People do not use it.
  if (name == "enter" && arguments.size() == 1) return attest::enter();
  const Command* command = find_command(name);
  if (command == nullptr) return unknown_command(name);
  std::size_t words = 1;
  // `batch verify` is a command of its own. A batch needs options before its program, so its first word is no program.
  if (arguments.size() > 1) {
    if (const Command* longer = find_command(std::string(name) + " " + arguments[1]); longer != nullptr) {
      command = longer;
      words = 2;
    }
  }
  TRY(Arguments parsed, parse(*command, arguments.subspan(words)));
  if (parsed.has("help")) {
    CHECK_OK(print(help_text(*command)));
    return kSuccess;
  }
  if (command->defaults) {
    const auto added = add_defaults(parsed);
    if (!added && added.error().code == Code::kBlocked) return blocked(added.error(), parsed.has("json"));
    CHECK_OK(added);
  }
  return command->start(parsed);
}

/// True if the command line has --json, even if it could not be parsed.
bool wants_json(std::span<char* const> arguments) {
  for (const char* argument : arguments) {
    if (std::strcmp(argument, "--") == 0) return false;
    if (std::strcmp(argument, "--json") == 0) return true;
  }
  return false;
}

ExitCode report(const Error& error, std::span<char* const> arguments) {
  tell(error);
  if (wants_json(arguments) && error.where != "standard output" && !print(error_json(error))) return kFault;
  return exit_code(error);
}

}  // namespace
}  // namespace immure::cli

int main(int count, char** values) {
  using namespace immure;
  cli::prefault();
  cli::hold_standard_descriptors();
  sys::set_own_umask();
  cli::set_own_surroundings();
  const std::span<char* const> arguments(values + std::min(count, 1), static_cast<std::size_t>(std::max(count - 1, 0)));
  try {
    const Result<cli::ExitCode> ended = cli::start(arguments);
    return ended ? *ended : cli::report(ended.error(), arguments);
  } catch (const std::bad_alloc&) {
    return cli::report(Error{.code = Code::kSystem,
                             .where = "memory",
                             .what = "cannot be allocated",
                             .hint = "Raise the limits of address space and data (`ulimit -v` and `ulimit -d`).",
                             .errno_value = ENOMEM},
                       arguments);
  } catch (const std::exception& exception) {
    return cli::report(Error{.code = Code::kInternal, .where = "immure", .what = exception.what()}, arguments);
  }
}
