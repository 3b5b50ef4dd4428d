/// The directories that the operator opens to the calls of `immure mcp`, and the paths of calls below them.
#pragma once

#include <string>
#include <vector>

#include "file/place.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::cli::mcp {

/// A file or directory that a call may use. The call's process inherits the descriptor, and gets `argument` as the
/// path: the path goes through the descriptor, so no later change of names leads the process elsewhere.
struct Grant {
  sys::Fd fd;            ///< O_PATH: the directory itself, or the directory in which the file is
  std::string argument;  ///< `/proc/self/fd/7/.` or `/proc/self/fd/7/NAME`
  std::string path;      ///< what people call it
};

class Roots {
 public:
  /// Opens a directory of the operator. Error kBadInput.
  [[nodiscard]] Result<void> add(const std::string& directory, bool writable);
  [[nodiscard]] bool empty() const { return roots_.empty(); }

  /// A name in a directory below a root, for a file or for something that a call makes. With `to_write` the root must
  /// be writable. Errors, kUsage: the path lies below no root, has `..`, is a root itself, or its directory cannot be
  /// opened without following a link.
  [[nodiscard]] Result<Grant> entry(const std::string& path, bool to_write) const;
  /// A directory below a root, or a root itself. Errors as for entry().
  [[nodiscard]] Result<Grant> directory(const std::string& path) const;
  /// directory() if the path names a directory, and else entry().
  [[nodiscard]] Result<Grant> input(const std::string& path) const;

  /// Error kUsage if the file lies in one of the roots: a call could give the file to a program.
  [[nodiscard]] Result<void> check_outside(const std::string& file, std::string_view option) const;

  /// The roots in words: `/home/me/work (read and write), /srv/data (read)`.
  [[nodiscard]] std::string text() const;

 private:
  struct Root {
    file::HeldDirectory held;
    std::string given;  ///< as the operator wrote the path, if absolute
    bool writable = false;
  };
  struct Below {
    const Root* root = nullptr;
    std::string rest;  ///< relative; empty for the root itself
  };
  [[nodiscard]] Result<Below> below(const std::string& path) const;
  [[nodiscard]] static Result<sys::Fd> open(const Below& place, const std::string& directory, const std::string& path);

  std::vector<Root> roots_;
};

/// Replaces the arguments of the grants in a text by the paths that people know.
[[nodiscard]] std::string with_paths(std::string text, const std::vector<Grant>& grants);

}  // namespace immure::cli::mcp
