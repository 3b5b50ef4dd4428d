#include "cli/run/hidden_entries.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include <unistd.h>

#include "attest/input.hpp"
#include "cli/run/directories.hpp"
#include "file/listing.hpp"
#include "file/place.hpp"
#include "file/tree.hpp"
#include "sys/file.hpp"
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

/// A copy has neither channels nor what cannot be read.
bool is_missing_in_copy(const Entry& entry) { return is_channel(entry) || entry.unread; }

/// True if root shows a drop of its own in which files belong to others: the cell's user could not read these files in
/// the drop itself.
bool has_foreign_files(const std::vector<Entry>& entries) {
  const std::uint32_t owner = entries.front().uid;
  return ::geteuid() == 0 && owner == 0 && std::ranges::any_of(entries, [owner](const Entry& entry) {
           const unsigned needed = entry.kind == Kind::kDirectory ? 05U : 04U;
           return entry.kind != Kind::kLink && entry.uid != owner && (entry.mode & needed) != needed;
         });
}

constexpr std::string_view kHeader = "immure-unseen-v1\n";

std::string line_of(const Entry& entry, std::string_view path, std::uint64_t group) {
  return (entry.unread ? "unread-" : "") + std::string(name(entry.kind)) + " " + octal(entry.mode) + " " +
         std::to_string(entry.links) + " " + std::to_string(group) + " " +
         (entry.capabilities.empty() ? "-" : entry.capabilities) + " " + escaped(path) + "\n";
}

}  // namespace

Result<HiddenEntries> hidden_entries_of(InputDirectory opened, const std::string& drop,
                                        const std::function<Result<void>()>& go_on) {
  TRY(std::vector<Entry> entries, attest::list_drop(opened.directory.get(), drop, go_on));
  HiddenEntries hidden{.needs_copy = std::ranges::any_of(entries, is_missing_in_copy) || has_foreign_files(entries),
                       .text = {},
                       .entries = {},
                       .directory = std::move(opened)};
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::uint64_t> groups;
  std::string lines;
  for (const Entry& entry : entries) {
    if (entry.path == ".") continue;
    std::uint64_t group = 0;
    const bool linked = entry.kind == Kind::kFile && entry.links > 1;
    if (hidden.needs_copy && (is_missing_in_copy(entry) || linked || (entry.mode & kBeyondACopy) != 0))
      group = groups.try_emplace({entry.device, entry.inode}, groups.size() + 1).first->second;
    if (group == 0 && entry.capabilities.empty()) continue;
    lines += line_of(entry, entry.path, group);
  }
  if (!lines.empty()) hidden.text = std::string(kHeader) + lines;
  hidden.entries = std::move(entries);
  return hidden;
}

Result<std::string> hidden_properties_of_file(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string parent = slash == std::string::npos ? "." : path.substr(0, std::max<std::size_t>(slash, 1));
  const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  TRY(const file::HeldDirectory held, file::hold_directory(parent));
  Entry entry{.path = name, .kind = Kind::kFile};
  entry.capabilities = file::capabilities_of(held.fd.get(), name.c_str());
  return entry.capabilities.empty() ? std::string() : std::string(kHeader) + line_of(entry, name, 0);
}

}  // namespace immure::cli
