#include "cli/export/document.hpp"

#include <algorithm>
#include <string_view>

#include "judge/text.hpp"
#include "render/html/html_page.hpp"
#include "render/html/html_style.hpp"
#include "text/visible.hpp"

namespace immure::cli {
namespace {

using Kind = Block::Kind;

std::string markdown_text(std::string_view text) {
  constexpr std::string_view kMarkup = "\\`*_{}[]<>#|&~";
  std::string out;
  // visible() doubles a backslash, and Markdown shows two backslashes as one. Replace immure's own line breaks by
  // blanks. visible() has already escaped the line breaks in foreign text.
  std::string flowing(text);
  std::ranges::replace(flowing, '\n', ' ');
  for (const char letter : text::escaped(flowing)) {
    if (letter != '\\' && kMarkup.find(letter) != std::string_view::npos) out += '\\';
    out += letter;
  }
  return out;
}

/// Encloses the text in a fence of more backticks than the text has in a row.
std::string fenced(const std::string& code) {
  std::size_t longest = 2, run = 0;
  for (const char letter : code) {
    run = letter == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(longest + 1, '`');
  return fence + "sh\n" + code + "\n" + fence + "\n\n";
}

std::string markdown_table(const std::vector<std::vector<std::string>>& rows) {
  std::string out;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (const std::string& cell : rows[i]) out += "| " + markdown_text(cell) + " ";
    out += "|\n";
    if (i != 0) continue;
    for (std::size_t column = 0; column < rows[i].size(); ++column) out += "|---";
    out += "|\n";
  }
  return out + "\n";
}

std::string html_table(const std::vector<std::vector<std::string>>& rows) {
  std::string out = "<div class=\"wide\"><table>\n";
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::string tag = i == 0 ? "th" : "td";
    out += i == 0 ? "<thead><tr>" : "<tr>";
    for (const std::string& cell : rows[i])
      out += "<" + tag + (i == 0 ? " scope=\"col\"" : "") + ">" + render::html_escape(cell) + "</" + tag + ">";
    out += i == 0 ? "</tr></thead>\n<tbody>\n" : "</tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

std::string html_code(const std::string& code) {
  std::string out = "<pre class=\"v\">";
  for (std::size_t start = 0; start <= code.size();) {
    const std::size_t end = std::min(code.find('\n', start), code.size());
    out += (start == 0 ? "" : "\n") + render::html_escape(std::string_view(code).substr(start, end - start));
    start = end + 1;
  }
  return out + "</pre>\n";
}

}  // namespace

std::string as_markdown(const Document& document) {
  std::string out = "# " + markdown_text(document.title) + "\n\n";
  for (std::size_t i = 0; i < document.blocks.size(); ++i) {
    const Block& block = document.blocks[i];
    const bool in_list = i + 1 < document.blocks.size() && document.blocks[i + 1].kind == Kind::kItem;
    switch (block.kind) {
      case Kind::kHeading: out += "## " + markdown_text(block.text) + "\n\n"; break;
      case Kind::kParagraph: out += markdown_text(block.text) + "\n\n"; break;
      case Kind::kItem: out += "- " + markdown_text(block.text) + (in_list ? "\n" : "\n\n"); break;
      case Kind::kCode: out += fenced(block.text); break;
      case Kind::kTable: out += markdown_table(block.rows); break;
    }
  }
  out.pop_back();
  return out;
}

std::string as_html(const Document& document) {
  const std::string title = render::html_escape(document.title);
  std::string out =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width\">\n<title>" +
      title + "</title>\n<style>" + std::string(render::kStyle.text()) + "</style>\n</head>\n<body>\n<main>\n<h1>" +
      title + "</h1>\n";
  bool in_list = false;
  for (const Block& block : document.blocks) {
    if (in_list != (block.kind == Kind::kItem)) out += in_list ? "</ul>\n" : "<ul>\n";
    in_list = block.kind == Kind::kItem;
    switch (block.kind) {
      case Kind::kHeading: out += "<h2>" + render::html_escape(block.text) + "</h2>\n"; break;
      case Kind::kParagraph: out += "<p>" + render::html_escape(block.text) + "</p>\n"; break;
      case Kind::kItem: out += "<li>" + render::html_escape(block.text) + "</li>\n"; break;
      case Kind::kCode: out += html_code(block.text); break;
      case Kind::kTable: out += html_table(block.rows); break;
    }
  }
  return out + (in_list ? "</ul>\n" : "") + "</main>\n</body>\n</html>\n";
}

}  // namespace immure::cli
