/// A local socket over which two processes of one host hand each other descriptors (unix(7), SCM_RIGHTS).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::sys {

inline constexpr std::size_t kMaxPassed = 16;       ///< descriptors in one message
inline constexpr std::size_t kMaxSocketPath = 107;  ///< unix(7): sun_path has 108 bytes, the last one a NUL

/// A socket that listens at `path`, which must not exist yet (kMaxSocketPath bytes at most). Every process that can
/// reach the path may connect; peer() tells which process did.
[[nodiscard]] SysResult<Fd> listen_at(const std::string& path);
[[nodiscard]] SysResult<Fd> accept_from(int listener);
[[nodiscard]] SysResult<Fd> connect_to(const std::string& path);

struct Peer {
  std::int32_t pid;  ///< in the caller's pid namespace; 0 if it has no number there
  std::uint32_t uid, gid;
};
/// Who connected, as it was then (SO_PEERCRED).
[[nodiscard]] SysResult<Peer> peer(int socket);

/// One message of `bytes` with `descriptors`.
[[nodiscard]] SysResult<void> send_message(int socket, std::span<const std::byte> bytes,
                                           std::span<const int> descriptors);
/// One message of exactly `bytes.size()` bytes; its descriptors, close-on-exec. Errors: EPIPE if the peer is gone,
/// EBADMSG if the message has another size or more descriptors than kMaxPassed.
[[nodiscard]] SysResult<std::vector<Fd>> receive_message(int socket, std::span<std::byte> bytes);

/// Anonymous memory that others can map through the descriptor; its size is fixed for good, so that no holder can take
/// pages from under the other (memfd_create(2), F_SEAL_SHRINK).
[[nodiscard]] SysResult<Fd> new_memory(std::size_t bytes);
/// Maps it shared at exactly `address`, where nothing may be yet (MAP_FIXED_NOREPLACE, Linux 4.17).
[[nodiscard]] SysResult<void*> map_memory_at(int memory, std::uintptr_t address, std::size_t bytes);

}  // namespace immure::sys
