#include "cli/batch/kept_file.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <span>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/file.hpp"
#include "sys/libc.hpp"

namespace immure::cli {

Result<std::optional<std::string>> kept_file(const sys::Fd& directory, const std::string& name,
                                             const std::string& shown) {
  constexpr std::size_t kLargest = 256U << 20;
  const auto opened = sys::open_at(directory.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  if (!opened && opened.error().value == ENOENT) return std::nullopt;
  if (!opened) return fail(Code::kBadInput, shown, "cannot be opened", {}, opened.error().value);
  struct stat status{};
  if (const int failure = sys::error_of(::fstat, opened->get(), &status); failure != 0)
    return fail(Code::kBadInput, shown, "its status cannot be read", {}, failure);
  if (!S_ISREG(status.st_mode)) return fail(Code::kBadInput, shown, "is not a regular file");
  std::string bytes;
  std::array<char, 64U << 10> piece;
  while (true) {
    const auto count = sys::read_some(opened->get(), std::as_writable_bytes(std::span(piece)));
    if (!count) return fail(Code::kBadInput, shown, "cannot be read", {}, count.error().value);
    if (*count == 0) return bytes;
    bytes.append(piece.data(), *count);
    if (bytes.size() > kLargest) return fail(Code::kBadInput, shown, "is larger than 256 MiB");
  }
}

Result<sys::Fd> kept_directory(const sys::Fd& directory, const std::string& name, const std::string& shown) {
  constexpr mode_t kByUmask = 0777;
  const int made = sys::error_of(::mkdirat, directory.get(), name.c_str(), kByUmask);
  if (made != 0 && made != EEXIST) return fail(Code::kSystem, shown, "cannot be made", {}, made);
  auto opened = sys::open_at(directory.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (!opened) return fail(Code::kSystem, shown, "cannot be opened", {}, opened.error().value);
  return std::move(*opened);
}

Result<bool> move_to(const sys::Fd& from, const std::string& name, const sys::Fd& to, const std::string& shown) {
  int failure = sys::error_of(::renameat2, from.get(), name.c_str(), to.get(), name.c_str(), RENAME_NOREPLACE);
  // Some network file systems do not know this flag (EINVAL). A directory replaces only an empty directory there.
  if (failure == EINVAL) {
    struct stat status{};
    failure = sys::error_of(::fstatat, to.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW);
    failure = failure == 0        ? EEXIST
              : failure == ENOENT ? sys::error_of(::renameat, from.get(), name.c_str(), to.get(), name.c_str())
                                  : failure;
  }
  if (failure == 0) return true;
  if (failure == ENOENT) return false;
  if (failure == EEXIST)
    return fail(Code::kBadInput, shown, "is there already, and immure replaces nothing there",
                "Move it away, and go on with --resume.");
  return fail(Code::kSystem, shown, "cannot be put in place", {}, failure);
}

}  // namespace immure::cli
