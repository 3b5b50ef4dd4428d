/// Canonical JSON (RFC 8785), written as it comes: a report of a million entries is never a tree in memory.
#pragma once

#include <cassert>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "inspect/report/escape.hpp"
#include "inspect/report/output_dir.hpp"

namespace immure::inspect {

/// Keys must be given in ascending order, as the canonical form has them (they are all ASCII, so bytes order them);
/// numbers are integers below 2^53.
class JsonWriter {
 public:
  explicit JsonWriter(OutputFile& out) : out_(out) {}

  JsonWriter& object() { return open('{'); }
  JsonWriter& array() { return open('['); }
  JsonWriter& close() {
    text_ += levels_.back().bracket == '{' ? '}' : ']';
    levels_.pop_back();
    if (text_.size() > kChunk || levels_.empty()) flush();
    return *this;
  }
  JsonWriter& key(std::string_view name) {
    assert(levels_.back().bracket == '{' && (!levels_.back().some || levels_.back().last < name));
#ifndef NDEBUG
    levels_.back().last = name;
#endif
    separate();
    quote(name);
    text_ += ':';
    after_key_ = true;
    return *this;
  }
  JsonWriter& value(const Escaped& text) {
    separate();
    quote(text.str());
    return *this;
  }
  JsonWriter& value(std::uint64_t number) {
    separate();
    char digits[24];
    text_.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
    return *this;
  }
  JsonWriter& boolean(bool fact) {
    separate();
    text_ += fact ? "true" : "false";
    return *this;
  }
  /// A text of ours: no control characters in it.
  JsonWriter& ours(std::string_view text) {
    separate();
    quote(text);
    return *this;
  }

 private:
  static constexpr std::size_t kChunk = 32 * 1024;
  struct Level {
    char bracket;
    bool some = false;
    std::string last = {};  ///< key, for the assertion alone
  };

  JsonWriter& open(char bracket) {
    separate();
    text_ += bracket;
    levels_.push_back({bracket});
    return *this;
  }
  void separate() {
    if (after_key_) {
      after_key_ = false;
      return;
    }
    if (levels_.empty()) return;
    if (levels_.back().some) text_ += ',';
    levels_.back().some = true;
  }
  // Escaped leaves no control character; of the rest JSON escapes these two.
  void quote(std::string_view text) {
    text_ += '"';
    // Most have neither.
    if (text.find('"') == text.npos && text.find('\\') == text.npos) {
      text_ += text;
    } else {
      for (const char c : text) {
        if (c == '"' || c == '\\') text_ += '\\';
        text_ += c;
      }
    }
    text_ += '"';
  }
  void flush() {
    out_.append(text_);
    text_.clear();
  }

  OutputFile& out_;
  std::string text_;
  std::vector<Level> levels_;
  bool after_key_ = false;
};

}  // namespace immure::inspect
