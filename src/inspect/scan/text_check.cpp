#include "inspect/scan/text_check.hpp"

#include <algorithm>
#include <cstdint>

#include "text/utf8.hpp"
#include "text/visible.hpp"

namespace immure::inspect {
namespace {

struct Controls {
  std::uint64_t count = 0, first = 0;
};

/// True if the bytes around the character at `at` are a text. In other data, its three bytes may stand by chance.
bool within_text(std::string_view all, std::size_t at) {
  constexpr std::size_t kAround = 12, kFewest = 8;
  std::size_t start = at - std::min(at, kAround);
  // Begin with a whole character.
  while (start < at && (static_cast<unsigned char>(all[start]) & 0xC0U) == 0x80) ++start;
  std::string_view around = all.substr(start, at - start + 3 + kAround);
  std::size_t plain = 0;
  while (around.size() > 3) {
    const text::CodePoint point = text::decode(around);
    const text::Sight sight = text::sight_of(point.value);
    const bool space = point.value == '\n' || point.value == '\t' || point.value == '\r';
    if (!point.valid || (!space && (sight == text::Sight::kControl || sight == text::Sight::kNone))) return false;
    if (point.value < 0x80) ++plain;
    around.remove_prefix(point.length);
  }
  return plain >= kFewest;
}

Controls controls_in(std::string_view all, bool is_text) {
  Controls found;
  // All of these characters begin with the byte E2, which most texts lack.
  for (std::size_t at = all.find('\xE2'); at != std::string_view::npos; at = all.find('\xE2', at + 1)) {
    const text::CodePoint point = text::decode(all.substr(at));
    // Marks alone are ordinary in texts written from right to left. Only characters that reorder text deceive a reader.
    if (!point.valid || text::sight_of(point.value) != text::Sight::kReorders) continue;
    if (!is_text && !within_text(all, at)) continue;
    if (found.count++ == 0) found.first = at;
  }
  return found;
}

}  // namespace

void check_text(Bytes bytes, bool is_text, const WideText& wide, const std::string& member, FileResult& result) {
  Controls found = controls_in(as_text(bytes), is_text && !wide.whole);
  const Controls in_wide = controls_in(wide.text, true);
  if (in_wide.count > 0) {
    const std::uint64_t first = wide.origin(in_wide.first);
    found.first = found.count == 0 ? first : std::min(found.first, first);
    found.count += in_wide.count;
  }
  if (found.count > 0) result.add(Rule::kTextBidi, member, std::to_string(found.count) + " controls", found.first, 3);
}

}  // namespace immure::inspect
