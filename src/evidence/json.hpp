/// JSON, read strictly and written canonically (RFC 8785). Only what evidence needs: objects, arrays, texts, integers, booleans.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sys/error.hpp"

namespace immure::evidence::json {

/// 2^53 - 1: beyond it a reader with doubles sees another number.
inline constexpr std::int64_t kMaxInteger = (std::int64_t{1} << 53) - 1;

struct Limits {
  std::size_t bytes = 16U << 20;    ///< of the whole input
  std::size_t text = 256U << 10;    ///< of one text, decoded
  std::size_t nodes = 1U << 20;     ///< values in all
  std::size_t members = 128;        ///< of one object
  std::size_t depth = 32;
};

enum class Kind : std::uint8_t { kBoolean, kInteger, kText, kArray, kObject };
[[nodiscard]] std::string_view name(Kind kind);

/// One value. A container is followed by everything in it; `end` is the index just past that.
struct Node {
  union {
    std::int64_t number;   ///< kInteger, and 0 or 1 for kBoolean
    struct {
      std::uint32_t at, size;
    } text;                ///< kText: a piece of the document's pool
  };
  std::uint32_t key_at;    ///< the member's name, a piece of the pool; unset outside objects
  std::uint32_t end;
  std::uint16_t key_size;
  Kind kind;
};

/// A document as a flat list of nodes in reading order; node 0 is the whole.
class Document {
 public:
  /// Errors, kBadInput with a JSON pointer (or `byte N`) in `where`: anything but JSON; a byte order mark, a NUL, trailing bytes;
  /// invalid UTF-8, lone surrogates; null; a number that is not an integer within kMaxInteger; an object with two keys that are
  /// equal, or equal but for case; anything over the limits.
  [[nodiscard]] static Result<Document> parse(std::string_view bytes, const Limits& limits = {});

  [[nodiscard]] const Node& at(std::uint32_t index) const { return nodes_[index]; }
  [[nodiscard]] std::string_view text(const Node& node) const { return {pool_.data() + node.text.at, node.text.size}; }
  [[nodiscard]] std::string_view key(const Node& node) const { return {pool_.data() + node.key_at, node.key_size}; }
  /// JSON pointer (RFC 6901) of a node; the empty text for the whole.
  [[nodiscard]] std::string pointer(std::uint32_t index) const;

 private:
  friend class Builder;
  std::vector<Node> nodes_;
  std::string pool_;
};

/// Appends a JSON text. What is not UTF-8 cannot be said in JSON: such a byte is written as the four characters `\xff`.
void append_text(std::string& out, std::string_view text);
/// What such a text is read back as: `text` itself if it is UTF-8.
[[nodiscard]] std::string representable(std::string_view text);
void append_integer(std::string& out, std::int64_t value);
void append_integer(std::string& out, std::uint64_t value);

/// Writes one object; the caller gives the keys in ascending order. `close` must be called once, at the end.
class ObjectWriter {
 public:
  explicit ObjectWriter(std::string& out) : out_(out) { out_ += '{'; }
  /// Begins a member; its value is appended next. `key` needs no escaping.
  std::string& key(std::string_view key) {
    if (!first_) out_ += ',';
    first_ = false;
    out_ += '"';
    out_ += key;
    out_ += "\":";
    return out_;
  }
  void close() { out_ += '}'; }

 private:
  std::string& out_;
  bool first_ = true;
};

}  // namespace immure::evidence::json
