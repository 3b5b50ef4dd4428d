#include "render/html/html_page.hpp"

#include <algorithm>

#include "file/sha256.hpp"
#include "judge/text.hpp"
#include "render/html/html_style.hpp"
#include "text/base64.hpp"
#include "text/hex.hpp"
#include "text/markup.hpp"
#include "text/utf8.hpp"
#include "text/visible.hpp"

namespace immure::render {
namespace {

constexpr std::string_view kOpen = "\xE2\x9F\xA8";   // U+27E8
constexpr std::string_view kClose = "\xE2\x9F\xA9";  // U+27E9
constexpr int kMaxMarks = 2;
constexpr std::size_t kMaxValueBytes = 2048;

void append_named(std::string& out, std::string_view kind, std::uint32_t value, std::size_t width) {
  out += kOpen;
  out += kind;
  out += text::hex_number(value, width, text::Letters::kUpper);
  out += kClose;
}

/// Appends the base64 of the SHA-256 of a style or script, in the form of CSP level 2. With this hash in its policy,
/// the page can have no other style or script.
void append_source(Page& page, Markup part) {
  const file::Digest digest = file::sha256(part.text());
  page.markup("'sha256-").text(text::base64({reinterpret_cast<const char*>(digest.data()), digest.size()})).markup("'");
}

}  // namespace

std::string html_escape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  int marks = 0;
  while (!text.empty()) {
    const std::size_t length = text::utf8_length(text);
    if (length == 0) {
      append_named(out, "byte 0x", static_cast<unsigned char>(text.front()), 2);
      text.remove_prefix(1);
      continue;
    }
    const char32_t point = text::utf8_decode(text, length);
    marks = text::sight_of(point) == text::Sight::kCombining ? marks + 1 : 0;
    if (point < 0x20 || text::is_unseen(point) || point == 0x27E8 || point == 0x27E9 || marks > kMaxMarks)
      append_named(out, "U+", static_cast<std::uint32_t>(point), 4);
    else if (const std::string_view name = text::entity(text.front(), text::Markup::kHtml); !name.empty())
      out += name;
    else
      out += text.substr(0, length);
    text.remove_prefix(length);
  }
  return out;
}

void append_head(Page& page, std::string_view title, const OwnParts& own) {
  page.markup(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src ");
  append_source(page, kStyle);
  if (!own.style.text().empty()) append_source(page.markup(" "), own.style);
  if (!own.script.text().empty()) append_source(page.markup("; script-src "), own.script);
  page.markup(
      "; base-uri 'none'; form-action 'none'\">\n<meta name=\"referrer\" content=\"no-referrer\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>");
  page.text(title).markup("</title>\n<style>").markup(kStyle).markup("</style>\n");
  if (!own.style.text().empty()) page.markup("<style>").markup(own.style).markup("</style>\n");
  page.markup("</head>\n");
}

void append_script(Page& page, Markup script) { page.markup("<script>").markup(script).markup("</script>\n"); }

Page& Page::markup(Markup literal) {
  bytes_ += literal.text();
  return *this;
}

Page& Page::text(std::string_view words) {
  bytes_ += html_escape(words);
  return *this;
}

Page& Page::cut_text(std::string_view raw, Markup before) {
  if (raw.empty()) return markup("<em>empty</em>");
  const std::string_view shown = text::utf8_cut(raw, kMaxValueBytes);
  markup(before).text(shown).markup("</bdi>");
  if (shown.size() != raw.size())
    markup(" <em>and ").number(std::uint64_t{raw.size() - shown.size()}).markup(" bytes more</em>");
  return *this;
}

Page& Page::value(std::string_view raw) { return cut_text(raw, "<bdi class=\"v\">"); }
Page& Page::sentence(std::string_view words) { return cut_text(words, "<bdi>"); }

Page& Page::number(std::int64_t number) {
  bytes_ += std::to_string(number);
  return *this;
}

Page& Page::number(std::uint64_t number) {
  bytes_ += std::to_string(number);
  return *this;
}

Page& Page::digest(std::string_view hex) { return hex.empty() ? markup("<em>none</em>") : value(hex); }

Page& Page::entry(std::string_view name, std::string_view raw) {
  return markup("<dt>").text(name).markup("</dt><dd>").value(raw).markup("</dd>\n");
}

Page& Page::cell(std::string_view raw) { return markup("<td>").value(raw).markup("</td>"); }

}  // namespace immure::render
