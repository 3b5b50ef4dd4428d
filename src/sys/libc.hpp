/// Calls functions of libc that report a failure through errno, and returns the error as a value. errno is valid only
/// until the next call, such as one that a destructor or a message makes. So no other layer reads errno; script/lint
/// checks this. The tasks of a cell must not use these functions, because libc keeps errno in per-thread data
/// (sys/syscall.hpp).
#pragma once

#include <cerrno>
#include <concepts>
#include <cstdint>
#include <span>
#include <type_traits>

#include "sys/error.hpp"

namespace immure::sys {

/// True for the values by which functions of libc say that they have failed: -1, a null pointer, or MAP_FAILED, which
/// is -1 as a pointer.
template <class T>
[[nodiscard]] bool says_failed(T value) {
  if constexpr (std::is_pointer_v<T>) {
    return value == nullptr || reinterpret_cast<std::intptr_t>(value) == -1;
  } else {
    return value == -1;
  }
}

/// Calls `action`, which makes one call of libc and returns its result.
template <std::invocable Action>
[[nodiscard]] auto call(Action action) -> SysResult<std::invoke_result_t<Action>> {
  const auto value = action();
  if (says_failed(value)) return std::unexpected(Errno{errno});
  return value;
}

/// Calls `function` with `arguments`: `sys::call(::memfd_create, "name", MFD_CLOEXEC)`.
template <class Value, class... Parameters>
[[nodiscard]] SysResult<Value> call(Value (*function)(Parameters...), std::type_identity_t<Parameters>... arguments) {
  return call([&] { return function(arguments...); });
}

/// Calls `function` again for as long as a signal interrupts the call (EINTR).
template <class Value, class... Parameters>
[[nodiscard]] SysResult<Value> call_until_done(Value (*function)(Parameters...),
                                               std::type_identity_t<Parameters>... arguments) {
  while (true) {
    const auto done = call([&] { return function(arguments...); });
    if (done || done.error().value != EINTR) return done;
  }
}

/// The errno of a result that is an error; otherwise 0.
template <class Value>
[[nodiscard]] int error_of(const SysResult<Value>& result) {
  return result ? 0 : result.error().value;
}

/// Calls `function`, and returns the errno of its failure, or 0.
template <class Value, class... Parameters>
[[nodiscard]] int error_of(Value (*function)(Parameters...), std::type_identity_t<Parameters>... arguments) {
  return error_of(call(function, arguments...));
}

/// Fills `bytes` with random bytes (getrandom(2)). `bytes.size()` may be at most 256.
[[nodiscard]] SysResult<void> fill_with_random(std::span<std::byte> bytes);

/// Waits until the child process `pid` has ended, and returns its wait status (waitpid(2)).
[[nodiscard]] SysResult<int> wait_for_end(int pid);

}  // namespace immure::sys
