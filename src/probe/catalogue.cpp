#include "probe/catalogue.hpp"

#include <algorithm>
#include <array>
#include <csignal>

#include <fcntl.h>

#include "probe/call_numbers.hpp"
#include "probe/first_kernel.hpp"
#include "probe/rows_families.hpp"
#include "probe/rows_files.hpp"
#include "probe/rows_gifts.hpp"
#include "probe/rows_helpers.hpp"
#include "probe/rows_kernel.hpp"
#include "probe/rows_network.hpp"
#include "probe/rows_paths.hpp"
#include "probe/rows_process.hpp"
#include "probe/rows_requests.hpp"
#include "probe/rows_surface.hpp"
#include "probe/runner.hpp"

namespace immure::probe {
namespace {

using sys::Machine;

/// A table of rows, and the first edition of the catalogue that has these rows. A row may name another edition.
template <std::size_t N>
struct Table {
  int edition;
  const Row (&rows)[N];
};

template <std::size_t... N>
constexpr auto joined(const Table<N>&... tables) {
  std::array<Row, (N + ...)> rows;
  auto next = rows.begin();
  const auto append = [&](const auto& table) {
    for (const Row& row : table.rows) {
      *next = row;
      if (row.edition == 0) next->edition = table.edition;
      if (row.since.empty()) next->since = first_kernel(row.syscall);
      ++next;
    }
  };
  (..., append(tables));
  return rows;
}

// The last row of files::kRows changes the root directory of the control if the row's call succeeds. So every other
// table of rows with paths comes before files::kRows.
constexpr auto kRows =
    joined(Table{1, network::kRows}, Table{2, families::kRows}, Table{2, paths::kRows}, Table{2, surface::kRows},
           Table{2, requests::kRows}, Table{6, gifts::kRows}, Table{7, helpers::kRows}, Table{1, files::kRows},
           Table{1, kernel::kRows}, Table{1, process::kRows});
static_assert(std::ranges::all_of(kRows, [](const Row& row) { return row.test != 0; }), "a row names no test");

// The one flag of open(2) among the rows' arguments whose bit differs between machines (asm/fcntl.h).
constexpr std::uint64_t directory_flag(Machine machine) { return machine == Machine::kX86_64 ? 0200000 : 040000; }
static_assert(directory_flag(sys::kThisMachine) == O_DIRECTORY);

constexpr bool is_on(const Row& row, Machine machine) { return !row.only || *row.only == machine; }
constexpr bool runs(const Row& row) { return row.until == 0; }

consteval Row as_on(Row row, Machine machine) {
  if (row.nr == kByName) row.nr = call_number(row.syscall, machine);
  if (row.nr == kByNameWithHighBit) row.nr = (1L << 32) + call_number(row.syscall, machine);
  std::uint64_t& flags = row.args[2].number;
  if (row.syscall == "openat" && (flags & O_DIRECTORY) != 0)
    flags = (flags & ~std::uint64_t{O_DIRECTORY}) | directory_flag(machine);
  return row;
}

template <Machine machine>
consteval auto rows_on() {
  std::array<Row, std::ranges::count_if(kRows, [](const Row& row) { return is_on(row, machine); })> rows;
  auto next = rows.begin();
  for (const Row& row : kRows)
    if (is_on(row, machine)) *next++ = as_on(row, machine);
  return rows;
}

constexpr auto kAllX86_64 = rows_on<Machine::kX86_64>();
constexpr auto kAllAarch64 = rows_on<Machine::kAarch64>();

template <const auto& all>
consteval auto that_run() {
  std::array<Row, std::ranges::count_if(all, runs)> rows;
  std::ranges::copy_if(all, rows.begin(), runs);
  return rows;
}

constexpr auto kX86_64 = that_run<kAllX86_64>();
constexpr auto kAarch64 = that_run<kAllAarch64>();
static_assert(kX86_64.size() <= kMaxRows && kAarch64.size() <= kMaxRows);

consteval std::size_t most_apart(std::span<const Row> rows) {
  std::size_t most = 0;
  for (const Stage stage : {Stage::kControl, Stage::kWalls, Stage::kCell, Stage::kAttribution}) {
    const auto apart = [&](const Row& row) { return runs_apart(row, stage); };
    most = std::max(most, static_cast<std::size_t>(std::ranges::count_if(rows, apart)));
  }
  return most;
}
static_assert(most_apart(kX86_64) <= kMaxChildren && most_apart(kAarch64) <= kMaxChildren);

}  // namespace

std::span<const Row> catalogue(Machine machine) {
  switch (machine) {
    case Machine::kX86_64: return kX86_64;
    case Machine::kAarch64: return kAarch64;
  }
  return {};
}

std::span<const Row> rows_of_all_editions(Machine machine) {
  switch (machine) {
    case Machine::kX86_64: return kAllX86_64;
    case Machine::kAarch64: return kAllAarch64;
  }
  return {};
}

bool Answers::contains(const Answer& answer) const {
  if ((answer.effect & kNotRun) != 0) return false;
  std::int64_t value = kOk;
  if ((answer.effect & kSignal) != 0) {
    if (answer.ret < 1) return false;
    value = -answer.ret;
  } else if (answer.errno_value != 0) {
    value = answer.errno_value;
  } else if (answer.ret < 0) {
    return false;
  }
  return std::find(values.begin(), values.begin() + count, value) != values.begin() + count;
}

std::string_view name(Boundary boundary) {
  switch (boundary) {
    case Boundary::kNetwork: return "network";
    case Boundary::kInput: return "input";
    case Boundary::kOutput: return "output";
    case Boundary::kFilesystem: return "filesystem";
    case Boundary::kMounts: return "mounts";
    case Boundary::kEnvironment: return "environment";
    case Boundary::kExec: return "exec";
    case Boundary::kProcess: return "process";
    case Boundary::kPrivilege: return "privilege";
    case Boundary::kKernel: return "kernel";
    case Boundary::kAbi: return "abi";
    case Boundary::kResources: return "resources";
  }
  return "";
}

bool demanded(const Row& row, Stage stage) {
  switch (stage) {
    case Stage::kControl: return (row.flags & kNoControl) == 0;
    case Stage::kWalls: return !row.walls.empty();
    case Stage::kCell: return true;
    case Stage::kAttribution:
      return row.run == nullptr && (row.flags & (kOwnChild | kFatal | kCostly | kPastFilter)) == 0;
  }
  return true;
}

const Given* given_to(const Row& row, Gifts gifts) {
  for (const Given& given : row.given)
    if (given.gifts != kNothing && (given.gifts & gifts) == given.gifts) return &given;
  return nullptr;
}

const Row* find(std::string_view id) {
  const auto among = [&](std::span<const Row> rows) -> const Row* {
    const auto found = std::ranges::find(rows, id, &Row::id);
    return found == rows.end() ? nullptr : &*found;
  };
  if (const Row* own = among(catalogue())) return own;
  for (const Machine machine : sys::kMachines)
    if (const Row* row = among(catalogue(machine))) return row;
  for (const Machine machine : sys::kMachines)
    if (const Row* row = among(rows_of_all_editions(machine))) return row;
  return nullptr;
}

}  // namespace immure::probe
