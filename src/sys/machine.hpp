/// The CPU architectures that immure supports, and the architecture that this program was built for.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace immure::sys {

enum class Machine : std::uint8_t { kX86_64, kAarch64 };
inline constexpr Machine kMachines[] = {Machine::kX86_64, Machine::kAarch64};

/// The architecture that this program was built for.
#if defined(__x86_64__)
inline constexpr Machine kThisMachine = Machine::kX86_64;
#elif defined(__aarch64__)
inline constexpr Machine kThisMachine = Machine::kAarch64;
#endif

/// The name of an architecture, as uname(2) reports it.
[[nodiscard]] constexpr std::string_view name(Machine machine) {
  switch (machine) {
    case Machine::kX86_64: return "x86_64";
    case Machine::kAarch64: return "aarch64";
  }
  return "";
}

/// The architecture with this name; nullopt if immure does not support it.
[[nodiscard]] constexpr std::optional<Machine> machine_named(std::string_view text) {
  for (const Machine machine : kMachines)
    if (name(machine) == text) return machine;
  return std::nullopt;
}

/// The number of processors that this process may use, 1 to 1024 (sched_getaffinity(2)). On a machine with more than
/// 1024 processors the call fails, and the function returns 1.
[[nodiscard]] unsigned processors();

}  // namespace immure::sys
