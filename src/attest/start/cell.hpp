/// A cell as its supervisor holds it, whoever started it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "attest/host/cgroup.hpp"
#include "attest/memory_watch.hpp"
#include "cell/spec.hpp"
#include "evidence/evidence.hpp"
#include "file/tree.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::attest {

class Deadline;

/// The opened input directory and what was found in it.
struct OpenInput {
  sys::Fd directory;
  std::vector<file::Entry> entries;
  bool staged = false;          ///< the cell gets a copy of the entries, not the directory itself
  bool digests_wanted = false;  ///< the copy's files are digested while they are written
};

struct UnmapWorld {
  std::size_t bytes = sizeof(cell::World);
  void operator()(cell::World* world) const;
};

/// A cell, from the moment its walls are being built. The destructor ends the cell. The members are destroyed in
/// reverse order: the control group must outlive the processes, and the shared memory everything.
struct Cell {
  Cell() = default;
  Cell(Cell&&) = default;
  Cell& operator=(Cell&&) = delete;
  ~Cell() { end(); }

  /// Ends the cell at once and reaps its first process; the kernel ends every other process in it. Call this before the
  /// destructor does only where something must come after the cell's end. A second call does nothing.
  void end();

  std::unique_ptr<cell::World, UnmapWorld> world;
  sys::Fd init;  ///< pidfd of the cell's first process; readable when the cell has ended; nothing after end()
  int init_pid = -1;
  sys::Fd payload;  ///< pidfd of the task that becomes the payload, once the walls stand
  sys::Fd gate;     ///< pipe: one byte lets the payload execute
  sys::Fd ready;    ///< pipe: one byte when ready; hung up when the payload has executed or ended
  sys::Fd standard_output, standard_error;  ///< read ends
  std::vector<std::string> environment;     ///< `NAME=value` as handed to exec, plus what a mutant lets through
  std::string secret, control_bytes;
  std::vector<std::string> input_digests;  ///< of a staged input's files, as copy_input() gave them
  unsigned landlock_abi = 0;
  std::optional<evidence::OuterWalls> outer;  ///< another venue's walls around it
  std::optional<Cgroup> cgroup;               ///< where the caller has a place for one
  std::optional<MemoryWatch> memory_watch;    ///< where there is no such group, while the payload runs
  std::optional<CgroupCounts> counted;        ///< what the group had counted when the cell had ended
  std::shared_ptr<void> prepared;             ///< what the cell's Spec points at

  [[nodiscard]] const cell::Page& page() const { return world->page; }
  /// Its control group, or null.
  [[nodiscard]] const Cgroup* group() const { return cgroup ? &*cgroup : nullptr; }
};

/// What to do when a process of a cell ended without an errno of its own.
inline constexpr const char* kKilled =
    "A signal from outside of the cell ended it, or memory ran out: the kernel's log tells which (dmesg). Try again, "
    "with "
    "more memory if it was that.";

/// Waits at most 30 seconds for `wanted`, one of the bytes of Spec::to_supervisor. Errors as start_native.
[[nodiscard]] Result<void> await_byte(Cell& cell, char wanted, Deadline& deadline);

/// Waits until the cell has its walls and its filter, at most 30 seconds, and takes hold of the payload's task. Errors
/// as start_native.
[[nodiscard]] Result<void> await_walls(Cell& cell, Deadline& deadline);

/// Waits until the cell's probes are done and it stands at its gate, at most 30 seconds. Errors as start_native.
[[nodiscard]] Result<void> await_gate(Cell& cell, Deadline& deadline);

}  // namespace immure::attest
