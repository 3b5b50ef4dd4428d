/// The names that the groups of system calls use: constants of the kernel, and the arguments of calls.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "sys/machine.hpp"

namespace immure::plan {

/// The value of a constant on one machine, and whether another machine has another value.
struct Constant {
  std::uint64_t value = 0;
  bool differs = false;
};
/// Returns the value of a name such as `O_CREAT`, `FUTEX_WAIT_PRIVATE`, `NULL` or `0`; nothing if the table lacks the
/// name.
[[nodiscard]] std::optional<Constant> constant_named(std::string_view name, sys::Machine machine);

/// Returns the errno of a name such as `EPERM` or `ENOSYS`; nothing if the table lacks the name.
[[nodiscard]] std::optional<std::uint16_t> errno_named(std::string_view name);

struct Argument {
  std::uint32_t index = 0;  ///< 0..5
  bool wide = false;  ///< the filter compares all 64 bits; else the low 32 bits, which are all that the kernel reads
};
/// Returns the argument of `call` that its manual page calls `name`; nothing if the table lacks the argument.
[[nodiscard]] std::optional<Argument> argument_named(std::string_view call, std::string_view name);

}  // namespace immure::plan
