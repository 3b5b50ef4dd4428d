/// A directory tree as sorted values. The walk uses descriptors only (openat2 beneath the root), follows no link and
/// opens nothing but directories and regular files.
#pragma once

#include <cstdint>
#include <ctime>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "file/go_on.hpp"
#include "file/sha256.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::file {

enum class Kind : std::uint8_t { kFile, kDirectory, kLink, kFifo, kSocket, kCharDevice, kBlockDevice };
[[nodiscard]] std::string_view name(
    Kind kind);  ///< `file`, `directory`, `link`, `fifo`, `socket`, `char-device`, `block-device`

struct Entry {
  std::string path;  ///< relative to the root, with the bytes on disk; `.` for the root itself
  Kind kind = Kind::kFile;
  bool mount_point = false;  ///< the root of a mount; never true for the root of the listing
  bool unread =
      false;  ///< a directory that the scan did not enter (leave_unread, leave_closed), or what a caller marks
  std::uint32_t mode = 0;  ///< permission bits, 07777
  std::uint64_t size = 0, inode = 0, device = 0;
  std::uint64_t allocated = 0;  ///< bytes that the file takes on its disk; fewer than `size` if the file has holes
  std::uint32_t uid = 0, gid = 0, links = 1;
  std::int64_t mtime_ns = 0, ctime_ns = 0;
  std::string target;  ///< where a link leads
  /// For a file: security.capability in hex, if the caller asked for capabilities and the file has any.
  std::string capabilities;
};

/// Times that do not fit, before 1678 and after 2262, become the earliest or the latest time that fits.
[[nodiscard]] constexpr std::int64_t nanoseconds(const timespec& time) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  const std::int64_t seconds = time.tv_sec;
  if (seconds >= kMost / kSecond) return kMost;
  if (seconds <= -(kMost / kSecond)) return -kMost;
  return seconds * kSecond + time.tv_nsec;
}

struct ScanOptions {
  std::uint64_t entries = 1'000'000;
  std::uint32_t depth = 256;
  bool capabilities = false;  ///< read capabilities as well
  /// Read the targets of links. The verifier does not need the targets, and its own sandbox may forbid reading them.
  bool targets = true;
  /// If true, a directory that lies deeper than `depth`, or whose path is longer than PATH_MAX, is no error: the scan
  /// lists the directory and does not enter it.
  bool leave_unread = false;
  /// If true, a directory that the caller may not list (EACCES) is no error: the scan lists the directory and does not
  /// enter it.
  bool leave_closed = false;
  /// The scan neither lists nor enters a path for which this function returns true. Several threads call the function.
  bool (*is_left_out)(std::string_view path) = nullptr;
  /// The tree belongs to the caller. If a directory's mode denies its owner access, the scan adds the owner's rights
  /// first.
  bool own = false;
  /// The largest number of threads, including the caller's. The scan starts further threads only if the tree is large
  /// enough.
  unsigned readers = 1;
  /// Every reader calls this function after every few entries. An error of the function ends the scan.
  GoOn go_on = {};
};

/// A name in a directory, and the type that the directory reports: DT_DIR and so on, or DT_UNKNOWN if the directory
/// reports none (readdir(3)).
struct Listed {
  std::string name;
  unsigned char type = 0;
};

/// The names in an open directory, without `.` and `..`, sorted, with their types. The function looks up none of the
/// names. A listing that breaks off is an error, not an end.
[[nodiscard]] SysResult<std::vector<Listed>> entries_in(int directory);

/// The names in an open directory, without `.` and `..`, sorted. A listing that breaks off is an error, not an end.
[[nodiscard]] SysResult<std::vector<std::string>> names_in(int directory);

/// Lists everything below the directory `root`: the root first, then all entries sorted bytewise by path. Errors:
/// kBadInput with the path (too many entries, too deep, unreadable directory), kSystem, the error of `go_on`. If
/// several readers fail, the scan returns one of their errors.
[[nodiscard]] Result<std::vector<Entry>> scan(int root, const std::string& name, const ScanOptions& options = {});

/// SHA-256 (hex) over kind, mode, size, mtime, ctime, inode, device, uid, gid and target of each entry. Two digests
/// differ if any of these values has changed.
[[nodiscard]] std::string stat_digest(const std::vector<Entry>& entries);

/// Like stat_digest(), but without the ctime of files, for a tree whose files may have names elsewhere (hard links): a
/// file gets another ctime when somebody makes or removes such a name. The caller must hash a file whose ctime has
/// changed.
[[nodiscard]] std::string linked_stat_digest(const std::vector<Entry>& entries);

/// SHA-256 (hex) of the manifest, which has a line `kind mode size sha256|- target|- path` for each entry. The mode has
/// four octal digits. The size is 0 for everything but files. In names, `\` and every byte that is not printable ASCII
/// become `\xHH`. `digests` has the SHA-256 (hex) of each regular file, in the order of `entries`.
[[nodiscard]] std::string manifest_digest(const std::vector<Entry>& entries, const std::vector<std::string>& digests);

/// Checks that the open file `fd` is the file that the scan of the tree `name` saw as `entry`, with the same size and
/// times. Error kBadInput if it is another file or has changed.
[[nodiscard]] Result<void> check_unchanged(int fd, const Entry& entry, const std::string& name);

/// Digests the contents of a tree in steps, so that a supervisor can do other work in between.
class ManifestHasher {
 public:
  /// `root` must stay open. `entries` must come from scan().
  ManifestHasher(int root, std::string name, const std::vector<Entry>& entries);
  /// Makes the hasher read from files that are open already. The files are in the order of the entries and must stay
  /// open.
  void read_from(const std::vector<sys::Fd>& files) { held_ = &files; }
  /// Reads at most about `budget` bytes; opening a file counts as 4 KiB. Returns true when everything is read. Error
  /// kBadInput if a file is unreadable, or differs from the file that was scanned.
  [[nodiscard]] Result<bool> step(std::uint64_t budget);
  /// The manifest's digest (file::manifest_digest()). Call this only after step() has returned true.
  [[nodiscard]] std::string manifest_digest() const { return file::manifest_digest(entries_, digests_); }
  /// SHA-256 (hex) of each regular file, in the order of the entries; empty for entries of other kinds.
  [[nodiscard]] const std::vector<std::string>& file_digests() const { return digests_; }

 private:
  /// Opens the file at `next_` and checks that it is the file that was scanned.
  [[nodiscard]] Result<void> open_next();
  [[nodiscard]] int descriptor() const { return held_ != nullptr ? (*held_)[next_].get() : open_.get(); }

  int root_;
  std::string name_;
  const std::vector<Entry>& entries_;
  const std::vector<sys::Fd>* held_ = nullptr;
  std::vector<std::string> digests_;
  std::size_t next_ = 0;
  std::uint64_t read_ = 0;  ///< bytes read of the open file
  sys::Fd open_;
  bool is_open_ = false;
  Sha256 hash_;
};

}  // namespace immure::file
