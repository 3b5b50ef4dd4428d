#include "inspect/scan/documents.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "inspect/scan/stream.hpp"
#include "text/hex.hpp"

namespace immure::inspect {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

std::uint64_t big(std::string_view text, std::size_t at, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i)
    value = value << 8U | (at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U);
  return value;
}

/// Inflates the stream at `at` as a member. Returns where the stream ends, or 0 if it is damaged.
std::uint64_t inflate_member(const Walk& walk, ByteSource& source, std::uint64_t at, const std::string& label,
                             bool natural) {
  MemberSink sink(walk, member_path(walk, label), false);
  sink.set_natural(natural);
  const StreamEnd end = decompress(Container::kZlib, source, at, [&](Bytes bytes) { return sink.take(bytes); });
  const bool whole = end.state == StreamEnd::State::kWhole;
  // Writers of PDFs cut off the checksum at times, and readers do not mind.
  if (!whole && end.state != StreamEnd::State::kStopped && sink.size() == 0) {
    walk.result.add(Rule::kArchiveMalformed, member_path(walk, label), end.why);
  } else if (end.state == StreamEnd::State::kDamaged) {
    walk.result.add(Rule::kArchiveMalformed, sink.path(), end.why);
  }
  sink.finish(whole);
  return whole ? end.end : 0;
}

/// The dictionary of a PDF's object, with all names in their plain form: /J#61vaScript is /JavaScript.
std::string plain_names(std::string_view text) {
  const auto digit = [](char c) {
    const auto value = text::hex_value(c);
    return value ? static_cast<int>(*value) : -1;
  };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '#' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0;
    out += escape ? static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2])) : text[i];
    if (escape) i += 2;
  }
  return out;
}

bool has(std::string_view text, std::string_view word) { return text.find(word) != kNone; }

class Pdf {
 public:
  explicit Pdf(const Walk& walk) : walk_(walk), source_(walk.bytes), text_(as_text(walk.bytes.memory)) {}

  Walked run() {
    bool whole = true;
    std::uint64_t count = 0;
    for (std::size_t at = text_.find("stream"); at != kNone; at = text_.find("stream", at + 6)) {
      const std::size_t data = begins_at(at);
      if (data == 0 || data < skip_) continue;
      if (!may_have_member(walk_, ++count)) return {};
      whole = stream(at, data) && whole;
    }
    return {.whole = whole, .end = 0};
  }

 private:
  /// Where the data of the stream begins whose keyword is at `at`; 0 if this is no such keyword.
  [[nodiscard]] std::size_t begins_at(std::size_t at) const {
    if (at >= 3 && text_.substr(at - 3, 3) == "end") return 0;
    const std::size_t before = text_.substr(0, at).find_last_not_of(" \t\r\n");
    if (before == kNone || before == 0 || text_.substr(before - 1, 2) != ">>") return 0;
    std::size_t data = at + 6;
    if (data < text_.size() && text_[data] == '\r') ++data;
    if (data < text_.size() && text_[data] == '\n') ++data;
    return data == at + 6 ? 0 : data;
  }

  /// Takes one stream. Returns false if its content did not come out.
  bool stream(std::size_t keyword, std::size_t data) {
    constexpr std::size_t kMostDictionary = 4096;
    std::string_view before =
        text_.substr(keyword - std::min(keyword, kMostDictionary), std::min(keyword, kMostDictionary));
    if (const std::size_t object = before.rfind(" obj"); object != kNone) before.remove_prefix(object);
    const std::string dictionary = plain_names(before);
    const std::string label = "(stream at " + std::to_string(data) + ")";
    const bool packed = has(dictionary, "/FlateDecode") || has(dictionary, "/Fl ") || has(dictionary, "/Fl]");
    constexpr auto kOthers = std::to_array<std::string_view>(
        {"/LZWDecode", "/ASCII85Decode", "/ASCIIHexDecode", "/Crypt", "/RunLengthDecode", "/BrotliDecode"});
    const auto other = std::ranges::find_if(kOthers, [&](std::string_view name) { return has(dictionary, name); });
    if (other != kOthers.end()) {
      walk_.result.add(Rule::kArchiveUnsupported, member_path(walk_, label),
                       std::string(other->substr(1)) + " is not decoded");
      return false;
    }
    // Pixels, fonts, profiles of colours and tables of places have no form that a table of types could know.
    constexpr auto kNatural = std::to_array<std::string_view>(
        {"/Image", "/XRef", "/Length1", "/Type1C", "/CIDFontType0C", "/OpenType", "/N ", "/FunctionType",
         "/ShadingType", "/Alternate", "/CIDSystemInfo", "/BitsPerSample", "/Mask"});
    const bool natural = std::ranges::any_of(kNatural, [&](std::string_view name) { return has(dictionary, name); });
    if (!packed) {
      // The rules have seen the bytes of the stream, but as a part of the document.
      const std::size_t end = std::min(text_.find("endstream", data), text_.size());
      MemberSink sink(walk_, member_path(walk_, label), true);
      sink.set_natural(natural || has(dictionary, "/DCTDecode"));
      static_cast<void>(sink.take(walk_.bytes.memory.subspan(data, end - data)));
      sink.finish(true);
      skip_ = end;
      return true;
    }
    const std::uint64_t end = inflate_member(walk_, source_, data, label, natural);
    skip_ = end;
    return end != 0;
  }

  const Walk& walk_;
  ByteSource source_;
  std::string_view text_;
  std::uint64_t skip_ = 0;
};

}  // namespace

Walked walk_pdf(const Walk& walk) {
  const std::string_view text = as_text(walk.bytes.memory);
  // The entry /Encrypt of the trailer means that all texts and streams are encrypted.
  const std::size_t encrypt = text.find("/Encrypt");
  if (encrypt != kNone && text.substr(encrypt + 8, 1).find_first_of(" \t\r\n<") == 0) {
    walk.result.add(Rule::kArchiveEncrypted, walk.where, "the PDF is encrypted");
    return {};
  }
  return Pdf(walk).run();
}

Walked walk_png(const Walk& walk) {
  constexpr std::size_t kSignature = 8, kFrame = 12, kLongestName = 80;
  ByteSource source(walk.bytes);
  const std::string_view text = as_text(walk.bytes.memory);
  std::uint64_t count = 0;
  bool whole = true;
  for (std::size_t at = kSignature; at + kFrame <= text.size();) {
    const std::uint64_t size = big(text, at, 4);
    const std::string_view name = text.substr(at + 4, 4);
    if (size > text.size() - at - kFrame) break;
    const std::size_t data = at + 8;
    at += kFrame + size;
    if (name == "IEND") return {.whole = whole, .end = at};
    if (name != "zTXt" && name != "iCCP" && name != "iTXt") continue;
    // A name comes first, then the method of compression; in iTXt flags and two more names.
    std::size_t packed = text.find('\0', data);
    if (packed == kNone || packed - data > kLongestName) continue;
    if (name == "iTXt") {
      if (packed + 1 >= text.size() || text[packed + 1] == '\0') continue;
      packed += 2;
      for (int i = 0; i < 2 && packed != kNone; ++i) packed = text.find('\0', packed + 1);
      if (packed == kNone) continue;
      ++packed;
    } else {
      packed += 2;
    }
    if (!may_have_member(walk, ++count)) return {};
    const std::string label = "(" + std::string(name) + " at " + std::to_string(data) + ")";
    whole = inflate_member(walk, source, packed, label, name == "iCCP") != 0 && whole;
  }
  walk.result.add(Rule::kArchiveMalformed, walk.where, "the picture is cut off");
  return {};
}

std::uint64_t jpeg_end(Bytes bytes) {
  const std::string_view text = as_text(bytes);
  std::size_t at = 2;
  while (at + 4 <= text.size()) {
    if (text[at] != '\xFF') return 0;
    const auto marker = static_cast<unsigned char>(text[at + 1]);
    if (marker == 0xFF) {
      ++at;
      continue;
    }
    if (marker == 0xD9) return at + 2;
    at += marker == 0x01 || (marker >= 0xD0 && marker <= 0xD7) ? 2 : 2 + big(text, at + 2, 2);
    if (marker != 0xDA) continue;
    // Compressed data follows: in it, FF stands before zero or before a restart.
    for (; at + 1 < text.size(); ++at) {
      const auto next = static_cast<unsigned char>(text[at + 1]);
      if (text[at] == '\xFF' && next != 0 && next != 0xFF && !(next >= 0xD0 && next <= 0xD7)) break;
    }
  }
  return at + 2 == text.size() && text.substr(at) == "\xFF\xD9" ? text.size() : 0;
}

}  // namespace immure::inspect
