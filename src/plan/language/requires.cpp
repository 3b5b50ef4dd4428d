#include "plan/language/requires.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <optional>
#include <span>

namespace immure::plan {
namespace {

constexpr std::size_t kMaxRequired = 4096;
constexpr std::size_t kMaxName = 255;
constexpr std::string_view kBlanks = " \t\r\n";

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

void skip(std::string_view& text, std::string_view characters) {
  text.remove_prefix(std::min(text.find_first_not_of(characters), text.size()));
}

std::string_view take_word(std::string_view& text, std::string_view more = {}) {
  std::size_t size = 0;
  while (size < text.size() && (is_word(text[size]) || more.contains(text[size]))) ++size;
  const std::string_view word = text.substr(0, size);
  text.remove_prefix(size);
  return word;
}

/// Reads a constant text in quotes. Returns nothing if the text has no end, is too long or has variables.
std::optional<std::string_view> take_quoted(std::string_view& text) {
  if (text.empty() || (text.front() != '\'' && text.front() != '"')) return std::nullopt;
  // Without this limit, a source with many quotes would cost time that grows with the square of its size.
  const std::size_t end = text.substr(0, kMaxName + 1).find(text.front(), 1);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view inside = text.substr(1, end - 1);
  if (inside.find_first_of("\\$#\n{") != std::string_view::npos) return std::nullopt;
  text.remove_prefix(end + 1);
  return inside;
}

/// A path of a module below its directory, or nothing for a path that no package has.
std::optional<std::string> clean(std::string_view name) {
  if (name.empty() || name.size() > kMaxName || name.starts_with('/') || name.ends_with('/')) return std::nullopt;
  if (name.find('\0') != std::string_view::npos || name.find("//") != std::string_view::npos) return std::nullopt;
  return std::string(name);
}

void add(std::vector<Required>& all, std::string_view name, bool relative) {
  auto path = clean(name);
  if (path && all.size() < kMaxRequired) all.push_back({*std::move(path), relative});
}

/// Calls `visit(word, rest)` for each of the words in a source.
template <class Visit>
void each_word(std::string_view source, std::initializer_list<std::string_view> words, Visit visit) {
  while (!source.empty()) {
    if (!is_word(source.front())) {
      source.remove_prefix(1);
      continue;
    }
    const std::string_view word = take_word(source);
    if (std::ranges::find(words, word) != words.end()) visit(word, source);
  }
}

std::string replaced(std::string_view text, std::string_view from, char to) {
  std::string whole;
  while (!text.empty()) {
    const std::size_t at = text.find(from);
    whole += text.substr(0, at);
    if (at == std::string_view::npos) break;
    whole += to;
    text.remove_prefix(at + from.size());
  }
  return whole;
}

/// The names in `use parent -norequire, qw(A::B C)` or `use base 'A::B'`, up to the end of the statement.
void add_parents(std::vector<Required>& all, std::string_view rest) {
  rest = rest.substr(0, 1024);
  rest = rest.substr(0, rest.find(';'));
  while (!rest.empty() && all.size() < kMaxRequired) {
    const std::string_view name = take_word(rest, ":");
    if (name.empty()) rest.remove_prefix(1);
    if (!name.empty() && name != "qw") add(all, replaced(name, "::", '/'), false);
  }
}

/// Reads the names of the members of an object whose values are texts.
void add_members(std::vector<std::string>& all, std::string_view rest) {
  skip(rest, kBlanks);
  if (!rest.starts_with('{')) return;
  rest.remove_prefix(1);
  while (all.size() < kMaxRequired) {
    skip(rest, " \t\r\n,");
    const auto name = take_quoted(rest);
    skip(rest, " \t\r\n:");
    if (!name || rest.empty() || rest.front() != '"') return;
    const std::size_t end = rest.find('"', 1);
    if (end == std::string_view::npos) return;
    rest.remove_prefix(end + 1);
    if (clean(*name) && !name->starts_with('.')) all.emplace_back(*name);
  }
}

}  // namespace

std::vector<Required> perl_requires(std::string_view source) {
  std::vector<Required> all;
  // The text behind these markers is documentation or data.
  for (const std::string_view end : {"\n__END__", "\n__DATA__"}) source = source.substr(0, source.find(end));
  each_word(source, {"use", "require"}, [&](std::string_view, std::string_view rest) {
    skip(rest, kBlanks);
    if (const auto path = take_quoted(rest)) return add(all, path->substr(0, path->rfind(".pm")), false);
    const std::string_view name = take_word(rest, ":");
    if (name.empty() || (name.front() >= '0' && name.front() <= '9')) return;
    if (name == "base" || name == "parent") return add_parents(all, rest);
    add(all, replaced(name, "::", '/'), false);
  });
  return all;
}

std::vector<Required> ruby_requires(std::string_view source) {
  std::vector<Required> all;
  each_word(source, {"require", "require_relative", "load", "autoload"},
            [&](std::string_view word, std::string_view rest) {
              skip(rest, " \t(");
              if (word == "autoload" && rest.starts_with(':')) {
                rest.remove_prefix(1);
                take_word(rest);
                skip(rest, ", \t");
              }
              const auto name = take_quoted(rest);
              if (!name) return;
              const bool ends = name->ends_with(".rb");
              add(all, name->substr(0, name->size() - (ends ? 3 : 0)), word == "require_relative");
            });
  return all;
}

std::vector<Required> lua_requires(std::string_view source) {
  std::vector<Required> all;
  each_word(source, {"require"}, [&](std::string_view, std::string_view rest) {
    skip(rest, " \t(");
    if (const auto name = take_quoted(rest)) add(all, replaced(*name, ".", '/'), false);
  });
  return all;
}

std::vector<Required> node_requires(std::string_view source) {
  std::vector<Required> all;
  each_word(source, {"require", "import", "from"}, [&](std::string_view, std::string_view rest) {
    skip(rest, " \t(");
    if (const auto name = take_quoted(rest)) add(all, *name, name->starts_with('.'));
  });
  return all;
}

std::vector<Required> php_requires(std::string_view source) {
  std::vector<Required> all;
  each_word(source, {"require", "require_once", "include", "include_once"},
            [&](std::string_view, std::string_view rest) {
              skip(rest, " \t(");
              if (rest.starts_with("__DIR__")) {
                rest.remove_prefix(7);
                skip(rest, " \t.");
              }
              auto name = take_quoted(rest);
              if (!name) return;
              while (name->starts_with('/')) name->remove_prefix(1);
              add(all, *name, true);
            });
  return all;
}

std::vector<std::string> package_dependencies(std::string_view json) {
  std::vector<std::string> all;
  for (const std::string_view key : {"\"dependencies\"", "\"optionalDependencies\"", "\"peerDependencies\""}) {
    const std::size_t at = json.find(key);
    if (at == std::string_view::npos) continue;
    std::string_view rest = json.substr(at + key.size());
    skip(rest, " \t\r\n:");
    add_members(all, rest);
  }
  return all;
}

}  // namespace immure::plan
