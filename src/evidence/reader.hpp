/// Reads evidence structs out of a strict document: every key known, every key there, every value of its type and range.
#pragma once

#include <concepts>
#include <limits>
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

/// One reading of one document. The first error wins; what is read after it is worthless.
struct Reading {
  const json::Document& document;
  std::optional<Error> error = std::nullopt;

  void refuse(std::uint32_t node, std::string_view what) {
    if (!error) error = Error{Code::kBadInput, std::string(what), document.pointer(node), {}, 0};
  }
  bool expect(std::uint32_t node, json::Kind kind) {
    if (document.at(node).kind == kind) return true;
    refuse(node, "wants " + std::string(json::name(kind)) + ", has " + std::string(json::name(document.at(node).kind)));
    return false;
  }
};

inline void read(Reading& reading, std::uint32_t node, std::string& value) {
  if (reading.expect(node, json::Kind::kText)) value = reading.document.text(reading.document.at(node));
}
inline void read(Reading& reading, std::uint32_t node, bool& value) {
  if (reading.expect(node, json::Kind::kBoolean)) value = reading.document.at(node).number != 0;
}
template <std::integral T>
  requires(!std::same_as<T, bool>)
void read(Reading& reading, std::uint32_t node, T& value) {
  if (!reading.expect(node, json::Kind::kInteger)) return;
  const std::int64_t number = reading.document.at(node).number;
  if (!std::in_range<T>(number)) return reading.refuse(node, "an integer out of range");
  value = static_cast<T>(number);
}
template <class T>
void read(Reading& reading, std::uint32_t node, std::vector<T>& list);
void read(Reading& reading, std::uint32_t node, std::map<std::string, std::uint64_t>& map);
template <class T>
  requires std::is_class_v<T>
void read(Reading& reading, std::uint32_t node, T& value);

/// By what a list's elements are ordered.
inline std::string_view sort_key(const std::string& text) { return text; }
inline std::string_view sort_key(const Mount& mount) { return mount.point; }
inline std::string_view sort_key(const Artifact& artifact) { return artifact.name; }

/// The visitor that reads (evidence/fields.hpp). Members are looked for where the last one ended, so that a canonical
/// document is gone through once; any other order is found too.
class FieldReader {
 public:
  FieldReader(Reading& reading, std::uint32_t object) : reading_(reading), object_(object), next_(object + 1) {
    if (!reading_.expect(object, json::Kind::kObject)) object_ = kNone;
  }

  template <class T>
  void operator()(std::string_view key, T& value) {
    if (const std::uint32_t node = demand(key); node != kNone) read(reading_, node, value);
  }
  template <class T>
  void operator()(std::string_view key, std::optional<T>& value) {
    if (const std::uint32_t node = find(key); node != kNone) read(reading_, node, value.emplace());
  }
  void digest(std::string_view key, std::string& sha256) {
    const std::uint32_t node = demand(key);
    if (node == kNone) return;
    FieldReader inner(reading_, node);
    inner("sha256", sha256);
    inner.close();
    if (!file::is_sha256_hex(sha256)) reading_.refuse(node, "not a SHA-256 of 64 lower-case hex digits");
  }
  void hash(std::string_view key, std::string& sha256) {
    const std::uint32_t node = demand(key);
    if (node == kNone) return;
    read(reading_, node, sha256);
    if (!sha256.empty() && !file::is_sha256_hex(sha256)) reading_.refuse(node, "not a SHA-256 of 64 lower-case hex digits");
  }
  template <class T>
  void ascending(std::string_view key, std::vector<T>& list) {
    (*this)(key, list);
    check_order(key, list, true);
  }
  template <class T>
  void sorted(std::string_view key, std::vector<T>& list) {
    (*this)(key, list);
    check_order(key, list, false);
  }

  /// After the last field: what was not asked for is unknown.
  void close() {
    if (object_ == kNone || reading_.error) return;
    std::size_t members = 0;
    const std::uint32_t end = reading_.document.at(object_).end;
    for (std::uint32_t i = object_ + 1; i < end; i = reading_.document.at(i).end) {
      if (++members <= taken_.size() && taken_[members - 1]) continue;
      return reading_.refuse(i, "an unknown key");
    }
  }

 private:
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

  std::uint32_t demand(std::string_view key) {
    const std::uint32_t node = find(key);
    if (node == kNone && object_ != kNone && !reading_.error) {
      reading_.refuse(object_, "a missing key");
      reading_.error->where += "/" + std::string(key);
    }
    return node;
  }

  std::uint32_t find(std::string_view key) {
    if (object_ == kNone || reading_.error) return kNone;
    const std::uint32_t end = reading_.document.at(object_).end;
    if (next_ < end && reading_.document.key(reading_.document.at(next_)) == key) return take(next_, position_);
    std::size_t position = 0;
    for (std::uint32_t i = object_ + 1; i < end; i = reading_.document.at(i).end, ++position)
      if (reading_.document.key(reading_.document.at(i)) == key) return take(i, position);
    return kNone;
  }

  std::uint32_t take(std::uint32_t node, std::size_t position) {
    next_ = reading_.document.at(node).end;
    position_ = position + 1;
    if (position >= taken_.size()) reading_.refuse(node, "an unknown key");
    else taken_[position] = true;
    return node;
  }

  template <class T>
  void check_order(std::string_view key, const std::vector<T>& list, bool strict) {
    if (reading_.error) return;
    for (std::size_t i = 1; i < list.size(); ++i) {
      const int order = sort_key(list[i - 1]).compare(sort_key(list[i]));
      if (order < 0 || (order == 0 && !strict)) continue;
      reading_.refuse(object_, order == 0 ? "a name given twice" : "names out of order");
      reading_.error->where += "/" + std::string(key) + "/" + std::to_string(i);
      return;
    }
  }

  Reading& reading_;
  std::uint32_t object_;
  std::uint32_t next_;
  std::size_t position_ = 0;
  std::array<bool, 64> taken_{};   ///< by position; no object of evidence has as many keys
};

template <class T>
void read(Reading& reading, std::uint32_t node, std::vector<T>& list) {
  if (!reading.expect(node, json::Kind::kArray)) return;
  const std::uint32_t end = reading.document.at(node).end;
  for (std::uint32_t i = node + 1; i < end && !reading.error; i = reading.document.at(i).end)
    read(reading, i, list.emplace_back());
}

template <class T>
  requires std::is_class_v<T>
void read(Reading& reading, std::uint32_t node, T& value) {
  FieldReader fields(reading, node);
  visit(fields, value);
  fields.close();
}

inline void read(Reading& reading, std::uint32_t node, std::map<std::string, std::uint64_t>& map) {
  if (!reading.expect(node, json::Kind::kObject)) return;
  const std::uint32_t end = reading.document.at(node).end;
  for (std::uint32_t i = node + 1; i < end && !reading.error; i = reading.document.at(i).end)
    read(reading, i, map[std::string(reading.document.key(reading.document.at(i)))]);
}

}  // namespace immure::evidence
