/// The statement of evidence as a JSON Schema, made from the list of fields by which immure reads and writes it.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "evidence/fields.hpp"
#include "evidence/json.hpp"

namespace immure::test {

using nlohmann::json;

inline constexpr const char* kHash = "^[0-9a-f]{64}$";
inline constexpr const char* kHashOrNone = "^([0-9a-f]{64})?$";

template <class T>
json schema_of();

/// The visitor that describes (evidence/fields.hpp).
class Describer {
 public:
  Describer() {
    schema_ = {{"type", "object"},
               {"additionalProperties", false},
               {"properties", json::object()},
               {"required", json::array()}};
  }
  template <class T>
  void operator()(std::string_view key, T&) {
    require(key, schema_of<T>());
  }
  template <class T>
  void operator()(std::string_view key, std::optional<T>&) {
    schema_["properties"][std::string(key)] = schema_of<T>();
  }
  void digest(std::string_view key, std::string&) {
    json inner = {{"type", "object"}, {"additionalProperties", false}, {"required", {"sha256"}}};
    inner["properties"]["sha256"] = {{"type", "string"}, {"pattern", kHash}};
    require(key, inner);
  }
  void hash(std::string_view key, std::string&) { require(key, {{"type", "string"}, {"pattern", kHashOrNone}}); }
  template <class T>
  void ascending(std::string_view key, std::vector<T>& list) {
    in_order(key, list, true);
  }
  template <class T>
  void sorted(std::string_view key, std::vector<T>& list) {
    in_order(key, list, false);
  }
  [[nodiscard]] json take() { return std::move(schema_); }

 private:
  void require(std::string_view key, json schema) {
    schema_["properties"][std::string(key)] = std::move(schema);
    schema_["required"].push_back(key);
  }
  template <class T>
  void in_order(std::string_view key, std::vector<T>& list, bool strict) {
    (*this)(key, list);
    json order{{"strict", strict}};
    if constexpr (std::is_same_v<T, evidence::Mount>) order["by"] = "point";
    if constexpr (std::is_same_v<T, evidence::Artifact>) order["by"] = "name";
    if constexpr (std::is_same_v<T, evidence::Container>) order["by"] = "id";
    schema_["properties"][std::string(key)]["x-order"] = order;
  }
  json schema_;
};

template <class T>
json schema_of() {
  if constexpr (std::is_same_v<T, std::string>) {
    return {{"type", "string"}};
  } else if constexpr (std::is_same_v<T, bool>) {
    return {{"type", "boolean"}};
  } else if constexpr (std::is_integral_v<T>) {
    using Limits = std::numeric_limits<T>;
    constexpr std::int64_t kMost = evidence::json::kMaxInteger;
    const std::int64_t most = std::cmp_greater(Limits::max(), kMost) ? kMost : static_cast<std::int64_t>(Limits::max());
    const std::int64_t least = std::cmp_less(Limits::min(), -kMost) ? -kMost : static_cast<std::int64_t>(Limits::min());
    return {{"type", "integer"}, {"minimum", least}, {"maximum", most}};
  } else if constexpr (requires { typename T::mapped_type; }) {
    return {{"type", "object"}, {"additionalProperties", schema_of<std::uint64_t>()}};
  } else if constexpr (requires(T list) { list.emplace_back(); }) {
    return {
        {"type", "array"}, {"items", schema_of<typename T::value_type>()}, {"maxItems", evidence::json::kMaxElements}};
  } else {
    Describer describer;
    T value;
    visit(describer, value);
    return describer.take();
  }
}

inline json statement_schema() {
  json subject = schema_of<std::vector<evidence::Artifact>>();
  subject["x-order"] = {{"by", "name"}, {"strict", true}};
  subject["minItems"] = 1;
  json schema{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
              {"$id", "urn:immure:sandbox-evidence:v1:statement"},
              {"title", "The statement of evidence, as docs/evidence-format.md describes it"},
              {"type", "object"},
              {"additionalProperties", false},
              {"required", {"_type", "predicate", "predicateType", "subject"}}};
  json& properties = schema["properties"];
  properties["_type"] = {{"const", "https://in-toto.io/Statement/v1"}};
  properties["predicate"] = schema_of<evidence::Predicate>();
  properties["predicateType"] = {{"const", evidence::kPredicateType}};
  properties["subject"] = subject;
  json& predicate = properties["predicate"]["properties"];
  for (json* stage : {&predicate, &predicate["stages"]["items"]["properties"]}) {
    (*stage)["runId"]["pattern"] = "^[0-9a-f]{32}$";
    for (const char* time : {"startedOn", "finishedOn"})
      (*stage)[time]["pattern"] = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$";
  }
  return schema;
}

}  // namespace immure::test
