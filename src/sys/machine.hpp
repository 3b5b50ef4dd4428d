/// The machines that immure knows, by what programs are built for, and this one.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace immure::sys {

enum class Machine : std::uint8_t { kX86_64, kAarch64 };
inline constexpr Machine kMachines[] = {Machine::kX86_64, Machine::kAarch64};

/// The one that this program was built for.
#if defined(__x86_64__)
inline constexpr Machine kThisMachine = Machine::kX86_64;
#elif defined(__aarch64__)
inline constexpr Machine kThisMachine = Machine::kAarch64;
#endif

/// As uname(2) calls it.
[[nodiscard]] constexpr std::string_view name(Machine machine) {
  switch (machine) {
    case Machine::kX86_64: return "x86_64";
    case Machine::kAarch64: return "aarch64";
  }
  return "";
}

/// The machine of this name; nothing for one that is not known.
[[nodiscard]] constexpr std::optional<Machine> machine_named(std::string_view text) {
  for (const Machine machine : kMachines)
    if (name(machine) == text) return machine;
  return std::nullopt;
}

/// How many processors this process may use (sched_getaffinity(2)), 1 to 1024; 1 where there are more.
[[nodiscard]] unsigned processors();

}  // namespace immure::sys
