#include "render/value_tree.hpp"

#include <concepts>
#include <cstddef>
#include <map>
#include <optional>
#include <string_view>
#include <type_traits>

#include "evidence/fields.hpp"
#include "judge/text.hpp"
#include "text/json_writer.hpp"

namespace immure::render {
namespace {

std::string name_of(const evidence::Artifact& x) { return x.name; }
std::string name_of(const evidence::Container& x) { return x.id; }
std::string name_of(const evidence::FixedFile& x) { return x.path; }
std::string name_of(const evidence::Mount& x) { return x.point; }
std::string name_of(const evidence::Limit& x) { return x.name; }
std::string name_of(const evidence::Enforcement& x) { return x.name; }
std::string name_of(const evidence::InputPart& x) { return x.place; }
std::string name_of(const evidence::Descriptor& x) { return std::to_string(x.number); }
std::string name_of(const evidence::OutsideView& x) { return x.moment; }
std::string name_of(const evidence::ProbeRecord& x) { return x.id; }
std::string name_of(const evidence::Evidence& x) {
  return x.stage ? std::to_string(x.stage->number) : std::string("?");
}
std::string name_of(const evidence::Device& x) { return x.path; }
std::string name_of(const evidence::Refusal& x) { return x.what + " " + x.path; }

template <class T>
concept Record = std::is_class_v<T> && !std::same_as<T, std::string>;

template <Record T>
Node node_of(std::string_view name, const T& record);

Node leaf(std::string_view name, std::string text) { return {std::string(name), std::move(text), {}}; }
Node node_of(std::string_view name, const std::string& text) { return leaf(name, text); }
Node node_of(std::string_view name, bool value) { return leaf(name, value ? "yes" : "no"); }
template <std::integral T>
Node node_of(std::string_view name, T value) {
  return leaf(name, name == "errno" && value != 0 ? judge::errno_text(static_cast<int>(value)) : std::to_string(value));
}
Node node_of(std::string_view name, const std::map<std::string, std::uint64_t>& map) {
  Node node{std::string(name), {}, {}};
  for (const auto& [key, value] : map) node.parts.push_back(leaf(key, std::to_string(value)));
  return node;
}
/// Texts and numbers in a list have no names, so the list is one value whose order counts.
template <class T>
Node node_of(std::string_view name, const std::vector<T>& list) {
  Node node{std::string(name), {}, {}};
  if constexpr (Record<T>) {
    node.is_list = true;
    // A name can occur twice, for example if a mount lies above another one. Number the second element.
    std::map<std::string, std::size_t> seen;
    for (const T& element : list) {
      std::string own = name_of(element);
      if (const std::size_t before = seen[own]++; before != 0) own += " (" + std::to_string(before + 1) + ")";
      node.parts.push_back(node_of(own, element));
    }
  } else {
    for (const T& element : list) {
      if (!node.text.empty()) node.text += ' ';
      if constexpr (std::same_as<T, std::string>) {
        text::append_json_text(node.text, element);
      } else {
        node.text += std::to_string(element);
      }
    }
    node.text = "[" + node.text + "]";
  }
  return node;
}

/// A visitor for evidence/fields.hpp that turns a record into parts.
class Partition {
 public:
  explicit Partition(Node& node) : node_(node) {}
  template <class T>
  void operator()(std::string_view key, const T& value) {
    node_.parts.push_back(node_of(key, value));
  }
  template <class T>
  void operator()(std::string_view key, const std::optional<T>& value) {
    if (value) (*this)(key, *value);
  }
  void digest(std::string_view, const std::string& sha256) { (*this)("sha256", sha256); }

 private:
  Node& node_;
};

template <Record T>
Node node_of(std::string_view name, const T& record) {
  Node node{std::string(name), {}, {}};
  Partition partition(node);
  visit(partition, record);
  return node;
}

}  // namespace

Node tree_of(const evidence::Statement& statement) {
  Node node = node_of("", statement.predicate);
  node.parts.insert(node.parts.begin(), node_of("subject", statement.subjects));
  return node;
}

}  // namespace immure::render
