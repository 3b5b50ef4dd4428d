/// Where the exec cookie stands in a filter before it is bound to a run.
#pragma once

#include <array>
#include <cstdint>

namespace immure::plan {

/// Stand-ins for the four halves of the two 64-bit registers. No system call, flag or mask has these values, and
/// compile_filter() refuses a profile in which one of them occurs.
inline constexpr std::uint32_t kFirstLow = 0xec0c0a01U, kFirstHigh = 0xec0c0a02U;
inline constexpr std::uint32_t kSixthLow = 0xec0c0a03U, kSixthHigh = 0xec0c0a04U;

struct CookiePlace {
  std::uint32_t stand_in;
  std::uint32_t loaded_from;  ///< the offset in struct seccomp_data from which the instruction before loads
};
inline constexpr auto kCookiePlaces = std::to_array<CookiePlace>({
    {kFirstLow, 16},
    {kFirstHigh, 20},
    {kSixthLow, 56},
    {kSixthHigh, 60},
});

}  // namespace immure::plan
