#include "file/io.hpp"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstdlib>

#include "sys/file.hpp"
#include "sys/libc.hpp"
#include "text/hex.hpp"

namespace immure::file {
namespace {

std::unexpected<Error> not_regular(const std::string& path, mode_t mode) {
  const bool link = S_ISLNK(mode);
  return fail(Code::kBadInput, path, link ? "is a link" : "not a regular file",
              link            ? "Name the file to which the link leads."
              : S_ISDIR(mode) ? "Name a file, not a directory."
                              : "Name a file.");
}

constexpr std::string_view kNameAnother = "Name a file that does not exist yet.";

std::string hidden_name() {
  std::uint64_t number = 0;
  if (::getrandom(&number, sizeof number, 0) != sizeof number) number = static_cast<std::uint64_t>(::getpid());
  return ".immure-" + text::hex_number(number) + ".tmp";
}

/// Gives a nameless file a name. AT_EMPTY_PATH needs CAP_DAC_READ_SEARCH before Linux 6.10; without this capability the
/// function uses the descriptor's name in /proc.
int link_as(const sys::Fd& fd, const sys::Fd& directory, const std::string& name) {
  const int failure = sys::error_of(::linkat, fd.get(), "", directory.get(), name.c_str(), AT_EMPTY_PATH);
  if (failure == 0 || failure == EEXIST) return failure;
  const std::string link = "/proc/self/fd/" + std::to_string(fd.get());
  return sys::error_of(::linkat, AT_FDCWD, link.c_str(), directory.get(), name.c_str(), AT_SYMLINK_FOLLOW);
}

Result<NewFile> write_file(const Place& place, std::string_view bytes, unsigned mode, bool replace) {
  if (const auto old = status_of(place)) {
    if (!replace) return fail(Code::kBadInput, place.shown, "exists already", kNameAnother);
    if (!S_ISREG(old->st_mode)) return not_regular(place.shown, old->st_mode);
  }
  TRY(NewFile file, NewFile::create_in(place.directory, place.name, place.shown));
  if (auto written = sys::write_all(file.descriptor().get(), bytes); !written)
    return fail(Code::kSystem, place.shown, "cannot be written", {}, written.error().value);
  // Syncing the file is enough for "whole or not at all": after a crash the name leads to the old file or to the new
  // one.
  CHECK_OK(file.publish(mode, replace, true));
  return file;
}

}  // namespace

std::unexpected<Error> unusable(const std::string& path, std::string_view what, int number) {
  const bool ran_out = number == EMFILE || number == ENFILE || number == ENOMEM || number == EINTR ||
                       number == ENOSPC || number == EDQUOT;
  return fail(ran_out ? Code::kSystem : Code::kBadInput, path, what, sys::lease_hint(number), number);
}

Result<sys::Fd> open_regular(const std::string& path) {
  // Check the file before opening it, because opening a device can have effects. Check again afterwards, because
  // somebody may have replaced the file.
  struct stat before{};
  const int unseen = sys::error_of(::lstat, path.c_str(), &before);
  if (unseen == ENOENT || unseen == ENOTDIR) return fail(Code::kBadInput, path, "not found", "Check the path.");
  if (unseen != 0) return unusable(path, "its status cannot be read", unseen);
  if (!S_ISREG(before.st_mode)) return not_regular(path, before.st_mode);
  auto fd = sys::open_at(AT_FDCWD, path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  if (!fd) return unusable(path, "cannot be opened", fd.error().value);
  struct stat opened{};
  if (const int failure = sys::error_of(::fstat, fd->get(), &opened); failure != 0)
    return fail(Code::kSystem, path, "its status cannot be read", {}, failure);
  if (!S_ISREG(opened.st_mode)) return not_regular(path, opened.st_mode);
  if (opened.st_dev != before.st_dev || opened.st_ino != before.st_ino)
    return fail(Code::kBadInput, path, "was replaced while it was being opened", "Try again.");
  return std::move(*fd);
}

Result<std::string> read_whole(const std::string& path, std::uint64_t limit) {
  TRY(const sys::Fd fd, open_regular(path));
  const auto too_large = [&] { return fail(Code::kBadInput, path, "larger than " + std::to_string(limit) + " bytes"); };
  struct stat status{};
  if (const int failure = sys::error_of(::fstat, fd.get(), &status); failure != 0)
    return fail(Code::kSystem, path, "its status cannot be read", {}, failure);
  if (static_cast<std::uint64_t>(status.st_size) > limit) return too_large();
  std::string bytes(static_cast<std::size_t>(status.st_size), '\0');
  std::size_t filled = 0;
  // Files of /proc report size 0, and a file may grow while it is read. So read to the end, and enforce the limit.
  for (;;) {
    if (filled == bytes.size()) bytes.resize(filled + 512);
    auto count = sys::read_some(fd.get(), std::as_writable_bytes(std::span(bytes).subspan(filled)));
    if (!count) return unusable(path, "cannot be read", count.error().value);
    if (*count == 0) break;
    filled += *count;
    if (filled > limit) return too_large();
  }
  bytes.resize(filled);
  return bytes;
}

Result<void> write_whole(const Place& place, std::string_view bytes, unsigned mode) {
  TRY(const NewFile file, write_file(place, bytes, mode, true));
  return {};
}

Result<void> create_whole(const Place& place, std::string_view bytes, unsigned mode) {
  TRY(const NewFile file, create_held(place, bytes, mode));
  return {};
}

Result<void> write_whole(const std::string& path, std::string_view bytes, unsigned mode) {
  TRY(const Place place, place_of(path));
  return write_whole(place, bytes, mode);
}

Result<void> create_whole(const std::string& path, std::string_view bytes, unsigned mode) {
  TRY(const Place place, place_of(path));
  return create_whole(place, bytes, mode);
}

Result<NewFile> create_held(const Place& place, std::string_view bytes, unsigned mode) {
  return write_file(place, bytes, mode, false);
}

NewFile::NewFile(sys::Fd directory, std::string name, std::string where)
    : directory_(std::move(directory)), name_(std::move(name)), where_(std::move(where)) {}

NewFile::NewFile(NewFile&& other) noexcept
    : directory_(std::move(other.directory_)),
      fd_(std::move(other.fd_)),
      name_(std::move(other.name_)),
      where_(std::move(other.where_)),
      hidden_(std::exchange(other.hidden_, {})) {}

NewFile::~NewFile() {
  if (!hidden_.empty()) ::unlinkat(directory_.get(), hidden_.c_str(), 0);
}

Result<NewFile> NewFile::create_in(const sys::Fd& directory, const std::string& name, std::string where) {
  auto held = sys::open_at(directory.get(), ".", O_PATH | O_DIRECTORY);
  if (!held) return fail(Code::kSystem, where, "cannot open its directory", {}, held.error().value);
  NewFile file(std::move(*held), name, std::move(where));
  auto fd = sys::open_at(file.directory_.get(), ".", O_TMPFILE | O_WRONLY, 0600);
  if (!fd) {
    std::string hidden = hidden_name();
    fd = sys::open_at(file.directory_.get(), hidden.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW, 0600);
    if (!fd) return fail(Code::kSystem, file.where_, "cannot create a file in its directory", {}, fd.error().value);
    file.hidden_ = std::move(hidden);
  }
  file.fd_ = std::move(*fd);
  return file;
}

unsigned NewFile::narrowed(unsigned mode) const {
  struct stat old{};
  const bool there = ::fstatat(directory_.get(), name_.c_str(), &old, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(old.st_mode);
  return there ? mode & (old.st_mode | S_IRWXU) : mode;
}

Result<void> NewFile::publish(unsigned mode, bool replace, bool durable) {
  if (replace) mode = narrowed(mode);
  int number = sys::error_of(::fchmod, fd_.get(), static_cast<mode_t>(mode));
  if (number == 0 && durable) number = sys::error_of(::fsync, fd_.get());
  if (number != 0) return fail(Code::kSystem, where_, "cannot be written", {}, number);
  number = put_in_place(replace);
  if (number == EEXIST) return fail(Code::kBadInput, where_, "exists already", kNameAnother);
  if (number != 0) return fail(Code::kSystem, where_, "cannot be put in place", {}, number);
  return {};
}

void NewFile::take_back() const {
  struct stat mine{}, there{};
  if (::fstat(fd_.get(), &mine) != 0) return;
  if (::fstatat(directory_.get(), name_.c_str(), &there, AT_SYMLINK_NOFOLLOW) != 0) return;
  if (mine.st_dev == there.st_dev && mine.st_ino == there.st_ino) ::unlinkat(directory_.get(), name_.c_str(), 0);
}

// renameat replaces an existing file in one step; linkat never replaces one.
int NewFile::put_in_place(bool replace) {
  if (hidden_.empty()) {
    const int linked = link_as(fd_, directory_, name_);
    if (linked != EEXIST || !replace) return linked;
    std::string hidden = hidden_name();
    if (const int number = link_as(fd_, directory_, hidden); number != 0) return number;
    hidden_ = std::move(hidden);
  }
  // linkat leaves the hidden name; the destructor removes it.
  if (!replace) return sys::error_of(::linkat, directory_.get(), hidden_.c_str(), directory_.get(), name_.c_str(), 0);
  if (const int failure = sys::error_of(::renameat, directory_.get(), hidden_.c_str(), directory_.get(), name_.c_str());
      failure != 0)
    return failure;
  hidden_.clear();
  return 0;
}

}  // namespace immure::file
