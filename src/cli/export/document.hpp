/// A document for people, which can be written as Markdown and as HTML.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace immure::cli {

struct Block {
  enum class Kind : std::uint8_t { kHeading, kParagraph, kItem, kCode, kTable } kind;
  std::string text;                              ///< text of any block but a table; lines of code are joined by `\n`
  std::vector<std::vector<std::string>> rows{};  ///< the rows of a table, with its head first
};

struct Document {
  std::string title;
  std::vector<Block> blocks;

  void heading(std::string text) { blocks.push_back({Block::Kind::kHeading, std::move(text)}); }
  void paragraph(std::string text) { blocks.push_back({Block::Kind::kParagraph, std::move(text)}); }
  void item(std::string text) { blocks.push_back({Block::Kind::kItem, std::move(text)}); }
  void code(std::string lines) { blocks.push_back({Block::Kind::kCode, std::move(lines)}); }
  void table(std::vector<std::vector<std::string>> rows) {
    blocks.push_back({Block::Kind::kTable, {}, std::move(rows)});
  }
};

/// Writes the document as Markdown. No text in the document can become markup.
[[nodiscard]] std::string as_markdown(const Document& document);
/// Writes the document as one HTML page that has no scripts and loads nothing. No text can become markup here either.
[[nodiscard]] std::string as_html(const Document& document);

}  // namespace immure::cli
