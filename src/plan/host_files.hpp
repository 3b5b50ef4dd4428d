/// Files of the host, or of an operator's root directory as if it were `/`.
#pragma once

#include <sys/stat.h>
#include <string>
#include <vector>

#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::plan {

/// A regular file, opened for reading.
struct HostFile {
  sys::Fd fd;
  struct stat status{};
};

class HostRoot {
 public:
  /// `directory`: `/` for the host.
  [[nodiscard]] static Result<HostRoot> open(const std::string& directory);

  /// Links are followed, and lead nowhere above the root. Errors: kBadInput (not found, not a regular file, not
  /// readable).
  [[nodiscard]] Result<HostFile> file(const std::string& path) const;
  /// True if there is a directory of that name.
  [[nodiscard]] bool has_directory(const std::string& path) const;
  /// Names in a directory, sorted; none if it cannot be listed.
  [[nodiscard]] std::vector<std::string> list(const std::string& path) const;
  /// The path of an open file below the root, links resolved. Needs /proc.
  [[nodiscard]] Result<std::string> path_of(const sys::Fd& fd) const;

 private:
  HostRoot(sys::Fd root, std::string prefix) : root_(std::move(root)), prefix_(std::move(prefix)) {}
  [[nodiscard]] SysResult<sys::Fd> open_path(const std::string& path, int flags) const;

  sys::Fd root_;
  std::string prefix_;  ///< real path of the root without a trailing slash; empty: the host
};

}  // namespace immure::plan
