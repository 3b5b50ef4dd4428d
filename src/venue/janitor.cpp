#include "venue/janitor.hpp"

#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <ranges>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "sys/clone.hpp"
#include "sys/file.hpp"
#include "sys/syscall.hpp"
#include "venue/prepare.hpp"

namespace immure::venue {
namespace {

// A control group is busy until its last process has ended, and a runtime's own directory is not empty until the
// runtime has cleaned up; both follow the supervisor's end, but not in the same moment.
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
      sys::raw(__NR_unlinkat, directory, entry->d_name, 0);  // of directories, `.` and `..` among them, an error
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

}  // namespace

Janitor::~Janitor() { finish(); }

void Janitor::add(std::string path) {
  if (!state_) state_ = std::make_unique<State>();
  state_->paths.push_back(std::move(path));
}

bool Janitor::start() {
  if (!state_) return true;
  auto pipe = sys::make_pipe();
  if (!pipe) return false;
  state_->waiting = std::move(pipe->read);
  state_->held = std::move(pipe->write);
  const auto pid = sys::clone_sharing_memory(wait_and_remove, state_.get(), state_->stack, false);
  if (pid) state_->pid = *pid;
  return pid.has_value();
}

void Janitor::begin() {
  if (state_ && state_->pid >= 0) state_->held.reset();
}

void Janitor::finish() {
  if (!state_) return;
  state_->held.reset();
  if (state_->pid >= 0) {
    sys::Raw ended = 0;
    int status = 0;
    do {
      ended = sys::raw(__NR_wait4, state_->pid, &status, __WALL, nullptr);
    } while (ended == -EINTR);
    if (!sys::failed(ended) && status != 0) remove(state_->paths);
    // It may still read its paths, which are in our memory: freed and used again, they would name other files.
    if (sys::failed(ended)) static_cast<void>(state_.release());
  } else {
    remove(state_->paths);
  }
  state_.reset();
}

Result<TemporaryDirectory> TemporaryDirectory::create(std::span<const std::string> entries, unsigned mode) {
  const char* parent = std::getenv("TMPDIR");
  constexpr std::size_t kUnique = 16;
  TRY(const std::string name, random_hex(kUnique));
  TemporaryDirectory directory(std::string(parent != nullptr && *parent == '/' ? parent : "/tmp") + "/immure-" + name);
  directory.janitor_.add(directory.path_);
  for (const std::string& entry : entries) directory.janitor_.add(directory.at(entry));
  // Before it is made: a caller that is killed in between would leave it.
  if (!directory.janitor_.start()) return fail(Code::kSystem, directory.path_, "nobody to remove it", {}, errno);
  if (::mkdir(directory.path_.c_str(), mode) != 0 || ::chmod(directory.path_.c_str(), mode) != 0)
    return fail(Code::kSystem, directory.path_, "cannot be made", "Set TMPDIR to a directory that can be written.",
                errno);
  return directory;
}

int Janitor::wait_and_remove(void* argument) {
  const State& state = *static_cast<const State*>(argument);
  // A session of its own, so that whoever kills the supervisor's process group leaves it alone.
  sys::raw(__NR_setsid);
  // While this copy is open the pipe never hangs up.
  if (sys::failed(sys::raw(__NR_close, state.held.get()))) return 1;
  const auto kept = static_cast<unsigned>(state.waiting.get());
  // Whoever cannot let go of others' channels, or cannot wait, leaves it to the supervisor.
  if (kept > 0 && !sys::close_between(0, kept - 1)) return 1;
  if (!sys::close_between(kept + 1, ~0U)) return 1;
  std::byte byte{};
  if (!sys::read_some(static_cast<int>(kept), {&byte, 1})) return 1;
  remove(state.paths);
  return 0;
}

}  // namespace immure::venue
