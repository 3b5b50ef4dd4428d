/// Lists in the form in which people read them: `a, b, c`.
#pragma once

#include <cstddef>
#include <functional>
#include <limits>
#include <string>
#include <string_view>

namespace immure::text {

/// Appends one item to a list.
inline void append_item(std::string& list, std::string_view item, std::string_view separator = ", ") {
  if (!list.empty()) list += separator;
  list += item;
}

inline constexpr std::size_t kAllItems = std::numeric_limits<std::size_t>::max();

/// The list as `a, b, c`; `name` gives the text of each item. If the list has more than `most` items, the text has only
/// the first items and the number of the others: `a, b, and 7 more`.
template <class List, class Name = std::identity>
[[nodiscard]] std::string list_text(const List& list, std::size_t most = kAllItems, Name name = {}) {
  std::string out;
  std::size_t count = 0;
  for (const auto& item : list) {
    if (count++ < most) append_item(out, std::invoke(name, item));
  }
  if (count > most) append_item(out, "and " + std::to_string(count - most) + " more");
  return out;
}

}  // namespace immure::text
