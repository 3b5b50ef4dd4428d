/// The directory in which packed images are kept between runs.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "file/go_on.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::plan {

/// What immure records when it makes an image, in a file beside the root directory of the image.
struct ImageRecord {
  std::string boot;            ///< boot identifier of the machine at that time
  std::string content_sha256;  ///< digest of the contents of the root directory
  std::string program_sha256;
  std::string stat_sha256;  ///< file::stat_digest of the root directory
};

[[nodiscard]] std::string record_text(const ImageRecord& record);
/// Reads a record. Returns nothing unless `text` is exactly what record_text() writes.
[[nodiscard]] std::optional<ImageRecord> parse_record(std::string_view text);

/// Removes a directory and everything below it. Follows no link and enters no other mount.
void remove_tree(int directory, const std::string& name);

/// A directory that the destructor removes, with everything below it, unless the directory is kept. It holds an image
/// that is being built, and the build may stop for any reason.
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

/// Removes the image that the process `builder` has not finished from the caller's cache. The process must be dead.
void remove_unfinished_image(int builder);

class ImageCache {
 public:
  /// Opens the caller's cache and makes missing directories. Error kBadInput: the cache belongs to another user,
  /// another user may write to it, or it holds files that immure did not make.
  [[nodiscard]] static Result<ImageCache> open();

  struct Found {
    ImageRecord record;
    sys::Fd root;
  };
  /// Finds an image that can be used as it is: the image was made since the machine was started, and its files still
  /// have the sizes, inodes and times of the moment when they were hashed. Returns nothing if `go_on` stops the search.
  [[nodiscard]] std::optional<Found> find(const std::string& key, const file::GoOn& go_on) const;

  /// Waits at most 60 seconds until nobody else builds in this cache. Then removes what dead builders have left and
  /// what is older than the start of the machine. The returned descriptor is the lock. Errors: kSystem, the error of
  /// `go_on`.
  [[nodiscard]] Result<sys::Fd> lock_for_building(const file::GoOn& go_on) const;

  /// Makes a directory for a new image, with an empty directory `root` in it. The caller must hold the lock.
  [[nodiscard]] Result<Unfinished> begin() const;
  /// Moves the finished directory to its place and replaces an older entry. The caller must hold the lock.
  [[nodiscard]] Result<void> commit(const std::string& name, const std::string& key, const ImageRecord& record) const;
  /// Opens the root directory of an entry. Error kSystem.
  [[nodiscard]] Result<sys::Fd> root_of(const std::string& name) const;

  /// Reads and writes the digest of a file. A digest is found by the identity of the file, and only until the machine
  /// is started anew.
  [[nodiscard]] std::optional<std::string> remembered_digest(const std::string& identity) const;
  [[nodiscard]] Result<void> remember_digest(const std::string& identity, const std::string& digest) const;

  /// The absolute path of an entry.
  [[nodiscard]] std::string path(const std::string& name) const { return path_ + "/" + name; }
  [[nodiscard]] const std::string& boot() const { return boot_; }

 private:
  ImageCache(sys::Fd fd, std::string path, std::string boot)
      : fd_(std::move(fd)), path_(std::move(path)), boot_(std::move(boot)) {}
  void sweep() const;
  friend void remove_unfinished_image(int builder);

  sys::Fd fd_;  ///< the directory `images` of the cache
  std::string path_;
  std::string boot_;
};

}  // namespace immure::plan
