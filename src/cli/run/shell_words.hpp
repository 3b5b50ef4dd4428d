/// Splits a text into words as a shell does.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sys/error.hpp"

namespace immure::cli {

/// The words of `text`, separated by blanks. Quotes and backslashes work as in a shell; nothing is expanded. `option`
/// is what errors call the text. Error kUsage: a quote has no end, or a backslash is the last character.
[[nodiscard]] Result<std::vector<std::string>> shell_words(const std::string& option, std::string_view text);

}  // namespace immure::cli
