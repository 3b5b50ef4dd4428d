/// Raw system calls without libc: no errno, no thread-local state, no cancellation points. The tasks of a cell share
/// one memory until the payload's exec, and with this memory one copy of libc's per-thread data. So no task may touch
/// that data.
#pragma once

#include <concepts>
#include <cstdint>
#include <type_traits>

#include <asm/unistd.h>

#include "sys/error.hpp"

namespace immure::sys {

/// The kernel's answer: a value, or a negated errno from -4095 to -1.
using Raw = long;

template <class T>
[[nodiscard]] inline std::uint64_t as_word(T value) {
  if constexpr (std::is_pointer_v<T>) {
    return reinterpret_cast<std::uint64_t>(value);
  } else if constexpr (std::is_null_pointer_v<T>) {
    return 0;
  } else {
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(value));
  }
}

#if defined(__x86_64__)
[[nodiscard]] inline Raw raw_words(long nr, std::uint64_t a = 0, std::uint64_t b = 0, std::uint64_t c = 0,
                                   std::uint64_t d = 0, std::uint64_t e = 0, std::uint64_t f = 0) {
  Raw ret;
  register std::uint64_t r10 __asm__("r10") = d;
  register std::uint64_t r8 __asm__("r8") = e;
  register std::uint64_t r9 __asm__("r9") = f;
  __asm__ volatile("syscall"
                   : "=a"(ret)
                   : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return ret;
}
#elif defined(__aarch64__)
[[nodiscard]] inline Raw raw_words(long nr, std::uint64_t a = 0, std::uint64_t b = 0, std::uint64_t c = 0,
                                   std::uint64_t d = 0, std::uint64_t e = 0, std::uint64_t f = 0) {
  register std::uint64_t x8 __asm__("x8") = static_cast<std::uint64_t>(nr);
  register std::uint64_t x0 __asm__("x0") = a;
  register std::uint64_t x1 __asm__("x1") = b;
  register std::uint64_t x2 __asm__("x2") = c;
  register std::uint64_t x3 __asm__("x3") = d;
  register std::uint64_t x4 __asm__("x4") = e;
  register std::uint64_t x5 __asm__("x5") = f;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  return static_cast<Raw>(x0);
}
#else
#error "immure knows x86-64 and aarch64"
#endif

/// Makes one system call with up to six arguments of any integer or pointer type.
template <class... Args>
  requires(sizeof...(Args) <= 6)
[[maybe_unused]] inline Raw raw(long nr, Args... args) {
  return raw_words(nr, as_word(args)...);
}

[[nodiscard]] inline bool failed(Raw ret) { return ret < 0 && ret >= -4095; }

/// Turns the kernel's answer into a value or an error.
[[nodiscard]] inline SysResult<long> checked(Raw ret) {
  if (failed(ret)) return std::unexpected(Errno{static_cast<int>(-ret)});
  return ret;
}

}  // namespace immure::sys
