// No file outside of src/text/ may have its own version of the code in src/text/.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace {

/// The code that a header of src/text/ provides, and pieces of source that reveal a copy of this code. The pieces are
/// in lower case, because the test compares sources in lower case.
struct Home {
  std::string_view header;
  std::vector<std::string_view> traces;
};

const std::vector<Home> kHomes = {
    {"text/hex.hpp", {"0123456789abcdef", "<= 'f'", "isxdigit", "%02x", "%016lx", "%x\""}},
    {"text/base64.hpp", {"wxyz0123456789+/", "wxyz0123456789-_\"", "nettle_base64"}},
    {"text/json_writer.hpp", {R"("\\u)", R"({\")", R"(,\")", R"(\":)", R"lit(r"({")lit", R"lit(r"(,")lit"}},
    {"text/utf8.hpp", {"& 0x3f", "0xc0 |", "0xc0u |", "0x80 |", "0x80u |", "& 0xc0", "0xe0 |", "0xe0u |"}},
    {"text/visible.hpp",
     {"0x200b", "0x200c", "0x200d", "0x200e",  "0x200f", "0x2028",  "0x202a",  "0x202e",  "0x2060", "0x2066", "0x2069",
      "0x61c",  "0x061c", "0xfeff", "0xe0001", "0xfdd0", "0xe000,", "0xe000 ", "0xe000}", "0x36f",  "u'\\u20"}},
    {"text/utc_time.hpp",
     {"strftime", "gmtime", "localtime(", "localtime_r", "timegm", "year_month_day", "0000-00-00", "%02u-", "%02d-",
      "\"%y-%m"}},
    {"text/markup.hpp", {"&amp;", "&lt;", "&gt;", "&quot;", "&apos;", "&#39;"}},
    {"text/list.hpp", {R"(? "" : ", ")", R"(? "" : ",")", R"(? "" : "; ")", R"(+= ", ";)"}},
};

/// Lines that look like such code but are not.
const std::vector<std::string_view> kOthers = {
    R"(if (field.find_first_of(",\"") != std::string::npos) {)",  // the characters that podman's --mount cannot have
    R"(json.find_first_not_of("\": \t", at + key.size() + 2);)",  // this code reads JSON
    R"(out += "\\U" + text::hex_number(point, kWidth,)",          // an escape of TOML
    R"(if (call.back() != '(') call += ", ";)",                   // a call and its arguments
    R"("type": "object", "additionalProperties": false, "properties": {}})",   // a JSON Schema
    "constexpr char32_t kHigh = 0xD800, kLow = 0xDC00,",                       // this code reads UTF-16
    "code_unit(bytes, 0, encoding) == 0xFEFF;",                                // the byte order mark of a text
    "const bool noncharacter =",                                               // the text is no text
    "static_cast<unsigned>(static_cast<unsigned char>(c)) - 0x20U) & 0x3FU;",  // uuencode
    "const std::uint64_t length = little(entry, one, 4) & 0x3FFFFFFFU",        // a length in UDF
};

std::string lowered(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

/// The header that provides the code of `line`; empty if no header does.
std::string_view home_of(const std::string& line) {
  const auto begin = std::min(line.find_first_not_of(' '), line.size());
  if (std::string_view(line).substr(begin).starts_with("//")) return {};
  if (std::ranges::any_of(kOthers, [&](std::string_view other) { return line.contains(other); })) return {};
  const std::string low = lowered(line);
  for (const Home& home : kHomes)
    if (std::ranges::any_of(home.traces, [&](std::string_view trace) { return low.contains(trace); }))
      return home.header;
  return {};
}

TEST(OnePlace, NoOtherFileHasCodeThatTextIsThereFor) {
  const std::filesystem::path sources = std::filesystem::path(IMMURE_SOURCE_DIR) / "src";
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(sources)) {
    const std::string name = entry.path().lexically_relative(sources).string();
    if ((!name.ends_with(".cpp") && !name.ends_with(".hpp")) || name.starts_with("text/")) continue;
    ++files;
    std::ifstream file(entry.path());
    std::size_t number = 0;
    for (std::string line; std::getline(file, line);) {
      ++number;
      const std::string_view home = home_of(line);
      EXPECT_TRUE(home.empty()) << "src/" << name << ":" << number << ": " << home << " has this:\n" << line;
    }
  }
  EXPECT_GT(files, 300U);
}

TEST(OnePlace, EachKindOfCopyIsFound) {
  const std::pair<std::string, std::string_view> copies[] = {
      {R"(constexpr std::string_view kDigits = "0123456789ABCDEF";)", "text/hex.hpp"},
      {"return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');", "text/hex.hpp"},
      {R"(std::snprintf(text, size, "%02x", byte);)", "text/hex.hpp"},
      {R"(constexpr auto kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";)",
       "text/base64.hpp"},
      {R"(json += "\\u00";)", "text/json_writer.hpp"},
      {R"(return "{\"name\":" + quoted(name) + "}";)", "text/json_writer.hpp"},
      {R"lit(return R"({"name":)" + quoted(name) + "}";)lit", "text/json_writer.hpp"},
      {"point = (point << 6U) | (byte(i) & 0x3FU);", "text/utf8.hpp"},
      {"while ((byte & 0xC0U) == 0x80) --limit;", "text/utf8.hpp"},
      {"out += static_cast<char>(0xC0U | point >> 6U);", "text/utf8.hpp"},
      {"constexpr Range kBidi[] = {{0x202A, 0x202E}, {0x2066, 0x2069}};", "text/visible.hpp"},
      {"return point >= 0x300 && point <= 0x36F;", "text/visible.hpp"},
      {R"(std::strftime(text, sizeof text, "%FT%TZ", ::gmtime(&now));)", "text/utc_time.hpp"},
      {R"(constexpr std::string_view kShape = "0000-00-00T00:00:00Z";)", "text/utc_time.hpp"},
      {R"(case '&': out += "&amp;"; break;)", "text/markup.hpp"},
      {R"(if (c == '\'') out += "&#39;";)", "text/markup.hpp"},
      {R"(for (const auto& name : names) list += (list.empty() ? "" : ", ") + name;)", "text/list.hpp"},
  };
  for (const auto& [line, home] : copies) EXPECT_EQ(home_of(line), home) << line;
  EXPECT_EQ(home_of("  // A comment may speak of U+202E as 0x202E."), "");
}

}  // namespace
