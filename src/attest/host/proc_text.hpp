/// Small readers for the text formats of /proc.
#pragma once

#include <charconv>
#include <string>
#include <string_view>
#include <vector>

namespace immure::attest {

/// Removes the text up to `separator` from the front of `rest` and returns it. The separator is dropped.
inline std::string_view take(std::string_view& rest, char separator) {
  const std::size_t end = rest.find(separator);
  const std::string_view taken = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return taken;
}

/// The words of a line, separated by blanks and tabs.
inline std::vector<std::string_view> words(std::string_view line) {
  std::vector<std::string_view> result;
  constexpr std::string_view kBlank = " \t";
  while (true) {
    const std::size_t start = line.find_first_not_of(kBlank);
    if (start == std::string_view::npos) return result;
    line.remove_prefix(start);
    const std::size_t end = line.find_first_of(kBlank);
    result.push_back(line.substr(0, end));
    if (end == std::string_view::npos) return result;
    line.remove_prefix(end);
  }
}

/// The words of a line, joined by single blanks.
inline std::string collapsed(std::string_view line) {
  std::string result;
  for (const std::string_view word : words(line)) {
    if (!result.empty()) result += ' ';
    result += word;
  }
  return result;
}

/// Decodes a path of mountinfo, in which blanks, tabs, newlines and backslashes are a backslash and three octal digits
/// (proc_pid_mountinfo(5)).
inline std::string unescaped(std::string_view text) {
  constexpr std::size_t kDigits = 3;
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + kDigits >= text.size()) {
      result += text[i];
      continue;
    }
    int value = 0;
    for (std::size_t digit = 1; digit <= kDigits; ++digit) value = value * 8 + (text[i + digit] - '0');
    result += static_cast<char>(value);
    i += kDigits;
  }
  return result;
}

template <class T>
T number(std::string_view text) {
  T value{};
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace immure::attest
