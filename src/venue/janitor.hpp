/// Removes what a run leaves in the file system, also when the supervisor is killed.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::venue {

/// A process that shares the supervisor's memory, waits for its end, and then removes files and directories.
class Janitor {
 public:
  Janitor() = default;  ///< has nothing to remove
  Janitor(Janitor&&) noexcept = default;
  Janitor& operator=(Janitor&&) = delete;
  /// Removes everything, and waits for it.
  ~Janitor();

  /// A file, or a directory that is empty by then: the last one that was added is removed first. Only before start().
  void add(std::string path);
  /// False if the process cannot be made; the destructor then still removes everything.
  [[nodiscard]] bool start();
  /// Removes everything now.
  void finish();

  [[nodiscard]] const std::vector<std::string>& paths() const;

 private:
  struct State {
    std::vector<std::string> paths;
    sys::Fd waiting, held;  ///< pipe: hung up when the supervisor is gone
    int pid = -1;
    std::array<std::byte, 16 << 10> stack;
  };
  static int wait_and_remove(void* state);

  std::unique_ptr<State> state_;
};

/// A new directory of the caller alone, `$TMPDIR/immure-` and what makes it unique, else below /tmp. Error kSystem.
[[nodiscard]] Result<std::string> new_temporary_directory();

}  // namespace immure::venue
