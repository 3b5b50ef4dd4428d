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

/// True if the character at `at` stands within a text. In other data, its three bytes may stand by chance.
bool within_text(std::string_view all, std::size_t at) {
  constexpr std::size_t kEnough = 12;
  const auto is_plain = [](char c) { return (c >= 0x20 && c < 0x7F) || c == '\n' || c == '\t' || c == '\r'; };
  std::size_t plain = 0;
  for (std::size_t i = at; i > 0 && plain < kEnough && is_plain(all[i - 1]); --i) ++plain;
  const std::string_view after = all.substr(at + 3, kEnough);
  plain += static_cast<std::size_t>(std::ranges::find_if_not(after, is_plain) - after.begin());
  return plain >= kEnough;
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
