#include "text/wrap.hpp"

#include <algorithm>

#include "text/utf8.hpp"
#include "text/visible.hpp"

namespace immure::text {
namespace {

/// The bytes at the beginning of a text that belong together, and how many columns they need.
struct Cell {
  std::size_t length = 1, columns = 1;
};

Cell cell_of(std::string_view text) {
  // Our own colours are the only sequences in a text: what others wrote was made visible before.
  if (text.starts_with("\x1b[")) {
    const std::size_t end = text.find('m');
    return {end == std::string_view::npos ? text.size() : end + 1, 0};
  }
  const CodePoint point = decode(text);
  return {point.length, sight_of(point.value) == Sight::kCombining ? 0U : 1U};
}

/// How many bytes of `text` fit into `width` columns.
std::size_t fitting(std::string_view text, std::size_t width) {
  std::size_t at = 0;
  std::size_t used = 0;
  while (at < text.size()) {
    const Cell cell = cell_of(text.substr(at));
    if (used + cell.columns > width) break;
    used += cell.columns;
    at += cell.length;
  }
  return at;
}

}  // namespace

std::size_t columns(std::string_view line) {
  std::size_t count = 0;
  while (!line.empty()) {
    const Cell cell = cell_of(line);
    count += cell.columns;
    line.remove_prefix(cell.length);
  }
  return count;
}

std::vector<std::string> wrapped(std::string_view text, std::size_t width, std::size_t first) {
  std::vector<std::string> lines;
  const std::size_t whole = std::max<std::size_t>(width, 1);
  std::size_t room = whole > first ? whole - first : 1;
  while (true) {
    std::size_t end = fitting(text, room);
    if (end == text.size()) break;
    // Break at the last blank that fits. Without one, break the word.
    const std::size_t blank = text.rfind(' ', end);
    const bool breaks = blank != std::string_view::npos && blank != 0;
    if (breaks) end = blank;
    if (end == 0) end = cell_of(text).length;
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end + (breaks ? 1 : 0));
    room = whole;
  }
  lines.emplace_back(text);
  return lines;
}

std::string shortened(std::string_view text, std::size_t width) {
  if (columns(text) <= width) return std::string(text);
  return std::string(text.substr(0, fitting(text, width == 0 ? 0 : width - 1))) + "…";
}

std::string wrapped_lines(std::string_view text, std::size_t width, std::size_t indent) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    // Further lines begin with the indent, so the first line has this much more room than they have.
    if (columns(line) <= width || width <= indent) {
      out += line;
    } else {
      const std::size_t head = fitting(line, width);
      const std::size_t blank = line.rfind(' ', head);
      const std::size_t at = blank == std::string_view::npos || blank <= indent ? head : blank;
      out += line.substr(0, at);
      const std::string_view rest = line.substr(at + (line[at] == ' ' ? 1 : 0));
      for (const std::string& part : wrapped(rest, width - indent)) out.append("\n").append(indent, ' ').append(part);
    }
    if (end == std::string_view::npos) break;
    out += '\n';
    text.remove_prefix(end + 1);
  }
  return out;
}

}  // namespace immure::text
