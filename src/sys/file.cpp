#include "sys/file.hpp"

#include <algorithm>
#include <climits>

#include <fcntl.h>
#include <linux/openat2.h>
#include <poll.h>
#include <sys/stat.h>

#include "sys/syscall.hpp"

namespace immure::sys {
namespace {

/// Replaces openat2 where a filter denies openat2: opens one component of the path after another, and refuses links and
/// `..`.
SysResult<Fd> walk_beneath(int directory, std::string_view path, int flags, unsigned mode) {
  char name[256];
  Fd held;
  while (true) {
    const std::size_t slash = path.find('/');
    const std::string_view component = path.substr(0, slash);
    if (component.empty() || component == "..") return std::unexpected(Errno{EXDEV});
    if (component.size() >= sizeof name) return std::unexpected(Errno{ENAMETOOLONG});
    *std::ranges::copy(component, name).out = '\0';
    const int from = held ? held.get() : directory;
    if (slash == std::string_view::npos) return open_at(from, name, flags | O_NOFOLLOW, mode);
    TRY(held, open_at(from, name, O_PATH | O_DIRECTORY | O_NOFOLLOW));
    path.remove_prefix(slash + 1);
  }
}

SysResult<Fd> resolve(int directory, const char* path, int flags, unsigned mode, std::uint64_t how_to_resolve) {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
  how.mode = mode;
  how.resolve = how_to_resolve;
  Raw fd = 0;
  // EAGAIN means that a rename or mount raced with the walk (openat2(2)); another try then usually succeeds. With
  // O_NONBLOCK, EAGAIN can also mean that another process holds a lease on the file (fcntl(2), F_SETLEASE), and a
  // process may hold a lease for any length of time.
  constexpr int kTries = 1000;
  int tries = 0;
  do {
    fd = raw(__NR_openat2, directory, path, &how, sizeof how);
  } while (fd == -EINTR || (fd == -EAGAIN && ++tries < kTries));
  TRY(const long opened, checked(fd));
  return Fd(static_cast<int>(opened));
}

}  // namespace

SysResult<Fd> open_at(int directory, const char* path, int flags, unsigned mode) {
  TRY(const long fd, checked(raw(__NR_openat, directory, path, flags | O_CLOEXEC, mode)));
  return Fd(static_cast<int>(fd));
}

SysResult<Fd> open_beneath(int directory, const char* path, int flags, unsigned mode) {
  constexpr std::uint64_t kNoLink = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  auto opened = resolve(directory, path, flags | O_NOFOLLOW, mode, kNoLink);
  if (!opened && opened.error().value == ENOSYS) return walk_beneath(directory, path, flags, mode);
  return opened;
}

SysResult<Fd> open_in_root(int directory, const char* path, int flags) {
  return resolve(directory, path, flags, 0, RESOLVE_IN_ROOT);
}

const char* lease_hint(int number) {
  return number == EAGAIN ? "Another process holds a lease on the file (fcntl F_SETLEASE). Try again without it." : "";
}

SysResult<Fd> open_own_beneath(int directory, const char* path, int flags) {
  auto opened = open_beneath(directory, path, flags);
  if (opened || opened.error().value != EACCES) return opened;
  TRY(const Fd held, open_beneath(directory, path, O_PATH));
  struct stat status{};
  CHECK_OK(checked(raw(__NR_fstat, held.get(), &status)));
  // fchmod(2) refuses a descriptor that was opened with O_PATH. The descriptor's name in /proc leads to this very file.
  const std::string name = "/proc/self/fd/" + std::to_string(held.get());
  const unsigned needed = S_ISDIR(status.st_mode) ? S_IRWXU : S_IRUSR;
  CHECK_OK(checked(raw(__NR_fchmodat, AT_FDCWD, name.c_str(), (status.st_mode & 07777U) | needed)));
  return open_beneath(directory, path, flags);
}

SysResult<Fd> open_on_same_mount(int directory, const char* path, int flags) {
  return resolve(directory, path, flags | O_NOFOLLOW, 0,
                 RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV);
}

SysResult<std::size_t> read_some(int fd, std::span<std::byte> buffer) {
  Raw count = 0;
  do {
    count = raw(__NR_read, fd, buffer.data(), buffer.size());
  } while (count == -EINTR);
  TRY(const long read, checked(count));
  return static_cast<std::size_t>(read);
}

SysResult<std::size_t> read_at(int fd, std::span<std::byte> buffer, std::uint64_t offset) {
  Raw count = 0;
  do {
    count = raw(__NR_pread64, fd, buffer.data(), buffer.size(), offset);
  } while (count == -EINTR);
  TRY(const long read, checked(count));
  return static_cast<std::size_t>(read);
}

SysResult<std::string> link_target(int directory, const char* name) {
  char target[PATH_MAX];
  TRY(const long length, checked(raw(__NR_readlinkat, directory, name, target, sizeof target)));
  if (static_cast<std::size_t>(length) == sizeof target) return std::unexpected(Errno{ENAMETOOLONG});
  return std::string(target, static_cast<std::size_t>(length));
}

SysResult<void> write_all(int fd, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const Raw count = raw(__NR_write, fd, bytes.data(), bytes.size());
    if (count == -EINTR) continue;
    TRY(const long written, checked(count));
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

SysResult<void> write_all(int fd, std::string_view text) { return write_all(fd, std::as_bytes(std::span(text))); }

SysResult<Pipe> make_pipe() {
  int ends[2];
  CHECK_OK(checked(raw(__NR_pipe2, ends, O_CLOEXEC)));
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

SysResult<void> duplicate_onto(int fd, int number, bool close_on_exec) {
  if (fd == number) {
    CHECK_OK(checked(raw(__NR_fcntl, fd, F_SETFD, close_on_exec ? FD_CLOEXEC : 0)));
    return {};
  }
  CHECK_OK(checked(raw(__NR_dup3, fd, number, close_on_exec ? O_CLOEXEC : 0)));
  return {};
}

std::size_t open_descriptors(std::uint32_t first, std::uint32_t end, std::span<std::uint32_t> found) {
  constexpr std::uint32_t kAtOnce = 128;
  pollfd asked[kAtOnce];
  std::size_t count = 0;
  while (first < end) {
    const std::uint32_t batch = std::min(kAtOnce, end - first);
    for (std::uint32_t i = 0; i < batch; ++i) asked[i] = {.fd = static_cast<int>(first + i), .events = 0, .revents = 0};
    timespec at_once{};
    raw(__NR_ppoll, asked, batch, &at_once, nullptr, 0);
    for (std::uint32_t i = 0; i < batch; ++i) {
      if ((asked[i].revents & POLLNVAL) != 0) continue;
      if (count < found.size()) found[count] = first + i;
      ++count;
    }
    first += batch;
  }
  return count;
}

SysResult<void> close_between(unsigned first, unsigned last) {
  CHECK_OK(checked(raw(__NR_close_range, first, last, 0)));
  return {};
}

SysResult<bool> has_no_writer(int pipe) {
  pollfd asked{.fd = pipe, .events = 0, .revents = 0};
  const timespec at_once{};
  Raw ready = 0;
  do ready = raw(__NR_ppoll, &asked, 1, &at_once, nullptr, 0);
  while (ready == -EINTR);
  CHECK_OK(checked(ready));
  return (asked.revents & POLLHUP) != 0;
}

}  // namespace immure::sys
