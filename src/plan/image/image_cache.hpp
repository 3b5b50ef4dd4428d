/// The directory in which immure keeps packed images between runs.
///
/// `images/KEY` has the root directory `root` of an image, its record `manifest`, and `about`. Each file of an image is
/// a hard link to the file of the same content in `images/.objects`, so that images share what they have in common
/// (image_objects.hpp). A run holds a lock (flock) on the directory of its image, and immure removes no image on which
/// somebody holds a lock.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "file/go_on.hpp"
#include "plan/image/image_record.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::plan {

/// Removes a directory and everything below it. Follows no link and enters no other mount. Leaves the rest where it is
/// if `go_on` stops the removal.
void remove_tree(int directory, const std::string& name, const file::GoOn& go_on = {});
/// Removes everything in the open directory of an image.
void remove_content(int directory, const file::GoOn& go_on = {});

/// A directory for an image that is being built. The destructor removes the directory and everything below it unless
/// keep() was called, because the build may stop for any reason.
class Unfinished {
 public:
  /// `parent` must stay open during the life of the object, and so must `made`, the directory itself. `made` is needed
  /// if the parent belongs to somebody else, because the name may lead to another directory by the time of the removal.
  /// `made` is -1 if the parent belongs to the caller.
  Unfinished(int parent, std::string name, int made = -1) noexcept
      : parent_(parent), made_(made), name_(std::move(name)) {}
  Unfinished(Unfinished&& other) noexcept
      : parent_(other.parent_), made_(other.made_), name_(std::exchange(other.name_, {})) {}
  Unfinished& operator=(Unfinished&&) = delete;
  ~Unfinished();
  [[nodiscard]] const std::string& name() const { return name_; }
  void keep() { name_.clear(); }

 private:
  int parent_, made_;
  std::string name_;
};

/// Removes from the caller's cache the image that the process `builder` did not finish. The process must be killed, but
/// a file system may hold it. If it was waited for (`reaped`), another builder may have its number, so the function
/// does nothing while somebody builds.
void remove_unfinished_image(int builder, bool reaped);

class ImageCache {
 public:
  /// Opens the caller's cache and makes missing directories. Error kBadInput: the cache belongs to another user,
  /// another user may write to it, or it holds files that immure did not make.
  [[nodiscard]] static Result<ImageCache> open();

  struct Found {
    ImageRecord record;
    sys::Fd root;
    /// The directory of the image, locked. While it is open, immure does not remove the image.
    sys::Fd in_use;
  };
  /// Finds an image that a run can use as it is: immure made the image after the machine started, and the files of the
  /// image still have the sizes, inodes and times that they had when immure hashed them. If only the ctime of a file
  /// has changed, the function hashes the image anew. Returns nothing if `go_on` stops the search.
  [[nodiscard]] std::optional<Found> find(const std::string& key, const file::GoOn& go_on) const;

  /// Waits at most 60 seconds until nobody else builds in this cache. Then removes what dead builders have left, and
  /// what was made before the machine started. The returned descriptor is the lock. Errors: kSystem, the error of
  /// `go_on`.
  [[nodiscard]] Result<sys::Fd> lock_for_building(const file::GoOn& go_on) const;

  /// Makes a directory for a new image, with an empty directory `root` in it. The caller must hold the lock.
  [[nodiscard]] Result<Unfinished> begin() const;
  /// Moves the finished directory to its place and replaces an older entry. The caller must hold the lock. Returns the
  /// new directory, open and locked as in Found::in_use.
  [[nodiscard]] Result<sys::Fd> commit(const std::string& name, const std::string& key, const ImageRecord& record,
                                       const ImageAbout& about) const;
  /// Opens the root directory of an entry. Error kSystem.
  [[nodiscard]] Result<sys::Fd> root_of(const std::string& name) const;
  /// What immure has recorded about an image; nothing if the image is missing or damaged.
  [[nodiscard]] std::optional<ImageAbout> about(const std::string& key) const;
  [[nodiscard]] std::optional<ImageRecord> record(const std::string& key) const;

  /// An image as `immure image ls` shows it.
  struct Listed {
    std::string key;
    ImageAbout about;
    ImageRecord record;
    std::int64_t used = 0;  ///< when a run last used the image, in Unix seconds
    std::int64_t used_ns = 0;
    bool in_use = false;  ///< a run holds the image now
    bool earlier_boot = false;
  };
  /// All images, the most recently used first.
  [[nodiscard]] std::vector<Listed> list() const;
  /// Bytes that all images take on the disk; a file that several images share counts once.
  [[nodiscard]] std::uint64_t bytes_on_disk() const;
  /// Removes an image unless a run holds it. The caller must hold the lock. True if the image is gone.
  [[nodiscard]] bool remove(const std::string& key) const;
  /// Removes images, the least recently used first, until all images together take at most `most` bytes. Keeps each
  /// image that a run holds, and the image `kept`. The caller must hold the lock. Returns the keys of the removed
  /// images.
  std::vector<std::string> evict(std::uint64_t most, const std::string& kept = {}) const;

  /// Reads and writes the digest of a file, by the identity of the file. A digest counts only until the machine
  /// restarts.
  [[nodiscard]] std::optional<std::string> remembered_digest(const std::string& identity) const;
  [[nodiscard]] Result<void> remember_digest(const std::string& identity, const std::string& digest) const;

  /// Reads and writes what the packages of a program bring (plan/package/package_memory.hpp). `identity` names
  /// everything on which this result depends.
  [[nodiscard]] std::optional<std::string> remembered_packages(const std::string& identity) const;
  [[nodiscard]] Result<void> remember_packages(const std::string& identity, const std::string& text) const;

  /// Removes all that the functions above have written. Without a call of this function, the cache keeps a bounded
  /// number of such files, the newest ones.
  void forget_all() const;

  /// The absolute path of an entry.
  [[nodiscard]] std::string path(const std::string& name) const { return path_ + "/" + name; }
  [[nodiscard]] const std::string& boot() const { return boot_; }
  /// The directory of all entries.
  [[nodiscard]] const sys::Fd& directory() const { return fd_; }

 private:
  ImageCache(sys::Fd fd, std::string path, std::string boot)
      : fd_(std::move(fd)), path_(std::move(path)), boot_(std::move(boot)) {}
  void sweep(const file::GoOn& go_on) const;
  /// Removes the files of the kind `kind` (kDigest or kPackages) except the newest `kept` files.
  void forget(std::string_view kind, std::size_t kept) const;
  [[nodiscard]] Result<void> write_text(const std::string& name, const std::string& text) const;
  [[nodiscard]] bool holds(const Found& found, const std::string& key, const file::GoOn& go_on) const;
  friend void remove_unfinished_image(int builder, bool reaped);

  sys::Fd fd_;  ///< the directory `images` of the cache
  std::string path_;
  std::string boot_;
};

/// The most bytes that the images of a cache may take: $IMMURE_CACHE_SIZE, such as `512MiB` or `8GiB`, or else 4 GiB.
/// Error kBadInput: the variable has another form.
[[nodiscard]] Result<std::uint64_t> cache_size();
/// Reads a size such as `512MiB`. Error kBadInput with `where`.
[[nodiscard]] Result<std::uint64_t> parse_cache_size(std::string_view where, std::string_view text);

}  // namespace immure::plan
