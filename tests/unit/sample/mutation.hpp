/// Makes changes to canonical JSON, one value or member at a time. The changes are made in the text itself, so
/// appraising a mutant takes more time than making it.
#pragma once

#include <array>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace immure::test {

/// A value of a document in canonical JSON, and its place in the text.
struct Node {
  std::string pointer;
  std::size_t begin = 0, end = 0;
  std::size_t start = 0;  ///< start of the key, or `begin` for a list element
  int parent = -1;
};

class Index {
 public:
  explicit Index(std::string_view text) : text_(text) {
    nodes_.reserve(16'384);
    value({}, 0, -1);
  }
  [[nodiscard]] const std::vector<Node>& nodes() const { return nodes_; }
  [[nodiscard]] const Node* find(std::string_view pointer) const {
    for (const Node& node : nodes_)
      if (node.pointer == pointer) return &node;
    return nullptr;
  }

 private:
  void text() {
    ++at_;
    while (text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
    ++at_;
  }
  void value(const std::string& pointer, std::size_t start, int parent) {
    const int self = static_cast<int>(nodes_.size());
    nodes_.push_back({pointer, at_, 0, start, parent});
    const char first = text_[at_];
    if (first == '{' || first == '[') {
      ++at_;
      for (int i = 0; text_[at_] != '}' && text_[at_] != ']'; ++i) {
        if (text_[at_] == ',') ++at_;
        const std::size_t from = at_;
        std::string step = std::to_string(i);
        if (first == '{') {
          text();
          step = text_.substr(from + 1, at_ - from - 2);
          ++at_;
        }
        value(pointer + "/" + step, from, self);
      }
      ++at_;
    } else if (first == '"') {
      text();
    } else {
      at_ = std::min(text_.find_first_of(",]}", at_), text_.size());
    }
    nodes_[static_cast<std::size_t>(self)].end = at_;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<Node> nodes_;
};

/// A text, and the places of its values, which the constructor finds once.
struct Document {
  explicit Document(std::string bytes) : text(std::move(bytes)), index(text) {}
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;
  std::string text;
  Index index;
};

/// Makes one change after another. The same seed gives the same changes.
class Mutator {
 public:
  explicit Mutator(std::uint32_t seed) : random_(seed) {}

  /// The text of the document with one change. Some changes take a value from `other`, another signed run.
  std::string change(const Document& document, const Document& other) {
    const auto& [text, index] = document;
    const Node& node = pick(index);
    const std::string own = text.substr(node.begin, node.end - node.begin);
    what_ = node.pointer;
    switch (random_() % 8) {
      case 0: return drop(text, node);
      case 1: return twice(text, node);
      case 2: return swapped(text, index, node);
      case 3: return with(text, node, taken(other, node, own));
      case 4: return flipped(text, node);
      default: return with(text, node, another(index, text, own));
    }
  }
  /// The place of the last change, as a JSON pointer.
  [[nodiscard]] const std::string& where() const { return what_; }
  std::uint32_t random() { return static_cast<std::uint32_t>(random_()); }

 private:
  // Most values of a statement lie in the probes, which are all alike, so pick values of the probes less often.
  const Node& pick(const Index& index) {
    const auto& nodes = index.nodes();
    const bool probes = random_() % 4 == 0;
    for (;;) {
      const Node& node = nodes[1 + random_() % (nodes.size() - 1)];
      if (probes || !node.pointer.starts_with("/predicate/probes/")) return node;
    }
  }
  static std::string with(const std::string& text, const Node& node, const std::string& value) {
    std::string out = text;
    return out.replace(node.begin, node.end - node.begin, value);
  }
  static std::string drop(const std::string& text, const Node& node) {
    std::string out = text;
    std::size_t from = node.start;
    std::size_t to = node.end;
    if (out[to] == ',')
      ++to;
    else if (out[from - 1] == ',')
      --from;
    return out.erase(from, to - from);
  }
  static std::string twice(const std::string& text, const Node& node) {
    std::string out = text;
    return out.insert(node.end, "," + text.substr(node.start, node.end - node.start));
  }
  std::string swapped(const std::string& text, const Index& index, const Node& node) {
    std::vector<const Node*> siblings;
    for (const Node& each : index.nodes())
      if (each.parent == node.parent && each.begin != node.begin) siblings.push_back(&each);
    if (siblings.empty()) return drop(text, node);
    const Node& sibling = *siblings[random_() % siblings.size()];
    const Node& first = node.begin < sibling.begin ? node : sibling;
    const Node& second = node.begin < sibling.begin ? sibling : node;
    return text.substr(0, first.begin) + text.substr(second.begin, second.end - second.begin) +
           text.substr(first.end, second.begin - first.end) + text.substr(first.begin, first.end - first.begin) +
           text.substr(second.end);
  }
  static std::string taken(const Document& other, const Node& node, const std::string& own) {
    const Node* same = other.index.find(node.pointer);
    return same != nullptr ? other.text.substr(same->begin, same->end - same->begin) : own;
  }
  std::string flipped(const std::string& text, const Node& node) {
    std::string out = text;
    char& byte = out[node.begin + random_() % (node.end - node.begin)];
    byte = static_cast<char>(byte ^ (1 << (random_() % 8)));
    return out;
  }
  std::string another(const Index& index, const std::string& text, const std::string& own) {
    static constexpr std::array<std::string_view, 8> kNumbers{"0",  "1",          "-1",         "2",
                                                              "31", "4294967295", "2147483648", "9007199254740991"};
    static constexpr std::array<std::string_view, 7> kAnything{"null", "1.5", "\"x\"", "{\"passed\":true}",
                                                               "[]",   "{}",  "true"};
    if (random_() % 8 == 0) return std::string(kAnything[random_() % kAnything.size()]);
    switch (own.front()) {
      case '"': return another_text(index, text, own);
      case 't': return "false";
      case 'f': return "true";
      case '[': return "[]";
      case '{': return "{}";
      default: break;
    }
    const int choice = static_cast<int>(random_() % 3);
    if (choice == 0) return std::string(kNumbers[random_() % kNumbers.size()]);
    return std::to_string(std::stoll(own) + (choice == 1 ? 1 : -1));
  }
  std::string another_text(const Index& index, const std::string& text, const std::string& own) {
    static constexpr std::string_view kLetters = "0123456789abcdefxyzAZ/=?_- ;:.";
    std::string out = own;
    switch (random_() % 5) {
      case 0: return out.insert(out.size() - 1, 1, kLetters[random_() % kLetters.size()]);
      case 1: return "\"\"";
      case 2: return out.size() > 2 ? out.erase(out.size() - 2, 1) : "\"0\"";
      case 3:
        if (out.size() > 2) out[1 + random_() % (out.size() - 2)] = kLetters[random_() % kLetters.size()];
        return out;
      default: break;
    }
    for (;;) {
      const Node& node = pick(index);
      if (text[node.begin] == '"') return text.substr(node.begin, node.end - node.begin);
    }
  }

  std::mt19937 random_;
  std::string what_;
};

}  // namespace immure::test
