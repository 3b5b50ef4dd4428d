#include <algorithm>
#include <charconv>
#include <optional>

#include "judge/observed.hpp"
#include "judge/text.hpp"

namespace immure::judge {
namespace {

using evidence::Limit;
using evidence::OutsideView;
using Inodes = std::map<std::string, std::uint64_t>;

// Tests 34 to 37: the second look concerns the same task, and nothing has changed since the first look.
void check_looks(const Observed& observed, Findings& findings) {
  const Look* exec = observed.exec();
  if (exec == nullptr) return;
  struct Member {
    SandboxTest test;
    std::string_view name;
    bool same;
  };
  const OutsideView& gate = *observed.looks.front().view;
  const OutsideView& now = *exec->view;
  const Member members[] = {
      {34, "/nsPid", gate.ns_pid == now.ns_pid},
      {35, "/uidMap", gate.uid_map == now.uid_map},
      {35, "/gidMap", gate.gid_map == now.gid_map},
      {36, "/seccompFilters", gate.seccomp_filters == now.seccomp_filters},
      {37, "/namespaces", gate.namespaces == now.namespaces},
      {37, "/hostNamespaces", gate.host_namespaces == now.host_namespaces},
  };
  for (const Member& member : members)
    if (!member.same)
      findings.open(member.test, "witness-disagrees", exec->at(member.name), "the value at the gate", "another value");
}

std::optional<std::uint64_t> number(std::string_view& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (text.starts_with(' ')) text.remove_prefix(1);
  return value;
}

/// The outer id to which the map (`inside outside count`, lines joined by `;`) maps an id of the cell; nullopt if the
/// map has no such id.
std::optional<std::uint64_t> mapped(std::string_view map, std::uint64_t id) {
  while (!map.empty()) {
    std::string_view line = map.substr(0, map.find(';'));
    map.remove_prefix(std::min(line.size() + 1, map.size()));
    const auto inner = number(line);
    const auto outer = inner ? number(line) : std::nullopt;
    const auto count = outer ? number(line) : std::nullopt;
    if (!count || !line.empty()) return std::nullopt;
    if (id >= *inner && id - *inner < *count) return *outer + (id - *inner);
  }
  return std::nullopt;
}

// Judges test 35: the cell's ids, mapped to the host, are the ids that the outside witness saw.
void check_ids(const Observed& observed, Findings& findings) {
  struct Id {
    std::string_view map_name;
    std::uint32_t inside;
    const std::string OutsideView::* map;
    const std::vector<std::uint32_t> OutsideView::* outside;
  };
  const Id ids[] = {{"/uidMap", observed.inside.uid, &OutsideView::uid_map, &OutsideView::uids},
                    {"/gidMap", observed.inside.gid, &OutsideView::gid_map, &OutsideView::gids}};
  for (const Look& look : observed.looks)
    for (const Id& id : ids) {
      const auto& seen = look.view->*id.outside;
      const auto expected = mapped(look.view->*id.map, id.inside);
      if (!seen.empty() && (!expected || *expected != seen.front()))
        findings.open(35, "witness-disagrees", look.at(id.map_name),
                      "a map of the cell's " + std::to_string(id.inside) + " to " + std::to_string(seen.front()),
                      look.view->*id.map);
    }
}

std::vector<std::string_view> names(const Inodes& inodes) {
  std::vector<std::string_view> list;
  for (const auto& [name, inode] : inodes) list.push_back(name);
  return list;
}

// Judges test 37: both witnesses saw the same kinds of namespaces.
void check_namespaces(const Observed& observed, Findings& findings) {
  const auto expected = names(observed.inside.namespaces);
  for (const Look& look : observed.looks)
    if (names(look->namespaces) != expected || names(look->host_namespaces) != expected)
      findings.open(37, "witness-disagrees", look.at("/namespaces"), "the namespaces that the cell sees", "others");
}

const Limit* only(const std::vector<Limit>& limits, std::string_view name) {
  const auto found = std::ranges::find(limits, name, &Limit::name);
  return found == limits.end() || std::ranges::count(limits, name, &Limit::name) != 1 ? nullptr : &*found;
}

// Test 37: each limit that the cell reads about itself equals the limit that the kernel shows outside. A limit that is
// listed twice is unproved, because readers could take either value.
void check_limits(const Observed& observed, Findings& findings) {
  for (const Look& look : observed.looks) {
    for (const Limit& limit : look->limits)
      if (only(look->limits, limit.name) == nullptr)
        findings.unproved(37, "witness-contradicts", look.at("/limits"), "each limit once", limit.name + " twice");
    for (const Limit& limit : observed.inside.limits) {
      const Limit* same = only(look->limits, limit.name);
      if (only(observed.inside.limits, limit.name) == nullptr)
        findings.unproved(37, "witness-contradicts", "/inside/limits", "each limit once", limit.name + " twice");
      else if (same == nullptr || same->soft != limit.soft || same->hard != limit.hard)
        findings.open(37, "witness-disagrees", look.at("/limits"), limit.name + " " + limit.soft + " " + limit.hard,
                      same == nullptr ? "none" : same->soft + " " + same->hard);
    }
  }
}

}  // namespace

void judge_agreement(const Observed& observed, Findings& findings) {
  check_looks(observed, findings);
  check_ids(observed, findings);
  check_namespaces(observed, findings);
  check_limits(observed, findings);
}

}  // namespace immure::judge
