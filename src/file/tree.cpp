#include "file/tree.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include "sys/file.hpp"

namespace immure::file {
namespace {

constexpr std::int64_t kNanoseconds = 1'000'000'000;
constexpr std::size_t kListingBytes = 32768;

Kind kind_of(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFDIR: return Kind::kDirectory;
    case S_IFLNK: return Kind::kLink;
    case S_IFIFO: return Kind::kFifo;
    case S_IFSOCK: return Kind::kSocket;
    case S_IFCHR: return Kind::kCharDevice;
    case S_IFBLK: return Kind::kBlockDevice;
    default: return Kind::kFile;
  }
}

std::int64_t nanoseconds(const timespec& time) { return time.tv_sec * kNanoseconds + time.tv_nsec; }

Entry entry_of(std::string path, const struct stat& status) {
  Entry entry;
  entry.path = std::move(path);
  entry.kind = kind_of(status.st_mode);
  entry.mode = status.st_mode & 07777U;
  entry.size = static_cast<std::uint64_t>(status.st_size);
  entry.inode = status.st_ino;
  entry.device = status.st_dev;
  entry.uid = status.st_uid;
  entry.gid = status.st_gid;
  entry.links = static_cast<std::uint32_t>(status.st_nlink);
  entry.mtime_ns = nanoseconds(status.st_mtim);
  entry.ctime_ns = nanoseconds(status.st_ctim);
  return entry;
}

/// One walk over a tree. Each directory is read to its end before the next is opened, so one buffer serves them all.
class Scan {
 public:
  Scan(const std::string& name, const TreeLimits& limits)
      : name_(name), limits_(limits), buffer_(new std::byte[kListingBytes]) {}

  Result<void> root(int fd) {
    auto opened = sys::open_at(fd, ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (!opened) return fail(Code::kBadInput, name_, "cannot be read", {}, opened.error().value);
    struct stat status{};
    if (::fstat(opened->get(), &status) != 0) return fail(Code::kSystem, name_, "cannot be looked at", {}, errno);
    entries_.push_back(entry_of(".", status));
    return directory(opened->get(), "", 1, status.st_dev);
  }

  std::vector<Entry> sorted() {
    std::ranges::sort(entries_, {}, &Entry::path);
    // `.` is the root and stands first, though a name such as `-x` is smaller.
    const auto top = std::ranges::find(entries_, ".", &Entry::path);
    std::rotate(entries_.begin(), top, top + 1);
    return std::move(entries_);
  }

 private:
  std::string shown(const std::string& path) const { return name_ + "/" + path; }

  /// A directory that is being read, and those in it that are to be read next.
  struct Level {
    int fd;
    const std::string& prefix;
    std::uint64_t device;
    std::vector<std::size_t> directories = {};
  };

  Result<void> add(const char* base, Level& level) {
    std::string path = level.prefix + base;
    if (entries_.size() >= limits_.entries)
      return fail(Code::kBadInput, name_, "more than " + std::to_string(limits_.entries) + " entries");
    struct stat status{};
    if (::fstatat(level.fd, base, &status, AT_SYMLINK_NOFOLLOW) != 0)
      return fail(Code::kSystem, shown(path), "cannot be looked at", {}, errno);
    Entry entry = entry_of(std::move(path), status);
    if (entry.kind == Kind::kLink) CHECK_OK(read_target(level.fd, base, entry));
    if (entry.kind == Kind::kDirectory) {
      entry.mount_point = entry.device != level.device;
      level.directories.push_back(entries_.size());
    }
    entries_.push_back(std::move(entry));
    return {};
  }

  Result<void> read_target(int fd, const char* base, Entry& entry) const {
    std::array<char, 4097> target;
    const ssize_t length = ::readlinkat(fd, base, target.data(), target.size());
    if (length < 0) return fail(Code::kSystem, shown(entry.path), "cannot read the link", {}, errno);
    entry.target.assign(target.data(), static_cast<std::size_t>(length));
    return {};
  }

  Result<void> list(Level& level) {
    for (;;) {
      const ssize_t filled = ::getdents64(level.fd, buffer_.get(), kListingBytes);
      if (filled < 0) return fail(Code::kBadInput, shown(level.prefix), "cannot be listed", {}, errno);
      if (filled == 0) return {};
      for (ssize_t at = 0; at < filled;) {
        const auto* item = reinterpret_cast<const dirent64*>(buffer_.get() + at);
        at += item->d_reclen;
        const char* base = item->d_name;
        if (std::strcmp(base, ".") == 0 || std::strcmp(base, "..") == 0) continue;
        CHECK_OK(add(base, level));
      }
    }
  }

  Result<void> directory(int fd, const std::string& prefix, std::uint32_t depth, std::uint64_t device) {
    Level level{.fd = fd, .prefix = prefix, .device = device};
    CHECK_OK(list(level));
    if (!level.directories.empty() && depth >= limits_.depth)
      return fail(Code::kBadInput, shown(prefix), "deeper than " + std::to_string(limits_.depth) + " directories");
    for (const std::size_t index : level.directories) {
      const std::string path = entries_[index].path;
      const std::uint64_t below = entries_[index].device;
      auto opened = sys::open_beneath(fd, path.c_str() + prefix.size(), O_RDONLY | O_DIRECTORY);
      if (!opened) return fail(Code::kBadInput, shown(path), "cannot be read", {}, opened.error().value);
      CHECK_OK(directory(opened->get(), path + "/", depth + 1, below));
    }
    return {};
  }

  const std::string& name_;
  const TreeLimits& limits_;
  std::unique_ptr<std::byte[]> buffer_;
  std::vector<Entry> entries_;
};

void append_octal(std::string& line, std::uint32_t mode) {
  for (unsigned shift = 12; shift > 0; shift -= 3) line += static_cast<char>('0' + ((mode >> (shift - 3)) & 7U));
}

void append_escaped(std::string& line, std::string_view name) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte < 0x7f && c != '\\') {
      line += c;
      continue;
    }
    line += "\\x";
    line += kDigits[byte >> 4U];
    line += kDigits[byte & 15U];
  }
}

}  // namespace

std::string_view name(Kind kind) {
  constexpr std::array<std::string_view, 7> kNames = {"file",   "directory",   "link",        "fifo",
                                                      "socket", "char-device", "block-device"};
  return kNames.at(static_cast<std::size_t>(kind));
}

SysResult<std::vector<std::string>> names_in(int directory) {
  TRY(const sys::Fd opened, sys::open_at(directory, ".", O_RDONLY | O_DIRECTORY));
  std::vector<std::string> names;
  alignas(dirent64) std::array<std::byte, 8192> buffer;
  for (;;) {
    const ssize_t filled = ::getdents64(opened.get(), buffer.data(), buffer.size());
    if (filled < 0) return std::unexpected(Errno{errno});
    if (filled == 0) break;
    for (ssize_t at = 0; at < filled;) {
      const auto* item = reinterpret_cast<const dirent64*>(buffer.data() + at);
      at += item->d_reclen;
      const std::string_view name = item->d_name;
      if (name != "." && name != "..") names.emplace_back(name);
    }
  }
  std::ranges::sort(names);
  return names;
}

Result<std::vector<Entry>> scan(int root, const std::string& name, const TreeLimits& limits) {
  Scan walk(name, limits);
  CHECK_OK(walk.root(root));
  return walk.sorted();
}

std::string stat_digest(const std::vector<Entry>& entries) {
  Sha256 hash;
  for (const Entry& entry : entries) {
    // Fixed-width numbers and the lengths of both strings first: no two lists of entries give the same bytes.
    const std::array<std::uint64_t, 11> numbers = {static_cast<std::uint64_t>(entry.kind),
                                                   entry.mode,
                                                   entry.size,
                                                   static_cast<std::uint64_t>(entry.mtime_ns),
                                                   static_cast<std::uint64_t>(entry.ctime_ns),
                                                   entry.inode,
                                                   entry.device,
                                                   entry.uid,
                                                   entry.gid,
                                                   entry.path.size(),
                                                   entry.target.size()};
    hash.update(std::as_bytes(std::span(numbers)));
    hash.update(entry.path);
    hash.update(entry.target);
  }
  return hex(hash.finish());
}

ManifestHasher::ManifestHasher(int root, std::string name, const std::vector<Entry>& entries)
    : root_(root), name_(std::move(name)), entries_(entries), digests_(entries.size()) {}

Result<void> ManifestHasher::check_unchanged(const Entry& entry) const {
  struct stat status{};
  if (::fstat(open_.get(), &status) != 0)
    return fail(Code::kSystem, name_ + "/" + entry.path, "cannot be looked at", {}, errno);
  if (!S_ISREG(status.st_mode) || status.st_ino != entry.inode || status.st_dev != entry.device ||
      static_cast<std::uint64_t>(status.st_size) != entry.size || nanoseconds(status.st_mtim) != entry.mtime_ns ||
      nanoseconds(status.st_ctim) != entry.ctime_ns)
    return fail(Code::kBadInput, name_ + "/" + entry.path, "changed while it was being read");
  return {};
}

Result<void> ManifestHasher::open_next() {
  const Entry& entry = entries_[next_];
  auto opened = sys::open_beneath(root_, entry.path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!opened) return fail(Code::kBadInput, name_ + "/" + entry.path, "cannot be read", {}, opened.error().value);
  open_ = std::move(*opened);
  read_ = 0;
  return check_unchanged(entry);
}

Result<bool> ManifestHasher::step(std::uint64_t budget) {
  constexpr std::uint64_t kOpenCost = 4096;
  // Not cleared: a small file touches one page of it, and each page is a fault.
  std::array<std::byte, 65536> buffer;
  std::uint64_t spent = 0;
  while (next_ < entries_.size()) {
    const Entry& entry = entries_[next_];
    if (entry.kind != Kind::kFile) {
      ++next_;
      continue;
    }
    if (spent >= budget) return false;
    if (!open_) {
      CHECK_OK(open_next());
      spent += kOpenCost;
    }
    auto count = sys::read_some(open_.get(), buffer);
    if (!count) return fail(Code::kBadInput, name_ + "/" + entry.path, "cannot be read", {}, count.error().value);
    hash_.update(std::span(buffer).first(*count));
    read_ += *count;
    spent += *count;
    if (read_ < entry.size && *count > 0) continue;
    if (read_ != entry.size) return fail(Code::kBadInput, name_ + "/" + entry.path, "changed while it was being read");
    CHECK_OK(check_unchanged(entry));
    digests_[next_++] = hex(hash_.finish());
    open_.reset();
  }
  return true;
}

std::string ManifestHasher::manifest_digest() {
  std::string line;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    line.assign(file::name(entry.kind)).append(1, ' ');
    append_octal(line, entry.mode);
    line.append(1, ' ').append(std::to_string(entry.kind == Kind::kFile ? entry.size : 0)).append(1, ' ');
    line.append(digests_[i].empty() ? "-" : digests_[i]).append(1, ' ');
    if (entry.target.empty()) line += '-';
    append_escaped(line, entry.target);
    line += ' ';
    append_escaped(line, entry.path);
    line += '\n';
    hash_.update(line);
  }
  return hex(hash_.finish());
}

}  // namespace immure::file
