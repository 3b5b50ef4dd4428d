#include "attest/host/cleanup.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <ctime>
#include <ranges>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attest/start/prepare.hpp"
#include "sys/clone.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"
#include "sys/syscall.hpp"

namespace immure::attest {
namespace {

// A control group is busy until its last process has ended, and a runtime's own directory is not empty until the
// runtime has cleaned up. Both happen after the supervisor's end, at different moments.
bool is_still_used(sys::Raw ret) { return ret == -EBUSY || ret == -ENOTEMPTY; }

void remove_files_in(const std::string& path) {
  const sys::Raw directory = sys::raw(__NR_openat, AT_FDCWD, path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (sys::failed(directory)) return;
  alignas(dirent64) std::array<std::byte, 4096> buffer;
  sys::Raw filled = 0;
  while ((filled = sys::raw(__NR_getdents64, directory, buffer.data(), buffer.size())) > 0) {
    for (sys::Raw at = 0; at < filled;) {
      const auto* entry = reinterpret_cast<const dirent64*>(buffer.data() + at);
      at += entry->d_reclen;
      sys::raw(__NR_unlinkat, directory, entry->d_name, 0);  // fails for directories, including `.` and `..`
    }
  }
  sys::raw(__NR_close, directory);
}

void remove(const std::vector<std::string>& paths) {
  constexpr int kTries = 1000;
  constexpr timespec kPause{.tv_sec = 0, .tv_nsec = 10'000'000};
  for (const std::string& path : paths | std::views::reverse) {
    if (path.ends_with('/')) {
      remove_files_in(path);
      continue;
    }
    if (sys::raw(__NR_unlinkat, AT_FDCWD, path.c_str(), 0) == 0) continue;
    for (int i = 0; i < kTries && is_still_used(sys::raw(__NR_unlinkat, AT_FDCWD, path.c_str(), AT_REMOVEDIR)); ++i) {
      sys::raw(__NR_nanosleep, &kPause, nullptr);
    }
  }
}

/// True if a user other than root and the caller may replace a name in the directory. `root` is the owner of the root
/// directory: in a user namespace the host's root has another number.
bool others_may_rename_in(const struct stat& info, uid_t root) {
  if (info.st_uid != root && info.st_uid != 0 && info.st_uid != ::geteuid()) return true;
  if ((info.st_mode & S_ISVTX) != 0) return false;
  const bool foreign_group = info.st_gid != 0 && info.st_gid != ::getegid();
  return (info.st_mode & S_IWOTH) != 0 || ((info.st_mode & S_IWGRP) != 0 && foreign_group);
}

/// Where temporary directories go: TMPDIR with every link resolved, else /tmp. The programs that build a venue's walls
/// get this directory by its path, so no other user may be able to replace any part of that path.
Result<std::string> temporary_place() {
  const char* variable = std::getenv("TMPDIR");
  const std::string wanted = variable != nullptr && *variable == '/' ? variable : "/tmp";
  char resolved[PATH_MAX];
  if (const int failure = sys::error_of(::realpath, wanted.c_str(), resolved); failure != 0)
    return fail(Code::kSystem, wanted, "cannot be used for temporary files",
                "Set TMPDIR to a directory that can be written.", failure);
  struct stat root{};
  if (const int failure = sys::error_of(::stat, "/", &root); failure != 0)
    return fail(Code::kSystem, "/", "its status cannot be read", {}, failure);
  for (std::string place = resolved; !place.empty(); place.resize(place.rfind('/'))) {
    struct stat info{};
    if (const int failure = sys::error_of(::lstat, place.c_str(), &info); failure != 0)
      return fail(Code::kSystem, place, "its status cannot be read", {}, failure);
    if (!S_ISDIR(info.st_mode))
      return fail(Code::kSystem, place, "is not a directory", "Set TMPDIR to a directory that can be written.");
    if (others_may_rename_in(info, root.st_uid))
      return fail(Code::kBadInput, place,
                  "is no safe place for temporary files: it belongs to user " + std::to_string(info.st_uid) +
                      ", and others may change what is in it",
                  "Set TMPDIR to a directory that only you can change, or to /tmp.");
  }
  return std::string(resolved);
}

/// The two descriptors that the process keeps, the smaller number first. If there is only one, both are the same.
std::array<unsigned, 2> kept_by(const sys::Fd& waiting, const sys::Fd& parent) {
  const auto first = static_cast<unsigned>(waiting.get());
  const auto second = parent ? static_cast<unsigned>(parent.get()) : first;
  return {std::min(first, second), std::max(first, second)};
}

}  // namespace

CleanupProcess::~CleanupProcess() { finish(); }

void CleanupProcess::add(std::string path) {
  if (!state_) state_ = std::make_unique<State>();
  state_->paths.push_back(std::move(path));
}

void CleanupProcess::add_directory(sys::Fd parent, std::string name) {
  if (!state_) state_ = std::make_unique<State>();
  state_->parent = std::move(parent);
  state_->name = std::move(name);
}

SysResult<void> CleanupProcess::made(std::uint64_t device, std::uint64_t inode) {
  if (!state_) return {};
  state_->directory = {device, inode};
  // A write of so few bytes to a pipe is atomic (pipe(7), PIPE_BUF).
  if (state_->held) CHECK_OK(sys::write_all(state_->held.get(), std::as_bytes(std::span(&state_->directory, 1))));
  return {};
}

SysResult<void> CleanupProcess::start() {
  if (!state_) return {};
  TRY(sys::Pipe pipe, sys::make_pipe());
  state_->waiting = std::move(pipe.read);
  state_->held = std::move(pipe.write);
  TRY(state_->pid, sys::clone_with_own_memory(wait_and_remove, state_.get(), state_->stack));
  return {};
}

void CleanupProcess::begin() {
  if (state_ && state_->pid >= 0) state_->held.reset();
}

void CleanupProcess::finish() {
  if (!state_) return;
  state_->held.reset();
  if (state_->pid >= 0) {
    sys::Raw ended = 0;
    int status = 0;
    do {
      ended = sys::raw(__NR_wait4, state_->pid, &status, __WALL, nullptr);
    } while (ended == -EINTR);
    if (sys::failed(ended) || status != 0) remove_all(*state_, state_->directory);
  } else {
    remove_all(*state_, state_->directory);
  }
  state_.reset();
}

Result<TemporaryDirectory> TemporaryDirectory::create(std::span<const std::string> entries, unsigned mode) {
  TRY(const std::string parent, temporary_place());
  constexpr std::size_t kUnique = 8;  // random bytes; mkdir() fails if the name exists
  TRY(const std::string name, random_hex(kUnique));
  TemporaryDirectory directory((parent == "/" ? "" : parent) + "/immure-" + name);
  directory.cleanup_.add(directory.path_);
  for (const std::string& entry : entries) directory.cleanup_.add(directory.at(entry));
  // Start the cleanup process before the directory is made. If the caller were killed in between, the directory would
  // stay.
  if (const auto started = directory.cleanup_.start(); !started)
    return fail(Code::kSystem, directory.path_, "the process that removes it afterwards cannot be started",
                "The limit of processes may be reached (ulimit -u).", started.error().value);
  if (const int failure = sys::error_of(::mkdir, directory.path_.c_str(), mode); failure != 0)
    return fail(Code::kSystem, directory.path_, "cannot be made", "Set TMPDIR to a directory that can be written.",
                failure);
  // Set the mode, because the umask may have taken bits away. Use a descriptor and check that it is our directory.
  const auto made = sys::open_at(AT_FDCWD, directory.path_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  struct stat info{};
  if (!made || ::fstat(made->get(), &info) != 0 || info.st_uid != ::geteuid() || ::fchmod(made->get(), mode) != 0)
    return fail(Code::kSystem, directory.path_, "is not the directory that was made a moment ago",
                "Set TMPDIR to a directory that only you can change.");
  return directory;
}

int CleanupProcess::wait_and_remove(void* argument) {
  const State& state = *static_cast<const State*>(argument);
  // Use a session of its own, so that a signal to the supervisor's process group does not reach this process.
  sys::raw(__NR_setsid);
  // Close this copy of the write end, because the pipe never hangs up while the copy is open.
  if (sys::failed(sys::raw(__NR_close, state.held.get()))) return 1;
  // If this process cannot close the other descriptors, or cannot wait, the supervisor removes everything itself.
  unsigned next = 0;
  for (const unsigned kept : kept_by(state.waiting, state.parent)) {
    if (kept > next && !sys::close_between(next, kept - 1)) return 1;
    next = kept + 1;
  }
  if (!sys::close_between(next, ~0U)) return 1;
  Identity directory, said;
  for (;;) {
    const auto count = sys::read_some(state.waiting.get(), std::as_writable_bytes(std::span(&said, 1)));
    if (!count) return 1;
    if (*count == 0) break;
    if (*count == sizeof said) directory = said;
  }
  remove_all(state, directory);
  return 0;
}

void CleanupProcess::remove_all(const State& state, const Identity& directory) {
  remove(state.paths);
  if (directory.inode == 0) return;
  struct stat info{};
  if (sys::raw(__NR_newfstatat, state.parent.get(), state.name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) return;
  if (info.st_dev != directory.device || info.st_ino != directory.inode) return;
  sys::raw(__NR_unlinkat, state.parent.get(), state.name.c_str(), AT_REMOVEDIR);
}

}  // namespace immure::attest
