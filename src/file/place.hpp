/// Paths that an operator names, each walked once. Everything after the walk goes through the descriptors that it
/// gives, so renaming or replacing a component of the path afterwards changes nothing.
#pragma once

#include <string>

#include <sys/stat.h>

#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::file {

/// A name in a directory that is held open. The name itself may exist or not.
struct Place {
  sys::Fd directory;   ///< O_PATH
  std::string name;    ///< one component, neither empty nor `.` nor `..`
  std::string parent;  ///< the directory's absolute path, links resolved, as it was during the walk
  std::string shown;   ///< what the operator wrote, for messages

  /// The absolute path of the name, for messages and records. Never opened again.
  [[nodiscard]] std::string path() const { return (parent == "/" ? "" : parent) + "/" + name; }
};

/// A directory that is held open.
struct HeldDirectory {
  sys::Fd fd;        ///< O_PATH
  std::string path;  ///< absolute, links resolved, as it was during the walk
};

/// Opens the directory that holds the last component of `path`. A symbolic link on the way is followed only if it
/// belongs to root or to the caller: anybody else could lead a caller with more rights to any directory (symlink
/// protection, proc_sys_fs(5), has the same rule). Errors, kBadInput: `does not name a file`, a directory on the way
/// cannot be opened, a link of another user.
[[nodiscard]] Result<Place> place_of(const std::string& path);

/// `name` in a directory that is already held, whose path is `parent`. `shown` is for messages.
[[nodiscard]] Result<Place> place_in(const sys::Fd& directory, const std::string& parent, const std::string& name,
                                     const std::string& shown);

/// Opens the directory `path` in the same way, its last component included.
[[nodiscard]] Result<HeldDirectory> hold_directory(const std::string& path);

/// What lies at the place, a link not followed. Error ENOENT: nothing.
[[nodiscard]] SysResult<struct stat> status_of(const Place& place);

/// Makes the directory `name` in the directory `parent` and opens it for reading. Checks that what was opened is what
/// was made: a directory of the caller, and empty. `mode` is narrowed by the umask. Errors: `code` if it cannot be
/// made, kSystem if it was replaced before it could be opened.
[[nodiscard]] Result<sys::Fd> make_directory(const sys::Fd& parent, const std::string& name, unsigned mode,
                                             const std::string& shown, Code code);

}  // namespace immure::file
