#include "venue/program.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>

#include <fcntl.h>
#include <grp.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/file.hpp"
#include "sys/process.hpp"
#include "sys/syscall.hpp"
#include "venue/proc_text.hpp"

namespace immure::venue {
namespace {

constexpr int kCannotStart = 127;

// Everything that is not said by a pipe is quiet; what was written is read without waiting for more.
std::string drain(const sys::Fd& pipe) {
  std::string text;
  std::array<char, 4096> buffer;
  while (pipe) {
    const auto count = sys::read_some(pipe.get(), std::as_writable_bytes(std::span(buffer)));
    if (!count || *count == 0) break;
    text.append(buffer.data(), *count);
  }
  return text;
}

// In the child, between fork and exec. `ends` are its standard input, output and error.
[[noreturn]] void become(const Command& command, std::array<int, 3> ends) {
  ::setsid();
  for (std::size_t i = 0; i < ends.size(); ++i) {
    if (::dup2(ends[i], static_cast<int>(i)) < 0) ::_exit(kCannotStart);
  }
  for (const int descriptor : command.inherited) ::fcntl(descriptor, F_SETFD, 0);
  if (command.as && (::setgroups(0, nullptr) != 0 || ::setresgid(command.as->gid, command.as->gid, command.as->gid) ||
                     ::setresuid(command.as->uid, command.as->uid, command.as->uid)))
    ::_exit(kCannotStart);
  std::vector<char*> arguments;
  for (const std::string& argument : command.argv) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execv(arguments.front(), arguments.data());
  ::_exit(kCannotStart);
}

}  // namespace

std::optional<std::string> find_program(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::string_view rest = path != nullptr && *path != '\0' ? path : "/usr/local/bin:/usr/bin:/bin";
  while (!rest.empty()) {
    const std::string candidate = std::string(take(rest, ':')) + "/" + name;
    if (candidate.starts_with('/') && ::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  // Runtimes are often there, where an ordinary user's PATH does not lead.
  const std::string system = "/usr/sbin/" + name;
  if (::access(system.c_str(), X_OK) == 0) return system;
  return std::nullopt;
}

Result<Program> Program::start(const Command& command) {
  auto output = sys::make_pipe(), error = sys::make_pipe();
  auto null = sys::open_at(AT_FDCWD, "/dev/null", O_RDONLY);
  if (!output || !error || !null) return fail(Code::kSystem, command.argv.front(), "no descriptors for it", {}, errno);
  const std::array ends = {command.input >= 0 ? command.input : null->get(), output->write.get(), error->write.get()};
  Program program;
  program.pid_ = ::fork();
  if (program.pid_ < 0) return fail(Code::kSystem, command.argv.front(), "cannot be started", {}, errno);
  if (program.pid_ == 0) become(command, ends);
  auto process = sys::open_process(program.pid_);
  if (!process) return fail(Code::kSystem, command.argv.front(), "cannot be held", {}, process.error().value);
  program.process_ = std::move(*process);
  program.output_ = std::move(output->read);
  program.error_ = std::move(error->read);
  for (const sys::Fd* pipe : {&program.output_, &program.error_}) ::fcntl(pipe->get(), F_SETFL, O_NONBLOCK);
  return program;
}

Program::~Program() {
  if (process_) wait(0);
}

int Program::wait(int milliseconds) {
  constexpr int kKilled = 255;
  const auto ended = sys::wait_for_either(process_.get(), -1, milliseconds);
  const bool in_time = ended && *ended == 1;
  if (!in_time) [[maybe_unused]]
    const auto sent = sys::send_signal(process_, SIGKILL);
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  process_.reset();
  if (!in_time) return kKilled;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

std::string Program::output() { return drain(output_); }

std::string Program::complaint() {
  const std::string text = drain(error_);
  std::string_view last;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view line = take(rest, '\n');
    if (!line.empty()) last = line;
  }
  constexpr std::size_t kEnough = 400;
  return std::string(last.substr(0, kEnough));
}

Result<std::string> run_program(const Command& command) {
  constexpr int kMinute = 60'000;
  TRY(Program program, Program::start(command));
  const int code = program.wait(kMinute);
  if (code == 0) return program.output();
  const std::string complaint = program.complaint();
  return fail(Code::kUnsupported, command.argv.front(),
              "ended with " + std::to_string(code) + (complaint.empty() ? "" : ": " + complaint));
}

}  // namespace immure::venue
