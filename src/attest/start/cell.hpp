/// A cell as the supervisor sees it, whatever venue built the cell.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "attest/host/cgroup.hpp"
#include "attest/memory_watch.hpp"
#include "attest/observe/observer.hpp"
#include "cell/spec.hpp"
#include "evidence/evidence.hpp"
#include "file/tree.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"
#include "sys/file.hpp"

namespace immure::attest {

class Deadline;

/// A file or a directory that becomes an entry of /in, opened once.
struct OpenPart {
  std::string place;  ///< its name below /in
  std::string name;   ///< as the operator wrote it
  std::string path;   ///< absolute, with links resolved
  sys::Fd opened;     ///< for reading
  bool is_file = false;
  std::uint32_t owner = 0;  ///< the user who can change the part: the owner of the directory, or of a file's directory
};

/// The opened input directory and its entries.
struct OpenInput {
  sys::Fd directory;            ///< nothing if there are parts
  std::vector<OpenPart> parts;  ///< sorted by place; empty: the input is one directory
  std::vector<file::Entry> entries;
  /// The cell gets a copy of the entries, not the directory itself.
  bool staged = false;
  bool digests_wanted = false;  ///< the files are digested while they are copied
  bool from_drop = false;       ///< listed by list_drop(), which lists and marks what cannot be read
};

struct UnmapWorld {
  std::size_t bytes = sizeof(cell::World);
  void operator()(cell::World* world) const;
};

/// A cell, from the moment when immure begins to build its walls. The destructor ends the cell. The members are
/// destroyed in reverse order, because the control group must outlive the processes, and the shared memory must outlive
/// all other members.
struct Cell {
  Cell() = default;
  Cell(Cell&&) = default;
  Cell& operator=(Cell&&) = delete;
  ~Cell() { end(); }

  /// Keeps the memory that this cell shares with the supervisor out of the processes that are started from now on.
  void keep_from_later_cells();
  /// Ends the cell at once and reaps its first process; the kernel ends every other process in it. The destructor calls
  /// this too; call this earlier only if something must come after the cell's end. A second call does nothing.
  void end();

  std::unique_ptr<cell::World, UnmapWorld> world;
  sys::Fd init;  ///< pidfd of the cell's first process; readable when the cell has ended; nothing after end()
  int init_pid = -1;
  /// pidfd of the task that becomes the payload; set once the walls stand.
  sys::Fd payload;
  sys::Fd gate;  ///< pipe: one byte lets the payload execute
  /// Pipe: the cell writes a byte for each step. The pipe hangs up when the payload has executed or ended.
  sys::Fd ready;
  std::optional<Observer> observer;  ///< absent if the plan wants none
  /// The plan's filter with this run's cookie, for a cell whose filter notifies (plan::Plan::explains); else empty.
  std::vector<sys::Instruction> denials;
  std::uint32_t filters_around = 0;         ///< how many filters are attached to the process that starts the cell
  sys::Pipe standard_input;                 ///< both ends; none if the program's standard input is /dev/null
  sys::Fd standard_output, standard_error;  ///< read ends
  /// `NAME=value` as handed to exec, plus what a mutation test adds (attest/mutation.hpp).
  std::vector<std::string> environment;
  std::string secret, control_bytes;
  /// Digests of a staged input's files, from copy_input().
  std::vector<std::string> input_digests;
  /// The cell's directory for temporary files, open so that no other directory gets its inode; none without `scratch`.
  sys::Fd scratch;
  unsigned landlock_abi = 0;
  std::optional<evidence::OuterWalls> outer;  ///< the walls of another venue around the cell
  /// Absent if the caller has no place for a group. All cells of a pipeline are in one group.
  std::shared_ptr<Cgroup> cgroup;
  /// Watches the memory while the payload runs, if there is no control group.
  std::optional<MemoryWatch> memory_watch;
  std::optional<CgroupCounts> counted;  ///< what the kernel had counted for the group at the cell's end
  std::shared_ptr<void> prepared;       ///< owns everything that the cell's Spec points at

  [[nodiscard]] const cell::Page& page() const { return world->page; }
  /// The cell's control group, or nullptr.
  [[nodiscard]] const Cgroup* group() const { return cgroup.get(); }
};

/// The advice for a process of a cell that ended without reporting an errno.
inline constexpr const char* kKilled =
    "A signal from outside the cell killed the process, or memory ran out (dmesg shows which). Try again; if memory "
    "ran out, allow more.";

/// Waits at most 30 seconds for `wanted`, one of the bytes of Spec::to_supervisor. Errors as start_native.
[[nodiscard]] Result<void> await_byte(Cell& cell, char wanted, Deadline& deadline);

/// Waits until the cell has its walls and its filter, at most 30 seconds, and takes hold of the payload's task and of
/// its observer's listener. Errors as start_native.
[[nodiscard]] Result<void> await_walls(Cell& cell, Deadline& deadline);

/// Waits until the cell's probes are done and the cell stands at its gate, at most 30 seconds. Meanwhile answers the
/// calls that the observer is notified of. Errors as start_native.
[[nodiscard]] Result<void> await_gate(Cell& cell, Deadline& deadline);

}  // namespace immure::attest
