#include "plan/image/host_files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

#include "file/place.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"
#include "sys/syscall.hpp"

namespace immure::plan {
namespace {

Result<std::string> real_path(int fd) {
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  auto path = sys::link_target(AT_FDCWD, link.c_str());
  if (!path || !path->starts_with('/'))
    return fail(Code::kSystem, link, "cannot be read", "Is /proc mounted?", sys::error_of(path));
  return *std::move(path);
}

}  // namespace

Result<HostRoot> HostRoot::open(const std::string& directory) {
  auto root = sys::open_at(AT_FDCWD, directory.c_str(), O_PATH | O_DIRECTORY);
  if (!root) return fail(Code::kBadInput, directory, "is not a directory that can be entered", {}, root.error().value);
  return beneath(*root);
}

Result<HostRoot> HostRoot::beneath(const sys::Fd& directory) {
  auto root = sys::open_at(directory.get(), ".", O_PATH | O_DIRECTORY);
  if (!root) return fail(Code::kBadInput, "root directory", "cannot be entered", {}, root.error().value);
  TRY(std::string prefix, real_path(root->get()));
  if (prefix.size() == 1) prefix.clear();
  return HostRoot(std::move(*root), std::move(prefix));
}

SysResult<sys::Fd> HostRoot::open_path(const std::string& path, int flags) const {
  // An absolute link or `..` stays below the root, as it will in the cell.
  return sys::open_in_root(root_.get(), path.c_str(), flags);
}

Result<HostFile> HostRoot::find(const std::string& path) const {
  // Look at the file with O_PATH first, because opening a device for reading can have side effects.
  auto found = open_path(path, O_PATH);
  if (!found) {
    const int number = found.error().value;
    if (number == ENOENT || number == ENOTDIR) return fail(Code::kBadInput, path, "not found");
    return fail(Code::kBadInput, path, "its status cannot be read", {}, number);
  }
  HostFile file{.fd = std::move(*found), .path = {}};
  if (const int failure = sys::error_of(::fstat, file.fd.get(), &file.status); failure != 0)
    return fail(Code::kSystem, path, "its status cannot be read", {}, failure);
  TRY(file.path, path_of(file.fd));
  return file;
}

Result<HostFile> HostRoot::found(sys::Fd fd) {
  HostFile file{.fd = std::move(fd), .path = {}};
  TRY(file.path, real_path(file.fd.get()));
  if (const int failure = sys::error_of(::fstat, file.fd.get(), &file.status); failure != 0)
    return fail(Code::kSystem, file.path, "its status cannot be read", {}, failure);
  return file;
}

Result<HostFile> HostRoot::named(const std::string& path) {
  auto held = file::hold_named(path);
  if (held) {
    TRY(HostFile file, found(std::move(held->fd)));
    // Keep the path of the walk. If somebody renames the file now, the new name must not become its name in the image.
    if (held->path.starts_with('/')) file.path = std::move(held->path);
    file.directory = std::move(held->directory);
    return file;
  }
  const int number = held.error().errno_value;
  if (number == ENOENT || number == ENOTDIR) return fail(Code::kBadInput, path, "not found");
  return std::unexpected(held.error());
}

Result<HostFile> HostRoot::open(const HostFile& found) {
  if (!S_ISREG(found.status.st_mode))
    return fail(Code::kBadInput, found.path, "not a regular file",
                S_ISDIR(found.status.st_mode) ? "Name a file, not a directory." : "Name a file.");
  // /proc/self/fd opens the file of the descriptor itself, even if the path leads elsewhere by now.
  const std::string link = "/proc/self/fd/" + std::to_string(found.fd.get());
  auto opened = sys::open_at(AT_FDCWD, link.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!opened) return fail(Code::kBadInput, found.path, "cannot be read", {}, opened.error().value);
  HostFile file{.fd = std::move(*opened), .path = found.path};
  if (const int failure = sys::error_of(::fstat, file.fd.get(), &file.status); failure != 0)
    return fail(Code::kSystem, found.path, "its status cannot be read", {}, failure);
  return file;
}

Result<HostFile> HostRoot::file(const std::string& path) const {
  TRY(const HostFile found, find(path));
  return open(found);
}

std::vector<std::string> HostRoot::list(const std::string& path) const {
  std::vector<std::string> names;
  auto fd = open_path(path, O_RDONLY | O_DIRECTORY);
  if (!fd) return names;
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::fdopendir(fd->get()), ::closedir);
  if (!directory) return names;
  static_cast<void>(fd->release());
  while (const dirent* item = ::readdir(directory.get())) names.emplace_back(item->d_name);
  std::ranges::sort(names);
  return names;
}

Result<std::string> HostRoot::path_of(const sys::Fd& fd) const {
  TRY(std::string path, real_path(fd.get()));
  if (prefix_.empty()) return path;
  if (!path.starts_with(prefix_ + "/")) return fail(Code::kInternal, path, "is not below " + prefix_);
  return path.substr(prefix_.size());
}

}  // namespace immure::plan
