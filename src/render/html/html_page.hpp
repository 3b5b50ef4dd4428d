/// A page of HTML. Only this class writes into a page, and it escapes every text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace immure::render {

/// Makes `text` safe for HTML text and quoted attributes. & < > " ' become entities. Control characters, line breaks,
/// bytes that are not UTF-8, and invisible or direction-changing code points become `⟨U+202E⟩` or `⟨byte 0xFF⟩`. So do
/// combining marks after the second in a row, because a stack of them paints over neighbouring lines. ⟨ itself becomes
/// `⟨U+27E8⟩`, so that no name can look like an escaped one.
[[nodiscard]] std::string html_escape(std::string_view text);

/// Our own markup, which can be made only from literals at compile time, so that a value from a file can never become
/// markup.
class Markup {
 public:
  consteval Markup(const char* literal)
      : text_(literal) {}  // NOLINT(google-explicit-constructor): reads like a literal
  [[nodiscard]] constexpr std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

class Page {
 public:
  Page& markup(Markup literal);
  /// Appends words of our own or from the evidence, escaped.
  Page& text(std::string_view words);
  /// Appends a raw value from the evidence, escaped and cut to a readable length. The element isolates the direction of
  /// its letters from the text around it (bdi) and has a fixed-width font.
  Page& value(std::string_view raw);
  /// Like value(), for a sentence that quotes the evidence, in the font of the page.
  Page& sentence(std::string_view words);
  Page& number(std::int64_t number);
  Page& number(std::uint64_t number);
  /// Appends a digest of 64 digits that may be broken in the middle of a line; `none` if it is empty.
  Page& digest(std::string_view hex);

  /// Appends `<dt>name</dt><dd>value</dd>`.
  Page& entry(std::string_view name, std::string_view raw);
  /// Appends `<td>value</td>`.
  Page& cell(std::string_view raw);

  [[nodiscard]] std::string take() { return std::move(bytes_); }

 private:
  Page& cut_text(std::string_view raw, Markup before);
  std::string bytes_;
};

/// Appends everything before `<body>`: the style, and a content security policy under which the page runs and loads
/// nothing.
/// `own` is what one page has besides the common style; append_script() appends its script.
struct OwnParts {
  Markup style = "";
  Markup script = "";
};
void append_head(Page& page, std::string_view title, const OwnParts& own = {});
/// Appends the script that append_head() has allowed. The page can have no other script.
void append_script(Page& page, Markup script);

/// The page shows this many entries of a list and only counts the others. Hostile evidence must not choose the page's
/// size.
inline constexpr std::size_t kMaxShown = 1000;
/// The same limit for a list in a sentence or in a cell of a table.
inline constexpr std::size_t kMaxListed = 100;

}  // namespace immure::render
