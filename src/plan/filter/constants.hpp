/// The names that the groups of system calls use: constants of the kernel, and the arguments of calls.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "sys/machine.hpp"

namespace immure::plan {

/// What a constant stands for on one machine, and whether it stands for something else on another one.
struct Constant {
  std::uint64_t value = 0;
  bool differs = false;
};
/// `O_CREAT`, `FUTEX_WAIT_PRIVATE`, `NULL`, `0`. Nothing for a name that the table does not have.
[[nodiscard]] std::optional<Constant> constant_named(std::string_view name, sys::Machine machine);

/// `EPERM`, `ENOSYS`, ...: the errno of this name. Nothing for a name that the table does not have.
[[nodiscard]] std::optional<std::uint16_t> errno_named(std::string_view name);

struct Argument {
  std::uint32_t index = 0;  ///< 0..5
  bool wide = false;        ///< the filter compares all 64 bits, else the low 32 bits, at which the kernel looks
};
/// The argument `name` of `call`, as its manual page names it. Nothing for one that the table does not have.
[[nodiscard]] std::optional<Argument> argument_named(std::string_view call, std::string_view name);

}  // namespace immure::plan
