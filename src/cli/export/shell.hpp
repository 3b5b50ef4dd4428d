/// Command lines as a POSIX shell reads them.
#pragma once

#include <string>
#include <vector>

namespace immure::cli {

/// `text` as one word, in quotes where it needs them.
[[nodiscard]] std::string shell_word(const std::string& text);
[[nodiscard]] std::string shell_line(const std::vector<std::string>& words);

}  // namespace immure::cli
