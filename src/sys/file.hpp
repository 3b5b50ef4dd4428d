/// Opening, reading and writing by descriptor, without libc state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::sys {

/// openat(2), close-on-exec added.
[[nodiscard]] SysResult<Fd> open_at(int directory, const char* path, int flags, unsigned mode = 0);

/// openat2(2) beneath `directory`: no link is followed, nothing above it is reached.
[[nodiscard]] SysResult<Fd> open_beneath(int directory, const char* path, int flags, unsigned mode = 0);

/// The same for what belongs to the caller, whatever its mode forbids: where EACCES is the answer, the owner's right to
/// read, and to enter a directory, is added first.
[[nodiscard]] SysResult<Fd> open_own_beneath(int directory, const char* path, int flags);

/// The same as open_beneath(), without entering another mount (EXDEV), which may belong to somebody who never answers.
[[nodiscard]] SysResult<Fd> open_on_same_mount(int directory, const char* path, int flags);

/// openat2(2) with `directory` as the root directory (RESOLVE_IN_ROOT): links are followed, and lead nowhere else.
[[nodiscard]] SysResult<Fd> open_in_root(int directory, const char* path, int flags);

/// What to do if one of the functions above failed with `number`, if a lease of another process may explain the error;
/// else empty. All of them try a thousand times before they fail with EAGAIN.
[[nodiscard]] const char* lease_hint(int number);

/// One read(2), EINTR retried. 0 is end of file.
[[nodiscard]] SysResult<std::size_t> read_some(int fd, std::span<std::byte> buffer);

/// Writes all of it, EINTR and short writes retried.
[[nodiscard]] SysResult<void> write_all(int fd, std::span<const std::byte> bytes);
[[nodiscard]] SysResult<void> write_all(int fd, std::string_view text);

struct Pipe {
  Fd read, write;
};
/// pipe2(O_CLOEXEC).
[[nodiscard]] SysResult<Pipe> make_pipe();

/// dup3(2) onto exactly `number`; `close_on_exec` as said.
[[nodiscard]] SysResult<void> duplicate_onto(int fd, int number, bool close_on_exec);

/// close_range(2), Linux 5.9: descriptors first..last, both included.
[[nodiscard]] SysResult<void> close_between(unsigned first, unsigned last);

/// Which descriptors in [first, end) are open, ascending, as many as fit; the return value counts them all. poll(2)
/// says it of many at once (POLLNVAL), where asking one by one would cost a system call each.
[[nodiscard]] std::size_t open_descriptors(std::uint32_t first, std::uint32_t end, std::span<std::uint32_t> found);

}  // namespace immure::sys
