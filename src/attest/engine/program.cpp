#include "attest/engine/program.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attest/host/proc_text.hpp"
#include "sys/clock.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"
#include "sys/process.hpp"
#include "sys/syscall.hpp"
#include "text/list.hpp"

namespace immure::attest {
namespace {

constexpr int kCannotStart = 127;

// Runs in the child, between fork and exec. `ends` become its standard input, output and error.
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

Result<Program> Program::start(const Command& command) {
  const auto made = [&]<class T>(SysResult<T> result) -> Result<T> {
    if (result) return std::move(*result);
    return fail(Code::kSystem, command.argv.front(), "cannot get its descriptors", {}, result.error().value);
  };
  TRY(sys::Pipe output, made(sys::make_pipe()));
  TRY(sys::Pipe error, made(sys::make_pipe()));
  TRY(const sys::Fd null, made(sys::open_at(AT_FDCWD, "/dev/null", O_RDONLY)));
  const std::array ends = {command.input >= 0 ? command.input : null.get(), output.write.get(), error.write.get()};
  Program program;
  const auto child = sys::call(::fork);
  if (!child) return fail(Code::kSystem, command.argv.front(), "cannot be started", {}, child.error().value);
  if (*child == 0) become(command, ends);
  program.pid_ = *child;
  auto process = sys::open_process(program.pid_);
  if (!process)
    return fail(Code::kSystem, command.argv.front(), "cannot open a pidfd of its process", {}, process.error().value);
  program.process_ = std::move(*process);
  program.output_.pipe = std::move(output.read);
  program.error_.pipe = std::move(error.read);
  for (const Stream* stream : {&program.output_, &program.error_}) ::fcntl(stream->pipe.get(), F_SETFL, O_NONBLOCK);
  return program;
}

Program::~Program() {
  if (process_) wait(0);
}

// Reads what the pipe holds now and does not wait for more. Text beyond the limit is read and dropped. The amount per
// call is bounded, so that a fast writer cannot keep this function busy for ever.
void Program::Stream::read() {
  constexpr std::size_t kKept = 64 << 10;
  constexpr int kReads = 64;
  std::array<char, 4096> buffer;
  for (int i = 0; pipe && i < kReads; ++i) {
    const auto count = sys::read_some(pipe.get(), std::as_writable_bytes(std::span(buffer)));
    if (!count && count.error().value == EAGAIN) return;
    if (!count || *count == 0) {
      pipe.reset();
      return;
    }
    text.append(buffer.data(), std::min(*count, kKept - text.size()));
  }
}

int Program::wait_beside(int other, int milliseconds) {
  const std::int64_t deadline = sys::monotonic_ms() + milliseconds;
  while (true) {
    std::array<pollfd, 4> fds = {pollfd{.fd = other, .events = POLLIN, .revents = 0},
                                 pollfd{.fd = process_.get(), .events = POLLIN, .revents = 0},
                                 pollfd{.fd = output_.pipe.get(), .events = POLLIN, .revents = 0},
                                 pollfd{.fd = error_.pipe.get(), .events = POLLIN, .revents = 0}};
    const auto left = static_cast<int>(std::max<std::int64_t>(deadline - sys::monotonic_ms(), 0));
    const auto ready = sys::call(::poll, fds.data(), fds.size(), left);
    if (!ready && ready.error().value != EINTR) return 0;
    output_.read();
    error_.read();
    if (fds[0].revents != 0) return 1;
    if (fds[1].revents != 0) return 2;
    if (left == 0) return 0;
  }
}

int Program::wait(int milliseconds) {
  constexpr int kKilled = 255;
  const bool in_time = wait_beside(-1, milliseconds) == 2;
  // The program leads a process group of its own, and its number stays taken until the program has been waited for. So
  // this reaches what a shell has started, and no other process.
  if (!in_time) ::kill(-pid_, SIGKILL);
  if (!in_time) [[maybe_unused]]
    const auto sent = sys::send_signal(process_, SIGKILL);
  const int status = sys::wait_for_end(pid_).value_or(0);
  process_.reset();
  if (!in_time) return kKilled;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

const std::string& Program::output() {
  output_.read();
  return output_.text;
}

std::string Program::complaint() {
  error_.read();
  constexpr std::size_t kEnough = 600;
  std::vector<std::string> lines;
  std::size_t size = 0;
  for (std::string_view rest = error_.text; !rest.empty();) {
    const std::string line = collapsed(take(rest, '\n'));
    if (!line.empty()) lines.push_back(line);
  }
  // Take the last lines, because a program prints its warnings before the error that ends it.
  std::size_t first = lines.size();
  while (first > 0 && size + lines[first - 1].size() <= kEnough) size += lines[--first].size() + 2;
  if (first == lines.size() && first > 0) return lines.back().substr(0, kEnough);
  std::string text;
  for (; first < lines.size(); ++first) text::append_item(text, lines[first], "; ");
  return text;
}

Result<std::string> run_program(const Command& command, const file::GoOn& go_on, int milliseconds) {
  constexpr int kSlice = 200;
  TRY(Program program, Program::start(command));
  for (int left = milliseconds; left > 0 && program.wait_beside(-1, std::min(left, kSlice)) != 2; left -= kSlice)
    CHECK_OK(file::may_go_on(go_on));
  const int code = program.wait(0);
  if (code == 0) return program.output();
  const std::string complaint = program.complaint();
  return fail(Code::kUnsupported, command.argv.front(),
              "ended with " + std::to_string(code) + (complaint.empty() ? "" : ": " + complaint));
}

}  // namespace immure::attest
