/// The drop, opened once as a directory. The inspector reaches every other file from this descriptor, one component of
/// its path at a time, and through no link.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <sys/stat.h>

#include "inspect/limits.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::inspect {

enum class EntryKind : std::uint8_t { kFile, kDirectory, kLink, kFifo, kSocket, kCharDevice, kBlockDevice };
[[nodiscard]] std::string_view name(EntryKind kind);  ///< `file`, `directory`, `link`, …

/// One entry as the scan saw it. The scan opens nothing but directories.
struct Entry {
  std::string path;  ///< relative, with the bytes on disk
  EntryKind kind = EntryKind::kFile;
  std::uint32_t mode = 0;  ///< the permission bits, 07777
  std::uint64_t device = 0, inode = 0, size = 0, links = 1;
  std::int64_t mtime_ns = 0;
  std::string target{};  ///< where a link leads
  /// Entries with the same group are several names of one file, which the cell shows as several files. Only the program
  /// that starts the inspector knows the group (report/hidden_entries.hpp).
  std::uint64_t group = 0;
  /// security.capability in hex. Only the program that starts the inspector knows the capabilities.
  std::string capabilities{};
  /// The entry could not be read when the drop was copied, so that nobody can inspect it.
  bool unread = false;
};

/// The device and inode numbers, which all names of one file share.
[[nodiscard]] inline std::pair<std::uint64_t, std::uint64_t> identity(const Entry& entry) {
  constexpr std::uint64_t kNoDevice = ~std::uint64_t{0};
  return entry.group != 0 ? std::pair{kNoDevice, entry.group} : std::pair{entry.device, entry.inode};
}

/// What the scan could not do, and at which path.
struct ScanTrouble {
  enum class Kind : std::uint8_t { kUnreadable, kTooDeep, kTooMany } kind;
  std::string path;
  int number = 0;
};

struct Scan {
  std::vector<Entry> entries;         ///< sorted bytewise by path, without the root itself
  std::vector<ScanTrouble> troubles;  ///< sorted by path
};

/// Lists everything beneath the directory `root`, a few entries at a time. Entries come in bytewise order: if there are
/// too many, the order of a directory on disk does not decide which ones are left out. Every level keeps one
/// descriptor, and the limit of the depth bounds their number.
class Listing {
 public:
  /// `root` and `limits` must outlive the Listing.
  Listing(int root, const Limits& limits);
  Listing(Listing&&) noexcept;
  ~Listing();
  /// Lists about `most` more entries; returns false when everything is listed.
  bool step(std::size_t most);
  /// What was found so far. Troubles are sorted only after everything is listed.
  [[nodiscard]] const Scan& found() const& { return found_; }
  [[nodiscard]] Scan found() && { return std::move(found_); }

 private:
  struct Level;
  void advance();
  [[nodiscard]] SysResult<sys::Fd> open_below(const Level& level, const std::string& name) const;
  void enter(SysResult<sys::Fd> opened, const std::string& path);
  int list(Level& level);
  bool look_at(int at, const char* name, const std::string& path, bool directory);
  void trouble(ScanTrouble::Kind kind, const std::string& path, int number);

  const Limits& limits_;
  std::unique_ptr<std::byte[]> buffer_;
  std::vector<Level> levels_;
  Scan found_;
};

/// Lists everything at once.
[[nodiscard]] Scan scan(int root, const Limits& limits);

/// Opens files beneath `root`, which must stay open. The class calls openat for one component after another, follows no
/// link, and opens the last component without blocking. (openat2 would do all this in one call, but the cell's filter
/// denies it, because a filter cannot see openat2's flags, which are behind a pointer.) The class keeps the directories
/// of the last file open, because the next file is usually near.
class Opener {
 public:
  struct Opened {
    sys::Fd fd;
    struct stat status;  ///< the answer of fstat(2)
  };

  explicit Opener(int root) : root_(root) {}
  /// Opens the regular file `path` for reading. Errors carry errno; kBadInput if `path` is no regular file.
  [[nodiscard]] Result<Opened> open(const std::string& path);

 private:
  /// An open directory on the way to the last file.
  struct Held {
    sys::Fd fd;
    std::size_t end;  ///< where its path ends in held_path_
  };
  static constexpr std::size_t kMostHeld = 6;  // a worker has few descriptors

  void keep_common(const std::string& path, std::size_t end);
  [[nodiscard]] Result<int> directory_of(const std::string& path, std::size_t end);

  int root_;
  std::vector<Held> held_;
  std::string held_path_;
};

[[nodiscard]] inline Result<sys::Fd> open_file(int root, const std::string& path) {
  TRY(Opener::Opened opened, Opener(root).open(path));
  return std::move(opened.fd);
}

}  // namespace immure::inspect
