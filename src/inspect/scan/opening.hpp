/// Opens contents: containers, what stands before, between and after their members, and containers within other
/// contents. Whatever is not opened becomes a finding.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "inspect/scan/archive.hpp"

namespace immure::inspect {

/// One content: a file or a member.
struct Content {
  Bytes bytes;
  bool whole;
  std::uint64_t size;
  int fd;
  std::uint16_t type;
  std::string_view name;
  const std::string& member;
  std::uint32_t number;  ///< CoveredContent::number
  std::uint64_t depth;   ///< the number of containers around it
  bool containers;
  bool natural = false;  ///< MemberContent::natural
};

struct Opening {
  const Content& it;
  const Limits& limits;
  Budget& budget;
  FileResult& result;
  const std::function<void(const MemberContent&)>& each;  ///< takes the members
};

/// Opens the content if it is a container, every container that begins at one of `places`, and every file that is
/// written as text from one of the places `encoded` on. Returns true if the content is a container and was read to its
/// end.
[[nodiscard]] bool open_content(const Opening& opening, const std::vector<std::uint64_t>& places,
                                const std::vector<std::uint64_t>& encoded);

}  // namespace immure::inspect
