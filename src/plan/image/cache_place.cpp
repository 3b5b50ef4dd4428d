#include "plan/image/cache_place.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>

#include "file/io.hpp"
#include "file/place.hpp"
#include "file/sha256.hpp"
#include "file/tree.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"

namespace immure::plan {
namespace {

/// The marker file by which immure recognises a directory that it made. immure removes nothing from a directory without
/// the marker.
constexpr const char* kMarker = ".immure-cache";
/// Holds the files of an image.
constexpr const char* kRoot = "root";

std::string environment(const char* name) {
  const char* value = ::secure_getenv(name);
  return value == nullptr ? "" : value;
}

/// The home directory that /etc/passwd names for the caller; empty if the file names none. The function does not call
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

std::unexpected<Error> not_usable(const std::string& path, std::string_view what, int number) {
  auto error = file::unusable(path, what, number);
  if (error.error().code == Code::kBadInput) error.error().hint = "Set IMMURE_CACHE to a directory that you may write.";
  return error;
}

Result<sys::Fd> make_directory(const sys::Fd& parent, const std::string& name, const std::string& path) {
  const int failure = sys::error_of(::mkdirat, parent.get(), name.c_str(), 0700);
  if (failure != 0 && failure != EEXIST) return not_usable(path, "the image cache cannot be made", failure);
  auto made = sys::open_beneath(parent.get(), name.c_str(), O_PATH | O_DIRECTORY);
  if (!made) return fail(Code::kBadInput, path, "cannot be the image cache", {}, made.error().value);
  return std::move(*made);
}

/// Walks to the directory `path`, which begins with a slash, and makes the directories that are missing.
Result<sys::Fd> hold_or_make(const std::string& path) {
  auto held = file::hold_directory(path.empty() ? "/" : path);
  if (held) return std::move(held->fd);
  if (held.error().errno_value != ENOENT || path.empty()) return std::unexpected(held.error());
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
    return fail(Code::kSystem, path, "its status cannot be read", {}, failure);
  if (status.st_uid != ::geteuid())
    return fail(Code::kBadInput, path, "the image cache belongs to somebody else",
                "Set IMMURE_CACHE to a directory of your own.");
  if ((status.st_mode & 022U) != 0)
    return fail(Code::kBadInput, path, "others may write to the image cache", "`chmod go-w` it.");
  return {};
}

/// True if the file `manifest` in the directory of an image begins like a manifest that immure writes.
bool has_record(int image) {
  constexpr std::string_view kStart = "immure-image ";
  const auto fd = sys::open_beneath(image, "manifest", O_RDONLY | O_NONBLOCK | O_NOCTTY);
  std::array<std::byte, kStart.size()> buffer;
  const auto count = fd ? sys::read_some(fd->get(), buffer) : std::unexpected(fd.error());
  return count && std::string_view(reinterpret_cast<const char*>(buffer.data()), *count) == kStart;
}

/// True if the directory of an image has a directory `root` that nobody may write.
bool has_sealed_root(int image) {
  struct stat status{};
  constexpr unsigned kWrite = 0222;
  return ::fstatat(image, kRoot, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(status.st_mode) &&
         (status.st_mode & kWrite) == 0;
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

/// Makes sure that immure made this directory: the directory has the marker, is empty, or is the cache of an earlier
/// version.
Result<void> check_marker(int images, const std::string& path) {
  struct stat status{};
  const auto is_own_file = [&status] { return S_ISREG(status.st_mode) && status.st_uid == ::geteuid(); };
  const auto is_no_marker = [&path] {
    return fail(Code::kBadInput, path + "/" + kMarker, "is not the file by which immure knows its image cache",
                "Remove it, or set IMMURE_CACHE to another directory.");
  };
  if (::fstatat(images, kMarker, &status, AT_SYMLINK_NOFOLLOW) == 0) {
    if (is_own_file()) return {};
    return is_no_marker();
  }
  if (!is_cache_without_marker(images))
    return fail(Code::kBadInput, path, "cannot be the image cache: it holds files that immure did not make",
                "Set IMMURE_CACHE to a directory that is empty or not there yet.");
  // Somebody may have put a FIFO there meanwhile, and without O_NONBLOCK the open would wait for the FIFO's reader.
  const auto made = sys::open_at(images, kMarker, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600);
  if (!made) return not_usable(path, "the image cache cannot be made", made.error().value);
  if (const int failure = sys::error_of(::fstat, made->get(), &status); failure != 0)
    return fail(Code::kSystem, path, "its status cannot be read", {}, failure);
  if (!is_own_file()) return is_no_marker();
  return {};
}

}  // namespace

Result<std::optional<file::HeldDirectory>> hold_images() {
  constexpr std::array kNoneToSee = {ENOENT, ENOTDIR, EACCES, EPERM};
  const auto base = cache_path();
  if (!base) return std::nullopt;
  auto held = file::hold_directory(*base + "/images");
  if (held) return std::move(*held);
  if (std::ranges::find(kNoneToSee, held.error().errno_value) != kNoneToSee.end()) return std::nullopt;
  return std::unexpected(held.error());
}

bool is_image(int images, const std::string& name) {
  constexpr std::array<std::string_view, 3> kOwn = {"about", "manifest", kRoot};
  const auto image = sys::open_beneath(images, name.c_str(), O_RDONLY | O_DIRECTORY);
  const auto names = image ? file::names_in(image->get()) : std::unexpected(image.error());
  const auto is_own = [&kOwn](const std::string& each) { return std::ranges::find(kOwn, each) != kOwn.end(); };
  if (!names || !std::ranges::all_of(*names, is_own)) return false;
  return has_record(image->get()) || has_sealed_root(image->get());
}

bool is_own_name(std::string_view name) {
  for (const std::string_view kind : {kDigest, kPackages})
    if (name.starts_with(kind)) return file::is_sha256_hex(name.substr(kind.size()));
  if (name == kObjects) return true;
  const std::string_view prefix = name.starts_with(kRemoved) ? kRemoved : kBuilding;
  if (!name.starts_with(prefix)) return file::is_sha256_hex(name);
  name.remove_prefix(prefix.size());
  return !name.empty() && name.find_first_not_of("0123456789") == std::string_view::npos;
}

Result<CachePlace> open_cache_place() {
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
  return CachePlace{std::move(*images), base + "/images"};
}

}  // namespace immure::plan
