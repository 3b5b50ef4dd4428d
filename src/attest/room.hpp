/// What a tmpfs of a run holds its writers to.
#pragma once

#include <cstdint>
#include <string_view>

#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::attest {

struct Room {
  std::uint64_t bytes = 0;
  std::uint64_t inodes = 0;  ///< its root is one of them
};

/// As statfs(2) tells it. Error kBlocked, naming `where`; also for a tmpfs without a limit, which tells 0 (tmpfs(5)).
[[nodiscard]] Result<Room> room_of(const sys::Fd& tmpfs, std::string_view where);

/// True if it is no more than was asked for. A tmpfs rounds its size up to whole pages.
[[nodiscard]] bool is_within(const Room& room, std::uint64_t bytes, std::uint64_t inodes);

}  // namespace immure::attest
