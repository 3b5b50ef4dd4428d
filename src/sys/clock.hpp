/// The monotonic clock. Deadlines use this clock, because nobody can set it.
#pragma once

#include <cstdint>
#include <ctime>

namespace immure::sys {

/// The time of CLOCK_MONOTONIC (clock_gettime(2)), in milliseconds.
[[nodiscard]] inline std::int64_t monotonic_ms() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1'000'000;
}

/// The time of CLOCK_MONOTONIC, in microseconds.
[[nodiscard]] inline std::int64_t monotonic_us() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000 + now.tv_nsec / 1000;
}

}  // namespace immure::sys
