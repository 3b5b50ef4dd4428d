/// Where packed images are kept between runs.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "file/go_on.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::plan {

/// What is recorded of an image when it is made, in a file beside its root.
struct ImageRecord {
  std::string boot;            ///< the machine's boot identifier then
  std::string content_sha256;  ///< manifest digest of the root
  std::string program_sha256;
  std::string stat_sha256;  ///< file::stat_digest of the root
};

[[nodiscard]] std::string record_text(const ImageRecord& record);
/// Nothing unless it is exactly what record_text() writes.
[[nodiscard]] std::optional<ImageRecord> parse_record(std::string_view text);

/// Removes a directory and all below it, without following links and without entering another mount.
void remove_tree(int directory, const std::string& name);

/// A directory that is removed with all below it unless it is kept: an image that was not finished, whatever stopped
/// it.
class Unfinished {
 public:
  /// `parent` must stay open as long, and so must `made`, the directory itself: where the parent belongs to somebody
  /// else, the name may lead to another directory by the time of the removal. -1: the parent is the caller's own.
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

/// Removes the image that the process `builder` did not finish, from the caller's cache. The process must have been
/// killed.
void remove_unfinished_image(int builder);

class ImageCache {
 public:
  /// Makes the directories that are missing. Errors: kBadInput if the cache belongs to somebody else, if others may
  /// write to it, or if it holds files that immure did not make.
  [[nodiscard]] static Result<ImageCache> open();

  struct Found {
    ImageRecord record;
    sys::Fd root;
  };
  /// An image that can be used as it is: it was made since the machine was started, and its files still have the sizes,
  /// inodes and times that they had when they were hashed. Nothing too when `go_on` stops the search.
  [[nodiscard]] std::optional<Found> find(const std::string& key, const file::GoOn& go_on) const;

  /// Waits until nobody else builds here, at most 60 s, and removes what builders that died have left and what was made
  /// before the machine was last started. The descriptor is the lock. Errors: kSystem, that of `go_on`.
  [[nodiscard]] Result<sys::Fd> lock_for_building(const file::GoOn& go_on) const;

  /// A directory for a new image, with an empty `root` in it. Needs the lock.
  [[nodiscard]] Result<Unfinished> begin() const;
  /// Puts the finished directory in its place, instead of what stood there. Needs the lock.
  [[nodiscard]] Result<void> commit(const std::string& name, const std::string& key, const ImageRecord& record) const;
  /// The root directory of an entry. Error kSystem.
  [[nodiscard]] Result<sys::Fd> root_of(const std::string& name) const;

  /// Reads and writes the digest of a file that was remembered under the file's identity since the machine started.
  [[nodiscard]] std::optional<std::string> remembered_digest(const std::string& identity) const;
  [[nodiscard]] Result<void> remember_digest(const std::string& identity, const std::string& digest) const;

  /// Absolute path of an entry.
  [[nodiscard]] std::string path(const std::string& name) const { return path_ + "/" + name; }
  [[nodiscard]] const std::string& boot() const { return boot_; }

 private:
  ImageCache(sys::Fd fd, std::string path, std::string boot)
      : fd_(std::move(fd)), path_(std::move(path)), boot_(std::move(boot)) {}
  void sweep() const;
  friend void remove_unfinished_image(int builder);

  sys::Fd fd_;  ///< the directory `images`
  std::string path_;
  std::string boot_;
};

}  // namespace immure::plan
