#include "plan/host_files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

#include "sys/file.hpp"
#include "sys/syscall.hpp"

namespace immure::plan {
namespace {

Result<std::string> real_path(int fd) {
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  std::array<char, 4097> path;
  const ssize_t length = ::readlink(link.c_str(), path.data(), path.size());
  if (length <= 0 || path[0] != '/') return fail(Code::kSystem, link, "cannot be read", "Is /proc mounted?", errno);
  return std::string(path.data(), static_cast<std::size_t>(length));
}

}  // namespace

Result<HostRoot> HostRoot::open(const std::string& directory) {
  auto root = sys::open_at(AT_FDCWD, directory.c_str(), O_PATH | O_DIRECTORY);
  if (!root) return fail(Code::kBadInput, directory, "is not a directory that can be entered", {}, root.error().value);
  auto prefix = real_path(root->get());
  if (!prefix) return std::unexpected(prefix.error());
  if (prefix->size() == 1) prefix->clear();
  return HostRoot(std::move(*root), std::move(*prefix));
}

SysResult<sys::Fd> HostRoot::open_path(const std::string& path, int flags) const {
  // struct open_how and RESOLVE_IN_ROOT (openat2(2)): an absolute link or `..` stays below the root, as it will in the
  // cell.
  const struct {
    std::uint64_t flags, mode, resolve;
  } how = {static_cast<std::uint64_t>(flags | O_CLOEXEC), 0, 0x10};
  sys::Raw fd = 0;
  do {
    fd = sys::raw(__NR_openat2, root_.get(), path.c_str(), &how, sizeof how);
  } while (fd == -EAGAIN || fd == -EINTR);
  TRY(const long opened, sys::checked(fd));
  return sys::Fd(static_cast<int>(opened));
}

Result<HostFile> HostRoot::file(const std::string& path) const {
  // Looked at before it is opened: opening a device can do things.
  auto found = open_path(path, O_PATH);
  if (!found) {
    const int number = found.error().value;
    if (number == ENOENT || number == ENOTDIR) return fail(Code::kBadInput, path, "not found");
    return fail(Code::kBadInput, path, "cannot be looked at", {}, number);
  }
  HostFile file;
  if (::fstat(found->get(), &file.status) != 0) return fail(Code::kSystem, path, "cannot be looked at", {}, errno);
  if (!S_ISREG(file.status.st_mode)) return fail(Code::kBadInput, path, "not a regular file");
  auto opened = open_path(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!opened) return fail(Code::kBadInput, path, "cannot be read", {}, opened.error().value);
  file.fd = std::move(*opened);
  if (::fstat(file.fd.get(), &file.status) != 0) return fail(Code::kSystem, path, "cannot be looked at", {}, errno);
  if (!S_ISREG(file.status.st_mode)) return fail(Code::kBadInput, path, "not a regular file");
  return file;
}

bool HostRoot::has_directory(const std::string& path) const {
  return open_path(path, O_PATH | O_DIRECTORY).has_value();
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
