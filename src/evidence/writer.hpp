/// Writes evidence structs as canonical JSON, appended to one text: no tree is built on the way.
#pragma once

#include <concepts>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "evidence/fields.hpp"
#include "evidence/json.hpp"

namespace immure::evidence {

inline void write(std::string& out, const std::string& text) { json::append_text(out, text); }
inline void write(std::string& out, bool value) { out += value ? "true" : "false"; }
template <std::signed_integral T>
void write(std::string& out, T value) {
  json::append_integer(out, static_cast<std::int64_t>(value));
}
template <std::unsigned_integral T>
  requires(!std::same_as<T, bool>)
void write(std::string& out, T value) {
  json::append_integer(out, static_cast<std::uint64_t>(value));
}
template <class T>
void write(std::string& out, const std::vector<T>& list);
void write(std::string& out, const std::map<std::string, std::uint64_t>& map);
template <class T>
  requires std::is_class_v<T>
void write(std::string& out, const T& value);

/// The visitor that writes (evidence/fields.hpp).
class FieldWriter {
 public:
  explicit FieldWriter(std::string& out) : object_(out) {}
  template <class T>
  void operator()(std::string_view key, const T& value) {
    write(object_.key(key), value);
  }
  template <class T>
  void operator()(std::string_view key, const std::optional<T>& value) {
    if (value) (*this)(key, *value);
  }
  void digest(std::string_view key, const std::string& sha256) {
    std::string& out = object_.key(key);
    json::ObjectWriter inner(out);
    write(inner.key("sha256"), sha256);
    inner.close();
  }
  void close() { object_.close(); }

 private:
  json::ObjectWriter object_;
};

template <class T>
void write(std::string& out, const std::vector<T>& list) {
  out += '[';
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (i != 0) out += ',';
    write(out, list[i]);
  }
  out += ']';
}

template <class T>
  requires std::is_class_v<T>
void write(std::string& out, const T& value) {
  FieldWriter fields(out);
  visit(fields, value);
  fields.close();
}

inline void write(std::string& out, const std::map<std::string, std::uint64_t>& map) {
  out += '{';
  bool first = true;
  for (const auto& [key, value] : map) {
    if (!first) out += ',';
    first = false;
    json::append_text(out, key);
    out += ':';
    json::append_integer(out, value);
  }
  out += '}';
}

}  // namespace immure::evidence
