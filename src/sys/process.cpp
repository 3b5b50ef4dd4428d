#include "sys/process.hpp"

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <poll.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include <linux/futex.h>
#include <linux/nsfs.h>
#include <linux/sched.h>

#include "sys/clone.hpp"
#include "sys/file.hpp"
#include "sys/syscall.hpp"

namespace immure::sys {
namespace {

// Builds texts such as "/proc/PID/NAME" and "a b 1\n" without allocating memory.
class Text {
 public:
  Text& operator<<(const char* text) {
    for (; *text != '\0' && next_ < sizeof bytes_ - 1; ++text) bytes_[next_++] = *text;
    return *this;
  }
  Text& operator<<(std::uint32_t number) {
    const auto end = std::to_chars(bytes_ + next_, bytes_ + sizeof bytes_ - 1, number).ptr;
    next_ = static_cast<std::size_t>(end - bytes_);
    return *this;
  }
  [[nodiscard]] const char* c_str() const { return bytes_; }
  [[nodiscard]] std::string_view view() const { return {bytes_, next_}; }

 private:
  char bytes_[64] = {};
  std::size_t next_ = 0;
};

SysResult<void> write_proc(int pid, const char* name, std::string_view text) {
  const Text path = Text() << "/proc/" << static_cast<std::uint32_t>(pid) << "/" << name;
  TRY(const Fd file, open_at(AT_FDCWD, path.c_str(), O_WRONLY));
  return write_all(file.get(), text);
}

/// The pipe and the stack of an owner map's process, which may use this memory until the caller has reaped the process.
struct MapProcess {
  int read, write;  ///< ends of a pipe
  alignas(16) std::byte stack[8192];
};
MapProcess map_process;

// Waits until somebody kills this process, or until the caller ends: the caller holds the only other write end of the
// pipe.
int wait_on_pipe(void* argument) {
  const auto& own = *static_cast<const MapProcess*>(argument);
  raw(__NR_close, own.write);
  std::byte byte{};
  return read_some(own.read, {&byte, 1}) ? 0 : 1;
}

}  // namespace

SysResult<Fd> open_process(int pid) {
  TRY(const long fd, checked(raw(__NR_pidfd_open, pid, 0)));
  return Fd(static_cast<int>(fd));
}

SysResult<void> send_signal(const Fd& process, int signal) {
  CHECK_OK(checked(raw(__NR_pidfd_send_signal, process.get(), signal, nullptr, 0)));
  return {};
}

SysResult<Fd> take_descriptor(const Fd& process, int number) {
  TRY(const long fd, checked(raw(__NR_pidfd_getfd, process.get(), number, 0)));
  return Fd(static_cast<int>(fd));
}

SysResult<std::size_t> read_memory(int pid, std::uint64_t address, std::span<std::byte> bytes) {
  struct {
    std::uint64_t base;
    std::size_t size;
  } const to{as_word(bytes.data()), bytes.size()}, from{address, bytes.size()};
  TRY(const long count, checked(raw(__NR_process_vm_readv, pid, &to, 1, &from, 1, 0)));
  return static_cast<std::size_t>(count);
}

SysResult<void> offer_to_oom_killer(int pid) { return write_proc(pid, "oom_score_adj", "1000"); }

SysResult<int> wait_for_either(int first, int second, int milliseconds) {
  pollfd fds[2] = {{.fd = first, .events = POLLIN, .revents = 0}, {.fd = second, .events = POLLIN, .revents = 0}};
  timespec limit{.tv_sec = milliseconds / 1000, .tv_nsec = (milliseconds % 1000) * 1'000'000L};
  Raw ready = 0;
  // If a signal interrupts the call, the kernel writes the remaining time into `limit` (ppoll(2), C library/kernel
  // differences), so the loop does not wait longer in total.
  do {
    ready = raw(__NR_ppoll, fds, 2, &limit, nullptr, 0);
  } while (ready == -EINTR);
  CHECK_OK(checked(ready));
  if (fds[0].revents != 0) return 1;
  return fds[1].revents != 0 ? 2 : 0;
}

SysResult<std::uint32_t> owner_of_user_namespace(int pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/ns/user";
  TRY(const Fd held, open_at(AT_FDCWD, path.c_str(), O_RDONLY));
  std::uint32_t owner = 0;
  CHECK_OK(checked(raw(__NR_ioctl, held.get(), NS_GET_OWNER_UID, &owner)));
  return owner;
}

void default_all_signals() {
  // The kernel's own sigaction structure, all zero, means SIG_DFL. For SIGKILL and SIGSTOP the call fails with EINVAL,
  // which is harmless: both always have the default action.
  constexpr std::uint64_t kDefault[4] = {};
  constexpr int kSignals = 64;
  for (int signal = 1; signal <= kSignals; ++signal)
    raw(__NR_rt_sigaction, signal, kDefault, nullptr, sizeof(std::uint64_t));
}

SysResult<void> wait_while_equal(const FutexWord& word, std::uint32_t value) {
  while (word.load(std::memory_order_acquire) == value) {
    const timespec limit{.tv_sec = 30, .tv_nsec = 0};
    const Raw ret = raw(__NR_futex, &word, FUTEX_WAIT_PRIVATE, value, &limit, nullptr, 0);
    if (ret != -EAGAIN && ret != -EINTR) CHECK_OK(checked(ret));
  }
  return {};
}

void change_and_wake(FutexWord& word, std::uint32_t value) {
  word.store(value, std::memory_order_release);
  raw(__NR_futex, &word, FUTEX_WAKE_PRIVATE, 0x7fffffff);
}

// Kills the task, because detaching would let the task run. Then reaps the task, because a pid namespace cannot end
// while a tracer has not waited for a task in it (zap_pid_ns_processes in the kernel).
ExecStop::~ExecStop() {
  if (pid_ < 0) return;
  raw(__NR_kill, pid_, SIGKILL);
  int status = 0;
  Raw pid = 0;
  do {
    pid = raw(__NR_wait4, pid_, &status, __WALL, nullptr);
  } while (pid == -EINTR || (pid == pid_ && WIFSTOPPED(status)));
}

SysResult<ExecStop> ExecStop::seize(int pid) {
  CHECK_OK(checked(raw(__NR_ptrace, PTRACE_SEIZE, pid, 0, PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL)));
  ExecStop stop;
  stop.pid_ = pid;
  return stop;
}

SysResult<void> ExecStop::wait_for_exec(int pipe, int milliseconds) {
  constexpr int kSlice = 10;
  bool hung_up = false;
  for (int waited = 0; waited <= milliseconds;) {
    int status = 0;
    const Raw pid = raw(__NR_wait4, pid_, &status, __WALL | (hung_up ? 0 : WNOHANG), nullptr);
    if (pid == -EINTR) continue;
    CHECK_OK(checked(pid));
    if (pid == 0) {
      // When the exec closes the close-on-exec end of the pipe, the exec stop follows at once, so wait4 blocks only
      // briefly.
      TRY(const int which, wait_for_either(pipe, -1, kSlice));
      hung_up = which != 0;
      waited += hung_up ? 0 : kSlice;
      continue;
    }
    if (!WIFSTOPPED(status)) {
      pid_ = -1;
      return std::unexpected(Errno{ECHILD});
    }
    if (status >> 8 == (SIGTRAP | (PTRACE_EVENT_EXEC << 8))) return {};
    // The task stopped because a signal arrived before the exec. Deliver the signal to the task.
    const int signal = status >> 16 == 0 ? WSTOPSIG(status) : 0;
    CHECK_OK(checked(raw(__NR_ptrace, PTRACE_CONT, pid_, 0, signal)));
  }
  return std::unexpected(Errno{ETIMEDOUT});
}

SysResult<std::size_t> ExecStop::read_filter(std::span<Instruction> room) const {
  // The kernel numbers filters from the first one that was loaded, so the last filter precedes the first number that
  // does not exist (ENOENT).
  constexpr unsigned kMostFilters = 64;
  for (unsigned next = 0; next <= kMostFilters; ++next) {
    const Raw count = raw(__NR_ptrace, PTRACE_SECCOMP_GET_FILTER, pid_, next, nullptr);
    if (count != -ENOENT) {
      CHECK_OK(checked(count));
      continue;
    }
    if (next == 0) return std::size_t{0};
    const Raw length = raw(__NR_ptrace, PTRACE_SECCOMP_GET_FILTER, pid_, next - 1, nullptr);
    TRY(const long known, checked(length));
    if (static_cast<std::size_t>(known) <= room.size())
      CHECK_OK(checked(raw(__NR_ptrace, PTRACE_SECCOMP_GET_FILTER, pid_, next - 1, room.data())));
    return static_cast<std::size_t>(known);
  }
  return std::unexpected(Errno{E2BIG});
}

SysResult<void> ExecStop::let_go() {
  CHECK_OK(checked(raw(__NR_ptrace, PTRACE_DETACH, pid_, 0, 0)));
  pid_ = -1;
  return {};
}

SysResult<OwnerMap> OwnerMap::create(std::uint32_t inner_uid, std::uint32_t outer_uid, std::uint32_t inner_gid,
                                     std::uint32_t outer_gid) {
  TRY(const Pipe pipe, make_pipe());
  map_process.read = pipe.read.get();
  map_process.write = pipe.write.get();
  OwnerMap map;
  TRY(map.pid_, clone_into_user_namespace(wait_on_pipe, &map_process, map_process.stack));
  const auto written = write_id_maps(map.pid_, inner_uid, outer_uid, inner_gid, outer_gid);
  const Text path = Text() << "/proc/" << static_cast<std::uint32_t>(map.pid_) << "/ns/user";
  auto opened = open_at(AT_FDCWD, path.c_str(), O_RDONLY);
  // If the kill fails, waiting for the process would block. Leave the process alone; its read from the pipe ends when
  // the caller ends.
  if (const auto ended = checked(raw(__NR_kill, map.pid_, SIGKILL)); !ended) {
    map.pid_ = -1;
    return std::unexpected(ended.error());
  }
  if (!written) return std::unexpected(written.error());
  TRY(map.namespace_, std::move(opened));
  return map;
}

OwnerMap::~OwnerMap() {
  if (pid_ < 0) return;
  while (raw(__NR_wait4, pid_, nullptr, __WALL, nullptr) == -EINTR) {
  }
}

SysResult<void> write_id_maps(int pid, std::uint32_t inner_uid, std::uint32_t outer_uid, std::uint32_t inner_gid,
                              std::uint32_t outer_gid) {
  // setgroups must be denied before gid_map is written, or the kernel refuses the write of an ordinary user
  // (user_namespaces(7)). The denial is for good.
  CHECK_OK(write_proc(pid, "setgroups", "deny"));
  CHECK_OK(write_proc(pid, "uid_map", (Text() << inner_uid << " " << outer_uid << " 1\n").view()));
  return write_proc(pid, "gid_map", (Text() << inner_gid << " " << outer_gid << " 1\n").view());
}

}  // namespace immure::sys
