/// The room of a tmpfs that belongs to a run: the limits that its writers cannot exceed.
#pragma once

#include <cstdint>
#include <string_view>

#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::attest {

struct Room {
  std::uint64_t bytes = 0;
  std::uint64_t inodes = 0;  ///< the root directory is one of them
};

/// The room of a tmpfs according to statfs(2). Error kBlocked, which names `where`: statfs(2) fails, or the tmpfs has
/// no limit, for which it reports 0 (tmpfs(5)).
[[nodiscard]] Result<Room> room_of(const sys::Fd& tmpfs, std::string_view where);

/// True if the room is no larger than requested. A tmpfs rounds its size up to whole pages.
[[nodiscard]] bool is_within(const Room& room, std::uint64_t bytes, std::uint64_t inodes);

}  // namespace immure::attest
