#include "plan/image/image_cache.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <new>
#include <span>
#include <string_view>
#include <vector>

#include "file/io.hpp"
#include "file/place.hpp"
#include "file/sha256.hpp"
#include "file/tree.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"

namespace immure::plan {
namespace {

constexpr std::string_view kBuilding = ".building-";
constexpr std::string_view kDigest = "digest-";
constexpr const char* kLock = ".lock";
/// The marker file by which immure recognises a directory that it made. immure removes nothing from a directory without
/// the marker.
constexpr const char* kMarker = ".immure-cache";
constexpr int kLockTries = 6000;
constexpr long kLockPause = 10'000'000;  // nanoseconds; 60 seconds in all

constexpr std::array<std::string_view, 5> kRecordLines = {"immure-image 1", "boot ", "content ", "program ", "stat "};

std::string environment(const char* name) {
  const char* value = ::secure_getenv(name);
  return value == nullptr ? "" : value;
}

/// The home directory that /etc/passwd names for the caller; empty if the file names none. This does not call
/// getpwuid(), which would load the host's NSS modules into a static program.
std::string home_of_caller() {
  constexpr std::uint64_t kLimit = 16ULL << 20;
  const std::string text = file::read_whole("/etc/passwd", kLimit).value_or(std::string());
  const std::string uid = std::to_string(::geteuid());
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    std::array<std::string_view, 7> fields;  // name, password, uid, gid, comment, home, shell
    for (std::string_view& field : fields) {
      field = line.substr(0, line.find(':'));
      line.remove_prefix(std::min(field.size() + 1, line.size()));
    }
    if (fields[2] == uid && fields[5].starts_with('/')) return std::string(fields[5]);
  }
  return {};
}

Result<std::string> cache_path() {
  std::string path = environment("IMMURE_CACHE");
  if (path.empty() && ::geteuid() == 0) path = "/var/cache/immure";
  if (path.empty() && environment("XDG_CACHE_HOME").starts_with('/')) path = environment("XDG_CACHE_HOME") + "/immure";
  if (path.empty() && environment("HOME").starts_with('/')) path = environment("HOME") + "/.cache/immure";
  if (path.empty()) {
    const std::string home = home_of_caller();
    if (!home.empty()) path = home + "/.cache/immure";
  }
  if (!path.starts_with('/'))
    return fail(Code::kBadInput, "IMMURE_CACHE", "there is no absolute path for the image cache",
                "Set IMMURE_CACHE to a directory.");
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

/// The identifier of the machine's present boot. An image that a crash left half written has an older identifier.
Result<std::string> boot_identifier() {
  constexpr const char* kPath = "/proc/sys/kernel/random/boot_id";
  const auto fd = sys::open_at(AT_FDCWD, kPath, O_RDONLY);
  std::array<std::byte, 64> buffer;
  const auto count = fd ? sys::read_some(fd->get(), buffer) : std::unexpected(fd.error());
  if (!count || *count < 36) return fail(Code::kSystem, kPath, "cannot be read", "Is /proc mounted?");
  return std::string(reinterpret_cast<const char*>(buffer.data()), 36);
}

Result<sys::Fd> make_directory(const sys::Fd& parent, const std::string& name, const std::string& path) {
  const int failure = sys::error_of(::mkdirat, parent.get(), name.c_str(), 0700);
  if (failure != 0 && failure != EEXIST)
    return fail(Code::kSystem, path, "the image cache cannot be made",
                "Set IMMURE_CACHE to a directory that you may write.", failure);
  auto made = sys::open_beneath(parent.get(), name.c_str(), O_PATH | O_DIRECTORY);
  if (!made) return fail(Code::kBadInput, path, "cannot be the image cache", {}, made.error().value);
  return std::move(*made);
}

/// Walks to the directory `path`, which begins with a slash, and makes the directories that are missing.
Result<sys::Fd> hold_or_make(const std::string& path) {
  auto held = file::hold_directory(path.empty() ? "/" : path);
  if (held) return std::move(held->fd);
  if (held.error().number != ENOENT || path.empty()) return std::unexpected(held.error());
  const std::size_t slash = path.rfind('/');
  TRY(sys::Fd parent, hold_or_make(path.substr(0, slash)));
  if (slash + 1 == path.size()) return parent;
  return make_directory(parent, path.substr(slash + 1), path);
}

/// Opens the cache directory, which must not be a link. file/place.hpp says which links the path to it may have.
Result<sys::Fd> open_base(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  TRY(const sys::Fd parent, hold_or_make(path.substr(0, slash)));
  const std::string name = path.substr(slash + 1);
  constexpr int kFlags = O_RDONLY | O_DIRECTORY;
  auto directory = sys::open_beneath(parent.get(), name.c_str(), kFlags);
  if (!directory && directory.error().value == ENOENT) {
    CHECK_OK(make_directory(parent, name, path));
    directory = sys::open_beneath(parent.get(), name.c_str(), kFlags);
  }
  if (!directory) return fail(Code::kBadInput, path, "cannot be the image cache", {}, directory.error().value);
  return std::move(*directory);
}

Result<void> check_owner(int fd, const std::string& path) {
  struct stat status{};
  if (const int failure = sys::error_of(::fstat, fd, &status); failure != 0)
    return fail(Code::kSystem, path, "cannot be looked at", {}, failure);
  if (status.st_uid != ::geteuid())
    return fail(Code::kBadInput, path, "the image cache belongs to somebody else",
                "Set IMMURE_CACHE to a directory of your own.");
  if ((status.st_mode & 022U) != 0)
    return fail(Code::kBadInput, path, "others may write to the image cache", "`chmod go-w` it.");
  return {};
}

/// True for the names that immure gives to entries of a cache. sweep() removes no entry with another name.
bool is_own_name(std::string_view name) {
  if (name.starts_with(kDigest)) return file::is_sha256_hex(name.substr(kDigest.size()));
  if (!name.starts_with(kBuilding)) return file::is_sha256_hex(name);
  name.remove_prefix(kBuilding.size());
  return !name.empty() && name.find_first_not_of("0123456789") == std::string_view::npos;
}

std::optional<ImageRecord> read_record(int images, const std::string& name) {
  const auto fd = sys::open_beneath(images, (name + "/manifest").c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!fd) return std::nullopt;
  std::array<std::byte, 512> buffer;
  const auto count = sys::read_some(fd->get(), buffer);
  if (!count) return std::nullopt;
  return parse_record({reinterpret_cast<const char*>(buffer.data()), *count});
}

/// True for an image or the remains of an image. If an ordinary user removes a cache by hand, the directories of the
/// images remain, because not even their owner may write to them.
bool is_image(int images, const std::string& name) {
  if (read_record(images, name)) return true;
  const auto image = sys::open_beneath(images, name.c_str(), O_RDONLY | O_DIRECTORY);
  const auto names = image ? file::names_in(image->get()) : std::unexpected(image.error());
  return names && std::ranges::all_of(*names, [](const std::string& each) { return each == "root"; });
}

/// Accepts a cache without a marker if it holds nothing but entries of immure. Earlier versions made no marker, and
/// another immure may be about to make the marker.
bool is_cache_without_marker(int images) {
  const auto names = file::names_in(images);
  return names && std::ranges::all_of(*names, [&](const std::string& name) {
           if (name == kLock || name == kMarker) return true;
           return is_own_name(name) && (!file::is_sha256_hex(name) || is_image(images, name));
         });
}

std::string digest_name(const std::string& identity) { return std::string(kDigest) + file::sha256_hex(identity); }

/// Makes sure that immure made this directory: the directory has the marker, is empty, or is the cache of an earlier
/// version.
Result<void> check_marker(int images, const std::string& path) {
  struct stat status{};
  if (::fstatat(images, kMarker, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(status.st_mode) &&
      status.st_uid == ::geteuid())
    return {};
  if (!is_cache_without_marker(images))
    return fail(Code::kBadInput, path, "cannot be the image cache: it holds files that immure did not make",
                "Set IMMURE_CACHE to a directory that is empty or not there yet.");
  const auto made = sys::open_at(images, kMarker, O_WRONLY | O_CREAT | O_NOFOLLOW, 0600);
  if (!made) return fail(Code::kSystem, path, "the image cache cannot be made", {}, made.error().value);
  return {};
}

}  // namespace

void remove_content(int directory) {
  // Directories of an image are read-only for their owner too, so allow writing first.
  static_cast<void>(::fchmod(directory, 0700));
  for (const std::string& entry : file::names_in(directory).value_or(std::vector<std::string>()))
    remove_tree(directory, entry);
}

void remove_tree(int directory, const std::string& name) {
  if (const int failure = sys::error_of(::unlinkat, directory, name.c_str(), 0); failure == 0 || failure == ENOENT)
    return;
  const auto fd = sys::open_on_same_mount(directory, name.c_str(), O_RDONLY | O_DIRECTORY);
  if (!fd) return;
  remove_content(fd->get());
  static_cast<void>(::unlinkat(directory, name.c_str(), AT_REMOVEDIR));
}

Unfinished::~Unfinished() {
  if (name_.empty()) return;
  try {
    if (made_ < 0) {
      remove_tree(parent_, name_);
    } else {
      remove_content(made_);
      // The owner of the parent may have put another directory under this name. Removing one of his empty directories
      // does no harm.
      static_cast<void>(::unlinkat(parent_, name_.c_str(), AT_REMOVEDIR));
    }
  } catch (const std::bad_alloc&) {
    // The next builder removes the directory (ImageCache::lock_for_building).
    return;
  }
}

void remove_unfinished_image(int builder) {
  const auto cache = ImageCache::open();
  if (cache) remove_tree(cache->fd_.get(), std::string(kBuilding) + std::to_string(builder));
}

std::string record_text(const ImageRecord& record) {
  const std::array<const std::string*, 4> values = {&record.boot, &record.content_sha256, &record.program_sha256,
                                                    &record.stat_sha256};
  std::string text(kRecordLines[0]);
  for (std::size_t i = 0; i < values.size(); ++i)
    text.append("\n").append(kRecordLines.at(i + 1)).append(*values.at(i));
  return text + "\n";
}

std::optional<ImageRecord> parse_record(std::string_view text) {
  ImageRecord record;
  const std::array<std::string*, 4> values = {&record.boot, &record.content_sha256, &record.program_sha256,
                                              &record.stat_sha256};
  for (std::size_t i = 0; i < kRecordLines.size(); ++i) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos || !text.starts_with(kRecordLines.at(i))) return std::nullopt;
    const std::string_view value = text.substr(kRecordLines.at(i).size(), end - kRecordLines.at(i).size());
    if (i == 0 ? !value.empty() : i > 1 && !file::is_sha256_hex(value)) return std::nullopt;
    if (i > 0) *values.at(i - 1) = value;
    text.remove_prefix(end + 1);
  }
  if (!text.empty()) return std::nullopt;
  return record;
}

Result<ImageCache> ImageCache::open() {
  TRY(const std::string base, cache_path());
  TRY(const sys::Fd directory, open_base(base));
  CHECK_OK(check_owner(directory.get(), base));
  auto images = sys::open_beneath(directory.get(), "images", O_RDONLY | O_DIRECTORY);
  if (!images && images.error().value == ENOENT) {
    static_cast<void>(::mkdirat(directory.get(), "images", 0700));
    images = sys::open_beneath(directory.get(), "images", O_RDONLY | O_DIRECTORY);
  }
  if (!images) return fail(Code::kSystem, base + "/images", "cannot be opened", {}, images.error().value);
  CHECK_OK(check_owner(images->get(), base + "/images"));
  CHECK_OK(check_marker(images->get(), base + "/images"));
  TRY(std::string boot, boot_identifier());
  return ImageCache(std::move(*images), base + "/images", std::move(boot));
}

Result<sys::Fd> ImageCache::root_of(const std::string& name) const {
  auto root = sys::open_beneath(fd_.get(), (name + "/root").c_str(), O_RDONLY | O_DIRECTORY);
  if (!root) return fail(Code::kSystem, path(name), "cannot be opened", {}, root.error().value);
  return std::move(*root);
}

std::optional<ImageCache::Found> ImageCache::find(const std::string& key, const file::GoOn& go_on) const {
  auto record = read_record(fd_.get(), key);
  if (!record || record->boot != boot_) return std::nullopt;
  auto root = root_of(key);
  if (!root) return std::nullopt;
  const auto entries = file::scan(root->get(), path(key), {.go_on = go_on});
  if (!entries || file::stat_digest(*entries) != record->stat_sha256) return std::nullopt;
  return Found{std::move(*record), std::move(*root)};
}

void ImageCache::sweep() const {
  for (const std::string& name : file::names_in(fd_.get()).value_or(std::vector<std::string>())) {
    if (!is_own_name(name)) continue;
    const auto record = name.starts_with(kBuilding) ? std::nullopt : read_record(fd_.get(), name);
    if (!record || record->boot != boot_) remove_tree(fd_.get(), name);
  }
}

Result<sys::Fd> ImageCache::lock_for_building(const file::GoOn& go_on) const {
  auto lock = sys::open_at(fd_.get(), kLock, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
  if (!lock) return fail(Code::kSystem, path(kLock), "cannot be opened", {}, lock.error().value);
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
  sweep();
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

Result<void> ImageCache::commit(const std::string& name, const std::string& key, const ImageRecord& record) const {
  const auto manifest =
      sys::open_at(fd_.get(), (name + "/manifest").c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
  if (!manifest) return fail(Code::kSystem, path(name), "cannot be finished", {}, manifest.error().value);
  if (const auto written = sys::write_all(manifest->get(), record_text(record)); !written)
    return fail(Code::kSystem, path(name), "cannot be finished", {}, written.error().value);
  remove_tree(fd_.get(), key);
  if (const int failure = sys::error_of(::renameat, fd_.get(), name.c_str(), fd_.get(), key.c_str()); failure != 0)
    return fail(Code::kSystem, path(key), "cannot be put in place", {}, failure);
  return {};
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

Result<void> ImageCache::remember_digest(const std::string& identity, const std::string& digest) const {
  const std::string name = digest_name(identity);
  TRY(file::NewFile file, file::NewFile::create_in(fd_, name, path(name)));
  if (const auto written = sys::write_all(file.descriptor().get(), digest); !written)
    return fail(Code::kSystem, path(name), "cannot be written", {}, written.error().value);
  return file.publish(0600, true);
}

}  // namespace immure::plan
