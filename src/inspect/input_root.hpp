/// The drop, opened once as a directory: everything else is reached from there, one component at a time, through no
/// link.
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

/// One entry, as the scan saw it. Nothing was opened but directories.
struct Entry {
  std::string path;  ///< relative, bytes as on disk
  EntryKind kind = EntryKind::kFile;
  std::uint32_t mode = 0;  ///< 07777
  std::uint64_t device = 0, inode = 0, size = 0, links = 1;
  std::int64_t mtime_ns = 0;
  std::string target{};        ///< of a link
  std::uint64_t group = 0;     ///< names of one file that the cell has as several; also of the starter alone
  std::string capabilities{};  ///< security.capability in hex; known of the starter alone (unseen.hpp)
};

/// What the names of one file have in common.
[[nodiscard]] inline std::pair<std::uint64_t, std::uint64_t> identity(const Entry& entry) {
  constexpr std::uint64_t kNoDevice = ~std::uint64_t{0};
  return entry.group != 0 ? std::pair{kNoDevice, entry.group} : std::pair{entry.device, entry.inode};
}

/// What the scan could not do, by path.
struct ScanTrouble {
  enum class Kind : std::uint8_t { kUnreadable, kTooDeep, kTooMany } kind;
  std::string path;
  int number = 0;
};

struct Scan {
  std::vector<Entry> entries;         ///< sorted bytewise by path; the root itself is not among them
  std::vector<ScanTrouble> troubles;  ///< sorted by path
};

/// Lists everything beneath the directory `root`, some at a time. Entries come in bytewise order, so that which of too
/// many are left out does not depend on the order of a directory. Every level keeps one descriptor; their number is
/// bounded by the limit of the depth.
class Listing {
 public:
  /// `root` and `limits` must outlive it.
  Listing(int root, const Limits& limits);
  Listing(Listing&&) noexcept;
  ~Listing();
  /// About `most` entries more; false when there are no more.
  bool step(std::size_t most);
  /// Troubles are sorted only when there are no more entries.
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

/// All of it at once.
[[nodiscard]] Scan scan(int root, const Limits& limits);

/// Opens files beneath `root`, which must stay open: openat for one component after the other, each without following a
/// link, the last without blocking. (openat2 would do it in one call; the cell's filter does not know it, since its
/// mode is behind a pointer.) The directories of the last file are kept open: the next one is mostly near it.
class Opener {
 public:
  struct Opened {
    sys::Fd fd;
    struct stat status;  ///< as fstat(2) gave it
  };

  explicit Opener(int root) : root_(root) {}
  /// The regular file `path` for reading. Errors carry errno; kBadInput if it is no regular file.
  [[nodiscard]] Result<Opened> open(const std::string& path);

 private:
  /// A directory on the way to the last file.
  struct Held {
    sys::Fd fd;
    std::size_t end;  ///< of its path in held_path_
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
