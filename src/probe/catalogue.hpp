/// The catalogue of probes: what each probe tries, which boundary must deny it, and which answers mean "denied". The
/// catalogue is data only. The runner inside the cell and the judge that appraises the evidence use the same rows.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>

#include "probe/test_number.hpp"
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

/// Where a probe runs. The runner makes the same call at each stage; the differences between the answers are the proof.
///
/// - kControl: in new namespaces and a scratch root with all fixtures, with every capability there, without Landlock
///   and without a filter. Shows that the call works where nothing denies it.
/// - kWalls: under the cell's mounts and credentials, without Landlock and without a filter. Shows what mounts and
///   credentials deny alone. Only rows whose `walls` names answers demand an answer here.
/// - kCell: with everything in force, in the very task that becomes the payload.
/// - kAttribution: as kCell, but in a sibling task whose filter denies with kFilterAnswer. Shows which denials come
///   from the filter.
enum class Stage : std::uint8_t { kControl, kWalls, kCell, kAttribution };

/// The errno with which the filter denies at Stage::kAttribution. No error of the kernel has this number, so only the
/// filter can give this answer (errno(3), MAX_ERRNO).
inline constexpr std::int32_t kFilterAnswer = 1000;

/// What one call answered. The cell writes an answer and never interprets it.
struct Answer {
  std::int64_t ret = 0;          ///< the kernel's return value, or -1 with `errno_value` set
  std::int32_t errno_value = 0;  ///< 0 on success
  std::uint32_t effect = 0;      ///< Effect bits of effects that the probe looked for and saw
};

/// Effects that a probe looks for besides the return value.
enum Effect : std::uint32_t {
  kNoEffect = 0,
  kCreated = 1U << 0,  ///< a file exists that did not exist before
  kRead = 1U << 1,     ///< at least one byte came back
  kWritten = 1U << 2,  ///< at least one byte arrived
  kSignal = 1U << 3,   ///< the probe's own child was killed; `ret` is the signal
  kNotRun = 1U << 4,   ///< the probe could not be tried here; such an answer never passes
};

/// A set of answers. A positive entry is an errno, kOk is success, and a negative entry is the signal that killed the
/// probe's child.
struct Answers {
  static constexpr int kOk = 0;
  std::array<std::int16_t, 5> values{};
  std::uint8_t count = 0;

  constexpr Answers() = default;
  constexpr Answers(std::initializer_list<int> list) {
    for (int value : list) values.at(count++) = static_cast<std::int16_t>(value);
  }
  [[nodiscard]] constexpr bool empty() const { return count == 0; }
  /// True if `answer` is in the set. An answer with kNotRun is in no set.
  [[nodiscard]] bool contains(const Answer& answer) const;
};

/// One argument of a call. Its form is symbolic, so that evidence can name the argument.
struct Arg {
  enum class Kind : std::uint8_t { kNone, kNumber, kText, kBuffer, kNull } kind = Kind::kNone;
  std::uint64_t number = 0;
  const char* text = nullptr;
};

/// What a plan may give a program beyond what the acceptance profile `packet` allows (judge/claim.hpp).
enum Gift : std::uint8_t {
  kNothing = 0,
  kScratch = 1U << 0,      ///< a directory for temporary files, which the program can read
  kReadBack = 1U << 1,     ///< the program can read what it wrote to /out
  kSocketPairs = 1U << 2,  ///< the program can make unnamed pairs of connected sockets
  kHelpers = 1U << 3,      ///< the program can execute files of the image that the plan names
};
using Gifts = std::uint8_t;

/// What a row demands in a cell that has these gifts.
struct Given {
  Gifts gifts = kNothing;  ///< the cell has all of these gifts
  Answers answers{};       ///< demanded at kCell, and at kWalls if the row's `walls` names answers
  /// Effects that the probe must see, because the gift must work.
  std::uint32_t effects = kNoEffect;
  /// True if the answers mean that something is denied, so that the control must answer something else.
  bool denies = false;
};

struct Context;  // probe/runner.hpp
struct Row;
using Run = Answer (*)(Context& context, const Row& row);

using Flags = std::uint16_t;
enum Flag : Flags {
  kPlain = 0,
  /// The call kills or disturbs its task where the filter is in force, so it runs there in a child process of its own.
  kOwnChild = 1U << 0,
  /// The call may kill its task at any stage, so it always runs in a child process of its own.
  kFatal = 1U << 4,
  /// The row runs before all others: its control must be over before memory, which the stages share, is restricted.
  kEarly = 1U << 6,
  /// The call makes a process, so the row runs only at the stages whose answer is demanded.
  kCostly = 1U << 5,
  /// The control may give the same answer: the row demands success, or names a thing that exists nowhere.
  kNoControl = 1U << 1,
  /// An answer that is not negative is a descriptor, which the runner closes again.
  kOpens = 1U << 2,
  /// Success changes nothing that outlasts the task, so the call may be tried where nothing is known to forbid it.
  kHarmless = 1U << 7,
  /// The kernel lets the call pass every filter, so attribution does not ask which layer answered.
  kPastFilter = 1U << 8,
  /// The runner makes the path in `args[1]` in the scratch root, so that the control finds it.
  kFixture = 1U << 3,
  /// Where the filter lets the call through, no wall has to answer the call. So the control may answer the same, and
  /// any answer will do unless `reach` names answers.
  kFree = 1U << 9,
  /// The row asks for a fixed file. The fixture is a file with other contents, which the control must tell apart.
  kFixed = 1U << 10,
  /// The fixture is a file that may be executed, but that is no program: an exec of the file answers ENOEXEC.
  kNoProgram = 1U << 11,
  /// A call that meets no wall turns the process of the probe into another program. Then the answer is a success.
  kExecutes = 1U << 12,
};

/// Stands for the number that `syscall` has on each machine. catalogue() replaces this value, so no row that it returns
/// has it.
inline constexpr long kByName = -2;
/// Like kByName, but sets the lowest bit of the number that the kernel ignores.
inline constexpr long kByNameWithHighBit = -3;

/// One probe. An id never changes its meaning.
struct Row {
  std::string_view id;  ///< `boundary/what-is-tried`
  Boundary boundary;
  /// The acceptance test that the row proves, or in whose place a run may claim another test (judge/claim.hpp).
  SandboxTest test;
  std::string_view tries;    ///< what the probe tries, for people
  std::string_view syscall;  ///< the system call's name
  long nr = -1;              ///< the system call's number, or -1 if `run` makes the calls
  std::array<Arg, 6> args{};
  Answers cell{};   ///< answers that mean "denied" with everything in force
  Answers walls{};  ///< answers demanded of mounts and credentials alone; empty: any answer will do
  Flags flags = kPlain;
  /// Answers demanded where the plan's filter lets the call through: the answers of the wall behind the filter. A row
  /// that names no such answers and is not kFree names a call that a boundary needs the filter to deny
  /// (probe/needed.hpp).
  Answers reach{};
  /// Answers with which the filter may deny the call, besides those of `cell`, such as the answer that the call was
  /// done.
  Answers feigned{};
  std::uint32_t forbidden = kCreated | kRead | kWritten;  ///< effects that must be absent in the cell
  /// What the row demands in a cell with gifts: the first entry whose gifts the cell has. Without such an entry, `cell`
  /// and `reach` say what is demanded.
  std::array<Given, 2> given{};
  std::string_view source;  ///< man page, CVE or kernel version; empty: the man page of `syscall`
  /// The first kernel that has what the probe tries. An older kernel answers ENOSYS or EINVAL by itself.
  std::string_view since;
  std::string_view no_control;  ///< for a kNoControl row: why no control can work
  /// An `unsafe_` key of a profile. With this key the answer is recorded but not demanded. Empty: always demanded.
  std::string_view unless;
  Run run = nullptr;
  std::optional<sys::Machine> only{};  ///< the one machine that has what the probe tries; none: all machines have it
  int edition = 0;  ///< the first edition of the catalogue that has the row; never changes after a release
  /// The last edition that has the row, because later editions ask something else in its place; 0: the present edition
  /// has the row.
  int until = 0;
};

/// True if the judge demands the row's answer at `stage`: at kCell always; at kControl unless the row is kNoControl; at
/// kWalls if `walls` names answers; at kAttribution if the row is a single call that does not harm its task and that a
/// filter can answer. A kCostly row runs at no other stage, and is recorded there as kNotRun.
[[nodiscard]] bool demanded(const Row& row, Stage stage);

/// What the row demands in a cell with these gifts; nullptr if it demands the same as in any other cell.
[[nodiscard]] const Given* given_to(const Row& row, Gifts gifts);

/// The largest number of rows that a catalogue may have. Code that keeps an answer for each row reserves room for this
/// many answers.
inline constexpr std::size_t kMaxRows = 512;

/// All probes of a machine, in the order in which they run and appear in the evidence (`seq` is the index). Every
/// program knows the catalogue of every machine, with that machine's numbers, but can run only the catalogue of its
/// own.
[[nodiscard]] std::span<const Row> catalogue(sys::Machine machine = sys::kThisMachine);

/// Every row that any edition has, including the rows that no longer run, in the order of the catalogue. Two editions
/// may have different rows with one id.
[[nodiscard]] std::span<const Row> rows_of_all_editions(sys::Machine machine = sys::kThisMachine);

/// The row with this id. The function searches the present edition first, of this machine and then of the other
/// machines, and then all editions. nullptr if no edition has the id.
[[nodiscard]] const Row* find(std::string_view id);

}  // namespace immure::probe
