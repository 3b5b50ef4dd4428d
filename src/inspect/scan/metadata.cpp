#include "inspect/scan/metadata.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <utility>

#include "inspect/scan/links.hpp"
#include "inspect/scan/names.hpp"

namespace immure::inspect {
namespace {

constexpr std::uint32_t kSetId = 06000, kOthersWrite = 0002, kSticky = 01000;

std::pair<std::string_view, std::string_view> split(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return {{}, path};
  return {path.substr(0, slash), path.substr(slash + 1)};
}

void check_mode(const Entry& entry, FileResult& result) {
  const bool directory = entry.kind == EntryKind::kDirectory;
  if (entry.kind == EntryKind::kLink) return;
  if (!entry.capabilities.empty()) result.add(Rule::kModeCapabilities, {}, "security.capability " + entry.capabilities);
  if (entry.kind == EntryKind::kFile && (entry.mode & kSetId) != 0)
    result.add(Rule::kModeSetId, {}, "mode " + octal(entry.mode));
  // A directory with the sticky bit, like /tmp, is meant to be shared.
  if ((entry.mode & kOthersWrite) != 0 && !(directory && (entry.mode & kSticky) != 0)) {
    result.add(Rule::kModeWritable, {}, "mode " + octal(entry.mode));
  }
  if (entry.kind != EntryKind::kFile && !directory) result.add(Rule::kModeSpecial, {}, std::string(name(entry.kind)));
}

/// The link count of a file includes names outside of the drop. If the drop has fewer names than the count, the others
/// are elsewhere.
void check_hard_links(const std::vector<Entry>& entries, std::vector<FileResult*>& results) {
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::uint64_t> names;
  const auto linked = [](const Entry& entry) { return entry.kind == EntryKind::kFile && entry.links > 1; };
  for (const Entry& entry : entries) {
    if (linked(entry)) ++names[identity(entry)];
  }
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Entry& entry = entries[i];
    if (!linked(entry)) continue;
    const std::uint64_t here = names[identity(entry)];
    if (here < entry.links) {
      results[i]->add(Rule::kModeHardLink, {},
                      std::to_string(entry.links) + " names, " + std::to_string(here) + " of them in the drop");
    }
  }
}

void check_case(const std::vector<Entry>& entries, std::vector<FileResult*>& results) {
  // Of names that collide, at most one is equal to its folded form. So keep only the names that differ from their
  // folded forms, and then look for an entry with the folded name.
  std::map<std::string, std::vector<std::size_t>> folded;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    // A collision of parent directories is a finding about these directories, so fold only the last component.
    const auto [parent, last] = split(entries[i].path);
    if (std::ranges::none_of(last, may_fold)) continue;
    const std::string name = fold_case(last);
    if (name != last) folded[std::string(parent) + (parent.empty() ? "" : "/") + name].push_back(i);
  }
  for (auto& [path, group] : folded) {
    const auto same = std::ranges::lower_bound(entries, path, {}, &Entry::path);
    if (same != entries.end() && same->path == path) group.push_back(static_cast<std::size_t>(same - entries.begin()));
    std::ranges::sort(group);
    if (group.size() < 2) continue;
    for (const std::size_t i : group) {
      const std::size_t other = group[i == group.front() ? 1 : 0];
      results[i]->add(Rule::kNameCaseCollision, {}, "collides with " + std::string(split(entries[other].path).second));
    }
  }
}

}  // namespace

std::string octal(std::uint32_t mode) {
  std::string text(4, '0');
  for (std::size_t i = 4; i-- > 0; mode >>= 3U) text[i] = static_cast<char>('0' + (mode & 7U));
  return text;
}

void check_entries(const std::vector<Entry>& entries, std::vector<FileResult*>& results) {
  Links links;
  for (const Entry& entry : entries) {
    if (entry.kind == EntryKind::kLink) links.add(entry.path, entry.target);
  }
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Entry& entry = entries[i];
    check_component(split(entry.path).second, {}, *results[i]);
    check_mode(entry, *results[i]);
    if (entry.kind == EntryKind::kLink && links.from(entry.path, entry.target).out)
      results[i]->add(leads_to_system(entry.target) ? Rule::kPathLinkAbsolute : Rule::kPathLinkOut, {},
                      "leads to " + entry.target);
  }
  check_hard_links(entries, results);
  check_case(entries, results);
}

}  // namespace immure::inspect
