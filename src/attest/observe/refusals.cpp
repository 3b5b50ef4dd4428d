#include "attest/observe/refusals.hpp"

#include <algorithm>
#include <array>

#include "text/utf8.hpp"
#include "text/visible.hpp"

namespace immure::attest {
namespace {

constexpr std::string_view kScratch = "scratch", kReadBack = "read-back", kDevice = "device", kInput = "input",
                           kElsewhere = "elsewhere";
constexpr std::array kKinds = {kScratch, kReadBack, kDevice, kInput, kElsewhere};

bool is_at_or_below(std::string_view path, std::string_view place) {
  return path == place || (path.starts_with(place) && path[place.size()] == '/');
}

/// True for a file that programs write only to start faster the next time, or to ask the user something. A program does
/// its job without such a file: the modules that Python has compiled, the caches of fontconfig, the terminal.
bool is_dispensable(std::string_view path) {
  constexpr std::array<std::string_view, 4> kParts = {"/__pycache__", "/.cache/fontconfig", "/.fontconfig",
                                                      "/var/cache/fontconfig"};
  return path == "/dev/tty" || std::ranges::any_of(kParts, [&](std::string_view part) { return path.contains(part); });
}

bool is_scratch(std::string_view path) {
  constexpr std::array<std::string_view, 3> kPlaces = {"/tmp", "/var/tmp", "/dev/shm"};
  return std::ranges::any_of(kPlaces, [&](std::string_view place) { return is_at_or_below(path, place); });
}

}  // namespace

std::string normalised(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, slash);
    path.remove_prefix(std::min(slash + 1, path.size()));
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      out.erase(out.empty() ? 0 : out.rfind('/'));
      continue;
    }
    out += '/';
    out += part;
  }
  return out.empty() ? "/" : out;
}

std::optional<std::string_view> refusal_of(const Attempt& attempt, const Granted& granted) {
  const std::string path = normalised(attempt.path);
  if (is_dispensable(path)) return std::nullopt;
  if (is_scratch(path)) return granted.scratch ? std::nullopt : std::optional(kScratch);
  if (is_at_or_below(path, "/out")) {
    if (attempt.makes_directory || !attempt.reads || granted.read_back) return std::nullopt;
    return kReadBack;
  }
  if (is_at_or_below(path, "/dev")) return kDevice;
  // A path below /proc/self/fd is another name of an open file.
  if (is_at_or_below(path, "/proc/self/fd")) return attempt.writes ? std::optional(kElsewhere) : std::nullopt;
  // Elsewhere in /proc and /sys a program changes settings that concern only the program, such as its core dumps. No
  // work is lost.
  if (is_at_or_below(path, "/proc") || is_at_or_below(path, "/sys")) return std::nullopt;
  // A program that only reads can read the file here, or could not read the file outside of the cell either.
  if (!attempt.writes && !attempt.makes_directory) return std::nullopt;
  return is_at_or_below(path, "/in") ? kInput : kElsewhere;
}

std::string shown_path(std::string_view path) {
  constexpr std::string_view kMore = "...";
  // Every byte takes at least one byte of the visible form.
  std::string shown = text::visible(path.substr(0, evidence::kMaxRefusedPath + 1));
  if (shown.size() <= evidence::kMaxRefusedPath) return shown;
  return std::string(text::utf8_cut(shown, evidence::kMaxRefusedPath - kMore.size())) + std::string(kMore);
}

void Refusals::note(const Attempt& attempt) {
  const auto kind = refusal_of(attempt, granted_);
  // Many programs open an output for reading and writing first, and for writing alone if that fails.
  if (!kind && attempt.writes) counts_.erase({kReadBack, shown_path(normalised(attempt.path))});
  // Elsewhere a program sees the same as outside of the cell, or an error that is worth no note.
  if (!kind || (attempt.lists && *kind != kReadBack)) return;
  if (attempt.from_workdir && *kind == kElsewhere) in_workdir_ = true;
  // Keep room for one entry of each kind that counts all further paths of this kind.
  constexpr std::size_t kPaths = evidence::kMaxRefusals - kKinds.size();
  const auto known = counts_.find({*kind, shown_path(normalised(attempt.path))});
  if (known != counts_.end()) {
    ++known->second;
    return;
  }
  const bool has_room = counts_.size() < kPaths;
  ++counts_[{*kind, has_room ? shown_path(normalised(attempt.path)) : std::string()}];
}

std::vector<evidence::Refusal> Refusals::list() const {
  std::vector<evidence::Refusal> list;
  for (const auto& [key, count] : counts_)
    list.push_back({.count = count, .path = key.second, .what = std::string(key.first)});
  return list;
}

}  // namespace immure::attest
