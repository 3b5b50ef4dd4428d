/// The process restricts itself once more, in addition to the restrictions that it already has (test level L2). No
/// restriction can be undone.
#pragma once

#include <cstdint>

#include "sys/error.hpp"

namespace immure::inspect {

/// True in builds with a sanitizer. A sanitizer reserves terabytes, reads /proc and reports to standard error, so these
/// builds set neither the memory limit nor the filter.
#if !defined(__has_feature)
#define __has_feature(feature) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || __has_feature(address_sanitizer) || \
    __has_feature(thread_sanitizer)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

/// Restricts the coordinator: it may read beneath `input`, write beneath `output`, and start and end its workers. It
/// may use no exec, no socket, no other place and no writable code. `seconds` bounds its processor time. Errors:
/// kUnsupported without Landlock or seccomp.
[[nodiscard]] Result<void> lock_down_coordinator(int input, int output, std::uint64_t seconds);

/// Restricts a worker: it may read beneath `input` and write to pipes that are open. Any other call kills the process.
/// `memory` bounds its address space, `seconds` its processor time.
[[nodiscard]] Result<void> lock_down_worker(int input, std::uint64_t memory, std::uint64_t seconds);

}  // namespace immure::inspect
