/// The drop, opened once as a directory: everything else is reached from there, one component at a time, through no
/// link.
#pragma once

#include <cstdint>
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

/// Lists everything beneath the directory `root`. Entries are taken in bytewise order, so that which of too many are
/// left out does not depend on the order of a directory.
[[nodiscard]] Scan scan(int root, const Limits& limits);

/// Opens files beneath `root`, which must stay open: openat for one component after the other, each without following a
/// link, the last without blocking. (openat2 would do it in one call; the cell's filter does not know it, since its
/// mode is behind a pointer.) The directory of the last file is kept open: the next one is mostly in the same.
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
  [[nodiscard]] Result<int> directory_of(const std::string& path, std::size_t end);

  int root_;
  sys::Fd held_;
  std::string held_path_;
};

[[nodiscard]] inline Result<sys::Fd> open_file(int root, const std::string& path) {
  TRY(Opener::Opened opened, Opener(root).open(path));
  return std::move(opened.fd);
}

}  // namespace immure::inspect
