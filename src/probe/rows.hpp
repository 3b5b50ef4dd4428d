/// Short functions with which the tables of rows_*.hpp are written.
#pragma once

#include <cerrno>
#include <csignal>
#include <cstdint>

#include "probe/calls.hpp"
#include "probe/catalogue.hpp"

namespace immure::probe {

constexpr Arg num(std::int64_t value) {
  return {.kind = Arg::Kind::kNumber, .number = static_cast<std::uint64_t>(value)};
}
constexpr Arg text(const char* value) { return {.kind = Arg::Kind::kText, .text = value}; }
inline constexpr Arg kBuf{.kind = Arg::Kind::kBuffer};
inline constexpr Arg kNil{.kind = Arg::Kind::kNull};

/// The filter's answer to every call outside of its allowlist.
inline constexpr Answers kDenied{EPERM};

/// A row of one call that the filter must deny. Its arguments make the call fail or do no harm where no filter denies
/// it, so the row is kHarmless.
constexpr Row denied(std::string_view id, Boundary boundary, SandboxTest test, std::string_view syscall, long nr,
                     std::array<Arg, 6> args, Flags flags = kPlain, Answers cell = kDenied, Answers walls = {}) {
  return {.id = id,
          .boundary = boundary,
          .test = test,
          .syscall = syscall,
          .nr = nr,
          .args = args,
          .cell = cell,
          .walls = walls,
          .flags = static_cast<Flags>(flags | kHarmless)};
}

/// What a row tells people besides the call's name.
struct Words {
  std::string_view tries, source, since;
};
constexpr Row with(Row row, Words words) {
  row.tries = words.tries;
  if (!words.source.empty()) row.source = words.source;
  if (!words.since.empty()) row.since = words.since;
  return row;
}

/// A row whose call a filter may let through. Then the wall behind the filter must answer as `reach` says.
constexpr Row behind(Answers reach, Row row) {
  row.reach = reach;
  return row;
}
/// A row whose call a filter may let through, because no boundary needs the filter to deny the call.
constexpr Row harmless(Row row) {
  row.flags |= kFree;
  return row;
}
/// A row that the filter may also answer with one of these answers, without doing anything.
constexpr Row feigned(Answers answers, Row row) {
  row.feigned = answers;
  return row;
}

/// A row that demands something else in a cell whose plan gives the program the gifts of `first`.
constexpr Row given(Given first, Row row) {
  row.given[row.given[0].gifts == kNothing ? 0 : 1] = first;
  return row;
}
constexpr Row given_scratch(Answers answers, Row row) { return given({.gifts = kScratch, .answers = answers}, row); }
constexpr Row given_back(Answers answers, Row row) { return given({.gifts = kReadBack, .answers = answers}, row); }
constexpr Row given_pairs(Answers answers, Row row) { return given({.gifts = kSocketPairs, .answers = answers}, row); }

/// A row without a control, because the control would answer as the cell does or cannot be tried. `why` says which.
constexpr Row uncontrolled(std::string_view why, Row row) {
  row.flags |= kNoControl;
  row.no_control = why;
  return row;
}

/// A row that could disturb a machine if its call succeeds, so the row is never tried outside of a cell.
constexpr Row inside_only(Row row) {
  row.flags = static_cast<Flags>(row.flags & ~kHarmless);
  return row;
}

/// Why a row that demands success has no control.
inline constexpr std::string_view kSucceeds = "the call must succeed both in the cell and outside";

/// Why there is no control for a call that needs a capability in the first user namespace before the kernel checks
/// anything else.
inline constexpr std::string_view kFirstNamespace =
    "the kernel asks for a capability in the first user namespace, which no cell and no control has";

/// A row that only x86-64 has: a call that newer machines never got, or an entry of its other system call tables.
constexpr Row x86_only(Row row) {
  row.only = sys::Machine::kX86_64;
  return row;
}
constexpr Row aarch64_only(Row row) {
  row.only = sys::Machine::kAarch64;
  return row;
}

/// A row that joined the catalogue later than the other rows of its table.
constexpr Row came_with(int edition, Row row) {
  row.edition = edition;
  return row;
}

/// A row that no edition after `edition` has.
constexpr Row gone_after(int edition, Row row) {
  row.until = edition;
  return row;
}

}  // namespace immure::probe

/// The name and the number of a system call, for a row.
#define SYS(name) #name, kByName
