/// Runs the catalogue inside the cell. Raw system calls only, nothing of libc's state, no allocation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "probe/catalogue.hpp"
#include "sys/error.hpp"

namespace immure::probe {

/// Names of the files that probes use in /out. The supervisor removes them before the payload starts.
inline constexpr const char* kSecretPath = "/out/.immure-secret";
inline constexpr const char* kControlPath = "/out/.immure-control";

/// What probes need to know of their cell.
struct Context {
  Stage stage = Stage::kControl;
  std::string_view secret;                    ///< planted in kSecretPath; must never come back
  std::string_view control_bytes;             ///< written to kControlPath by the output/write-control probe
  std::span<const char* const> input_mounts;  ///< mount points below /in, as seen in the cell
  std::uint64_t output_bytes = 0;
  std::uint64_t memory_bytes = 0;
  std::uint32_t files = 0;        ///< descriptor limit; also the number the payload waits under
  std::int64_t host_keyring = 0;  ///< session keyring of the supervisor
  std::int32_t host_pid = 0;      ///< the supervisor's process id on the host
  std::span<std::byte> child_stacks;
  std::span<std::byte> buffer;                   ///< zeroed, at least 4096 bytes
  void (*early_done)(void* argument) = nullptr;  ///< called when the kEarly rows are over
  void* early_argument = nullptr;
};

/// True if a row runs in a child of its own. The stage of the cell runs in the task that becomes the payload; the other
/// stages run in tasks that end afterwards.
[[nodiscard]] constexpr bool runs_apart(const Row& row, Stage stage) {
  return (row.flags & kFatal) != 0 || ((row.flags & kOwnChild) != 0 && stage == Stage::kCell);
}
/// How many rows with a child of their own a catalogue may have. The compiler checks this.
inline constexpr std::size_t kMaxChildren = 4;

/// Runs every row, those that need a child of their own first; answers[i] is row i's. `answers` has catalogue().size()
/// entries.
void run_all(Context& context, std::span<Answer> answers);

/// Runs one row in the calling task, whatever it does to it.
[[nodiscard]] Answer run_row(Context& context, const Row& row);

/// Makes the scratch root's fixtures below `root`: directories in and out, the secret, and every path that a kFixture
/// row names.
[[nodiscard]] SysResult<void> make_fixtures(int root, std::string_view secret);

}  // namespace immure::probe
