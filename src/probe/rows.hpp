/// The shorthand in which the tables of rows_*.hpp are written.
#pragma once

#include <cerrno>
#include <csignal>
#include <cstdint>

#include <asm/unistd.h>

#include "probe/calls.hpp"
#include "probe/catalogue.hpp"

namespace immure::probe {

constexpr Arg num(std::int64_t value) {
  return {.kind = Arg::Kind::kNumber, .number = static_cast<std::uint64_t>(value)};
}
constexpr Arg text(const char* value) { return {.kind = Arg::Kind::kText, .text = value}; }
inline constexpr Arg kBuf{.kind = Arg::Kind::kBuffer};
inline constexpr Arg kNil{.kind = Arg::Kind::kNull};

/// What the filter answers to everything outside its allowlist.
inline constexpr Answers kDenied{EPERM};

/// A single call that the filter denies, tried with arguments that can only fail or do no harm where it does not.
constexpr Row denied(std::string_view id, Boundary boundary, int test, std::string_view syscall, long nr,
                     std::array<Arg, 6> args, std::uint8_t flags = kPlain, Answers cell = kDenied, Answers walls = {}) {
  return {.id = id,
          .boundary = boundary,
          .test = test,
          .syscall = syscall,
          .nr = nr,
          .args = args,
          .cell = cell,
          .walls = walls,
          .flags = flags};
}

}  // namespace immure::probe

/// Name and number of a system call, for a row.
#define SYS(name) #name, __NR_##name
