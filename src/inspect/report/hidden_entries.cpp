#include "inspect/report/hidden_entries.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "text/hex.hpp"

namespace immure::inspect {
namespace {

constexpr std::string_view kHeader = "immure-unseen-v1";

template <class T>
bool number(std::string_view text, T& value, int base = 10) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  return error == std::errc{} && end == text.data() + text.size() && !text.empty();
}

/// Takes the text up to the next blank, and removes that blank, too.
std::string_view word(std::string_view& line) {
  const std::size_t blank = line.find(' ');
  const std::string_view first = line.substr(0, blank);
  line.remove_prefix(blank == std::string_view::npos ? line.size() : blank + 1);
  return first;
}

std::optional<EntryKind> kind_named(std::string_view text) {
  for (auto kind = EntryKind::kFile; kind <= EntryKind::kBlockDevice;
       kind = EntryKind{static_cast<std::uint8_t>(static_cast<std::uint8_t>(kind) + 1)}) {
    if (name(kind) == text) return kind;
  }
  return std::nullopt;
}

std::optional<Entry> parse_line(std::string_view line) {
  std::string_view said = word(line);
  constexpr std::string_view kUnread = "unread-";
  const bool unread = said.starts_with(kUnread);
  if (unread) said.remove_prefix(kUnread.size());
  const auto kind = kind_named(said);
  const std::string_view mode = word(line), links = word(line), group = word(line), capabilities = word(line);
  const auto path = text::percent_decoded(line);
  Entry entry;
  if (!kind || !path || path->empty() || path->starts_with('/') || path->contains('\0')) return std::nullopt;
  if (mode.size() != 4 || !number(mode, entry.mode, 8) || !number(links, entry.links)) return std::nullopt;
  if (!number(group, entry.group)) return std::nullopt;
  entry.kind = *kind;
  entry.path = *path;
  entry.unread = unread;
  if (capabilities != "-") {
    if (capabilities.empty() || !text::is_hex(capabilities)) return std::nullopt;
    entry.capabilities = capabilities;
  }
  return entry;
}

bool is_special(EntryKind kind) { return kind >= EntryKind::kFifo; }

}  // namespace

Result<std::vector<Entry>> parse_hidden_entries(std::string_view text) {
  std::vector<Entry> entries;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    const auto wrong = [number] { return fail(Code::kBadInput, "--unseen", "line " + std::to_string(number)); };
    if (end == std::string_view::npos) return wrong();
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (number == 1) {
      if (line != kHeader) return wrong();
      continue;
    }
    auto entry = parse_line(line);
    if (!entry || (!entries.empty() && entries.back().path >= entry->path)) return wrong();
    entries.push_back(*std::move(entry));
  }
  return entries;
}

std::vector<std::size_t> add_hidden_entries(const std::vector<Entry>& hidden, const Limits& limits, Scan& scan) {
  std::vector<Entry> special;
  for (const Entry& fact : hidden) {
    const auto seen = std::ranges::lower_bound(scan.entries, fact.path, {}, &Entry::path);
    const bool there = seen != scan.entries.end() && seen->path == fact.path;
    if (!there && (is_special(fact.kind) || fact.unread)) special.push_back(fact);
    if (!there || seen->kind != fact.kind) continue;
    seen->capabilities = fact.capabilities;
    if (fact.group == 0) continue;
    seen->mode = fact.mode;
    seen->links = fact.links;
    seen->group = fact.group;
  }
  const std::size_t room = limits.entries - std::min<std::size_t>(limits.entries, scan.entries.size());
  if (special.size() > room) {
    scan.troubles.push_back({ScanTrouble::Kind::kTooMany, special[room].path, 0});
    special.resize(room);
  }
  if (special.empty()) return {};
  std::vector<Entry> all;
  std::vector<std::size_t> places;
  all.reserve(scan.entries.size() + special.size());
  auto next = special.begin();
  const auto take_until = [&](const std::string* path) {
    for (; next != special.end() && (path == nullptr || next->path < *path); ++next) {
      places.push_back(all.size());
      all.push_back(std::move(*next));
    }
  };
  for (Entry& one : scan.entries) {
    take_until(&one.path);
    all.push_back(std::move(one));
  }
  take_until(nullptr);
  scan.entries = std::move(all);
  return places;
}

}  // namespace immure::inspect
