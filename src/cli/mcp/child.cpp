#include "cli/mcp/child.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/exit_code.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"
#include "sys/process.hpp"

namespace immure::cli::mcp {
namespace {

constexpr std::size_t kMostResult = 16 << 20;

/// Runs in the new process.
[[noreturn]] void become(const sys::Fd& program, std::vector<std::string> words, const std::vector<int>& kept,
                         const std::array<int, 3>& ends, int parent) {
  // Leave the group of this process, so that Ctrl-C in a terminal reaches only the server, which then ends the calls.
  ::setpgid(0, 0);
  // The parent may have ended before the call of prctl.
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || ::getppid() != parent) ::_exit(kFault);
  for (std::size_t i = 0; i < ends.size(); ++i)
    if (::dup2(ends.at(i), static_cast<int>(i)) < 0) ::_exit(kFault);
  for (const int descriptor : kept)
    if (::fcntl(descriptor, F_SETFD, 0) != 0) ::_exit(kFault);
  sys::default_all_signals();
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  ::fexecve(program.get(), arguments.data(), environ);
  ::_exit(kFault);
}

template <class T>
Result<T> made(SysResult<T> value, std::string_view what) {
  if (value) return std::move(*value);
  return fail(Code::kSystem, "the process of a call", "cannot get " + std::string(what), {}, value.error().value);
}

/// A file without a name that holds the text, for reading from its beginning.
Result<sys::Fd> input_of(const std::string& text) {
  if (text.empty()) return made(sys::open_at(AT_FDCWD, "/dev/null", O_RDONLY), "/dev/null");
  const auto number = sys::call([] { return ::memfd_create("stdin", MFD_CLOEXEC); });
  if (!number) return fail(Code::kSystem, "standard input", "cannot be held in memory", {}, number.error().value);
  sys::Fd file(*number);
  if (const auto written = sys::write_all(file.get(), text); !written)
    return fail(Code::kSystem, "standard input", "cannot be held in memory", {}, written.error().value);
  ::lseek(file.get(), 0, SEEK_SET);
  return file;
}

}  // namespace

void Said::read() {
  // The amount per call is bounded, so that a fast writer cannot keep the server busy for ever.
  constexpr int kReads = 64;
  std::array<char, 16384> buffer;
  for (int i = 0; pipe && i < kReads; ++i) {
    const auto count = sys::read_some(pipe.get(), std::as_writable_bytes(std::span(buffer)));
    if (!count && count.error().value == EAGAIN) return;
    if (!count || *count == 0) return pipe.reset();
    const std::size_t kept = std::min(*count, most - text.size());
    text.append(buffer.data(), kept);
    left_out += *count - kept;
  }
}

Result<Child> Child::start(const sys::Fd& program, const ChildSpec& spec) {
  TRY(const sys::Fd input, input_of(spec.standard_input));
  TRY(sys::Pipe output, made(sys::make_pipe(), "a pipe"));
  TRY(sys::Pipe error, made(sys::make_pipe(), "a pipe"));
  TRY(sys::Pipe result, made(sys::make_pipe(), "a pipe"));
  std::vector<std::string> words = {"immure"};
  words.insert(words.end(), spec.words.begin(), spec.words.end());
  std::vector<int> kept = spec.inherited;
  if (spec.with_result) {
    kept.push_back(result.write.get());
    words.insert(words.begin() + 2, "--result=fd:" + std::to_string(result.write.get()));
  }
  const int parent = ::getpid();
  const auto pid = sys::call(::fork);
  if (!pid) return fail(Code::kSystem, "the process of a call", "cannot be started", {}, pid.error().value);
  if (*pid == 0) become(program, std::move(words), kept, {input.get(), output.write.get(), error.write.get()}, parent);
  Child child;
  child.pid_ = *pid;
  // The number stands for this process until the process has been waited for, so the pidfd is the right one.
  TRY(child.process_, made(sys::open_process(*pid), "a pidfd"));
  child.output = {.pipe = std::move(output.read), .text = {}, .most = spec.most_output};
  child.error = {.pipe = std::move(error.read), .text = {}, .most = spec.most_error};
  child.result = {.pipe = std::move(result.read), .text = {}, .most = kMostResult};
  for (const Said* said : {&child.output, &child.error, &child.result}) ::fcntl(said->pipe.get(), F_SETFL, O_NONBLOCK);
  return child;
}

Child& Child::operator=(Child&& other) noexcept {
  if (this == &other) return *this;
  end();
  output = std::move(other.output);
  error = std::move(other.error);
  result = std::move(other.result);
  process_ = std::move(other.process_);
  pid_ = std::exchange(other.pid_, -1);
  code_ = other.code_;
  return *this;
}

Child::~Child() { end(); }

void Child::end() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  static_cast<void>(sys::wait_for_end(std::exchange(pid_, -1)));
}

void Child::add_to(std::vector<pollfd>& fds) const {
  for (const sys::Fd* fd : {&process_, &output.pipe, &error.pipe, &result.pipe})
    if (*fd) fds.push_back({.fd = fd->get(), .events = POLLIN, .revents = 0});
}

bool Child::has_ended() {
  int status = 0;
  const bool ended = pid_ > 0 && ::waitpid(pid_, &status, WNOHANG) == pid_;
  // Read after the look at the process: whatever a process has written is in the pipe when the process has ended.
  for (Said* said : {&output, &error, &result}) said->read();
  if (!ended) return pid_ < 0;
  pid_ = -1;
  process_.reset();
  code_ = WIFSIGNALED(status) ? kSignalBase + WTERMSIG(status) : WEXITSTATUS(status);
  return true;
}

void Child::kill() const { static_cast<void>(sys::send_signal(process_, SIGKILL)); }

}  // namespace immure::cli::mcp
