/// Files of the host, or of an operator's root directory as if it were `/`.
#pragma once

#include <sys/stat.h>
#include <string>
#include <vector>

#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::plan {

/// A file or directory that was found, and what it was when it was opened.
struct HostFile {
  sys::Fd fd;  ///< of find(): by O_PATH; of file() and open(): for reading
  struct stat status{};
  std::string path;  ///< below the root, links resolved
};

class HostRoot {
 public:
  /// `directory`: `/` for the host.
  [[nodiscard]] static Result<HostRoot> open(const std::string& directory);
  /// For a root directory that is open already.
  [[nodiscard]] static Result<HostRoot> beneath(const sys::Fd& directory);

  /// Finds a file or directory, and does not open it for reading yet. Follows links, which cannot lead above the root.
  /// Errors: kBadInput (not found). Needs /proc.
  [[nodiscard]] Result<HostFile> find(const std::string& path) const;
  /// What the operator names on the host, by an absolute path or one of the working directory. Walked once: a link is
  /// followed only if it belongs to root or to the caller (file/place.hpp). Errors: kBadInput (not found).
  [[nodiscard]] static Result<HostFile> named(const std::string& path);
  /// What a descriptor of the host is.
  [[nodiscard]] static Result<HostFile> found(sys::Fd fd);
  /// Opens the very file that find() found for reading. Errors: kBadInput (not a regular file, not readable).
  [[nodiscard]] static Result<HostFile> open(const HostFile& found);
  /// find() and file() in one step.
  [[nodiscard]] Result<HostFile> file(const std::string& path) const;
  /// Names in a directory, sorted; none if it cannot be listed.
  [[nodiscard]] std::vector<std::string> list(const std::string& path) const;

 private:
  HostRoot(sys::Fd root, std::string prefix) : root_(std::move(root)), prefix_(std::move(prefix)) {}
  [[nodiscard]] SysResult<sys::Fd> open_path(const std::string& path, int flags) const;
  [[nodiscard]] Result<std::string> path_of(const sys::Fd& fd) const;

  sys::Fd root_;
  std::string prefix_;  ///< real path of the root without a trailing slash; empty: the host
};

}  // namespace immure::plan
