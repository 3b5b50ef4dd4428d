#include "plan/image_cache.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <span>
#include <string_view>
#include <vector>

#include "file/sha256.hpp"
#include "file/tree.hpp"
#include "sys/file.hpp"

namespace immure::plan {
namespace {

constexpr std::string_view kBuilding = ".building-";
constexpr const char* kLock = ".lock";
constexpr int kLockTries = 6000;
constexpr long kLockPause = 10'000'000;  // ns: 60 s in all

constexpr std::array<std::string_view, 5> kRecordLines = {"immure-image 1", "boot ", "content ", "program ", "stat "};

std::string environment(const char* name) {
  const char* value = ::secure_getenv(name);
  return value == nullptr ? "" : value;
}

Result<std::string> cache_path() {
  std::string path = environment("IMMURE_CACHE");
  if (path.empty() && ::geteuid() == 0) path = "/var/cache/immure";
  if (path.empty() && environment("XDG_CACHE_HOME").starts_with('/')) path = environment("XDG_CACHE_HOME") + "/immure";
  if (path.empty() && environment("HOME").starts_with('/')) path = environment("HOME") + "/.cache/immure";
  if (!path.starts_with('/'))
    return fail(Code::kBadInput, "IMMURE_CACHE", "there is no absolute path for the image cache",
                "Set IMMURE_CACHE to a directory.");
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

/// The name of the machine's current run. Whatever a crash left half written belongs to an older one.
Result<std::string> boot_identifier() {
  constexpr const char* kPath = "/proc/sys/kernel/random/boot_id";
  const auto fd = sys::open_at(AT_FDCWD, kPath, O_RDONLY);
  std::array<std::byte, 64> buffer;
  const auto count = fd ? sys::read_some(fd->get(), buffer) : std::unexpected(fd.error());
  if (!count || *count < 36) return fail(Code::kSystem, kPath, "cannot be read", "Is /proc mounted?");
  return std::string(reinterpret_cast<const char*>(buffer.data()), 36);
}

Result<void> make_directories(const std::string& path) {
  for (std::size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    const std::string part = path.substr(0, slash);
    if (::mkdir(part.c_str(), 0700) != 0 && errno != EEXIST)
      return fail(Code::kSystem, part, "the image cache cannot be made",
                  "Set IMMURE_CACHE to a directory that you may write.", errno);
    if (slash == std::string::npos) return {};
  }
}

Result<void> check_owner(int fd, const std::string& path) {
  struct stat status{};
  if (::fstat(fd, &status) != 0) return fail(Code::kSystem, path, "cannot be looked at", {}, errno);
  if (status.st_uid != ::geteuid())
    return fail(Code::kBadInput, path, "the image cache belongs to somebody else",
                "Set IMMURE_CACHE to a directory of your own.");
  if ((status.st_mode & 022U) != 0)
    return fail(Code::kBadInput, path, "others may write to the image cache", "`chmod go-w` it.");
  return {};
}

}  // namespace

void remove_tree(int directory, const std::string& name) {
  if (::unlinkat(directory, name.c_str(), 0) == 0 || errno == ENOENT) return;
  const auto fd = sys::open_at(directory, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (!fd) return;
  // Directories of an image may not be written by their owner either.
  static_cast<void>(::fchmod(fd->get(), 0700));
  for (const std::string& entry : file::names_in(fd->get()).value_or(std::vector<std::string>()))
    remove_tree(fd->get(), entry);
  static_cast<void>(::unlinkat(directory, name.c_str(), AT_REMOVEDIR));
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
  auto directory = sys::open_at(AT_FDCWD, base.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (!directory && directory.error().value == ENOENT) {
    CHECK_OK(make_directories(base));
    directory = sys::open_at(AT_FDCWD, base.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  }
  if (!directory) return fail(Code::kBadInput, base, "cannot be the image cache", {}, directory.error().value);
  CHECK_OK(check_owner(directory->get(), base));
  auto images = sys::open_beneath(directory->get(), "images", O_RDONLY | O_DIRECTORY);
  if (!images && images.error().value == ENOENT) {
    static_cast<void>(::mkdirat(directory->get(), "images", 0700));
    images = sys::open_beneath(directory->get(), "images", O_RDONLY | O_DIRECTORY);
  }
  if (!images) return fail(Code::kSystem, base + "/images", "cannot be opened", {}, images.error().value);
  CHECK_OK(check_owner(images->get(), base + "/images"));
  TRY(std::string boot, boot_identifier());
  return ImageCache(std::move(*images), base + "/images", std::move(boot));
}

std::optional<ImageRecord> ImageCache::record_of(const std::string& name) const {
  const auto fd = sys::open_beneath(fd_.get(), (name + "/manifest").c_str(), O_RDONLY);
  if (!fd) return std::nullopt;
  std::array<std::byte, 512> buffer;
  const auto count = sys::read_some(fd->get(), buffer);
  if (!count) return std::nullopt;
  return parse_record({reinterpret_cast<const char*>(buffer.data()), *count});
}

std::optional<ImageRecord> ImageCache::find(const std::string& key) const {
  auto record = record_of(key);
  if (!record || record->boot != boot_) return std::nullopt;
  const auto root = sys::open_beneath(fd_.get(), (key + "/root").c_str(), O_RDONLY | O_DIRECTORY);
  if (!root) return std::nullopt;
  const auto entries = file::scan(root->get(), path(key));
  if (!entries || file::stat_digest(*entries) != record->stat_sha256) return std::nullopt;
  return record;
}

void ImageCache::sweep() const {
  for (const std::string& name : file::names_in(fd_.get()).value_or(std::vector<std::string>())) {
    if (name == kLock) continue;
    const auto record = name.starts_with(kBuilding) ? std::nullopt : record_of(name);
    if (!record || record->boot != boot_) remove_tree(fd_.get(), name);
  }
}

Result<sys::Fd> ImageCache::lock_for_building() const {
  auto lock = sys::open_at(fd_.get(), kLock, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
  if (!lock) return fail(Code::kSystem, path(kLock), "cannot be opened", {}, lock.error().value);
  // Not a blocking flock: whoever holds the lock may have been stopped, and nobody waits for ever.
  for (int tries = 0; ::flock(lock->get(), LOCK_EX | LOCK_NB) != 0; ++tries) {
    if (errno != EWOULDBLOCK && errno != EINTR) return fail(Code::kSystem, path(kLock), "cannot be locked", {}, errno);
    if (tries == kLockTries)
      return fail(Code::kSystem, path(kLock), "another immure has been building an image for 60 s", "Is it stopped?");
    const timespec pause{0, kLockPause};
    ::nanosleep(&pause, nullptr);
  }
  sweep();
  return std::move(*lock);
}

Result<std::string> ImageCache::begin() const {
  std::string name = std::string(kBuilding) + std::to_string(::getpid());
  if (::mkdirat(fd_.get(), name.c_str(), 0700) != 0)
    return fail(Code::kSystem, path(name), "cannot be made", {}, errno);
  if (::mkdirat(fd_.get(), (name + "/root").c_str(), 0700) == 0) return name;
  const int number = errno;
  discard(name);
  return fail(Code::kSystem, path(name), "cannot be made", {}, number);
}

Result<void> ImageCache::commit(const std::string& name, const std::string& key, const ImageRecord& record) const {
  const auto manifest =
      sys::open_at(fd_.get(), (name + "/manifest").c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
  if (!manifest) return fail(Code::kSystem, path(name), "cannot be finished", {}, manifest.error().value);
  if (const auto written = sys::write_all(manifest->get(), record_text(record)); !written)
    return fail(Code::kSystem, path(name), "cannot be finished", {}, written.error().value);
  remove_tree(fd_.get(), key);
  if (::renameat(fd_.get(), name.c_str(), fd_.get(), key.c_str()) != 0)
    return fail(Code::kSystem, path(key), "cannot be put in place", {}, errno);
  return {};
}

void ImageCache::discard(const std::string& name) const { remove_tree(fd_.get(), name); }

}  // namespace immure::plan
