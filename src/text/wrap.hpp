/// Breaks text into lines for a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace immure::text {

/// The number of columns that a terminal needs for a line of text. Colour sequences and combining marks need none. Wide
/// letters count as one column.
[[nodiscard]] std::size_t columns(std::string_view line);

/// `text` in lines of at most `width` columns, broken at blanks. A word that is longer than a line is broken anywhere
/// but within a character. The first line may have `first` columns less, because something stands before it.
[[nodiscard]] std::vector<std::string> wrapped(std::string_view text, std::size_t width, std::size_t first = 0);

/// The beginning of `text` in at most `width` columns, with `…` at its end if something is missing.
[[nodiscard]] std::string shortened(std::string_view text, std::size_t width);

/// Each line of `text` broken to `width` columns, the further lines of each indented by `indent` blanks. The result
/// ends with a newline if `text` does.
[[nodiscard]] std::string wrapped_lines(std::string_view text, std::size_t width, std::size_t indent);

}  // namespace immure::text
