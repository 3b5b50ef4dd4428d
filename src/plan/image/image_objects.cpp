#include "plan/image/image_objects.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

#include "file/sha256.hpp"
#include "plan/image/cache_place.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"

namespace immure::plan {
namespace {

constexpr std::string_view kExecutable = "-x";
constexpr std::size_t kDigestLetters = 64;

std::string object_name(const file::Entry& entry, const std::string& digest) {
  std::string name = digest + "-" + std::to_string(entry.mtime_ns);
  if ((entry.mode & S_IXUSR) != 0) name += kExecutable;
  return name;
}

bool is_object_name(std::string_view name) {
  if (name.ends_with(kExecutable)) name.remove_suffix(kExecutable.size());
  if (name.size() < kDigestLetters + 2 || !file::is_sha256_hex(name.substr(0, kDigestLetters))) return false;
  return name[kDigestLetters] == '-' && name.find_first_not_of("-0123456789", kDigestLetters) == std::string_view::npos;
}

bool has_same_bytes(int one, int other) {
  std::array<std::byte, 65536> first, second;
  for (off_t at = 0;;) {
    const ssize_t count = ::pread(one, first.data(), first.size(), at);
    if (count < 0) return false;
    if (count == 0) return ::pread(other, second.data(), 1, at) == 0;
    for (ssize_t done = 0; done < count;) {
      const auto wanted = static_cast<std::size_t>(count - done);
      const ssize_t more = ::pread(other, second.data() + done, wanted, at + done);
      if (more <= 0) return false;
      done += more;
    }
    if (std::memcmp(first.data(), second.data(), static_cast<std::size_t>(count)) != 0) return false;
    at += count;
  }
}

/// True if the object is what its name says: it has the facts and the bytes of this file.
bool is_good(int objects, const std::string& name, int root, const file::Entry& entry) {
  const auto object = sys::open_beneath(objects, name.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY);
  struct stat status{};
  if (!object || ::fstat(object->get(), &status) != 0 || !S_ISREG(status.st_mode)) return false;
  if ((status.st_mode & 07777U) != entry.mode || static_cast<std::uint64_t>(status.st_size) != entry.size ||
      status.st_uid != entry.uid || status.st_gid != entry.gid || file::nanoseconds(status.st_mtim) != entry.mtime_ns)
    return false;
  if (status.st_ino == entry.inode && status.st_dev == entry.device) return true;
  const auto file = sys::open_beneath(root, entry.path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY);
  return file && has_same_bytes(file->get(), object->get());
}

/// Allows writing in a directory of an image for as long as the object lives.
class Opened {
 public:
  Opened(int root, const std::string& path) {
    auto directory = sys::open_beneath(root, path.c_str(), O_RDONLY | O_DIRECTORY);
    if (directory && ::fchmod(directory->get(), 0700) == 0) fd_ = std::move(*directory);
  }
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;
  ~Opened() {
    // If this fails, a later run finds the image damaged, because a directory has another mode, and makes the image
    // anew.
    if (fd_) static_cast<void>(::fchmod(fd_.get(), 0555));
  }
  [[nodiscard]] const sys::Fd& fd() const { return fd_; }

 private:
  sys::Fd fd_;
};

class Sharer {
 public:
  Sharer(int images, int objects, int root, const std::string& spare)
      : images_(images), objects_(objects), root_(root), spare_(spare) {}

  bool share(const file::Entry& entry, const std::string& digest) {
    const std::string name = object_name(entry, digest);
    const int failure = sys::error_of(::linkat, root_, entry.path.c_str(), objects_, name.c_str(), 0);
    if (failure != EEXIST) return failure == 0;
    if (is_good(objects_, name, root_, entry)) return replace(entry, name);
    // Earlier images keep the damaged object. ImageCache::find() sees the damage and does not use these images.
    return ::unlinkat(objects_, name.c_str(), 0) == 0 &&
           ::linkat(root_, entry.path.c_str(), objects_, name.c_str(), 0) == 0;
  }

 private:
  /// Puts a link to the object in the place of the file, in one step.
  bool replace(const file::Entry& entry, const std::string& name) {
    const std::size_t slash = entry.path.rfind('/');
    const std::string parent = slash == std::string::npos ? "." : entry.path.substr(0, slash);
    if (!opened_ || parent != parent_) {
      opened_.reset();
      opened_.emplace(root_, parent);
      parent_ = parent;
    }
    if (!opened_->fd()) return false;
    if (::linkat(objects_, name.c_str(), images_, spare_.c_str(), 0) != 0) return false;
    const std::string base = slash == std::string::npos ? entry.path : entry.path.substr(slash + 1);
    const bool renamed = ::renameat(images_, spare_.c_str(), opened_->fd().get(), base.c_str()) == 0;
    // rename(2) does nothing if both names are the same file already.
    static_cast<void>(::unlinkat(images_, spare_.c_str(), 0));
    return renamed;
  }

  int images_, objects_, root_;
  const std::string& spare_;
  std::string parent_;
  std::optional<Opened> opened_;
};

/// Calls `visit` with the directory, the name and the status of each object.
template <class F>
void for_objects(int images, F visit) {
  const auto objects = sys::open_beneath(images, kObjects, O_RDONLY | O_DIRECTORY);
  if (!objects) return;
  for (const std::string& name : file::names_in(objects->get()).value_or(std::vector<std::string>())) {
    struct stat status{};
    if (!is_object_name(name) || ::fstatat(objects->get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
    if (S_ISREG(status.st_mode)) visit(objects->get(), name, status);
  }
}

}  // namespace

Result<std::uint64_t> share_files(int images, int root, const std::string& spare,
                                  const std::vector<file::Entry>& entries, const std::vector<std::string>& digests,
                                  const file::GoOn& go_on) {
  static_cast<void>(::mkdirat(images, kObjects, 0700));
  const auto objects = sys::open_beneath(images, kObjects, O_RDONLY | O_DIRECTORY);
  std::uint64_t unshared = 0;
  Sharer sharer(images, objects ? objects->get() : -1, root, spare);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    CHECK_OK(file::may_go_on(go_on));
    const file::Entry& entry = entries[i];
    const bool shared = entry.kind == file::Kind::kFile && objects && sharer.share(entry, digests.at(i));
    if (!shared) unshared += entry.allocated;
  }
  return unshared;
}

std::uint64_t object_bytes(int images) {
  constexpr std::uint64_t kBlock = 512;
  std::uint64_t bytes = 0;
  for_objects(images, [&](int, const std::string&, const struct stat& status) {
    if (status.st_nlink > 1) bytes += static_cast<std::uint64_t>(status.st_blocks) * kBlock;
  });
  return bytes;
}

void sweep_objects(int images) {
  for_objects(images, [](int objects, const std::string& name, const struct stat& status) {
    if (status.st_nlink == 1) static_cast<void>(::unlinkat(objects, name.c_str(), 0));
  });
}

}  // namespace immure::plan
