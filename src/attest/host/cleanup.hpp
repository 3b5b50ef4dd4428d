/// Removes what a run leaves in the file system, even if the supervisor is killed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::attest {

/// A cleanup process, which waits for the supervisor's end and then removes files and directories. The process has its
/// own memory and is in no control group of the cell, so that the OOM killer does not end it with the supervisor or the
/// cell.
class CleanupProcess {
 public:
  CleanupProcess() = default;  ///< an object that has nothing to remove
  CleanupProcess(CleanupProcess&&) noexcept = default;
  CleanupProcess& operator=(CleanupProcess&&) = delete;
  /// Removes everything now. Waits for the cleanup process.
  ~CleanupProcess();

  /// Adds a file, or a directory that will be empty by then. A path with a slash at its end means the files in this
  /// directory. The path that was added last is removed first. Call this before start().
  void add(std::string path);
  /// Adds the directory `name` in `parent`, which does not exist yet; made() later says which directory has this name.
  /// Call this before start().
  void add_directory(sys::Fd parent, std::string name);
  /// Says which directory was made under the name from add_directory(). The directory is removed if it is empty and
  /// still has this name. Zeros mean that nothing is removed there. Errors: those of write(2) to a pipe.
  [[nodiscard]] SysResult<void> made(std::uint64_t device, std::uint64_t inode);
  /// Starts the cleanup process. If this fails, the destructor still removes everything.
  [[nodiscard]] SysResult<void> start();
  /// A descriptor for programs that make files in these places. Nothing is removed while any process has this
  /// descriptor open.
  [[nodiscard]] int held() const { return state_ ? state_->held.get() : -1; }
  /// Starts the removal in the cleanup process and does not wait. Does nothing if there is no such process.
  void begin();
  /// Removes everything and waits until it is done.
  void finish();

 private:
  struct Identity {
    std::uint64_t device = 0, inode = 0;
  };
  struct State {
    std::vector<std::string> paths;
    sys::Fd parent;
    std::string name;
    Identity directory;     ///< from the last call of made()
    sys::Fd waiting, held;  ///< the two ends of a pipe; it hangs up when the supervisor is gone
    int pid = -1;
    std::array<std::byte, 16 << 10> stack;
  };
  static int wait_and_remove(void* state);
  static void remove_all(const State& state, const Identity& directory);

  std::unique_ptr<State> state_;
};

/// A new directory of the caller: `immure-` and random digits below $TMPDIR or /tmp. The directory is removed after the
/// caller's end, however the caller ends.
class TemporaryDirectory {
 public:
  /// Makes the directory. `entries`: the paths that may be made in it, a directory before its contents, in the form of
  /// CleanupProcess::add(); nothing else is removed. `mode`: the mode of the directory, whatever the umask is. Error
  /// kSystem.
  [[nodiscard]] static Result<TemporaryDirectory> create(std::span<const std::string> entries, unsigned mode);

  [[nodiscard]] const std::string& path() const { return path_; }
  /// The descriptor from CleanupProcess::held().
  [[nodiscard]] int held() const { return cleanup_.held(); }
  [[nodiscard]] std::string at(std::string_view entry) const { return path_ + "/" + std::string(entry); }

 private:
  explicit TemporaryDirectory(std::string path) : path_(std::move(path)) {}
  std::string path_;
  CleanupProcess cleanup_;
};

}  // namespace immure::attest
