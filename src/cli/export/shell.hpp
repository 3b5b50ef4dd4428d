/// Command lines as a POSIX shell reads them.
#pragma once

#include <string>
#include <vector>

namespace immure::cli {

/// `text` as one word for the shell, in quotes if the word needs quotes.
[[nodiscard]] std::string shell_word(const std::string& text);
[[nodiscard]] std::string shell_line(const std::vector<std::string>& words);

}  // namespace immure::cli
