/// What every venue prepares before its cell starts: the cell's Spec and everything that the Spec points at.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "attest/start/cell.hpp"
#include "cell/spec.hpp"
#include "plan/plan.hpp"
#include "sys/error.hpp"
#include "sys/file.hpp"
#include "sys/process.hpp"

namespace immure::attest {

/// The user and group ids of the cell as the host sees them.
struct OuterIds {
  bool privileged;  ///< true if the caller is root of the host
  std::uint32_t uid, gid;
};

/// Everything that a Spec points at.
struct Prepared {
  cell::Spec spec;
  std::vector<std::string> readable, executables, mounts, arguments;
  std::string image_path;
  std::vector<probe::FixedFile> fixed;
  std::vector<std::string> undeclared;  ///< programs of the image that are not declared, for the probes
  std::vector<const char*> fixed_paths, fixed_contents, readable_pointers, executable_pointers, mount_pointers,
      argument_pointers, environment_pointers, undeclared_pointers;
  std::vector<sys::Instruction> filter, attribution;
  sys::Fd image, image_tree, input_tree, null, proc;
  sys::OwnerMap owners;
  sys::Pipe input_pipe, output, error, from_supervisor, to_supervisor;
};

/// For root: a random id of this run, far from other ranges. For everybody else: the caller's ids. Error kUnsupported
/// for root of a user namespace that is not the host's.
[[nodiscard]] Result<OuterIds> outer_ids();

/// Makes a cell that has only its shared memory. Errors: kUnsupported without Landlock, kSystem.
[[nodiscard]] Result<Cell> new_cell();

/// Fills `prepared.spec` for this plan and input and for the control group of `cell`, if there is one, and opens the
/// channels between supervisor and cell. For root, /in and the image become detached trees with their owners mapped;
/// otherwise the cell opens both by path.
[[nodiscard]] Result<void> prepare(Prepared& prepared, Cell& cell, const plan::Plan& plan, const OpenInput& input,
                                   const OuterIds& ids);

/// Call this after the cell's id maps are written. Tells the cell to go on and build its walls, and fills the cell's
/// copy of a staged input. Errors: those of start_native().
[[nodiscard]] Result<void> attend(Cell& cell, const plan::Plan& plan, const OpenInput& input, const OuterIds& ids,
                                  Deadline& deadline);

/// Moves the supervisor's ends of the channels into `cell` and closes its copies of the cell's ends, so that a pipe
/// hangs up when the cell closes it. Also releases what was needed only to prepare.
void keep_own_ends(Cell& cell, Prepared& prepared);

/// Returns `size` random bytes. Error kSystem.
[[nodiscard]] Result<std::string> random_bytes(std::size_t size);
[[nodiscard]] Result<std::string> random_hex(std::size_t bytes);

/// The error of a system call that a venue made for a run: code kSystem.
[[nodiscard]] Error system_error(std::string_view where, std::string_view what, Errno error,
                                 std::string_view hint = {});

template <class T>
Result<T> or_system_error(SysResult<T> result, std::string_view where, std::string_view what,
                          std::string_view hint = {}) {
  if (!result) return std::unexpected(system_error(where, what, result.error(), hint));
  if constexpr (std::is_void_v<T>) {
    return {};
  } else {
    return std::move(*result);
  }
}
}  // namespace immure::attest
