/// The clock that deadlines are kept by: it never jumps.
#pragma once

#include <cstdint>
#include <ctime>

namespace immure::sys {

/// clock_gettime(CLOCK_MONOTONIC), in milliseconds.
[[nodiscard]] inline std::int64_t monotonic_ms() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1'000'000;
}

/// The same in microseconds.
[[nodiscard]] inline std::int64_t monotonic_us() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000 + now.tv_nsec / 1000;
}

}  // namespace immure::sys
