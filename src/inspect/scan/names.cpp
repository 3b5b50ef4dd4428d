#include "inspect/scan/names.hpp"

#include <algorithm>
#include <array>

#include "text/utf8.hpp"
#include "text/visible.hpp"

namespace immure::inspect {
namespace {

using text::Sight;

constexpr std::size_t kLongestComponent = 255;  // NAME_MAX
constexpr std::size_t kLongestPath = 4095;      // PATH_MAX - 1

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lower_ascii(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), lower);
  return out;
}

template <class Pred>
bool any_point(std::string_view text, Pred pred) {
  while (!text.empty()) {
    const text::CodePoint point = text::decode(text);
    if (point.valid && pred(point.value)) return true;
    text.remove_prefix(point.length);
  }
  return false;
}

enum class Script : std::uint8_t { kNone, kLatin, kGreek, kCyrillic, kArmenian, kCherokee };

Script script_of(char32_t c) {
  if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= 0xC0 && c <= 0x24F && c != 0xD7 && c != 0xF7))
    return Script::kLatin;
  if ((c >= 0x370 && c <= 0x3FF) || (c >= 0x1F00 && c <= 0x1FFF)) return Script::kGreek;
  if (c >= 0x400 && c <= 0x52F) return Script::kCyrillic;
  if (c >= 0x531 && c <= 0x58F) return Script::kArmenian;
  if ((c >= 0x13A0 && c <= 0x13FF) || (c >= 0xAB70 && c <= 0xABBF)) return Script::kCherokee;
  return Script::kNone;
}

// True if one word, a run of letters, mixes scripts that have letters of the same shape. UTS #39 calls such a word not
// single-script.
bool mixes_scripts(std::string_view text) {
  Script word = Script::kNone;
  return any_point(text, [&word](char32_t point) {
    const Script script = script_of(point);
    const bool mixed = script != Script::kNone && word != Script::kNone && script != word;
    word = script;
    return mixed;
  });
}

bool is_reserved(std::string_view component) {
  constexpr auto kDevices =
      std::to_array<std::string_view>({"con", "prn", "aux", "nul", "conin$", "conout$", "clock$"});
  // Windows also takes NUL.tar.gz and `NUL .txt` for the device.
  std::string_view name = component.substr(0, component.find_first_of(".:"));
  while (name.ends_with(' ')) name.remove_suffix(1);
  constexpr std::size_t kLongest = 7;
  if (name.size() > kLongest) return false;
  const std::string stem = lower_ascii(name);
  const bool numbered =
      stem.size() == 4 && (stem.starts_with("com") || stem.starts_with("lpt")) && stem[3] >= '1' && stem[3] <= '9';
  return numbered || std::ranges::find(kDevices, stem) != kDevices.end();
}

/// The characters that Windows interprets in a name.
constexpr auto kForbidden = [] {
  std::array<bool, 256> forbidden{};
  for (const char c : std::string_view("<>:\"|?*\\")) forbidden[static_cast<unsigned char>(c)] = true;
  return forbidden;
}();

bool is_unportable(std::string_view component) {
  return component.ends_with('.') || component.ends_with(' ') || component.starts_with(' ') ||
         std::ranges::any_of(component, [](char c) { return kForbidden[static_cast<unsigned char>(c)]; });
}

constexpr auto kPrograms =
    std::to_array<std::string_view>({"apk", "appimage", "bat", "cmd", "com", "cpl", "dll", "exe", "hta", "jar", "js",
                                     "jse", "lnk",      "msi", "pif", "ps1", "reg", "scr", "sh",  "vbe", "vbs", "wsf"});
constexpr auto kDocuments =
    std::to_array<std::string_view>({"avi", "csv", "doc", "docx", "gif", "htm",  "html", "jpeg", "jpg", "mp3",
                                     "mp4", "odt", "pdf", "png",  "ppt", "pptx", "rtf",  "txt",  "xls", "xlsx"});
static_assert(std::ranges::is_sorted(kPrograms) && std::ranges::is_sorted(kDocuments));

bool is_double_extension(std::string_view component) {
  const std::size_t dot = component.rfind('.');
  if (dot == std::string_view::npos || !std::ranges::binary_search(kPrograms, extension(component))) return false;
  // Blanks before the last extension push the extension out of a reader's sight.
  std::string_view stem = component.substr(0, dot);
  while (stem.ends_with(' ')) stem.remove_suffix(1);
  return std::ranges::binary_search(kDocuments, extension(stem));
}

struct PointCheck {
  Rule rule;
  bool (*found)(char32_t);
};
constexpr PointCheck kPointChecks[] = {
    {Rule::kNameControl, [](char32_t point) { return text::sight_of(point) == Sight::kControl; }},
    {Rule::kNameBidi,
     [](char32_t point) {
       const Sight sight = text::sight_of(point);
       return sight == Sight::kMark || sight == Sight::kReorders;
     }},
    {Rule::kNameInvisible, [](char32_t point) { return text::sight_of(point) == Sight::kInvisible; }},
};

struct TextCheck {
  Rule rule;
  bool (*found)(std::string_view);
};
constexpr TextCheck kEncodingChecks[] = {
    {Rule::kNameNotUtf8, [](std::string_view text) { return !text::is_utf8(text); }},
    {Rule::kNameMixedScript, mixes_scripts},
};
constexpr TextCheck kTextChecks[] = {
    {Rule::kNameReserved, is_reserved},
    {Rule::kNamePortability, is_unportable},
    {Rule::kNameDoubleExtension, is_double_extension},
    {Rule::kNameLeadingDash, [](std::string_view text) { return text.starts_with('-'); }},
    {Rule::kNameOverlong, [](std::string_view text) { return text.size() > kLongestComponent; }},
};

/// Calls `body` for each component between slashes, also for empty ones.
template <class Body>
void for_each_component(std::string_view path, Body body) {
  while (true) {
    const std::size_t slash = path.find('/');
    body(path.substr(0, slash));
    if (slash == std::string_view::npos) return;
    path.remove_prefix(slash + 1);
  }
}

bool has_dot_dot(std::string_view name) {
  // A backslash is an ordinary character on Linux and a separator on Windows, so check both readings.
  std::string slashes(name);
  std::ranges::replace(slashes, '\\', '/');
  bool found = false;
  for_each_component(slashes, [&found](std::string_view component) { found = found || component == ".."; });
  return found;
}

}  // namespace

bool is_absolute(std::string_view name) {
  const bool drive =
      name.size() >= 2 && name[1] == ':' && ((name[0] >= 'A' && name[0] <= 'Z') || (name[0] >= 'a' && name[0] <= 'z'));
  return name.starts_with('/') || name.starts_with('\\') || drive;
}

void check_component(std::string_view component, const std::string& member, FileResult& result) {
  const auto add = [&](Rule rule) { result.add(rule, member, std::string(component)); };
  if (!text::is_plain(component)) {
    for (const PointCheck& check : kPointChecks) {
      if (any_point(component, check.found)) add(check.rule);
    }
    for (const TextCheck& check : kEncodingChecks) {
      if (check.found(component)) add(check.rule);
    }
  }
  for (const TextCheck& check : kTextChecks) {
    if (check.found(component)) add(check.rule);
  }
}

void check_member_name(std::string_view name, const std::string& member, FileResult& result) {
  if (name.empty()) {
    result.add(Rule::kArchiveBadName, member, "the name is empty");
    return;
  }
  if (is_absolute(name) || has_dot_dot(name)) result.add(Rule::kArchiveTraversal, member, std::string(name));
  if (name.size() > kLongestPath) result.add(Rule::kNameOverlong, member, std::to_string(name.size()) + " bytes");
  for_each_component(name, [&](std::string_view component) {
    if (!component.empty() && component != "." && component != "..") check_component(component, member, result);
  });
}

std::string fold_case(std::string_view name) {
  std::string out;
  out.reserve(name.size());
  while (!name.empty()) {
    const text::CodePoint point = text::decode(name);
    const char32_t c = point.value;
    const bool two_bytes = point.valid && point.length == 2;
    // The letters of these blocks fold to letters at a fixed distance, which have two bytes, too.
    char32_t folded = c;
    if (two_bytes && c >= 0xC0 && c <= 0xDE && c != 0xD7) folded = c + 0x20;
    if (two_bytes && c >= 0x391 && c <= 0x3A9 && c != 0x3A2) folded = c + 0x20;
    if (two_bytes && c >= 0x410 && c <= 0x42F) folded = c + 0x20;
    if (two_bytes && c >= 0x400 && c <= 0x40F) folded = c + 0x50;
    if (folded != c) {
      text::append_utf8(out, folded);
    } else if (point.length == 1) {
      out += lower(name.front());
    } else {
      out += name.substr(0, point.length);
    }
    name.remove_prefix(point.length);
  }
  return out;
}

std::string extension(std::string_view name) {
  const std::size_t start = name.rfind('/') == std::string_view::npos ? 0 : name.rfind('/') + 1;
  const std::string_view last = name.substr(start);
  const std::size_t dot = last.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return {};
  return lower_ascii(last.substr(dot + 1));
}

}  // namespace immure::inspect
