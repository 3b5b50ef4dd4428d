#include "cli/run/shell_words.hpp"

namespace immure::cli {

Result<std::vector<std::string>> shell_words(const std::string& option, std::string_view text) {
  std::vector<std::string> words;
  bool in_word = false;
  char quote = 0;
  const auto word = [&]() -> std::string& {
    if (!in_word) words.emplace_back();
    in_word = true;
    return words.back();
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    // Within double quotes, a backslash quotes only these characters.
    const bool escapes = c == '\\' && quote != '\'' &&
                         (quote == 0 || std::string_view("\"\\$`").contains(i + 1 < text.size() ? text[i + 1] : ' '));
    if (escapes) {
      if (i + 1 == text.size()) return fail(Code::kUsage, option, "ends with a backslash", "Write it twice.");
      word() += text[++i];
    } else if (quote != 0) {
      c == quote ? void(quote = 0) : void(word() += c);
    } else if (c == '\'' || c == '"') {
      quote = c;
      static_cast<void>(word());
    } else if (c == ' ' || c == '\t' || c == '\n') {
      in_word = false;
    } else {
      word() += c;
    }
  }
  if (quote != 0) return fail(Code::kUsage, option, "has a quote without an end", "Close the quote.");
  return words;
}

}  // namespace immure::cli
