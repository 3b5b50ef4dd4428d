/// A directory tree as sorted values, walked by descriptors only: openat2 beneath, no link followed, nothing but
/// regular files opened.
#pragma once

#include <cstdint>
#include <ctime>
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
  std::string path;  ///< relative to the root, bytes as on disk; `.` for the root itself
  Kind kind = Kind::kFile;
  bool mount_point = false;  ///< a directory on another device than the one that holds it
  bool unread = false;       ///< a directory that was not entered (ScanOptions::leave_unread)
  std::uint32_t mode = 0;    ///< permission bits, 07777
  std::uint64_t size = 0, inode = 0, device = 0;
  std::uint64_t allocated = 0;  ///< bytes that the file takes on its disk: fewer than `size` where it has holes
  std::uint32_t uid = 0, gid = 0, links = 1;
  std::int64_t mtime_ns = 0, ctime_ns = 0;
  std::string target;        ///< of a link
  std::string capabilities;  ///< of a file, security.capability in hex, if they were asked for and there are any
};

[[nodiscard]] constexpr std::int64_t nanoseconds(const timespec& time) {
  return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

struct ScanOptions {
  std::uint64_t entries = 1'000'000;
  std::uint32_t depth = 256;
  bool capabilities = false;  ///< ask for them too
  bool targets = true;        ///< read where links lead; a scan behind the verifier's walls may not, and needs not
  /// If true, a directory that lies deeper than `depth`, or whose path is longer than PATH_MAX, is no error: the scan
  /// lists the directory and does not enter it.
  bool leave_unread = false;
  bool own = false;  ///< the tree belongs to the caller: a directory that its mode closes to its owner is opened to him
  unsigned readers = 1;  ///< threads at most, this one counted; more than one only where a tree is worth it
  GoOn go_on = {};       ///< called by every reader each few entries; its error ends the scan
};

/// A name in a directory, and what the directory says it is: DT_DIR …, DT_UNKNOWN where it does not say (readdir(3)).
struct Listed {
  std::string name;
  unsigned char type = 0;
};

/// The names in an opened directory but `.` and `..`, sorted, with their types. Looks up none of them. A listing that
/// breaks off is an error, not an end.
[[nodiscard]] SysResult<std::vector<Listed>> entries_in(int directory);

/// The names in an opened directory but `.` and `..`, sorted. A listing that breaks off is an error, not an end.
[[nodiscard]] SysResult<std::vector<std::string>> names_in(int directory);

/// Every entry below the directory `root`, the root first, sorted bytewise by path.
/// Errors: kBadInput (too many entries, too deep, unreadable directory: with the path), kSystem, the error of `go_on`.
/// If several readers fail, the scan returns one of their errors.
[[nodiscard]] Result<std::vector<Entry>> scan(int root, const std::string& name, const ScanOptions& options = {});

/// SHA-256 (hex) over kind, mode, size, mtime, ctime, inode, device, uid, gid, target of each entry: tells whether
/// anything changed.
[[nodiscard]] std::string stat_digest(const std::vector<Entry>& entries);

/// SHA-256 (hex) of the manifest: a line `kind mode size sha256|- target|- path` for each entry. Mode in four octal
/// digits, size 0 unless it is a file; in names every byte but the printable ASCII ones, and `\`, is written `\xHH`.
/// `digests` has the SHA-256 (hex) of each regular file, in the order of `entries`.
[[nodiscard]] std::string manifest_digest(const std::vector<Entry>& entries, const std::vector<std::string>& digests);

/// Error kBadInput unless the open file `fd` is the file that was scanned as `entry` of the tree `name`, with the same
/// size and times.
[[nodiscard]] Result<void> check_unchanged(int fd, const Entry& entry, const std::string& name);

/// Digests the content of a tree in steps, so that whoever supervises something can do it in between.
class ManifestHasher {
 public:
  /// `root` must stay open; `entries` as scan() gave them.
  ManifestHasher(int root, std::string name, const std::vector<Entry>& entries);
  /// Reads from files that are open already, in the order of the entries. The files must stay open.
  void read_from(const std::vector<sys::Fd>& files) { held_ = &files; }
  /// Reads at most about `budget` bytes; opening a file counts as 4 KiB. True when all is read.
  /// Error kBadInput when a file is unreadable or is no longer what was scanned.
  [[nodiscard]] Result<bool> step(std::uint64_t budget);
  /// file::manifest_digest() of what was read. Call this only after step() has returned true.
  [[nodiscard]] std::string manifest_digest() const { return file::manifest_digest(entries_, digests_); }
  /// SHA-256 (hex) of each regular file, in the order of entries; empty for other kinds.
  [[nodiscard]] const std::vector<std::string>& file_digests() const { return digests_; }

 private:
  /// Opens the file at `next_` and makes sure that it is the one that was scanned.
  [[nodiscard]] Result<void> open_next();
  [[nodiscard]] int descriptor() const { return held_ != nullptr ? (*held_)[next_].get() : open_.get(); }

  int root_;
  std::string name_;
  const std::vector<Entry>& entries_;
  const std::vector<sys::Fd>* held_ = nullptr;
  std::vector<std::string> digests_;
  std::size_t next_ = 0;
  std::uint64_t read_ = 0;  ///< bytes of the open file
  sys::Fd open_;
  bool is_open_ = false;
  Sha256 hash_;
};

}  // namespace immure::file
