/// A page of HTML into which text can only get escaped: the one place that knows how.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace immure::render {

/// `text` for HTML text and quoted attributes: & < > " ' as entities; control characters, line breaks, bytes that are
/// not UTF-8, invisible and direction-changing code points as `⟨U+202E⟩` or `⟨byte 0xFF⟩`, and more than two combining
/// marks in a row likewise, since a stack of them paints over its neighbours. ⟨ itself becomes `⟨U+27E8⟩`, so that no
/// name can look like one that was escaped.
[[nodiscard]] std::string html_escape(std::string_view text);

/// Markup of our own. Made of literals only, at compile time: a value that was read can never become one.
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
  /// Words of our own or from the evidence, escaped.
  Page& text(std::string_view words);
  /// A raw value from the evidence: escaped, cut where it is longer than people read, in an element that keeps the
  /// direction of its letters to itself (bdi) and in a fixed-width font.
  Page& value(std::string_view raw);
  /// The same for a sentence that quotes the evidence, in the page's own font.
  Page& sentence(std::string_view words);
  Page& number(std::int64_t number);
  Page& number(std::uint64_t number);
  /// A 64-digit digest, breakable in the middle of a line; `none` if it is empty.
  Page& digest(std::string_view hex);

  /// `<dt>name</dt><dd>value</dd>`.
  Page& entry(std::string_view name, std::string_view raw);
  /// `<td>value</td>`.
  Page& cell(std::string_view raw);

  [[nodiscard]] std::string take() { return std::move(bytes_); }

 private:
  Page& cut_text(std::string_view raw, Markup before);
  std::string bytes_;
};

/// Everything before `<body>`: the style, and a policy under which the page runs and loads nothing.
void append_head(Page& page, std::string_view title);

/// More entries of one list than this are counted and not shown: a hostile evidence must not choose the page's size.
inline constexpr std::size_t kMaxShown = 1000;
/// The same for a list within a sentence or a cell of a table.
inline constexpr std::size_t kMaxListed = 100;

}  // namespace immure::render
