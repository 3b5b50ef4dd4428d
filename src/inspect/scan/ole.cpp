#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "inspect/scan/documents.hpp"
#include "inspect/scan/packed_type.hpp"
#include "text/utf8.hpp"

namespace immure::inspect {
namespace {

constexpr std::uint32_t kEnd = 0xFFFFFFFA;  // sectors above this number are marks, not places

std::uint64_t little(std::string_view text, std::uint64_t at, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = size; i-- > 0;)
    value = value << 8U | (at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U);
  return value;
}

/// Decompresses the source of macros ([MS-OVBA] 2.4.1), which begins at `at`.
std::string decompressed_macro(std::string_view text, std::size_t at) {
  std::string out;
  ++at;
  while (at + 2 <= text.size()) {
    const std::uint64_t header = little(text, at, 2);
    if ((header & 0x7000U) != 0x3000U) break;
    const std::size_t end = std::min<std::size_t>(at + (header & 0x0FFFU) + 3, text.size());
    const std::size_t chunk = out.size();
    at += 2;
    if ((header & 0x8000U) == 0) {
      out += text.substr(at, end - at);
      at = end;
      continue;
    }
    while (at < end) {
      const auto flags = static_cast<unsigned char>(text[at++]);
      for (unsigned bit = 0; bit < 8 && at < end; ++bit) {
        if ((flags >> bit & 1U) == 0) {
          out += text[at++];
          continue;
        }
        if (at + 2 > end) return out;
        const std::uint64_t token = little(text, at, 2);
        at += 2;
        unsigned offset_bits = 4;
        while ((1ULL << offset_bits) < out.size() - chunk) ++offset_bits;
        const std::size_t length = (token & (0xFFFFU >> offset_bits)) + 3;
        const std::size_t back = (token >> (16 - offset_bits)) + 1;
        if (back > out.size() - chunk) return out;
        for (std::size_t i = 0; i < length; ++i) out += out[out.size() - back];
      }
    }
  }
  return out;
}

class Ole {
 public:
  explicit Ole(const Walk& walk) : walk_(walk), text_(as_text(walk.bytes.memory)) {}

  Walked run() {
    constexpr std::uint64_t kHeader = 512;
    shift_ = little(text_, 30, 2);
    if (text_.size() < kHeader || shift_ < 9 || shift_ > 12) return damaged("its header cannot be read");
    if (walk_.bytes.fd >= 0) {
      walk_.result.add(Rule::kLimitAnalysed, walk_.where, "the document is too large to take its streams apart");
      return {};
    }
    read_table();
    const std::string directory = chain(static_cast<std::uint32_t>(little(text_, 48, 4)), ~0ULL);
    const std::string mini_table = chain(static_cast<std::uint32_t>(little(text_, 60, 4)), ~0ULL);
    for (std::size_t i = 0; i + 4 <= mini_table.size(); i += 4)
      mini_.push_back(static_cast<std::uint32_t>(little(mini_table, i, 4)));
    constexpr std::size_t kEntry = 128;
    constexpr unsigned kStream = 2, kRoot = 5;
    std::uint64_t count = 0;
    for (std::size_t at = 0; at + kEntry <= directory.size(); at += kEntry) {
      const auto kind = static_cast<unsigned>(little(directory, at + 66, 1));
      const auto start = static_cast<std::uint32_t>(little(directory, at + 116, 4));
      const std::uint64_t size = little(directory, at + 120, shift_ == 9 ? 4 : 8);
      if (kind == kRoot) small_ = chain(start, size);
      if (kind != kStream || size == 0) continue;
      if (!may_have_member(walk_, ++count)) return {};
      stream(name(directory, at), start, size);
    }
    if (count == 0) return damaged("it has no streams");
    return {.whole = whole_, .end = 0};
  }

 private:
  Walked damaged(const std::string& why) {
    walk_.result.add(Rule::kArchiveMalformed, walk_.where, why);
    return {};
  }

  static std::string name(const std::string& directory, std::size_t at) {
    std::string name;
    const std::size_t length = std::min<std::size_t>(little(directory, at + 64, 2), 64);
    for (std::size_t i = 0; i + 2 < length; i += 2) {
      const auto c = static_cast<char32_t>(little(directory, at + i, 2));
      text::append_utf8(name, text::is_surrogate(c) ? 0xFFFD : c);
    }
    return name.empty() ? "stream" : name;
  }

  [[nodiscard]] std::string_view sector(std::uint64_t number) const {
    const std::uint64_t at = (number + 1) << shift_;
    return at >= text_.size() ? std::string_view() : text_.substr(at, std::size_t{1} << shift_);
  }

  /// Reads the table that says which sector follows which.
  void read_table() {
    constexpr std::uint64_t kInHeader = 109;
    const auto add = [&](std::uint64_t number) {
      if (number >= kEnd) return;
      const std::string_view part = sector(number);
      for (std::size_t i = 0; i + 4 <= part.size(); i += 4)
        next_.push_back(static_cast<std::uint32_t>(little(part, i, 4)));
    };
    for (std::uint64_t i = 0; i < kInHeader; ++i) add(little(text_, 76 + 4 * i, 4));
    std::uint64_t more = little(text_, 68, 4);
    for (std::size_t hops = 0; more < kEnd && hops < text_.size() >> shift_; ++hops) {
      const std::string_view part = sector(more);
      if (part.size() < 8) break;
      for (std::size_t i = 0; i + 8 <= part.size(); i += 4) add(little(part, i, 4));
      more = little(part, part.size() - 4, 4);
    }
  }

  /// The bytes of a chain of sectors, but at most `size`. A chain that loops ends when it is longer than the document.
  [[nodiscard]] std::string chain(std::uint32_t number, std::uint64_t size) const {
    std::string out;
    while (number < kEnd && number < next_.size() && out.size() < std::min<std::uint64_t>(size, text_.size())) {
      out += sector(number);
      number = next_[number];
    }
    if (out.size() > size) out.resize(size);
    return out;
  }

  [[nodiscard]] std::string small_chain(std::uint32_t number, std::uint64_t size) const {
    constexpr std::size_t kSmall = 64;
    std::string out;
    while (number < kEnd && number < mini_.size() && out.size() < size) {
      const std::size_t at = number * kSmall;
      if (at >= small_.size()) break;
      out += small_.substr(at, kSmall);
      number = mini_[number];
    }
    if (out.size() > size) out.resize(size);
    return out;
  }

  void stream(const std::string& name, std::uint32_t start, std::uint64_t size) {
    const std::uint64_t cutoff = little(text_, 56, 4);
    const std::string content = size < cutoff ? small_chain(start, size) : chain(start, size);
    if (name == "EncryptedPackage" || name == "EncryptedSummary") {
      walk_.result.add(Rule::kArchiveEncrypted, walk_.where, name);
      whole_ = false;
    }
    if (content.size() < size) {
      whole_ = false;
      walk_.result.add(Rule::kArchiveMalformed, member_path(walk_, name), "the stream is cut off");
    }
    pass(name, content, content.size() == size);
    if (name.ends_with("Ole10Native")) package(content);
    macros(name, content);
  }

  /// A file that somebody has put into the document: two sizes, then texts, then the file ([MS-OLEDS] 2.3.6).
  void package(std::string_view content) {
    std::size_t at = 6;
    const std::string_view label = content.substr(std::min(at, content.size()));
    at += std::min(label.find('\0'), label.size()) + 1;
    at = content.find('\0', at);
    if (at == std::string_view::npos) return;
    at += 5;  // the end of the path, and two marks
    const std::uint64_t path = little(content, at, 4);
    if (path > content.size()) return;
    at += 4 + path;
    const std::uint64_t size = little(content, at, 4);
    if (at + 4 > content.size() || size == 0 || size > content.size() - at - 4) return;
    pass("(package " + std::string(label.substr(0, std::min<std::size_t>(label.find('\0'), 200))) + ")",
         content.substr(at + 4, size), true);
  }

  void macros(const std::string& name, std::string_view content) {
    // Each module begins with this line, in which the compression leaves the first letters as they are.
    constexpr std::string_view kFirst("\0Attribut", 9);
    for (std::size_t at = content.find(kFirst); at != std::string_view::npos; at = content.find(kFirst, at + 1)) {
      if (at < 3 || content[at - 3] != '\x01') continue;
      pass("(macro " + name + ")", decompressed_macro(content, at - 3), true);
    }
  }

  void pass(const std::string& name, std::string_view content, bool whole) {
    MemberSink sink(walk_, member_path(walk_, name), true);
    const Bytes bytes = std::as_bytes(std::span(content));
    // Almost every stream has a form of its own, which no table of types knows.
    sink.set_natural(!looks_packed(bytes));
    static_cast<void>(sink.take(bytes));
    sink.finish(whole);
  }

  const Walk& walk_;
  std::string_view text_;
  std::uint64_t shift_ = 9;
  std::vector<std::uint32_t> next_, mini_;
  std::string small_;
  bool whole_ = true;
};

}  // namespace

Walked walk_ole(const Walk& walk) { return Ole(walk).run(); }

}  // namespace immure::inspect
