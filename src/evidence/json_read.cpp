#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>

#define JSON_NO_IO 1
#include <nlohmann/json.hpp>

#include "evidence/json.hpp"

namespace immure::evidence::json {
namespace {

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool equal_but_for_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

/// A pointer's token: `~` and `/` are escaped (RFC 6901, section 3).
void append_token(std::string& out, std::string_view token) {
  out += '/';
  for (const char c : token) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
}

}  // namespace

std::string_view name(Kind kind) {
  switch (kind) {
    case Kind::kBoolean: return "a boolean";
    case Kind::kInteger: return "an integer";
    case Kind::kText: return "a text";
    case Kind::kArray: return "an array";
    case Kind::kObject: return "an object";
  }
  return "nothing";
}

/// Takes nlohmann's events, which are checked UTF-8 and JSON grammar already, and refuses what is JSON but not ours.
class Builder {
 public:
  using number_integer_t = std::int64_t;
  using number_unsigned_t = std::uint64_t;
  using number_float_t = double;
  using string_t = std::string;
  using binary_t = nlohmann::json::binary_t;

  Builder(Document& document, const Limits& limits) : document_(document), limits_(limits) {}

  bool null() { return refuse("null has no place here"); }
  bool boolean(bool value) {
    return add(Kind::kBoolean, [&](Node& node) { node.number = value ? 1 : 0; });
  }
  bool number_integer(std::int64_t value) {
    if (value < -kMaxInteger) return refuse("an integer beyond 2^53");
    return add(Kind::kInteger, [&](Node& node) { node.number = value; });
  }
  bool number_unsigned(std::uint64_t value) {
    if (value > static_cast<std::uint64_t>(kMaxInteger)) return refuse("an integer beyond 2^53");
    return add(Kind::kInteger, [&](Node& node) { node.number = static_cast<std::int64_t>(value); });
  }
  bool number_float(double, const std::string&) { return refuse("a number that is not an integer within 2^53"); }
  bool binary(binary_t&) { return refuse("binary has no place here"); }
  bool string(const std::string& value) {
    if (value.size() > limits_.text) return refuse("a text over the limit");
    const auto at = static_cast<std::uint32_t>(document_.pool_.size());
    document_.pool_ += value;
    return add(Kind::kText, [&](Node& node) { node.text = {at, static_cast<std::uint32_t>(value.size())}; });
  }
  bool start_object(std::size_t) { return open(Kind::kObject); }
  bool start_array(std::size_t) { return open(Kind::kArray); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }

  bool key(const std::string& key) {
    if (key.size() > std::numeric_limits<std::uint8_t>::max()) return refuse("a key over the limit");
    key_at_ = static_cast<std::uint32_t>(document_.pool_.size());
    key_size_ = static_cast<std::uint16_t>(key.size());
    document_.pool_ += key;
    std::size_t members = 0;
    const std::uint32_t size = static_cast<std::uint32_t>(document_.nodes_.size());
    for (std::uint32_t i = open_.back() + 1; i < size; i = document_.nodes_[i].end, ++members) {
      if (!equal_but_for_case(document_.key(document_.nodes_[i]), key)) continue;
      return refuse(document_.key(document_.nodes_[i]) == key ? "a key given twice" : "two keys that differ only in case");
    }
    if (members >= limits_.members) return refuse("an object with more members than the limit");
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception& error) {
    // The message begins with nlohmann's own tag in brackets and repeats the position: what follows the last colon says it.
    const std::string_view message = error.what();
    const std::size_t tag = message.find("] ");
    error_ = Error{Code::kBadInput, std::string(tag == std::string_view::npos ? message : message.substr(tag + 2)),
                   "byte " + std::to_string(position), {}, 0};
    return false;
  }

  [[nodiscard]] std::optional<Error>& error() { return error_; }

 private:
  bool refuse(std::string_view what) {
    // The value that is refused is not in the document yet: name its container, and its key where there is one.
    std::string where;
    if (!open_.empty()) {
      for (const std::uint32_t index : open_) document_.nodes_[index].end = static_cast<std::uint32_t>(document_.nodes_.size());
      where = document_.pointer(open_.back());
      if (document_.nodes_[open_.back()].kind == Kind::kObject)
        append_token(where, std::string_view(document_.pool_).substr(key_at_, key_size_));
    }
    error_ = Error{Code::kBadInput, std::string(what), std::move(where), {}, 0};
    return false;
  }

  template <class Set>
  bool add(Kind kind, Set set) {
    if (document_.nodes_.size() >= limits_.nodes) return refuse("more values than the limit");
    Node node{};
    node.kind = kind;
    node.key_at = key_at_;
    node.key_size = key_size_;
    node.end = static_cast<std::uint32_t>(document_.nodes_.size()) + 1;
    set(node);
    document_.nodes_.push_back(node);
    return true;
  }
  bool open(Kind kind) {
    if (open_.size() >= limits_.depth) return refuse("nested deeper than the limit");
    const auto index = static_cast<std::uint32_t>(document_.nodes_.size());
    if (!add(kind, [](Node& node) { node.number = 0; })) return false;
    open_.push_back(index);
    return true;
  }
  bool close() {
    document_.nodes_[open_.back()].end = static_cast<std::uint32_t>(document_.nodes_.size());
    open_.pop_back();
    return true;
  }

  Document& document_;
  const Limits& limits_;
  std::vector<std::uint32_t> open_;
  std::uint32_t key_at_ = 0;
  std::uint16_t key_size_ = 0;
  std::optional<Error> error_;
};

Result<Document> Document::parse(std::string_view bytes, const Limits& limits) {
  if (bytes.size() > limits.bytes) return fail(Code::kBadInput, "", "larger than the limit");
  // nlohmann skips a byte order mark and takes a NUL for the end of the input; both hide bytes from a reader.
  if (bytes.starts_with("\xEF\xBB\xBF")) return fail(Code::kBadInput, "byte 0", "a byte order mark");
  if (const void* nul = std::memchr(bytes.data(), 0, bytes.size()); nul != nullptr && !bytes.empty())
    return fail(Code::kBadInput, "byte " + std::to_string(static_cast<const char*>(nul) - bytes.data()), "a NUL byte");
  Document document;
  Builder builder(document, limits);
  const bool done = nlohmann::json::sax_parse(bytes.data(), bytes.data() + bytes.size(), &builder,
                                              nlohmann::json::input_format_t::json, true, false);
  if (builder.error()) return std::unexpected(*std::move(builder.error()));
  if (!done || document.nodes_.empty()) return fail(Code::kBadInput, "byte 0", "not JSON");
  return document;
}

std::string Document::pointer(std::uint32_t index) const {
  std::string out;
  std::uint32_t here = 0;
  while (here != index) {
    const bool object = nodes_[here].kind == Kind::kObject;
    std::uint32_t child = here + 1;
    std::size_t position = 0;
    while (child < nodes_[here].end && nodes_[child].end <= index) {
      child = nodes_[child].end;
      ++position;
    }
    if (child >= nodes_[here].end) break;
    append_token(out, object ? std::string(key(nodes_[child])) : std::to_string(position));
    here = child;
  }
  return out;
}

}  // namespace immure::evidence::json
