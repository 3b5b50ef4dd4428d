/// Files of the host, or files of an operator's root directory that is used as if it were `/`.
#pragma once

#include <sys/stat.h>
#include <string>
#include <vector>

#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::plan {

/// A file or directory that immure has found, with its status at that moment.
struct HostFile {
  /// From find() and named(): opened with O_PATH. From file() and open(): opened for reading.
  sys::Fd fd;
  struct stat status{};
  std::string path;  ///< path below the root, with links resolved
  /// From named(), for anything but a directory: the directory in which the file was found. Opened with O_PATH.
  sys::Fd directory = {};
};

class HostRoot {
 public:
  /// Opens a root directory. `directory` is `/` for the host. Error kBadInput.
  [[nodiscard]] static Result<HostRoot> open(const std::string& directory);
  /// Uses a root directory that is open already. Error kBadInput.
  [[nodiscard]] static Result<HostRoot> beneath(const sys::Fd& directory);

  /// Finds a file or directory without opening it for reading. Follows links, which cannot lead above the root. Needs
  /// /proc. Error kBadInput, for example if nothing has this name.
  [[nodiscard]] Result<HostFile> find(const std::string& path) const;
  /// Finds what the operator names on the host. `path` is absolute or relative to the working directory. The walk
  /// follows a link only if the link belongs to root or to the caller (file/place.hpp). Error kBadInput.
  [[nodiscard]] static Result<HostFile> named(const std::string& path);
  /// Describes the file of a descriptor: its path on the host and its status.
  [[nodiscard]] static Result<HostFile> found(sys::Fd fd);
  /// Opens the file that find() found for reading, even if the path leads to another file now. Error kBadInput: the
  /// file is not a regular file, or cannot be read.
  [[nodiscard]] static Result<HostFile> open(const HostFile& found);
  /// Calls find() and then open().
  [[nodiscard]] Result<HostFile> file(const std::string& path) const;
  /// The names in a directory, sorted; empty if the directory cannot be listed.
  [[nodiscard]] std::vector<std::string> list(const std::string& path) const;

 private:
  HostRoot(sys::Fd root, std::string prefix) : root_(std::move(root)), prefix_(std::move(prefix)) {}
  [[nodiscard]] SysResult<sys::Fd> open_path(const std::string& path, int flags) const;
  [[nodiscard]] Result<std::string> path_of(const sys::Fd& fd) const;

  sys::Fd root_;
  std::string prefix_;  ///< real path of the root, without a slash at the end; empty for the host
};

}  // namespace immure::plan
