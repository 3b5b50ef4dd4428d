#include "plan/image/image_cache.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <new>
#include <span>
#include <string_view>
#include <vector>

#include "file/io.hpp"
#include "file/sha256.hpp"
#include "file/tree.hpp"
#include "plan/image/cache_place.hpp"
#include "plan/image/image_digests.hpp"
#include "plan/image/image_objects.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"

namespace immure::plan {
namespace {

constexpr int kLockTries = 6000;
constexpr long kLockPause = 10'000'000;  // nanoseconds; 60 seconds in all
constexpr std::int64_t kNanoseconds = 1'000'000'000;

/// The identifier of the machine's present boot. An image that a crash left half written has an older identifier.
Result<std::string> boot_identifier() {
  constexpr const char* kPath = "/proc/sys/kernel/random/boot_id";
  const auto fd = sys::open_at(AT_FDCWD, kPath, O_RDONLY);
  std::array<std::byte, 64> buffer;
  const auto count = fd ? sys::read_some(fd->get(), buffer) : std::unexpected(fd.error());
  if (!count || *count < 36) return fail(Code::kSystem, kPath, "cannot be read", "Is /proc mounted?");
  return std::string(reinterpret_cast<const char*>(buffer.data()), 36);
}

/// Reads a small file of an image. Returns nothing if the file is missing, or larger than immure writes such files.
std::optional<std::string> read_small(int directory, const char* name) {
  constexpr std::size_t kMost = 16 << 20;
  const auto fd = sys::open_beneath(directory, name, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!fd) return std::nullopt;
  std::string text;
  std::array<std::byte, 4096> buffer;
  while (text.size() < kMost) {
    const auto count = sys::read_some(fd->get(), buffer);
    if (!count) return std::nullopt;
    if (*count == 0) return text;
    text.append(reinterpret_cast<const char*>(buffer.data()), *count);
  }
  return std::nullopt;
}

std::optional<ImageRecord> read_record(int image) {
  const auto text = read_small(image, "manifest");
  return text ? parse_record(*text) : std::nullopt;
}

/// Opens the directory of an image and locks it, without waiting. `how` is LOCK_SH or LOCK_EX. Error EWOULDBLOCK if
/// somebody holds a conflicting lock.
SysResult<sys::Fd> open_locked(int images, const std::string& name, int how) {
  TRY(sys::Fd image, sys::open_beneath(images, name.c_str(), O_RDONLY | O_DIRECTORY));
  CHECK_OK(sys::call(::flock, image.get(), how | LOCK_NB));
  return image;
}

/// Opens the directory of an image for a run. A process with a conflicting lock is about to remove the image, or only
/// checks whether a run holds the image, so wait a little.
SysResult<sys::Fd> open_for_use(int images, const std::string& name) {
  constexpr int kTries = 1000;
  constexpr timespec kPause{0, 1'000'000};
  for (int tries = 0;; ++tries) {
    auto image = open_locked(images, name, LOCK_SH);
    if (image || image.error().value != EWOULDBLOCK || tries == kTries) return image;
    ::nanosleep(&kPause, nullptr);
  }
}

/// Makes a name for an image that is to be removed. No other entry has the name, because two calls never read the same
/// time: the caller holds the lock for building.
std::string removed_name() {
  timespec now{};
  static_cast<void>(::clock_gettime(CLOCK_REALTIME, &now));
  return std::string(kRemoved) + std::to_string(now.tv_sec * kNanoseconds + now.tv_nsec);
}

/// Removes an entry unless a run holds it. The entry first loses its name, so that nobody finds half of an image.
bool remove_unheld(int images, const std::string& name) {
  const auto locked = open_locked(images, name, LOCK_EX);
  if (!locked) return locked.error().value == ENOENT;
  std::string away = name;
  if (!name.starts_with(kRemoved)) {
    away = removed_name();
    if (::renameat(images, name.c_str(), images, away.c_str()) != 0) return false;
  }
  remove_tree(images, away);
  return true;
}

/// Makes way for a new image of the same name. A run that holds the old image keeps it.
void set_aside(int images, const std::string& name) {
  if (remove_unheld(images, name)) return;
  static_cast<void>(::renameat(images, name.c_str(), images, removed_name().c_str()));
}

/// True if the machine was started after the file was made.
bool is_of_earlier_boot(int images, const std::string& name) {
  struct stat status{};
  timespec now{}, up{};
  if (::fstatat(images, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return false;
  if (::clock_gettime(CLOCK_REALTIME, &now) != 0 || ::clock_gettime(CLOCK_BOOTTIME, &up) != 0) return false;
  return status.st_mtim.tv_sec < now.tv_sec - up.tv_sec - 1;
}

std::string packages_name(const std::string& identity) { return std::string(kPackages) + file::sha256_hex(identity); }

std::string digest_name(const std::string& identity) { return std::string(kDigest) + file::sha256_hex(identity); }

Result<void> write_in(const sys::Fd& directory, const std::string& name, std::string_view text,
                      const std::string& where, bool replace) {
  TRY(file::NewFile file, file::NewFile::create_in(directory, name, where));
  if (const auto written = sys::write_all(file.descriptor().get(), text); !written)
    return fail(Code::kSystem, where, "cannot be written", {}, written.error().value);
  return file.publish(0600, replace);
}

/// Notes in the mtime of an image's directory that the image is used now. The kernel's own time stamps advance only
/// every few milliseconds, so that two uses could look like one.
void note_use(int image) {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  const std::array times = {now, now};
  static_cast<void>(::futimens(image, times.data()));
}

}  // namespace

void remove_content(int directory, const file::GoOn& go_on) {
  // Directories of an image are read-only for their owner too, so allow writing first.
  static_cast<void>(::fchmod(directory, 0700));
  for (const std::string& entry : file::names_in(directory).value_or(std::vector<std::string>()))
    if (file::may_go_on(go_on)) remove_tree(directory, entry, go_on);
}

void remove_tree(int directory, const std::string& name, const file::GoOn& go_on) {
  if (const int failure = sys::error_of(::unlinkat, directory, name.c_str(), 0); failure == 0 || failure == ENOENT)
    return;
  const auto fd = sys::open_on_same_mount(directory, name.c_str(), O_RDONLY | O_DIRECTORY);
  if (!fd) return;
  remove_content(fd->get(), go_on);
  static_cast<void>(::unlinkat(directory, name.c_str(), AT_REMOVEDIR));
}

Unfinished::~Unfinished() {
  if (name_.empty()) return;
  try {
    if (made_ < 0) {
      remove_tree(parent_, name_);
    } else {
      remove_content(made_);
      // The owner of the parent may have put another directory under this name. Removing an empty directory of this
      // owner does no harm.
      static_cast<void>(::unlinkat(parent_, name_.c_str(), AT_REMOVEDIR));
    }
  } catch (const std::bad_alloc&) {
    // The next builder removes the directory (ImageCache::lock_for_building).
    return;
  }
}

void remove_unfinished_image(int builder, bool reaped) {
  const auto cache = ImageCache::open();
  if (!cache) return;
  // A builder that works now has removed the directory already. A builder that a file system holds still has the lock.
  const auto lock = sys::open_at(cache->fd_.get(), kLock, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  if (reaped && (!lock || sys::error_of(::flock, lock->get(), LOCK_EX | LOCK_NB) != 0)) return;
  remove_tree(cache->fd_.get(), std::string(kBuilding) + std::to_string(builder));
}

Result<ImageCache> ImageCache::open() {
  TRY(CachePlace place, open_cache_place());
  TRY(std::string boot, boot_identifier());
  return ImageCache(std::move(place.images), std::move(place.path), std::move(boot));
}

Result<sys::Fd> ImageCache::root_of(const std::string& name) const {
  auto root = sys::open_beneath(fd_.get(), (name + "/root").c_str(), O_RDONLY | O_DIRECTORY);
  if (!root) return fail(Code::kSystem, path(name), "cannot be opened", {}, root.error().value);
  return std::move(*root);
}

bool ImageCache::holds(const Found& found, const std::string& key, const file::GoOn& go_on) const {
  const auto entries = list_image(found.root.get(), path(key), go_on);
  if (!entries || file::linked_stat_digest(*entries) != found.record.stat_sha256) return false;
  ImageRecord record = found.record;
  record.times_sha256 = file::stat_digest(*entries);
  if (record.times_sha256 == found.record.times_sha256) return true;
  const auto content = digest_of_shared(found.root.get(), path(key), *entries, go_on);
  if (!content || *content != record.content_sha256) return false;
  // If this write fails, the next run hashes the image once more.
  static_cast<void>(write_in(found.in_use, "manifest", record_text(record), path(key), true));
  return true;
}

std::optional<ImageCache::Found> ImageCache::find(const std::string& key, const file::GoOn& go_on) const {
  auto in_use = open_for_use(fd_.get(), key);
  if (!in_use) return std::nullopt;
  auto record = read_record(in_use->get());
  if (!record || record->boot != boot_) return std::nullopt;
  auto root = sys::open_beneath(in_use->get(), "root", O_RDONLY | O_DIRECTORY);
  if (!root) return std::nullopt;
  Found found{*std::move(record), std::move(*root), *std::move(in_use)};
  if (!holds(found, key, go_on)) return std::nullopt;
  note_use(found.in_use.get());
  return found;
}

void ImageCache::sweep(const file::GoOn& go_on) const {
  for (const std::string& name : file::names_in(fd_.get()).value_or(std::vector<std::string>())) {
    if (!is_own_name(name) || name == kObjects) continue;
    if (name.starts_with(kDigest) || name.starts_with(kPackages)) {
      if (is_of_earlier_boot(fd_.get(), name)) static_cast<void>(::unlinkat(fd_.get(), name.c_str(), 0));
    } else if (name.starts_with(kBuilding)) {
      remove_tree(fd_.get(), name, go_on);
    } else if (name.starts_with(kRemoved)) {
      static_cast<void>(remove_unheld(fd_.get(), name));
    } else {
      const auto image = sys::open_beneath(fd_.get(), name.c_str(), O_RDONLY | O_DIRECTORY);
      const auto record = image ? read_record(image->get()) : std::nullopt;
      const bool usable = record && record->boot == boot_;
      if (!usable && is_image(fd_.get(), name)) static_cast<void>(remove_unheld(fd_.get(), name));
    }
  }
}

Result<sys::Fd> ImageCache::lock_for_building(const file::GoOn& go_on) const {
  auto lock = sys::open_at(fd_.get(), kLock, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600);
  if (!lock) return file::unusable(path(kLock), "cannot be opened", lock.error().value);
  // Do not block in flock(2): the process that holds the lock may be stopped, and nobody may wait for ever.
  for (int tries = 0;; ++tries) {
    const int failure = sys::error_of(::flock, lock->get(), LOCK_EX | LOCK_NB);
    if (failure == 0) break;
    if (failure != EWOULDBLOCK && failure != EINTR)
      return fail(Code::kSystem, path(kLock), "cannot be locked", {}, failure);
    CHECK_OK(file::may_go_on(go_on));
    if (tries == kLockTries)
      return fail(Code::kSystem, path(kLock), "another immure has been building an image for 60 s", "Is it stopped?");
    const timespec pause{0, kLockPause};
    ::nanosleep(&pause, nullptr);
  }
  sweep(go_on);
  CHECK_OK(file::may_go_on(go_on));
  return std::move(*lock);
}

Result<Unfinished> ImageCache::begin() const {
  std::string name = std::string(kBuilding) + std::to_string(::getpid());
  const std::string root = name + "/root";
  if (const int failure = sys::error_of(::mkdirat, fd_.get(), name.c_str(), 0700); failure != 0)
    return fail(Code::kSystem, path(name), "cannot be made", {}, failure);
  Unfinished made(fd_.get(), std::move(name));
  if (const int failure = sys::error_of(::mkdirat, fd_.get(), root.c_str(), 0700); failure != 0)
    return fail(Code::kSystem, path(root), "cannot be made", {}, failure);
  return made;
}

Result<sys::Fd> ImageCache::commit(const std::string& name, const std::string& key, const ImageRecord& record,
                                   const ImageAbout& about) const {
  auto made = open_for_use(fd_.get(), name);
  if (!made) return fail(Code::kSystem, path(name), "cannot be locked", {}, made.error().value);
  CHECK_OK(write_in(*made, "about", about_text(about), path(name), false));
  CHECK_OK(write_in(*made, "manifest", record_text(record), path(name), false));
  note_use(made->get());
  struct stat status{};
  if (::fstatat(fd_.get(), key.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) {
    if (!is_image(fd_.get(), key))
      return fail(Code::kBadInput, path(key), "holds files that immure did not make, in the place of an image",
                  "Move the files away, or set IMMURE_CACHE to another directory.");
    set_aside(fd_.get(), key);
  }
  if (const int failure = sys::error_of(::renameat, fd_.get(), name.c_str(), fd_.get(), key.c_str()); failure != 0)
    return fail(Code::kSystem, path(key), "cannot be put in place", {}, failure);
  return *std::move(made);
}

std::optional<ImageRecord> ImageCache::record(const std::string& key) const {
  const auto image = sys::open_beneath(fd_.get(), key.c_str(), O_RDONLY | O_DIRECTORY);
  return image ? read_record(image->get()) : std::nullopt;
}

bool ImageCache::remove(const std::string& key) const {
  return is_image(fd_.get(), key) && remove_unheld(fd_.get(), key);
}

std::optional<ImageAbout> ImageCache::about(const std::string& key) const {
  const auto image = sys::open_beneath(fd_.get(), key.c_str(), O_RDONLY | O_DIRECTORY);
  const auto text = image ? read_small(image->get(), "about") : std::nullopt;
  return text ? parse_about(*text) : std::nullopt;
}

std::optional<std::string> ImageCache::remembered_digest(const std::string& identity) const {
  const auto fd = sys::open_beneath(fd_.get(), digest_name(identity).c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!fd) return std::nullopt;
  std::array<std::byte, 65> buffer;
  const auto count = sys::read_some(fd->get(), buffer);
  if (!count) return std::nullopt;
  std::string digest(reinterpret_cast<const char*>(buffer.data()), *count);
  if (!file::is_sha256_hex(digest)) return std::nullopt;
  return digest;
}

std::optional<std::string> ImageCache::remembered_packages(const std::string& identity) const {
  return read_small(fd_.get(), packages_name(identity).c_str());
}

Result<void> ImageCache::remember_packages(const std::string& identity, const std::string& text) const {
  CHECK_OK(write_text(packages_name(identity), text));
  // The file of a large set has some hundred kilobytes.
  constexpr std::size_t kMost = 256;
  forget(kPackages, kMost);
  return {};
}

Result<void> ImageCache::remember_digest(const std::string& identity, const std::string& digest) const {
  CHECK_OK(write_text(digest_name(identity), digest));
  constexpr std::size_t kMost = 4096;
  forget(kDigest, kMost);
  return {};
}

void ImageCache::forget(std::string_view kind, std::size_t kept) const {
  std::vector<std::pair<std::int64_t, std::string>> files;
  for (const std::string& name : file::names_in(fd_.get()).value_or(std::vector<std::string>())) {
    struct stat status{};
    if (!name.starts_with(kind) || !is_own_name(name)) continue;
    if (::fstatat(fd_.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(status.st_mode))
      files.emplace_back(file::nanoseconds(status.st_mtim), name);
  }
  std::ranges::sort(files);
  for (std::size_t i = 0; i + kept < files.size(); ++i)
    static_cast<void>(::unlinkat(fd_.get(), files[i].second.c_str(), 0));
}

void ImageCache::forget_all() const {
  for (const std::string_view kind : {kDigest, kPackages}) forget(kind, 0);
}

Result<void> ImageCache::write_text(const std::string& name, const std::string& text) const {
  TRY(file::NewFile file, file::NewFile::create_in(fd_, name, path(name)));
  if (const auto written = sys::write_all(file.descriptor().get(), text); !written)
    return fail(Code::kSystem, path(name), "cannot be written", {}, written.error().value);
  return file.publish(0600, true);
}

}  // namespace immure::plan
