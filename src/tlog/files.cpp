#include "tlog/files.hpp"

#include <array>
#include <span>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file/io.hpp"
#include "file/tree.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"

namespace immure::tlog {
namespace {

constexpr const char* kLock = ".lock";
constexpr std::uint64_t kInElement = 1000;  // three digits in each component of a path

std::string three_digits(std::uint64_t value) {
  std::string digits = std::to_string(value);
  return std::string(3 - digits.size(), '0') + digits;
}

Result<sys::Fd> opened(const std::string& path) {
  TRY(const file::HeldDirectory held, file::hold_directory(path));
  auto fd = sys::open_at(held.fd.get(), ".", O_RDONLY | O_DIRECTORY);
  if (!fd) return file::unusable(path, "cannot be opened", fd.error().value);
  return std::move(*fd);
}

}  // namespace

std::string tile_path(std::string_view level, std::uint64_t n, std::uint64_t width) {
  std::string digits = three_digits(n % kInElement);
  for (std::uint64_t rest = n / kInElement; rest > 0; rest /= kInElement)
    digits = "x" + three_digits(rest % kInElement) + "/" + digits;
  const std::string path = "tile/" + std::string(level) + "/" + digits;
  return width == kTileWidth ? path : path + ".p/" + std::to_string(width);
}

Result<Files> Files::open(const std::string& path) {
  TRY(sys::Fd directory, opened(path));
  return Files(std::move(directory), path);
}

Result<Files> Files::open_or_make(const std::string& path) {
  TRY(const file::Place place, file::place_of(path));
  const int failure = sys::error_of(::mkdirat, place.directory.get(), place.name.c_str(), mode_t{0755});
  if (failure != 0 && failure != EEXIST) return file::unusable(path, "cannot be made", failure);
  return open(path);
}

Result<void> Files::lock() {
  // Only the owner may open the lock file, because a process that can open the file could hold the lock for ever.
  auto fd = sys::open_at(directory_.get(), kLock, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0600);
  if (!fd) return file::unusable(path_ + "/" + kLock, "cannot be opened", fd.error().value);
  if (const auto locked = sys::call_until_done(::flock, fd->get(), LOCK_EX); !locked)
    return file::unusable(path_ + "/" + kLock, "cannot be locked", locked.error().value);
  lock_ = std::move(*fd);
  return {};
}

Result<std::optional<std::string>> Files::read(const std::string& path, std::uint64_t limit) const {
  const std::string shown = path_ + "/" + path;
  const auto fd = sys::open_beneath(directory_.get(), path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!fd && fd.error().value == ENOENT) return std::nullopt;
  if (!fd) return file::unusable(shown, "cannot be opened", fd.error().value);
  struct stat status{};
  if (const int failure = sys::error_of(::fstat, fd->get(), &status); failure != 0)
    return file::unusable(shown, "its status cannot be read", failure);
  if (!S_ISREG(status.st_mode)) return fail(Code::kBadInput, shown, "is not a regular file");
  std::string bytes(limit + 1, '\0');
  std::size_t size = 0;
  while (size < bytes.size()) {
    const auto got = sys::read_at(fd->get(), std::as_writable_bytes(std::span(bytes)).subspan(size), size);
    if (!got) return file::unusable(shown, "cannot be read", got.error().value);
    if (*got == 0) break;
    size += *got;
  }
  if (size > limit) return fail(Code::kBadInput, shown, "is larger than " + std::to_string(limit) + " bytes");
  bytes.resize(size);
  return bytes;
}

Result<sys::Fd> Files::made_parent(const std::string& path) const {
  auto at = sys::open_at(directory_.get(), ".", O_RDONLY | O_DIRECTORY);
  for (std::size_t begin = 0, end = path.find('/'); at && end != std::string::npos;
       begin = end + 1, end = path.find('/', begin)) {
    const std::string name = path.substr(begin, end - begin);
    const int failure = sys::error_of(::mkdirat, at->get(), name.c_str(), mode_t{0755});
    if (failure != 0 && failure != EEXIST) return file::unusable(path_ + "/" + path, "cannot be made", failure);
    at = sys::open_beneath(at->get(), name.c_str(), O_RDONLY | O_DIRECTORY);
  }
  if (!at) return file::unusable(path_ + "/" + path, "cannot be made", at.error().value);
  return std::move(*at);
}

Result<void> Files::write(const std::string& path, std::string_view bytes) const {
  TRY(const sys::Fd parent, made_parent(path));
  const std::string shown = path_ + "/" + path;
  TRY(const file::Place place,
      file::place_in(parent, shown.substr(0, shown.rfind('/')), path.substr(path.rfind('/') + 1), shown));
  return file::write_whole(place, bytes, 0644);
}

void Files::remove_narrower(const std::string& path) const {
  const std::string name = path + ".p";
  const auto directory = sys::open_beneath(directory_.get(), name.c_str(), O_RDONLY | O_DIRECTORY);
  if (!directory) return;
  for (std::uint64_t width = 1; width < kTileWidth; ++width)
    static_cast<void>(::unlinkat(directory->get(), std::to_string(width).c_str(), 0));
  static_cast<void>(::unlinkat(directory_.get(), name.c_str(), AT_REMOVEDIR));
}

Result<void> Files::sync() const {
  if (const int failure = sys::error_of(::syncfs, directory_.get()); failure != 0)
    return fail(Code::kSystem, path_, "cannot be written to the disk", {}, failure);
  return {};
}

Result<bool> Files::empty() const {
  const auto names = file::names_in(directory_.get());
  if (!names) return file::unusable(path_, "cannot be listed", names.error().value);
  for (const std::string& name : *names)
    if (name != kLock) return false;
  return true;
}

}  // namespace immure::tlog
