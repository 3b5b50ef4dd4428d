/// Writes to descriptors that other processes read, but waits for a reader only for a limited time.
///
/// A descriptor that poll(2) calls writable may block nevertheless: a terminal takes fewer bytes than write(2) was
/// given, and a pipe or socket may be filled by another process in between. O_NONBLOCK would help, but belongs to all
/// processes that share the descriptor's open file, among them the operator's shell. So these functions let a timer
/// interrupt the call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "sys/error.hpp"

namespace immure::sys {

/// One write(2). Returns how many bytes were taken.
[[nodiscard]] SysResult<std::size_t> write_some(int fd, std::string_view bytes);

/// One write(2), which a timer interrupts after about `milliseconds`. Returns how many bytes were taken. Errors: EINTR
/// or EAGAIN if the descriptor took no byte in that time; the errors of write(2). While the call lasts, SIGALRM does
/// nothing in this process.
[[nodiscard]] SysResult<std::size_t> write_within(int fd, std::string_view bytes, int milliseconds);

/// Writes all bytes, but waits at most `patience_ms` for a descriptor that takes nothing, and subtracts the time of
/// this waiting from `patience_ms`. Errors: ETIMEDOUT if `patience_ms` has run out; EINTR if a signal that should end
/// this process is pending, because the process blocks the signal; the errors of write_within().
[[nodiscard]] SysResult<void> write_patiently(int fd, std::string_view bytes, std::int64_t& patience_ms);

}  // namespace immure::sys
