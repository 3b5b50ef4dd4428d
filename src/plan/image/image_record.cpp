#include "plan/image/image_record.hpp"

#include <array>
#include <charconv>

#include "file/sha256.hpp"
#include "text/hex.hpp"

namespace immure::plan {
namespace {

constexpr std::array<std::string_view, 6> kRecordLines = {"immure-image 2", "boot ", "content ",
                                                          "program ",       "stat ", "times "};
constexpr std::string_view kAboutHeader = "immure-about 1";

/// Takes one line, without its end, from the front of `text`. Returns nothing if there is no line end.
std::optional<std::string_view> take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

/// Escapes a file name so that the name stays on one line, whatever bytes it has.
std::string escaped(std::string_view value) {
  std::string out;
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f && c != '\\')
      out += c;
    else
      text::append_escape(out, "\\x", c);
  }
  return out;
}

std::optional<std::string> unescaped(std::string_view value) {
  std::string out;
  while (!value.empty()) {
    if (value.front() != '\\') {
      out += value.front();
      value.remove_prefix(1);
      continue;
    }
    if (value.size() < 4 || value[1] != 'x') return std::nullopt;
    const auto high = text::hex_value(value[2]), low = text::hex_value(value[3]);
    if (!high || !low) return std::nullopt;
    out += static_cast<char>(*high << 4U | *low);
    value.remove_prefix(4);
  }
  return out;
}

bool take_number(std::string_view value, std::uint64_t& number) {
  const auto read = std::from_chars(value.data(), value.data() + value.size(), number);
  return read.ec == std::errc() && read.ptr == value.data() + value.size();
}

bool take_member(std::string_view key, std::string_view value, ImageAbout& about) {
  if (key == "files") return take_number(value, about.files);
  if (key == "bytes") return take_number(value, about.bytes);
  if (key == "unshared") return take_number(value, about.unshared);
  auto plain = unescaped(value);
  if (!plain) return false;
  if (key == "kind")
    about.source.kind = *std::move(plain);
  else if (key == "name")
    about.source.name = *std::move(plain);
  else if (key == "sha256")
    about.source.sha256 = *std::move(plain);
  else if (key == "made")
    about.made_on = *std::move(plain);
  else if (key == "layer")
    about.source.layers.push_back(*std::move(plain));
  else if (key == "package")
    about.source.packages.push_back(*std::move(plain));
  else if (key == "left-out")
    about.source.left_out.push_back(*std::move(plain));
  else
    return false;
  return true;
}

}  // namespace

std::string record_text(const ImageRecord& record) {
  const std::array<const std::string*, 5> values = {&record.boot, &record.content_sha256, &record.program_sha256,
                                                    &record.stat_sha256, &record.times_sha256};
  std::string text(kRecordLines[0]);
  for (std::size_t i = 0; i < values.size(); ++i)
    text.append("\n").append(kRecordLines.at(i + 1)).append(*values.at(i));
  return text + "\n";
}

std::optional<ImageRecord> parse_record(std::string_view text) {
  ImageRecord record;
  const std::array<std::string*, 5> values = {&record.boot, &record.content_sha256, &record.program_sha256,
                                              &record.stat_sha256, &record.times_sha256};
  constexpr std::size_t kProgram = 3;
  for (std::size_t i = 0; i < kRecordLines.size(); ++i) {
    const auto line = take_line(text);
    if (!line || !line->starts_with(kRecordLines.at(i))) return std::nullopt;
    const std::string_view value = line->substr(kRecordLines.at(i).size());
    const bool is_digest = file::is_sha256_hex(value) || (i == kProgram && value == "-");
    if (i == 0 ? !value.empty() : i > 1 && !is_digest) return std::nullopt;
    if (i > 0) *values.at(i - 1) = value;
  }
  if (!text.empty()) return std::nullopt;
  return record;
}

std::string about_text(const ImageAbout& about) {
  std::string text(kAboutHeader);
  const auto add = [&text](std::string_view key, std::string_view value) {
    text.append("\n").append(key).append(" ").append(escaped(value));
  };
  add("kind", about.source.kind);
  add("name", about.source.name);
  add("sha256", about.source.sha256);
  add("made", about.made_on);
  add("files", std::to_string(about.files));
  add("bytes", std::to_string(about.bytes));
  add("unshared", std::to_string(about.unshared));
  for (const std::string& layer : about.source.layers) add("layer", layer);
  for (const std::string& package : about.source.packages) add("package", package);
  for (const std::string& path : about.source.left_out) add("left-out", path);
  return text + "\n";
}

std::optional<ImageAbout> parse_about(std::string_view text) {
  ImageAbout about;
  const auto header = take_line(text);
  if (!header || *header != kAboutHeader) return std::nullopt;
  while (!text.empty()) {
    const auto line = take_line(text);
    const std::size_t space = line ? line->find(' ') : std::string_view::npos;
    if (space == std::string_view::npos || !take_member(line->substr(0, space), line->substr(space + 1), about))
      return std::nullopt;
  }
  return about;
}

}  // namespace immure::plan
