/// Removes what a run leaves in the file system, also when the supervisor is killed.
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

/// A process that waits for the supervisor's end and then removes files and directories. The process has memory of its
/// own and is in no control group of the cell, so that the OOM killer does not end it with the supervisor or the cell.
class Janitor {
 public:
  Janitor() = default;  ///< has nothing to remove
  Janitor(Janitor&&) noexcept = default;
  Janitor& operator=(Janitor&&) = delete;
  /// Removes everything, and waits for it.
  ~Janitor();

  /// A file, or a directory that is empty by then; with a slash at its end, the files in a directory. The last one that
  /// was added is removed first. Only before start().
  void add(std::string path);
  /// The name `name` in the directory `parent`, once made() has said what directory has this name. Only before start().
  void add_directory(sys::Fd parent, std::string name);
  /// Says which directory was made under the name of add_directory(): it is removed if it is empty and still has that
  /// name. Zeros: nothing is removed there. Reports no error, because the directory then stays.
  void made(std::uint64_t device, std::uint64_t inode);
  /// Error: the process cannot be made; the destructor then still removes everything.
  [[nodiscard]] SysResult<void> start();
  /// A descriptor. While any process has it open, nothing is removed. Give it to a program that makes files there.
  [[nodiscard]] int held() const { return state_ ? state_->held.get() : -1; }
  /// Removes everything meanwhile, if the process was started.
  void begin();
  /// Removes everything now.
  void finish();

 private:
  struct Identity {
    std::uint64_t device = 0, inode = 0;
  };
  struct State {
    std::vector<std::string> paths;
    sys::Fd parent;
    std::string name;
    Identity directory;     ///< what made() said last
    sys::Fd waiting, held;  ///< pipe: hung up when the supervisor is gone
    int pid = -1;
    std::array<std::byte, 16 << 10> stack;
  };
  static int wait_and_remove(void* state);
  static void remove_all(const State& state, const Identity& directory);

  std::unique_ptr<State> state_;
};

/// A new directory of the caller, `$TMPDIR/immure-` and what makes it unique, else below /tmp. It is gone after the
/// caller, however that ends.
class TemporaryDirectory {
 public:
  /// `entries`: the paths of what may be made in it, a directory before what it holds, as Janitor::add() takes them;
  /// nothing else is removed.
  /// `mode`: whatever the umask is. Error kSystem.
  [[nodiscard]] static Result<TemporaryDirectory> create(std::span<const std::string> entries, unsigned mode);

  [[nodiscard]] const std::string& path() const { return path_; }
  /// The descriptor of Janitor::held().
  [[nodiscard]] int held() const { return janitor_.held(); }
  [[nodiscard]] std::string at(std::string_view entry) const { return path_ + "/" + std::string(entry); }

 private:
  explicit TemporaryDirectory(std::string path) : path_(std::move(path)) {}
  std::string path_;
  Janitor janitor_;
};

}  // namespace immure::attest
