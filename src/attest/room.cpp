#include "attest/room.hpp"

#include <cerrno>

#include <sys/vfs.h>

#include "sys/libc.hpp"

namespace immure::attest {

Result<Room> room_of(const sys::Fd& tmpfs, std::string_view where) {
  struct statfs held{};
  if (const int failure = sys::error_of(::fstatfs, tmpfs.get(), &held); failure != 0)
    return fail(Code::kBlocked, where, "its limits cannot be read", {}, failure);
  const Room room{static_cast<std::uint64_t>(held.f_blocks) * static_cast<std::uint64_t>(held.f_bsize), held.f_files};
  if (room.bytes == 0 || room.inodes == 0) return fail(Code::kBlocked, where, "has no limit");
  return room;
}

bool is_within(const Room& room, std::uint64_t bytes, std::uint64_t inodes) {
  constexpr std::uint64_t kPage = 4096;
  return room.bytes <= (bytes + kPage - 1) / kPage * kPage && room.inodes <= inodes;
}

}  // namespace immure::attest
