#include "file/toml.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

// Only this file includes toml++, because its headers take several seconds to compile.
//
// toml++ 3.3 asserts that the name of a table begins with a valid character. With NDEBUG, clang assumes that the
// assertion holds. So the input `[!` aborts the program, or its behaviour is undefined. The check that follows in
// toml++ is correct, so this file makes the assertion empty, which is possible only where NDEBUG is not set.
#undef NDEBUG
#define TOML_ASSERT(expression) static_cast<void>(0)
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include "text/utc_time.hpp"

namespace immure::file {
namespace {

constexpr std::size_t kMaxList = 1024;

/// Allows characters beyond ASCII only in lines that are comments. toml++ 3.3 has undefined behaviour for some of these
/// characters wherever it asks whether they are blanks, because its table of blanks has holes: before a key, in a
/// value, after a text or a backslash.
Result<void> check_characters(std::string_view text, std::string_view file) {
  // Inside a multi-line text, a line that begins with `#` is no comment.
  const bool many_lines = text.find("\"\"\"") != std::string_view::npos || text.find("'''") != std::string_view::npos;
  std::size_t number = 1;
  for (; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const std::size_t first = std::min(line.find_first_not_of(" \t"), line.size());
    const bool comment = !many_lines && line.substr(first).starts_with('#');
    if (!comment && std::ranges::any_of(line, [](char c) { return static_cast<unsigned char>(c) >= 0x80; }))
      return fail(Code::kBadInput, std::string(file) + ":" + std::to_string(number), "a character that is not ASCII",
                  "In a string, write the character as \\uXXXX. Put a comment on its own line.");
  }
  return {};
}

/// Refuses a key of very many parts (`a.a.a. …`): toml++ and converted() call themselves once for each part, so a key
/// of ten thousand parts would overflow the stack. toml++ itself limits only the nesting of values.
Result<void> check_keys(std::string_view text, std::string_view file) {
  constexpr int kMostParts = 64;
  // Inside a multi-line text, a quotation mark may stand alone, so count the dots of such texts as well.
  const bool many_lines = text.find("\"\"\"") != std::string_view::npos || text.find("'''") != std::string_view::npos;
  std::size_t number = 1;
  int parts = 1;
  char quote = 0;
  bool escaped = false, comment = false;
  for (const char c : text) {
    if (c == '\n') {
      ++number;
      quote = 0;
      comment = false;
      parts = 1;
    } else if (comment) {
      continue;
    } else if (quote != 0) {
      if (c == quote && !escaped) quote = 0;
      escaped = c == '\\' && quote == '"' && !escaped;
    } else if (!many_lines && c == '#') {
      comment = true;
    } else if (!many_lines && (c == '"' || c == '\'')) {
      quote = c;
      escaped = false;
    } else if (std::string_view("=,[]{}").find(c) != std::string_view::npos) {
      parts = 1;
    } else if (c == '.' && ++parts > kMostParts) {
      return fail(Code::kBadInput, std::string(file) + ":" + std::to_string(number),
                  "a key of more than " + std::to_string(kMostParts) + " parts");
    }
  }
  return {};
}

TomlDay day_of(const toml::date& date) { return {text::day_text(date.year, date.month, date.day)}; }

TomlNode converted(const toml::node& node);

TomlTable converted(const toml::table& table) {
  TomlTable result;
  for (const auto& [key, node] : table) result.emplace(key.str(), converted(node));
  return result;
}

/// toml++ allows at most 256 levels of nesting, and check_keys() few parts of a key, so the recursion ends.
TomlNode converted(const toml::node& node) {
  TomlNode result{.value = {}, .line = node.source().begin.line};
  if (const auto* flag = node.as_boolean()) result.value = flag->get();
  if (const auto* number = node.as_integer()) result.value = number->get();
  if (const auto* number = node.as_floating_point()) result.value = number->get();
  if (const auto* text = node.as_string()) result.value = text->get();
  if (const auto* date = node.as_date()) result.value = day_of(date->get());
  if (const auto* time = node.as_date_time()) result.value = day_of(time->get().date);
  if (const auto* table = node.as_table()) result.value = converted(*table);
  if (const auto* array = node.as_array()) {
    auto& list = result.value.emplace<TomlArray>();
    list.reserve(array->size());
    for (const toml::node& element : *array) list.push_back(converted(element));
  }
  return result;
}

}  // namespace

std::unexpected<Error> TomlItem::bad(std::string_view what, std::string_view hint) const {
  const std::string line = std::to_string(node.line);
  return fail(Code::kBadInput, std::string(file) + ":" + line + ":" + key, what, hint);
}

Result<TomlTable> parse_toml(std::string_view text, std::string_view file) {
  CHECK_OK(check_characters(text, file));
  CHECK_OK(check_keys(text, file));
  const toml::parse_result document = toml::parse(text, file);
  if (document) return converted(document.table());
  const toml::parse_error& problem = document.error();
  return fail(Code::kBadInput, std::string(file) + ":" + std::to_string(problem.source().begin.line),
              problem.description());
}

Result<std::string> toml_text(const TomlItem& item) {
  const auto* text = item.node.get<std::string>();
  if (text == nullptr || text->empty()) return item.bad("must be a text");
  if (text->find('\0') != std::string::npos) return item.bad("must not contain a NUL");
  return *text;
}

Result<std::vector<std::string>> toml_list(const TomlItem& item) {
  const auto* array = item.node.get<TomlArray>();
  if (array == nullptr) return item.bad("must be a list of texts");
  if (array->size() > kMaxList) return item.bad("has more than " + std::to_string(kMaxList) + " entries");
  std::vector<std::string> list;
  for (const TomlNode& node : *array) {
    TRY(std::string text, toml_text({node, item.key, item.file}));
    list.push_back(std::move(text));
  }
  return list;
}

std::string path_beside(std::string_view file, std::string path) {
  const std::size_t slash = file.rfind('/');
  if (!path.starts_with('/') && slash != std::string_view::npos) path.insert(0, file.substr(0, slash + 1));
  return path;
}

std::optional<std::uint64_t> with_unit(std::string_view text, std::span<const Unit> units) {
  std::uint64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc{}) return std::nullopt;
  const std::string_view rest(end, static_cast<std::size_t>(text.data() + text.size() - end));
  const auto unit = std::ranges::find(units, rest, &Unit::name);
  std::uint64_t value = 0;
  if (unit == units.end() || __builtin_mul_overflow(number, unit->factor, &value)) return std::nullopt;
  return value;
}

}  // namespace immure::file
