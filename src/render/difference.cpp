#include "render/difference.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_map>

#include "render/value_tree.hpp"
#include "text/json_writer.hpp"
#include "text/visible.hpp"

namespace immure::render {
namespace {

/// Ends of the paths of values that differ between any two runs. For example, each cell that root starts has another
/// host id. `immure verify` decides whether these values are well-formed.
constexpr auto kOfOneRun = std::to_array<std::string_view>({
    "runId",
    "nonce",
    "startedOn",
    "finishedOn",
    "durationUs",
    "transcript.head",
    "payload.maxRssKib",
    "payload.peakMemoryBytes",
    "payload.systemUs",
    "payload.userUs",
    ".nsPid",
    ".uids",
    ".gids",
    ".uidMap",
    ".gidMap",
    "outer.uid",
});
/// Parts of paths: all values below these paths differ between any two runs.
constexpr auto kBelowOfOneRun =
    std::to_array<std::string_view>({".namespaces.", ".hostNamespaces.", "outer.command", "neighbours."});

bool is_of_one_run(std::string_view where) {
  return std::ranges::any_of(kOfOneRun, [&](std::string_view end) { return where.ends_with(end); }) ||
         std::ranges::any_of(kBelowOfOneRun, [&](std::string_view part) { return where.find(part) != where.npos; });
}

class Walk {
 public:
  explicit Walk(bool everything) : everything_(everything) {}
  Comparison take() { return std::move(comparison_); }

  void descend(const std::string& where, const Node& first, const Node& second) {
    if (first.text != second.text) add(where, text_of(first), text_of(second));
    const Index ours = index_of(first);
    const Index theirs = index_of(second);
    bool same_names = ours.size() == theirs.size();
    for (const Node& part : first.parts) {
      const auto other = theirs.find(part.name);
      const std::string at = place(where, first, part);
      if (other == theirs.end()) {
        add(at, text_of(part), std::nullopt);
        same_names = false;
      } else {
        descend(at, part, *other->second);
      }
    }
    for (const Node& part : second.parts)
      if (!ours.contains(part.name)) add(place(where, second, part), std::nullopt, text_of(part));
    // A missing element was already reported; do not also report that the elements after it have moved.
    if (first.is_list && same_names) compare_order(where, first, second);
  }

 private:
  /// A stranger chooses how long a list is, so finding a name in the other list must not take time in proportion to its
  /// length.
  using Index = std::unordered_map<std::string_view, const Node*>;
  static Index index_of(const Node& node) {
    Index index(node.parts.size());
    for (const Node& part : node.parts) index.emplace(part.name, &part);
    return index;
  }
  static std::string place(const std::string& where, const Node& holder, const Node& part) {
    if (holder.is_list) return where + "[" + part.name + "]";
    return where.empty() ? part.name : where + "." + part.name;
  }
  static std::string text_of(const Node& node) {
    if (node.parts.empty()) return node.text;
    return node.is_list ? std::to_string(node.parts.size()) + " elements" : "there";
  }

  void compare_order(const std::string& where, const Node& first, const Node& second) {
    const auto [ours, theirs] = std::ranges::mismatch(first.parts, second.parts, {}, &Node::name, &Node::name);
    if (ours == first.parts.end() || theirs == second.parts.end()) return;
    add(where + ": order", ours->name, theirs->name);
  }

  void add(std::string where, std::optional<std::string> first, std::optional<std::string> second) {
    if (!everything_ && is_of_one_run(where)) {
      ++comparison_.left_out;
    } else {
      comparison_.differences.push_back({std::move(where), std::move(first), std::move(second)});
    }
  }

  bool everything_;
  Comparison comparison_;
};

std::string shown(const std::string& text) {
  constexpr std::size_t kShown = 200;
  if (text.empty()) return "empty";
  std::string out = text::escaped(std::string_view(text).substr(0, kShown));
  return text.size() > kShown ? out + "… (" + std::to_string(text.size()) + " bytes)" : out;
}

}  // namespace

Comparison compare(const evidence::Statement& first, const evidence::Statement& second, bool everything) {
  Walk walk(everything);
  walk.descend("", tree_of(first), tree_of(second));
  return walk.take();
}

std::string comparison_text(const Comparison& comparison) {
  std::string out;
  for (const Difference& difference : comparison.differences) {
    out += text::escaped(difference.where) + ": ";
    if (!difference.first) {
      out += "only in the second: " + shown(*difference.second);
    } else if (!difference.second) {
      out += "only in the first: " + shown(*difference.first);
    } else {
      out += shown(*difference.first) + " | " + shown(*difference.second);
    }
    out += '\n';
  }
  const std::size_t count = comparison.differences.size();
  out += count == 0 ? "same" : "differ: " + std::to_string(count) + (count == 1 ? " value" : " values");
  if (comparison.left_out != 0)
    out += "; " + std::to_string(comparison.left_out) + " more differ as between any two runs (--all)";
  return out + "\n";
}

std::string comparison_json(const Comparison& comparison, bool verified) {
  std::string out;
  text::JsonWriter json(out);
  json.object().key("differences").array();
  for (const Difference& difference : comparison.differences) {
    json.object();
    if (difference.first) json.member("first", text::escaped(*difference.first));
    if (difference.second) json.member("second", text::escaped(*difference.second));
    json.member("where", text::escaped(difference.where)).close();
  }
  json.close().member("leftOut", comparison.left_out).member("same", comparison.differences.empty());
  json.member("signaturesVerified", verified).member("type", "urn:immure:evidence-difference:v1").close();
  return out + "\n";
}

}  // namespace immure::render
