#include "plan/language/places.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <algorithm>
#include <span>

#include "file/tree.hpp"
#include "sys/file.hpp"

namespace immure::plan {
namespace {

constexpr std::uint64_t kMaxFiles = 200'000;
constexpr std::uint64_t kMaxBytes = std::uint64_t{4} << 30;
constexpr std::uint64_t kMaxSource = 4ULL << 20;
constexpr std::uint64_t kMaxSources = 512ULL << 20;
constexpr std::size_t kMaxNotes = 20;

const std::set<std::string, std::less<>> kNone;

bool is_public(const struct stat& status) {
  const unsigned needed = S_ISDIR(status.st_mode) ? 05 : 04;
  return (status.st_mode & needed) == needed;
}

std::string inner_path(const Place& place, const std::string& path) {
  return (place.inner == "/" ? "" : place.inner) + "/" + path;
}

}  // namespace

std::string source_text(int fd, std::uint64_t size) {
  if (size > kMaxSource) return {};
  std::string text(static_cast<std::size_t>(size), '\0');
  std::size_t filled = 0;
  while (filled < text.size()) {
    const auto count = sys::read_at(fd, std::as_writable_bytes(std::span(text)).subspan(filled), filled);
    if (!count || *count == 0) break;
    filled += *count;
  }
  text.resize(filled);
  return text;
}

std::optional<Spot> below(const Spot& directory, std::string_view path) {
  Spot spot = directory;
  while (!path.empty()) {
    const std::string_view part = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(part.size() + 1, path.size()));
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      spot = spot.at(part);
      continue;
    }
    if (spot.path.empty()) return std::nullopt;
    spot.path.resize(spot.path.contains('/') ? spot.path.rfind('/') : 0);
  }
  return spot;
}

Gathering::Key Gathering::key_of(const Spot& spot) {
  return {spot.tree ? static_cast<const void*>(spot.tree.get()) : spot.place, spot.path};
}

std::optional<HostFile> Gathering::find(const Spot& spot) const {
  const std::string path = spot.path.empty() ? spot.place->directory : spot.place->directory + "/" + spot.path;
  auto found = spot.place->reach->find(path);
  if (!found || (spot.place->common && !is_public(found->status))) return std::nullopt;
  return *std::move(found);
}

const std::set<std::string, std::less<>>& Gathering::names(const Spot& directory) {
  if (directory.tree && listed_.insert(directory.tree.get()).second)
    for (const file::Entry& entry : directory.tree->entries) {
      const std::size_t slash = entry.path.rfind('/');
      const std::string parent = slash == std::string::npos ? "" : entry.path.substr(0, slash);
      names_[{directory.tree.get(), parent}].insert(slash == std::string::npos ? entry.path
                                                                               : entry.path.substr(slash + 1));
    }
  const Key key = key_of(directory);
  if (const auto known = names_.find(key); known != names_.end()) return known->second;
  if (directory.tree) return kNone;
  std::set<std::string, std::less<>>& all = names_[key];
  const auto found = find(directory);
  if (!found || !S_ISDIR(found->status.st_mode)) return all;
  const auto opened = sys::open_at(found->fd.get(), ".", O_RDONLY | O_DIRECTORY);
  const auto listed = opened ? file::names_in(opened->get()) : std::unexpected(opened.error());
  if (listed && listed->size() <= kMaxFiles) all.insert(listed->begin(), listed->end());
  return all;
}

bool Gathering::holds_directory(const Spot& directory, std::string_view name) {
  if (!names(directory).contains(name)) return false;
  const Spot inner = directory.at(name);
  if (inner.tree) return names_.contains(key_of(inner));
  const auto found = find(inner);
  return found && S_ISDIR(found->status.st_mode);
}

Result<void> Gathering::count(std::uint64_t files, std::uint64_t bytes, const std::string& path) {
  count_ += files;
  bytes_ += bytes;
  if (count_ <= kMaxFiles && bytes_ <= kMaxBytes) return {};
  return fail(Code::kBadInput, path, "the imports of the program lead to more than 200,000 files or 4 GiB",
              "Make an environment that has only what the program needs, or hand in a root directory with --rootfs.");
}

Result<std::optional<std::string>> Gathering::take(const Spot& file) {
  CHECK_OK(may_go_on());
  std::optional<std::string> nothing;
  if (file.tree) {
    const auto opened = sys::open_beneath(file.tree->fd.get(), file.path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY);
    struct stat status{};
    if (!opened || ::fstat(opened->get(), &status) != 0 || !S_ISREG(status.st_mode)) return nothing;
    sources_ += static_cast<std::uint64_t>(status.st_size);
    if (sources_ > kMaxSources) return std::optional(std::string());
    return std::optional(source_text(opened->get(), static_cast<std::uint64_t>(status.st_size)));
  }
  const auto found = find(file);
  if (!found || !S_ISREG(found->status.st_mode)) return nothing;
  auto opened = HostRoot::open(*found);
  if (!opened) return nothing;
  const auto size = static_cast<std::uint64_t>(opened->status.st_size);
  CHECK_OK(count(1, file.place->inner.empty() ? 0 : size, opened->path));
  sources_ += size;
  std::string text = sources_ > kMaxSources ? std::string() : source_text(opened->fd.get(), size);
  if (!file.place->inner.empty() && files_.insert(key_of(file)).second)
    closure_.files.push_back({.inner = inner_path(*file.place, file.path),
                              .source = std::move(opened->path),
                              .looked = opened->status,
                              .held = std::make_shared<const sys::Fd>(std::move(opened->fd))});
  return std::optional(std::move(text));
}

Result<std::optional<Spot>> Gathering::take_whole(const Spot& directory) {
  CHECK_OK(may_go_on());
  if (directory.tree || directory.place->inner.empty()) return std::optional(directory);
  const Key key = key_of(directory);
  if (const auto known = trees_.find(key); known != trees_.end())
    return std::optional(Spot{directory.place, known->second, ""});
  const auto found = find(directory);
  if (!found || !S_ISDIR(found->status.st_mode)) return std::optional<Spot>();
  TRY(auto tree, open_tree(*found, go_on_, {.only_public = directory.place->common}));
  std::uint64_t bytes = 0;
  for (const file::Entry& entry : tree->entries) bytes += entry.kind == file::Kind::kFile ? entry.size : 0;
  CHECK_OK(count(tree->entries.size(), bytes, found->path));
  closure_.trees.push_back(
      {.inner = inner_path(*directory.place, directory.path), .source = found->path, .tree = tree});
  trees_[key] = tree;
  return std::optional(Spot{directory.place, std::move(tree), ""});
}

void Gathering::note(std::string text) {
  if (closure_.notes.size() < kMaxNotes) closure_.notes.push_back(std::move(text));
}

}  // namespace immure::plan
