/// The catalogue of probes: what is tried, at which boundary, and which answers mean "denied".
/// Data only; the same rows drive the runner inside the cell and the judge that appraises the evidence.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>

#include "sys/machine.hpp"

namespace immure::probe {

enum class Boundary : std::uint8_t {
  kNetwork,
  kInput,
  kOutput,
  kFilesystem,
  kMounts,
  kEnvironment,
  kExec,
  kProcess,
  kPrivilege,
  kKernel,
  kAbi,
  kResources,
};
[[nodiscard]] std::string_view name(Boundary boundary);

/// Where a probe runs. The same call is made at each stage; the difference between the answers is the proof.
///   kControl  new namespaces, scratch root with all fixtures, every capability there, no Landlock, no filter
///   kWalls    the cell's mounts and credentials, no Landlock, no filter: shows what these hold; only rows that demand
///   it kCell     everything, in the very task that becomes the payload
///   kAttribution  as kCell, in a sibling whose filter denies with kFilterAnswer: shows which denials are the filter's
enum class Stage : std::uint8_t { kControl, kWalls, kCell, kAttribution };

/// The errno of every denial by the filter at Stage::kAttribution. The kernel has no such error, so nothing else
/// answers it (errno(3), MAX_ERRNO).
inline constexpr std::int32_t kFilterAnswer = 1000;

/// What one call answered. Written by the cell, never interpreted there.
struct Answer {
  std::int64_t ret = 0;      ///< the kernel's return value, or -1 with `number` set
  std::int32_t number = 0;   ///< errno; 0 on success
  std::uint32_t effect = 0;  ///< Effect bits that were looked for and seen
};

/// Effects a probe looks for besides the return value.
enum Effect : std::uint32_t {
  kNoEffect = 0,
  kCreated = 1U << 0,  ///< a file exists that did not
  kRead = 1U << 1,     ///< at least one byte came back
  kWritten = 1U << 2,  ///< at least one byte arrived
  kSignal = 1U << 3,   ///< the probe's own child was killed; `ret` is the signal
  kNotRun = 1U << 4,   ///< the probe could not be tried here; never a pass
};

/// A set of answers. A positive entry is an errno, kOk success, a negative one the signal that killed the child.
struct Answers {
  static constexpr int kOk = 0;
  std::array<std::int16_t, 5> values{};
  std::uint8_t count = 0;

  constexpr Answers() = default;
  constexpr Answers(std::initializer_list<int> list) {
    for (int value : list) values.at(count++) = static_cast<std::int16_t>(value);
  }
  [[nodiscard]] constexpr bool empty() const { return count == 0; }
  /// True if `answer` is one of the set. An answer with kNotRun is in no set.
  [[nodiscard]] bool contains(const Answer& answer) const;
};

/// An argument of a call, symbolic, so that evidence can name it.
struct Arg {
  enum class Kind : std::uint8_t { kNone, kNumber, kText, kBuffer, kNull } kind = Kind::kNone;
  std::uint64_t number = 0;
  const char* text = nullptr;
};

struct Context;  // probe/runner.hpp
struct Row;
using Run = Answer (*)(Context& context, const Row& row);

using Flags = std::uint16_t;
enum Flag : Flags {
  kPlain = 0,
  kOwnChild = 1U << 0,  ///< kills or disturbs its task where the filter is in force: runs there in a child of its own
  kFatal = 1U << 4,     ///< may kill its task at any stage: always in a child of its own
  kEarly =
      1U << 6,  ///< runs before all others: its control must be over before memory, which stages share, is restricted
  kCostly = 1U << 5,  ///< makes a process: runs only at the stages whose answer is demanded
  kNoControl =
      1U << 1,       ///< the control may answer the same: the row demands success, or names a thing that is never there
  kOpens = 1U << 2,  ///< a non-negative answer is a descriptor, closed again
  kHarmless =
      1U << 7,  ///< success changes nothing that outlasts the task: may be tried where nothing is known to forbid it
  kPastFilter = 1U << 8,  ///< the kernel lets it pass every filter: who answers is no question
  kFixture = 1U << 3,     ///< the path in `args[1]` is made in the scratch root, so that the control finds it
};

/// Stands for a number that is the one of `syscall` on each machine; no row of a catalogue has it.
inline constexpr long kByName = -2;
/// The same, with the lowest bit that the kernel does not look at.
inline constexpr long kByNameWithHighBit = -3;

/// One probe. Ids never change their meaning.
struct Row {
  std::string_view id;  ///< `boundary/what-is-tried`
  Boundary boundary;
  int test;                  ///< number of the acceptance test it proves (24..37)
  std::string_view tries;    ///< what is tried, for people
  std::string_view syscall;  ///< the system call's name
  long nr = -1;              ///< its number, or -1 where `run` makes the calls
  std::array<Arg, 6> args{};
  Answers cell{};   ///< answers that mean "denied" with everything in force
  Answers walls{};  ///< answers demanded of mounts and credentials alone; empty: any
  Flags flags = kPlain;
  std::uint32_t forbidden = kCreated | kRead | kWritten;  ///< effects that must be absent in the cell
  std::string_view source;  ///< man page, CVE or kernel version; empty: the man page of `syscall`
  std::string_view since;   ///< first kernel that has what is tried; an older one answers ENOSYS or EINVAL by itself
  std::string_view no_control;  ///< of a kNoControl row: why none can work
  std::string_view
      unless;  ///< an `unsafe_` profile key under which the answer is recorded but not demanded; empty: always demanded
  Run run = nullptr;
  std::optional<sys::Machine> only{};  ///< the one machine that has what is tried; none: all have it
  int edition = 0;                     ///< of the catalogue: the first that has the row; never changes once released
};

/// True if the row's answer at `stage` is demanded: always in the cell, as control unless kNoControl, at the walls if
/// `walls` says what, for attribution if it is one call that leaves its task alone and comes to a filter. A kCostly row
/// runs at no other stage and is recorded there as kNotRun.
[[nodiscard]] bool demanded(const Row& row, Stage stage);

/// No catalogue is longer: who keeps an answer for each row has room for so many.
inline constexpr std::size_t kMaxRows = 512;

/// All probes of a machine, in the order in which they run and appear in the evidence (`seq` is the index). Every
/// program knows those of every machine, with the numbers there; it can run its own.
[[nodiscard]] std::span<const Row> catalogue(sys::Machine machine = sys::kThisMachine);

/// The row with this id, of this machine or else of another, or nullptr.
[[nodiscard]] const Row* find(std::string_view id);

}  // namespace immure::probe
