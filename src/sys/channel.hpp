/// A local socket over which two processes of one host pass descriptors to each other (unix(7), SCM_RIGHTS).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::sys {

/// The largest number of descriptors in one message.
inline constexpr std::size_t kMaxPassed = 16;
/// The longest path of a socket, in bytes: sun_path has 108 bytes, and the last one is a NUL (unix(7)).
inline constexpr std::size_t kMaxSocketPath = 107;

/// Makes a socket that listens at `path`. The path must not exist yet and may have at most kMaxSocketPath bytes. Every
/// process that can reach the path may connect; peer() tells which process did.
[[nodiscard]] SysResult<Fd> listen_at(const std::string& path);
[[nodiscard]] SysResult<Fd> accept_from(int listener);
[[nodiscard]] SysResult<Fd> connect_to(const std::string& path);

struct Peer {
  std::int32_t pid;  ///< in the caller's pid namespace; 0 if the process has no number there
  std::uint32_t uid, gid;
};
/// The process that connected, as the kernel recorded the process at the connect (SO_PEERCRED in unix(7)).
[[nodiscard]] SysResult<Peer> peer(int socket);

/// Sends one message of `bytes` with copies of `descriptors`, at most kMaxPassed.
[[nodiscard]] SysResult<void> send_message(int socket, std::span<const std::byte> bytes,
                                           std::span<const int> descriptors);
/// Receives one message of exactly `bytes.size()` bytes, and returns the message's descriptors, which are
/// close-on-exec. Errors: EPIPE if the peer has closed the socket; EBADMSG if the message has another size, or more
/// descriptors than kMaxPassed.
[[nodiscard]] SysResult<std::vector<Fd>> receive_message(int socket, std::span<std::byte> bytes);

/// Makes anonymous memory that other processes can map through the descriptor. Seals fix the size for good, so that no
/// process that holds the descriptor can take pages from another one (F_SEAL_SHRINK in memfd_create(2)).
[[nodiscard]] SysResult<Fd> new_memory(std::size_t bytes);
/// Maps the memory, shared, at exactly `address`. Error: EEXIST if something is mapped there already
/// (MAP_FIXED_NOREPLACE, Linux 4.17).
[[nodiscard]] SysResult<void*> map_memory_at(int memory, std::uintptr_t address, std::size_t bytes);

}  // namespace immure::sys
