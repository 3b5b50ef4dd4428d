/// Writes evidence structs as canonical JSON at the end of a text, without building a tree first.
#pragma once

#include <concepts>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "evidence/fields.hpp"
#include "text/json_writer.hpp"

namespace immure::evidence {

using text::JsonWriter;

template <class T>
  requires std::integral<T> || std::same_as<T, std::string>
void write(JsonWriter& json, const T& value) {
  json.value(value);
}
template <class T>
void write(JsonWriter& json, const std::vector<T>& list);
inline void write(JsonWriter& json, const std::map<std::string, std::uint64_t>& map) {
  json.object();
  for (const auto& [key, value] : map) json.member(key, value);
  json.close();
}
template <class T>
  requires std::is_class_v<T> && (!std::same_as<T, std::string>)
void write(JsonWriter& json, const T& value);

/// The visitor that writes (evidence/fields.hpp).
class FieldWriter {
 public:
  explicit FieldWriter(JsonWriter& json) : json_(json) {}
  template <class T>
  void operator()(std::string_view key, const T& value) {
    write(json_.key(key), value);
  }
  template <class T>
  void operator()(std::string_view key, const std::optional<T>& value) {
    if (value) (*this)(key, *value);
  }
  void digest(std::string_view key, const std::string& sha256) {
    json_.key(key).object().member("sha256", sha256).close();
  }

 private:
  JsonWriter& json_;
};

template <class T>
void write(JsonWriter& json, const std::vector<T>& list) {
  json.array();
  for (const T& one : list) write(json, one);
  json.close();
}

template <class T>
  requires std::is_class_v<T> && (!std::same_as<T, std::string>)
void write(JsonWriter& json, const T& value) {
  json.object();
  FieldWriter fields(json);
  visit(fields, value);
  json.close();
}

/// Appends one value to the text.
template <class T>
void write(std::string& out, const T& value) {
  JsonWriter json(out);
  write(json, value);
}

}  // namespace immure::evidence
