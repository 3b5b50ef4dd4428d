/// Writes the report's JSON piece by piece, so that a report of a million entries is never a tree in memory. Bytes from
/// the input get in only as an Escaped, so the compiler rejects bytes that are not made safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "inspect/report/escape.hpp"
#include "inspect/report/output_dir.hpp"
#include "text/json_writer.hpp"

namespace immure::inspect {

/// The caller must give keys in ascending order, as the canonical form has them. Numbers are integers below 2^53.
class JsonWriter {
 public:
  explicit JsonWriter(OutputFile& out) : out_(out) {}

  JsonWriter& object() {
    ++depth_;
    json_.object();
    return *this;
  }
  JsonWriter& array() {
    ++depth_;
    json_.array();
    return *this;
  }
  JsonWriter& close() {
    json_.close();
    if (--depth_ == 0 || text_.size() > kChunk) flush();
    return *this;
  }
  JsonWriter& key(std::string_view name) {
    json_.key(name);
    return *this;
  }
  JsonWriter& value(const Escaped& text) { return ours(text.str()); }
  JsonWriter& value(std::uint64_t number) {
    json_.value(number);
    return *this;
  }
  JsonWriter& boolean(bool fact) {
    json_.value(fact);
    return *this;
  }
  /// Writes a text of our own, or a text that was made safe before.
  JsonWriter& ours(std::string_view text) {
    json_.value(text);
    return *this;
  }

 private:
  static constexpr std::size_t kChunk = 32 * 1024;

  void flush() {
    out_.append(text_);
    text_.clear();
  }

  OutputFile& out_;
  std::string text_;
  text::JsonWriter json_{text_};
  std::size_t depth_ = 0;
};

}  // namespace immure::inspect
