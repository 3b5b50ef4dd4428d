#include "inspect/input_root.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <limits>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file/listing.hpp"
#include "file/tree.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"

namespace immure::inspect {
namespace {

constexpr std::size_t kListingBytes = 32768;
constexpr std::size_t kEverything = std::numeric_limits<std::size_t>::max();
constexpr int kDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;

EntryKind kind_of(mode_t mode) {
  if (S_ISDIR(mode)) return EntryKind::kDirectory;
  if (S_ISLNK(mode)) return EntryKind::kLink;
  if (S_ISFIFO(mode)) return EntryKind::kFifo;
  if (S_ISSOCK(mode)) return EntryKind::kSocket;
  if (S_ISCHR(mode)) return EntryKind::kCharDevice;
  if (S_ISBLK(mode)) return EntryKind::kBlockDevice;
  return EntryKind::kFile;
}

/// The scan lists no name with a slash or a NUL and never `..`; no other caller may ask for such a name either.
bool is_component(const std::string& name) {
  return !name.empty() && name != "." && name != ".." && name.find('\0') == std::string::npos;
}

}  // namespace

std::string_view name(EntryKind kind) {
  constexpr auto kNames =
      std::to_array<std::string_view>({"file", "directory", "link", "fifo", "socket", "char-device", "block-device"});
  return kNames[static_cast<std::size_t>(kind)];
}

/// A directory that is being listed.
struct Listing::Level {
  /// A name in the directory. A directory has a second item, its name with a slash, which stands for the entries
  /// beneath it. So these entries are sorted by their full paths.
  struct Item {
    std::string name;
    bool directory;
  };
  sys::Fd fd;
  std::string path;  ///< empty for the root
  std::vector<Item> items;
  std::size_t next = 0;

  /// True if the entries beneath the directory `name` come next.
  [[nodiscard]] bool enters_next(std::string_view name) const {
    if (next == items.size()) return false;
    const std::string_view following = items[next].name;
    return following.size() == name.size() + 1 && following.ends_with('/') && following.starts_with(name);
  }
  [[nodiscard]] std::string path_of(std::string_view name) const {
    return path.empty() ? std::string(name) : path + "/" + std::string(name);
  }
};

Listing::Listing(int root, const Limits& limits)
    : limits_(limits), buffer_(std::make_unique_for_overwrite<std::byte[]>(kListingBytes)) {
  enter(sys::open_at(root, ".", kDirectory), {});
}

Listing::Listing(Listing&&) noexcept = default;
Listing::~Listing() = default;

bool Listing::step(std::size_t most) {
  for (; most > 0 && !levels_.empty(); --most) advance();
  if (levels_.empty()) std::ranges::sort(found_.troubles, {}, &ScanTrouble::path);
  return !levels_.empty();
}

void Listing::advance() {
  Level& level = levels_.back();
  if (level.next == level.items.size()) return levels_.pop_back();
  Level::Item& item = level.items[level.next++];
  if (item.name.ends_with('/')) {
    item.name.pop_back();
    return enter(open_below(level, item.name), level.path_of(item.name));
  }
  const std::string path = level.path_of(item.name);
  // The entries beneath a directory usually come next. Then open the directory once for both purposes: fstat on a
  // descriptor costs half of a lookup by name.
  const bool both = item.directory && level.enters_next(item.name);
  auto opened = both ? open_below(level, item.name) : std::unexpected(Errno{0});
  const bool known = opened ? look_at(opened->get(), "", path, true)
                            : look_at(level.fd.get(), item.name.c_str(), path, item.directory);
  if (!both || !known) return;
  ++level.next;
  enter(std::move(opened), path);
}

/// The error is errno; 0 means that the directory lies deeper than the limit.
SysResult<sys::Fd> Listing::open_below(const Level& level, const std::string& name) const {
  if (levels_.size() >= limits_.directory_depth) return std::unexpected(Errno{0});
  return sys::open_at(level.fd.get(), name.c_str(), kDirectory);
}

void Listing::enter(SysResult<sys::Fd> opened, const std::string& path) {
  if (!opened) {
    const int number = opened.error().value;
    return trouble(number == 0 ? ScanTrouble::Kind::kTooDeep : ScanTrouble::Kind::kUnreadable, path, number);
  }
  Level level{.fd = *std::move(opened), .path = path, .items = {}};
  if (const int number = list(level); number != 0) trouble(ScanTrouble::Kind::kUnreadable, path, number);
  std::ranges::sort(level.items, {}, &Level::Item::name);
  levels_.push_back(std::move(level));
}

/// Lists a level. Returns the errno that ended the listing, or 0.
int Listing::list(Level& level) {
  const auto is_directory = [&level](const char* name, unsigned char type) {
    if (type != DT_UNKNOWN) return type == DT_DIR;
    struct stat info{};
    return ::fstatat(level.fd.get(), name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(info.st_mode);
  };
  return file::list_names(level.fd.get(), {buffer_.get(), kListingBytes}, [&](const char* name, unsigned char type) {
    const bool directory = is_directory(name, type);
    level.items.push_back({name, directory});
    if (directory) level.items.push_back({std::string(name) + "/", true});
    return true;
  });
}

/// Looks at one entry. Returns false if there are too many entries; then the scan lists no more.
bool Listing::look_at(int at, const char* name, const std::string& path, bool directory) {
  if (found_.entries.size() >= limits_.entries) {
    trouble(ScanTrouble::Kind::kTooMany, path, 0);
    levels_.clear();
    return false;
  }
  struct stat info{};
  const int failure = sys::error_of(::fstatat, at, name, &info, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH);
  if (failure != 0) {
    trouble(ScanTrouble::Kind::kUnreadable, path, failure);
    return true;
  }
  // The entry was no directory when the scan listed it, so the scan does not enter it.
  if (S_ISDIR(info.st_mode) && !directory) trouble(ScanTrouble::Kind::kUnreadable, path, ESTALE);
  Entry entry{.path = path,
              .kind = kind_of(info.st_mode),
              .mode = info.st_mode & 07777U,
              .device = info.st_dev,
              .inode = info.st_ino,
              .size = S_ISDIR(info.st_mode) ? 0 : static_cast<std::uint64_t>(info.st_size),
              .links = info.st_nlink,
              .mtime_ns = file::nanoseconds(info.st_mtim)};
  if (entry.kind == EntryKind::kLink) {
    auto target = sys::link_target(at, name);
    if (target) {
      entry.target = *std::move(target);
    } else {
      trouble(ScanTrouble::Kind::kUnreadable, entry.path, target.error().value);
    }
  }
  found_.entries.push_back(std::move(entry));
  return true;
}

void Listing::trouble(ScanTrouble::Kind kind, const std::string& path, int number) {
  found_.troubles.push_back({kind, path, number});
}

Scan scan(int root, const Limits& limits) {
  Listing listing(root, limits);
  while (listing.step(kEverything)) {
  }
  return std::move(listing).found();
}

void Opener::keep_common(const std::string& path, std::size_t end) {
  const auto leads_there = [&](const Held& held) {
    return held.end <= end && (held.end == end || path[held.end] == '/') &&
           std::string_view(path).substr(0, held.end) == std::string_view(held_path_).substr(0, held.end);
  };
  while (!held_.empty() && !leads_there(held_.back())) held_.pop_back();
}

Result<int> Opener::directory_of(const std::string& path, std::size_t end) {
  keep_common(path, end);
  held_path_ = path.substr(0, end);
  std::size_t start = held_.empty() ? 0 : held_.back().end + 1;
  while (start < end) {
    const std::size_t slash = std::min(path.find('/', start), end);
    const std::string component = path.substr(start, slash - start);
    if (!is_component(component)) return fail(Code::kInternal, path, "is not a path below the input");
    const int directory = held_.empty() ? root_ : held_.back().fd.get();
    auto below = sys::open_at(directory, component.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW);
    if (!below) return fail(Code::kSystem, path, "cannot be opened", {}, below.error().value);
    if (held_.size() == kMostHeld) held_.pop_back();
    held_.push_back({*std::move(below), slash});
    start = slash + 1;
  }
  return held_.empty() ? root_ : held_.back().fd.get();
}

Result<Opener::Opened> Opener::open(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::size_t end = slash == std::string::npos ? 0 : slash;
  const std::string last = slash == std::string::npos ? path : path.substr(slash + 1);
  if (!is_component(last) || slash == 0) return fail(Code::kInternal, path, "is not a path below the input");
  TRY(const int directory, directory_of(path, end));
  auto opened = sys::open_at(directory, last.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  if (!opened) return fail(Code::kSystem, path, "cannot be opened", {}, opened.error().value);
  Opened file{.fd = *std::move(opened), .status = {}};
  if (const int failure = sys::error_of(::fstat, file.fd.get(), &file.status); failure != 0)
    return fail(Code::kSystem, path, "cannot be opened", {}, failure);
  if (!S_ISREG(file.status.st_mode)) return fail(Code::kBadInput, path, "is not a regular file");
  return file;
}

}  // namespace immure::inspect
