#include "cli/run/hidden_entries.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include <fcntl.h>

#include "cli/run/directories.hpp"
#include "file/tree.hpp"
#include "sys/file.hpp"
#include "sys/machine.hpp"
#include "text/hex.hpp"

namespace immure::cli {
namespace {

using file::Entry;
using file::Kind;

constexpr std::uint32_t kBeyondACopy = 07000;  // a copy keeps 0777

bool is_channel(const Entry& entry) {
  return entry.kind != Kind::kFile && entry.kind != Kind::kDirectory && entry.kind != Kind::kLink;
}

std::string octal(std::uint32_t mode) {
  std::string text(4, '0');
  for (std::size_t i = 4; i-- > 0; mode >>= 3U) text[i] = static_cast<char>('0' + (mode & 7U));
  return text;
}

std::string escaped(std::string_view path) {
  std::string text;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte < 0x7F && c != '%') {
      text += c;
    } else {
      text::append_escape(text, "%", c, text::Letters::kUpper);
    }
  }
  return text;
}

}  // namespace

Result<HiddenEntries> hidden_entries_of(const std::string& drop, const std::function<Result<void>()>& go_on) {
  TRY(InputDirectory opened, input_directory(drop));
  TRY(std::vector<Entry> entries,
      file::scan(opened.directory.get(), drop, {.capabilities = true, .readers = sys::processors(), .go_on = go_on}));
  HiddenEntries hidden{
      .channels = std::ranges::any_of(entries, is_channel), .text = {}, .entries = {}, .directory = std::move(opened)};
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::uint64_t> groups;
  std::string lines;
  for (const Entry& entry : entries) {
    if (entry.path == ".") continue;
    std::uint64_t group = 0;
    const bool linked = entry.kind == Kind::kFile && entry.links > 1;
    if (hidden.channels && (is_channel(entry) || linked || (entry.mode & kBeyondACopy) != 0))
      group = groups.try_emplace({entry.device, entry.inode}, groups.size() + 1).first->second;
    if (group == 0 && entry.capabilities.empty()) continue;
    lines += std::string(name(entry.kind)) + " " + octal(entry.mode) + " " + std::to_string(entry.links) + " " +
             std::to_string(group) + " " + (entry.capabilities.empty() ? "-" : entry.capabilities) + " " +
             escaped(entry.path) + "\n";
  }
  if (!lines.empty()) hidden.text = "immure-unseen-v1\n" + lines;
  hidden.entries = std::move(entries);
  return hidden;
}

}  // namespace immure::cli
