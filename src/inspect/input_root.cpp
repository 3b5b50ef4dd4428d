#include "inspect/input_root.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <memory>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/file.hpp"

namespace immure::inspect {
namespace {

constexpr std::size_t kListingBytes = 32768;
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

std::int64_t nanoseconds(const timespec& time) {
  return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

SysResult<std::string> link_target(int directory, const std::string& name) {
  std::array<char, PATH_MAX> buffer{};
  const ssize_t size = ::readlinkat(directory, name.c_str(), buffer.data(), buffer.size());
  if (size < 0) return std::unexpected(Errno{errno});
  return std::string(buffer.data(), static_cast<std::size_t>(size));
}

/// Neither `..` nor a NUL is in what the scan lists; nothing else may ask for them either.
bool is_component(const std::string& name) {
  return !name.empty() && name != "." && name != ".." && name.find('\0') == std::string::npos;
}

class Scanner {
 public:
  Scanner(const Limits& limits, Scan& scan) : limits_(limits), scan_(scan) {}

  /// Depth first; every level keeps one descriptor, so the depth's limit bounds them.
  void directory(const sys::Fd& opened, const std::string& path, std::uint64_t depth) {
    const int fd = opened.get();
    int number = 0;
    for (const std::string& name : names_in(fd, number)) {
      if (scan_.entries.size() >= limits_.entries) {
        if (!full_) trouble(ScanTrouble::Kind::kTooMany, path.empty() ? name : path + "/" + name, 0);
        full_ = true;
        return;
      }
      entry(fd, name, path.empty() ? name : path + "/" + name, depth);
    }
    if (number != 0) trouble(ScanTrouble::Kind::kUnreadable, path, number);
  }

  void trouble(ScanTrouble::Kind kind, const std::string& path, int number) {
    scan_.troubles.push_back({kind, path, number});
  }

 private:
  /// The names in a directory, sorted; `number` is the errno that ended the listing, or 0.
  std::vector<std::string> names_in(int directory, int& number) {
    std::vector<std::string> names;
    ssize_t filled = 0;
    while ((filled = ::getdents64(directory, listing_.get(), kListingBytes)) > 0) {
      for (ssize_t at = 0; at < filled;) {
        const auto* item = reinterpret_cast<const dirent64*>(listing_.get() + at);
        at += item->d_reclen;
        const std::string_view name = item->d_name;
        if (name != "." && name != "..") names.emplace_back(name);
      }
    }
    number = filled < 0 ? errno : 0;
    std::ranges::sort(names);
    return names;
  }

  void entry(int directory_fd, const std::string& name, const std::string& path, std::uint64_t depth) {
    struct stat info{};
    if (::fstatat(directory_fd, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
      return trouble(ScanTrouble::Kind::kUnreadable, path, errno);
    }
    Entry found{.path = path,
                .kind = kind_of(info.st_mode),
                .mode = info.st_mode & 07777U,
                .device = info.st_dev,
                .inode = info.st_ino,
                .size = static_cast<std::uint64_t>(info.st_size),
                .links = info.st_nlink,
                .mtime_ns = nanoseconds(info.st_mtim),
                .target = {},
                .group = 0,
                .capabilities = {}};
    if (found.kind == EntryKind::kLink) {
      auto target = link_target(directory_fd, name);
      if (target) {
        found.target = *std::move(target);
      } else {
        trouble(ScanTrouble::Kind::kUnreadable, path, target.error().value);
      }
    }
    const bool is_directory = found.kind == EntryKind::kDirectory;
    if (is_directory) found.size = 0;
    scan_.entries.push_back(std::move(found));
    if (!is_directory) return;
    if (depth >= limits_.directory_depth) return trouble(ScanTrouble::Kind::kTooDeep, path, 0);
    auto below = sys::open_at(directory_fd, name.c_str(), kDirectory);
    if (!below) return trouble(ScanTrouble::Kind::kUnreadable, path, below.error().value);
    directory(*below, path, depth + 1);
  }

  const Limits& limits_;
  Scan& scan_;
  bool full_ = false;
  std::unique_ptr<std::byte[]> listing_ = std::make_unique_for_overwrite<std::byte[]>(kListingBytes);
};

}  // namespace

std::string_view name(EntryKind kind) {
  constexpr auto kNames =
      std::to_array<std::string_view>({"file", "directory", "link", "fifo", "socket", "char-device", "block-device"});
  return kNames[static_cast<std::size_t>(kind)];
}

Scan scan(int root, const Limits& limits) {
  Scan result;
  Scanner scanner(limits, result);
  auto opened = sys::open_at(root, ".", kDirectory);
  if (opened) {
    scanner.directory(*opened, {}, 1);
  } else {
    scanner.trouble(ScanTrouble::Kind::kUnreadable, {}, opened.error().value);
  }
  std::ranges::sort(result.entries, {}, &Entry::path);
  std::ranges::sort(result.troubles, {}, &ScanTrouble::path);
  return result;
}

Result<int> Opener::directory_of(const std::string& path, std::size_t end) {
  if (end == 0) return root_;
  if (held_ && std::string_view(path).substr(0, end) == held_path_) return held_.get();
  held_.reset();
  sys::Fd held;
  int directory = root_;
  for (std::size_t start = 0; start < end;) {
    const std::size_t slash = std::min(path.find('/', start), end);
    const std::string component = path.substr(start, slash - start);
    if (!is_component(component)) return fail(Code::kInternal, path, "is no path beneath the root");
    auto below = sys::open_at(directory, component.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW);
    if (!below) return fail(Code::kSystem, path, "cannot be opened", {}, below.error().value);
    held = *std::move(below);
    directory = held.get();
    start = slash + 1;
  }
  held_ = std::move(held);
  held_path_ = path.substr(0, end);
  return directory;
}

Result<Opener::Opened> Opener::open(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::size_t end = slash == std::string::npos ? 0 : slash;
  const std::string last = slash == std::string::npos ? path : path.substr(slash + 1);
  if (!is_component(last) || slash == 0) return fail(Code::kInternal, path, "is no path beneath the root");
  TRY(const int directory, directory_of(path, end));
  auto opened = sys::open_at(directory, last.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  if (!opened) return fail(Code::kSystem, path, "cannot be opened", {}, opened.error().value);
  Opened file{.fd = *std::move(opened), .status = {}};
  if (::fstat(file.fd.get(), &file.status) != 0) return fail(Code::kSystem, path, "cannot be opened", {}, errno);
  if (!S_ISREG(file.status.st_mode)) return fail(Code::kBadInput, path, "is no regular file");
  return file;
}

}  // namespace immure::inspect
