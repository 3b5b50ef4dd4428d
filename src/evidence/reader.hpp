/// Reads evidence structs from canonical JSON: no unknown key, no missing key, and every value with the right type and
/// range.
#pragma once

#include <concepts>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "evidence/fields.hpp"
#include "evidence/json.hpp"
#include "file/sha256.hpp"

namespace immure::evidence {

inline void read(json::Scanner& scanner, std::string& value) { scanner.text(value); }
inline void read(json::Scanner& scanner, bool& value) { scanner.boolean(value); }
template <std::integral T>
  requires(!std::same_as<T, bool>)
void read(json::Scanner& scanner, T& value) {
  std::int64_t number = 0;
  scanner.integer(number);
  if (!std::in_range<T>(number)) return scanner.refuse("an integer out of range");
  value = static_cast<T>(number);
}
template <class T>
void read(json::Scanner& scanner, std::vector<T>& list);
void read(json::Scanner& scanner, std::map<std::string, std::uint64_t>& map);
template <class T>
  requires std::is_class_v<T>
void read(json::Scanner& scanner, T& value);

/// The key by which the elements of a list are sorted.
inline std::uint32_t sort_key(std::uint32_t number) { return number; }
inline std::string_view sort_key(const std::string& text) { return text; }
inline std::string_view sort_key(const Mount& mount) { return mount.point; }
inline std::string_view sort_key(const Artifact& artifact) { return artifact.name; }
inline std::string_view sort_key(const Container& container) { return container.id; }

/// The visitor that reads (evidence/fields.hpp). Canonical JSON has the members in the same order as the fields.
class FieldReader {
 public:
  explicit FieldReader(json::Scanner& scanner) : scanner_(scanner), step_(scanner, "object") { scanner_.open('{'); }

  template <class T>
  void operator()(std::string_view key, T& value) {
    if (demand(key)) read(scanner_, value);
  }
  template <class T>
  void operator()(std::string_view key, std::optional<T>& value) {
    if (next_is(key)) read(scanner_, value.emplace());
  }
  void digest(std::string_view key, std::string& sha256) {
    if (!demand(key)) return;
    FieldReader inner(scanner_);
    inner("sha256", sha256);
    if (!file::is_sha256_hex(sha256)) scanner_.refuse("not a SHA-256 of 64 lower-case hex digits");
    inner.close();
  }
  /// Reads a text without escapes. The view points into the input.
  void plain(std::string_view key, std::string_view& text, std::size_t limit) {
    if (demand(key)) text = scanner_.plain_text(limit);
  }
  void hash(std::string_view key, std::string& sha256) {
    if (!demand(key)) return;
    read(scanner_, sha256);
    if (!sha256.empty() && !file::is_sha256_hex(sha256)) scanner_.refuse("not a SHA-256 of 64 lower-case hex digits");
  }
  template <class T>
  void ascending(std::string_view key, std::vector<T>& list) {
    (*this)(key, list);
    check_order(list, true);
  }
  template <class T>
  void sorted(std::string_view key, std::vector<T>& list) {
    (*this)(key, list);
    check_order(list, false);
  }

  /// Moves to the value of `key`, which must be the next member.
  bool demand(std::string_view key) {
    if (next_is(key)) return true;
    wrong_key(key);
    return false;
  }

  /// Reads the end of the object. Call this after the last field.
  void close() {
    const bool trailing_comma = comma_ && !first_;
    if (trailing_comma || !scanner_.take('}')) wrong_key({});
    step_.key = {};
  }

 private:
  /// Moves to the value of `key` if that is the next member.
  bool next_is(std::string_view key) {
    if (!comma_) comma_ = first_ || scanner_.take(',');
    if (!comma_ || scanner_.peek_key() != key) return false;
    scanner_.take_key(key);
    first_ = comma_ = false;
    step_.key = key;
    return true;
  }

  /// Reports a member other than `wanted`; if `wanted` is empty, reports a member where none is allowed. The error says
  /// as exactly as possible what is wrong.
  void wrong_key(std::string_view wanted) {
    const std::string_view last = step_.key;
    step_.key = {};
    const auto found = comma_ || scanner_.take(',') || first_ ? scanner_.peek_key() : std::nullopt;
    if (!found && scanner_.next_is('}') && !wanted.empty()) return scanner_.refuse("a missing key", wanted);
    if (!found) return scanner_.refuse("not canonical JSON after its member `" + std::string(last) + "`");
    if (*found == last) return scanner_.refuse("a key given twice", *found);
    // Keys ascend. So if the key found sorts after the wanted key, the wanted key is missing.
    if (!wanted.empty() && *found > wanted) return scanner_.refuse("a missing key", wanted);
    scanner_.refuse("an unknown key, or a key out of order", *found);
  }

  template <class T>
  void check_order(const std::vector<T>& list, bool strict) {
    if (scanner_.failed()) return;
    for (std::size_t i = 1; i < list.size(); ++i) {
      const auto order = sort_key(list[i - 1]) <=> sort_key(list[i]);
      if (order < 0 || (order == 0 && !strict)) continue;
      return scanner_.refuse(order == 0 ? "the same entry twice" : "out of order", std::to_string(i));
    }
  }

  json::Scanner& scanner_;
  json::Scanner::Step step_;
  bool first_ = true;
  bool comma_ = false;  ///< the reader has taken the comma before a member, but the member was another one
};

template <class T>
void read(json::Scanner& scanner, std::vector<T>& list) {
  constexpr std::size_t kUsualProbes = 512;
  list.clear();
  if (!scanner.open('[') || scanner.take(']')) return;
  // Probe records are the one long list of large elements. If the list grew step by step, its memory would be touched
  // twice.
  if constexpr (std::same_as<T, ProbeRecord>) list.reserve(kUsualProbes);
  json::Scanner::Step step(scanner, "array");
  do {
    if (list.size() == json::kMaxElements) return scanner.refuse("more elements than the limit");
    read(scanner, list.emplace_back());
    ++step.index;
  } while (scanner.take(','));
  if (!scanner.take(']')) scanner.refuse("not canonical JSON before this element");
}

template <class T>
  requires std::is_class_v<T>
void read(json::Scanner& scanner, T& value) {
  FieldReader fields(scanner);
  visit(fields, value);
  fields.close();
}

inline void read(json::Scanner& scanner, std::map<std::string, std::uint64_t>& map) {
  map.clear();
  if (!scanner.open('{') || scanner.take('}')) return;
  json::Scanner::Step step(scanner, "object");
  do {
    const auto key = scanner.peek_key();
    if (!key) return scanner.refuse("not canonical JSON");
    if (!map.empty() && map.rbegin()->first >= *key) return scanner.refuse("a key given twice or out of order", *key);
    scanner.take_key(*key);
    step.key = *key;
    read(scanner, map.emplace_hint(map.end(), *key, 0)->second);
  } while (scanner.take(','));
  if (!scanner.take('}')) scanner.refuse("not canonical JSON");
}

}  // namespace immure::evidence
