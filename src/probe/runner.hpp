/// Runs the catalogue inside the cell. The code makes raw system calls only, uses none of libc's state, and allocates
/// no memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "probe/catalogue.hpp"
#include "sys/error.hpp"

namespace immure::probe {

/// Names of the files that probes use in /out. The supervisor removes the files before the payload starts.
inline constexpr const char* kSecretPath = "/out/.immure-secret";
inline constexpr const char* kControlPath = "/out/.immure-control";

/// The directory for temporary files, in a cell whose plan gives one. The supervisor knows the directory by its inode.
inline constexpr const char* kScratchPath = "/out/.immure-scratch";

/// The contents of the file that a probe executes although the file is no program (probe/fixed_files.hpp). The file
/// `script` is a script whose interpreter is the file `undeclared`.
[[nodiscard]] constexpr std::string_view helper_fixture(std::string_view path) {
  if (path.ends_with("/script")) return "#!/.immure/undeclared\n";
  if (path.ends_with("/undeclared")) return "no program, not declared\n";
  return "no program\n";
}

/// What probes need to know about their cell.
struct Context {
  Stage stage = Stage::kControl;
  std::string_view secret;         ///< the text that the supervisor puts into kSecretPath; no probe may read the text
  std::string_view control_bytes;  ///< the bytes that the output/write-control probe writes to kControlPath
  std::span<const char* const> input_mounts;  ///< mount points below /in, as seen in the cell
  /// Paths and contents of the fixed files that the plan states, in the same order. Outside of a cell there are none.
  std::span<const char* const> fixed_paths, fixed_contents;
  const char* program = "";  ///< path of the program in the image
  /// In a cell with helpers, files of the image that no exec may take: some of each directory with an executable file.
  std::span<const char* const> undeclared;
  std::uint64_t output_bytes = 0;
  std::uint64_t memory_bytes = 0;
  std::uint32_t files = 0;        ///< the descriptor limit, and the number under which the payload's file waits
  std::int64_t host_keyring = 0;  ///< the session keyring of the supervisor
  std::int32_t host_pid = 0;      ///< the supervisor's process id on the host
  std::span<std::byte> child_stacks;
  std::span<std::byte> buffer;                   ///< zeroed, at least 4096 bytes
  void (*early_done)(void* argument) = nullptr;  ///< called when the kEarly rows have run
  void* early_argument = nullptr;
};

/// True if a row runs in a child process of its own. The rows of stage kCell run in the task that becomes the payload,
/// which must survive them; the tasks of all other stages end afterwards.
[[nodiscard]] constexpr bool runs_apart(const Row& row, Stage stage) {
  return (row.flags & kFatal) != 0 || ((row.flags & kOwnChild) != 0 && stage == Stage::kCell);
}
/// The largest number of rows with a child process of their own that a catalogue may have. The compiler checks this
/// number.
inline constexpr std::size_t kMaxChildren = 6;

/// Runs every row, and first the rows that need a child process of their own. answers[i] is the answer of row i;
/// `answers` has catalogue().size() entries.
void run_all(Context& context, std::span<Answer> answers);

/// Runs one row in the calling task, even if the call kills or changes the task.
[[nodiscard]] Answer run_row(Context& context, const Row& row);

/// Makes the fixtures of the scratch root below `root`: the directories in and out, the secret, and every path that a
/// kFixture row names.
[[nodiscard]] SysResult<void> make_fixtures(int root, std::string_view secret);

}  // namespace immure::probe
