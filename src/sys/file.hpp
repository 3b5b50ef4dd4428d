/// Opens, reads and writes files by descriptor, without any state of libc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::sys {

/// Calls openat(2), and adds O_CLOEXEC.
[[nodiscard]] SysResult<Fd> open_at(int directory, const char* path, int flags, unsigned mode = 0);

/// Opens `path` beneath `directory` with openat2(2): follows no link and reaches nothing above `directory`.
[[nodiscard]] SysResult<Fd> open_beneath(int directory, const char* path, int flags, unsigned mode = 0);

/// Like open_beneath(), for a file or directory that belongs to the caller. If its mode forbids the opening (EACCES),
/// the function first adds the owner's right to read, and to enter a directory, and then tries again.
[[nodiscard]] SysResult<Fd> open_own_beneath(int directory, const char* path, int flags);

/// Like open_beneath(), but does not enter another mount (EXDEV), because the server of that file system may never
/// answer.
[[nodiscard]] SysResult<Fd> open_on_same_mount(int directory, const char* path, int flags);

/// openat2(2) with `directory` as the root directory (RESOLVE_IN_ROOT): links are followed, and lead nowhere else.
[[nodiscard]] SysResult<Fd> open_in_root(int directory, const char* path, int flags);

/// What to do if one of the functions above failed with `number`, if a lease of another process may explain the error;
/// else empty. All of them try a thousand times before they fail with EAGAIN.
[[nodiscard]] const char* lease_hint(int number);

/// One read(2), EINTR retried. 0 is end of file.
[[nodiscard]] SysResult<std::size_t> read_some(int fd, std::span<std::byte> buffer);

/// One pread(2), EINTR retried. 0 is end of file.
[[nodiscard]] SysResult<std::size_t> read_at(int fd, std::span<std::byte> buffer, std::uint64_t offset);

/// What a symbolic link says: the link `name` in `directory`, or the link `directory` itself if `name` is empty. Error:
/// ENAMETOOLONG if the kernel cut the text (no file system has such a link).
[[nodiscard]] SysResult<std::string> link_target(int directory, const char* name);

/// Writes all bytes: continues after EINTR and after short writes.
[[nodiscard]] SysResult<void> write_all(int fd, std::span<const std::byte> bytes);
[[nodiscard]] SysResult<void> write_all(int fd, std::string_view text);

struct Pipe {
  Fd read, write;
};
/// Makes a pipe whose ends are close-on-exec (pipe2(2), O_CLOEXEC).
[[nodiscard]] SysResult<Pipe> make_pipe();

/// Makes the descriptor `number` a duplicate of `fd` (dup3(2)), and sets or clears close-on-exec as the argument says.
[[nodiscard]] SysResult<void> duplicate_onto(int fd, int number, bool close_on_exec);

/// Closes the descriptors from `first` to `last`, both included (close_range(2), Linux 5.9).
[[nodiscard]] SysResult<void> close_between(unsigned first, unsigned last);

/// Finds the open descriptors from `first` to `end` - 1, in ascending order. Writes as many numbers into `found` as
/// fit, and returns how many are open. The function asks poll(2) about many descriptors at once (POLLNVAL), because a
/// system call for each descriptor would be slow.
[[nodiscard]] std::size_t open_descriptors(std::uint32_t first, std::uint32_t end, std::span<std::uint32_t> found);

/// True if no process has the write end of this pipe open any more (poll(2), POLLHUP). Does not wait.
[[nodiscard]] SysResult<bool> has_no_writer(int pipe);

}  // namespace immure::sys
