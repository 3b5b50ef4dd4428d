#include "attest/output_selection.hpp"

#include <algorithm>
#include <climits>

#include "evidence/envelope.hpp"
#include "evidence/json.hpp"
#include "probe/limits.hpp"
#include "text/visible.hpp"

namespace immure::attest {
namespace {

using file::Entry;
using file::Kind;

/// The size of `{"digest":{"sha256":"…"},"name":""},`, which encloses each name.
constexpr std::uint64_t kSubjectFrame = 105;
// Base64 turns three bytes into four. Half of the remaining room is far more than all probes and both witnesses need.
static_assert((kSubjectBytes + kRefusedBytes) / 3 * 4 < evidence::kMaxEnvelopeBytes - (2U << 20));
static_assert(probe::kMostOutputFiles * kSubjectFrame < kSubjectBytes);
static_assert(probe::kMostOutputFiles < evidence::json::kMaxElements);

/// The reason why an entry cannot become an output: its kind, its name or its path. Empty if the entry can.
std::string refusal(const Entry& entry, const std::string& target_path) {
  // The subjects of the statement call the captured streams `stdout` and `stderr`.
  if (entry.path == "stdout" || entry.path == "stderr")
    return "has the name that evidence gives to a stream of the program; let the program use another name";
  // If a file of this name contains the plan's own text, a verifier takes the file to mean "no output"
  // (verify/artifacts.cpp).
  if (entry.path == "plan")
    return "has the name that evidence gives to a run without output; let the program use another name";
  if (entry.unread) return "lies too deep: more directories, or longer names, than a path can have";
  if (entry.kind != Kind::kFile && entry.kind != Kind::kDirectory) return "is a " + std::string(file::name(entry.kind));
  if ((entry.mode & 07000U) != 0) return "has set-user-ID, set-group-ID or sticky bits";
  if (entry.kind == Kind::kFile && entry.links != 1) return "has several links";
  // The names of outputs become subjects of a statement and lines on terminals.
  if (!text::is_printable(entry.path)) return "has a name that is not printable UTF-8";
  if (target_path.size() + 1 + entry.path.size() >= PATH_MAX) return "has a path that is too long";
  return {};
}

/// Sorts a directory directly before its contents: `/` counts as less than every character that a name can hold.
bool comes_before(const Entry& one, const Entry& other) {
  const auto rank = [](char c) { return c == '/' ? 0 : static_cast<unsigned char>(c); };
  return std::ranges::lexicographical_compare(one.path, other.path, {}, rank, rank);
}

bool may_be_cut(const Entry& entry, const HarvestRequest& request) {
  constexpr std::uint64_t kPage = 4096;
  return entry.size >= request.largest_file || (request.was_full && entry.size % kPage == 0);
}

}  // namespace

void RefusedList::add(std::string_view name, std::string_view reason) {
  constexpr std::size_t kLongest = 256, kShown = 96;
  std::string shown = text::visible(name.substr(0, kLongest));
  if (name.size() > kLongest)
    shown = text::visible(name.substr(0, kShown)) + "…" + text::visible(name.substr(name.size() - kShown)) + " (" +
            std::to_string(name.size()) + " bytes)";
  shown.append(": ").append(reason);
  bytes_ += shown.size();
  if (named_.size() < kMostRefused && bytes_ <= kRefusedBytes) {
    named_.push_back(std::move(shown));
  } else {
    ++unnamed_;
  }
}

std::vector<std::string> RefusedList::take() {
  std::ranges::sort(named_);
  if (unnamed_ > 0) named_.push_back("and " + std::to_string(unnamed_) + " more");
  return std::move(named_);
}

Selection select(std::vector<Entry> entries, const HarvestRequest& request, std::uint64_t scratch) {
  std::ranges::sort(entries, comes_before);
  Selection selection;
  RefusedList refused;
  std::uint64_t bytes = 0, named = 0, count = 0;
  std::string refused_directory;
  for (Entry& entry : entries) {
    if (entry.path == "." || (!refused_directory.empty() && entry.path.starts_with(refused_directory))) continue;
    if (entry.kind == Kind::kDirectory && entry.inode == scratch) {
      refused_directory = entry.path + "/";
      continue;
    }
    std::string reason = refusal(entry, request.target_path);
    const bool is_file = entry.kind == Kind::kFile;
    // In JSON a quotation mark and a backslash take two bytes. All other printable characters keep their size.
    const std::uint64_t name =
        kSubjectFrame + entry.path.size() +
        static_cast<std::uint64_t>(std::ranges::count_if(entry.path, [](char c) { return c == '"' || c == '\\'; }));
    if (reason.empty() && is_file && named + name > kSubjectBytes) {
      reason = "has a name for which the evidence has no room";
      selection.over_names = true;
    }
    if (reason.empty() && is_file && entry.size > request.bytes - bytes) {
      reason = "all of the file, because the outputs would be larger than `output_bytes`";
      selection.over_bytes = true;
    }
    if (reason.empty() && count == request.files) {
      reason = "because there would be more outputs than `output_files`";
      selection.over_files = true;
    }
    if (!reason.empty()) {
      if (entry.kind == Kind::kDirectory) refused_directory = entry.path + "/";
      refused.add(entry.path, reason);
      continue;
    }
    ++count;
    if (is_file) {
      bytes += entry.size;
      named += name;
      selection.over_bytes = selection.over_bytes || entry.size >= request.largest_file;
      if (may_be_cut(entry, request)) selection.perhaps_cut.push_back(entry.path);
    }
    (is_file ? selection.files : selection.directories).push_back(std::move(entry));
  }
  selection.refused = refused.take();
  std::ranges::sort(selection.perhaps_cut);
  return selection;
}

}  // namespace immure::attest
