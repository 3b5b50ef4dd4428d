/// What the supervisor hands to a cell, and what the cell hands back. Plain data: the cell parses nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <string_view>

#include <sys/resource.h>

#include "probe/calls.hpp"
#include "probe/catalogue.hpp"
#include "probe/limits.hpp"
#include "sys/bpf.hpp"
#include "sys/credentials.hpp"
#include "sys/mount.hpp"
#include "sys/namespaces.hpp"
#include "sys/process.hpp"

namespace immure::cell {

inline constexpr std::uint32_t kInnerUid =
    probe::kCellId;  ///< the payload's user and group inside, mapped to an unprivileged id outside
inline constexpr std::size_t kMaxProbes = probe::kMaxRows;
inline constexpr std::size_t kMaxMounts = 64;
inline constexpr std::size_t kStackBytes = 64 << 10;

/// A directory of the host that becomes a mount of the cell.
struct Source {
  int detached = -1;  ///< a detached tree made by a privileged supervisor; -1: open `path` in the cell's own namespace
  const char* path = nullptr;  ///< absolute; opened once in the cell and compared with device and inode
  std::uint64_t device = 0, inode = 0;
};

struct Limits : probe::Limits {
  /// True if a control group limits memory and processes of the cell as a whole (probe::resource_limit).
  bool by_group = false;
};

/// The waiting payload's task has /dev/null open as the descriptor with the number limits.files + kNullAbove.
inline constexpr int kNullAbove = 4;

/// How a cell is to be built. The cell gets a copy of the supervisor's memory, so everything that a Spec points at has
/// to be complete when the cell is started, or lie in shared memory.
struct Spec {
  Source image, input;
  std::span<const char* const>
      readable;  ///< top-level paths of the image that may be read; a directory ends in a slash
  /// Inner paths that exec may open: the payload, its ELF interpreter, and the declared helpers with theirs.
  std::span<const char* const> executables;
  std::span<const char* const> undeclared;      ///< files of the image that no exec may open, for the probes
  std::span<const char* const> input_mounts;    ///< mount points below /in, as seen inside
  std::span<const char* const> fixed_paths;     ///< paths of the fixed files (probe/fixed_files.hpp)
  std::span<const char* const> fixed_contents;  ///< their contents, in the same order
  const char* payload = nullptr;                ///< inner path
  const char* workdir = "/";                    ///< the payload's working directory; inner path
  const char* const* arguments = nullptr;
  const char* const* environment = nullptr;
  Limits limits{};
  std::span<const sys::Instruction> filter;       ///< with this run's cookie
  std::span<const sys::Instruction> attribution;  ///< the same, denying with probe::kFilterAnswer
  std::span<const sys::Instruction> observer;     ///< notifies of calls that the supervisor notes; empty: no observer
  /// `filter` has a listener of its own, and there is no `observer`: the supervisor answers each call that is denied.
  bool filter_notifies = false;
  std::uint64_t cookie_first = 0;  ///< execveat's first argument: high half secret, low half limits.files
  std::uint64_t cookie_last = 0;   ///< execveat's sixth argument
  std::uint64_t stage_bytes = 0, stage_inodes = 0;  ///< not 0: /in is a tmpfs of this size, which the supervisor fills
  bool deny_writable_code = true;
  bool scratch = false;         ///< /out has a directory for temporary files, for which `limits` have room too
  bool read_back = false;       ///< the payload may read what it wrote to /out
  bool image_executes = false;  ///< exec may open each file of the image, except the fixtures of the probes
  /// True where the supervisor adds up the memory of the cell's processes. A page of shared anonymous memory stays
  /// allocated even if no process has the page in its page tables any more, and then the supervisor could not count
  /// this page.
  bool deny_shared_memory = false;
  bool probes = true;  ///< false only for programs that measure the walls alone
  unsigned landlock_abi = 0;
  bool null_input = false;  ///< standard input is /dev/null, and not `standard_input`
  int standard_input = -1, standard_output = -1, standard_error = -1;
  int from_supervisor = -1;  ///< pipe: one byte each for `maps are written`, `stage is filled`, `execute`
  int supervisors_end = -1;  ///< the write end of from_supervisor, if the cell inherits it; the cell must close it
  /// pipe: `S` when the stage can be filled, `L` when the supervisor can take the listener of a filter that notifies,
  /// `F` when the filter is loaded, `R` when ready
  int to_supervisor = -1;
  int groups[2] = {-1, -1};  ///< `tasks` of control groups of version 1, which a write of `0` enters
  int host_proc = -1;        ///< the host's /proc, O_PATH; closed before the probes of the full cell
  std::string_view secret, control_bytes;
  std::int64_t host_keyring = 0;
  std::int32_t host_pid = 0;
};

/// The step that a cell has reached, or at which it stopped. The order is that of a run.
enum class Step : std::uint32_t {
  kStart,
  kInheritance,
  kParentDeath,
  kWaitForMaps,
  kNamespaces,
  kIdentity,
  kControls,
  kStage,
  kNullDevice,
  kImage,
  kInput,
  kOutput,
  kPivot,
  kHostName,
  kPrivilege,
  kKeyring,
  kSession,
  kGroup,
  kSpawn,
  kHostPid,
  kRuleset,
  kDescriptors,
  kCloseOthers,
  kLimits,
  kWorkdir,
  kWallProbes,
  kLook,
  kLandlock,
  kControlsDone,
  kWritableCode,
  kObserver,
  kSharedMemory,
  kFilter,
  kCellProbes,
  kReady,
  kExec,
  kRunning,
  kEnded,
};

/// What the cell observed about itself.
struct Look {
  sys::MountRow mounts[kMaxMounts];
  std::uint32_t mount_count = 0;
  char mountinfo[16 << 10];  ///< raw, where the kernel has no statmount
  std::uint32_t mountinfo_bytes = 0;
  sys::CapabilitySets capabilities;
  std::uint32_t securebits = 0, no_new_privs = 0, seccomp_mode = 0, uid = 0, gid = 0;
  std::int32_t shared_memory = 0;                  ///< errno of a mapping of new shared anonymous memory
  std::int32_t null_changed = 0;                   ///< errno of a change of the times of /dev/null
  std::int32_t null_answer = 0;                    ///< errno of an opening of /dev/null under the observer
  std::uint32_t null_major = 0, null_minor = 0;    ///< the device that this opening gave
  std::int32_t observed = 0;                       ///< errno of an opening that the observer must hear of
  std::uint64_t namespaces[sys::kNamespaceCount];  ///< in the order of sys::kNamespaceNames
  rlimit64 limits[probe::kResourceLimits];         ///< in the order of probe::kLimits
  std::uint32_t descriptors[16];
  std::uint32_t descriptor_count = 0;
};

/// How far the control task is. The control task runs while the payload task builds the walls.
enum class Controls : std::uint32_t { kRunning, kMemoryDone, kDone, kFailed };

/// The record page: written by the cell, read by the supervisor. Fresh memory holds zeros, and an answer of zeros would
/// say that a call succeeded. So before the cell starts, forget_answers() marks every answer as "not given".
struct Page {
  volatile Step step = Step::kStart;
  volatile std::int32_t errno_value = 0;   ///< errno of the step that failed; 0: none did
  volatile std::int32_t payload_pid = 0;   ///< on the host
  volatile std::int32_t listener = 0;      ///< the payload's descriptor of the observer's listener; 0: none
  volatile std::int32_t null_device = -1;  ///< the first process's descriptor of /dev/null, which nobody can change
  volatile std::int32_t stage = -1;        ///< the first process's descriptor of the tmpfs that the supervisor fills
  sys::FutexWord controls{static_cast<std::uint32_t>(Controls::kRunning)};  ///< a Controls
  probe::Answer control[kMaxProbes];
  probe::Answer walls[kMaxProbes];
  probe::Answer cell[kMaxProbes];
  probe::Answer attribution[kMaxProbes];
  Look look;
  std::int32_t wait_status = 0;  ///< of the payload, valid at Step::kEnded
  rusage usage;
  std::int32_t left_running = 0;  ///< 1 if processes of the program still ran when its first process had ended
};

/// Marks every answer as one that was not given (probe::kNotRun), which never passes for a denial or a success.
void forget_answers(Page& page);

/// All memory that the supervisor shares with one cell.
struct World {
  const Spec* spec = nullptr;
  Page page;
  alignas(16) std::byte init_stack[kStackBytes];
  alignas(16) std::byte payload_stack[kStackBytes];
  alignas(16) std::byte control_stack[kStackBytes];
  alignas(16) std::byte wall_stack[kStackBytes];
  /// One stack for each stage that runs at the same time as others. kAttribution follows kWalls and reuses its stack.
  alignas(16) std::byte probe_stacks[3][kStackBytes];
  alignas(16) std::byte buffers[3][4096];  ///< one buffer for each of these stages
};

/// Entry of the cell's first process, for sys::clone_into_namespaces; `argument` is a World.
[[nodiscard]] int init_main(void* argument);

/// A step in words, such as `the read-only input mount`, and what its failure means.
struct StepText {
  const char* what;
  const char* hint;
};
[[nodiscard]] StepText describe(Step step);

}  // namespace immure::cell
