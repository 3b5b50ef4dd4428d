/// Paths that an operator names. Each path is walked once. Everything after the walk uses the descriptors that the walk
/// returned, so nobody can change the result by renaming or replacing a component of the path.
#pragma once

#include <memory>
#include <string>

#include <sys/stat.h>

#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::file {

/// A name in an open directory. A file of this name may or may not exist.
struct Place {
  sys::Fd directory;   ///< O_PATH
  std::string name;    ///< one component, neither empty nor `.` nor `..`
  std::string parent;  ///< the directory's absolute path, links resolved, as it was during the walk
  std::string shown;   ///< what the operator wrote, for messages
  /// O_PATH: the file that had the name when hold() was called. open_named() opens exactly this file, and status_of()
  /// tells of it, without a second look at the name.
  std::shared_ptr<const sys::Fd> found = {};

  /// The absolute path of the name, for messages and records. No code opens this path again.
  [[nodiscard]] std::string path() const { return (parent == "/" ? "" : parent) + "/" + name; }
};

/// An open directory.
struct HeldDirectory {
  sys::Fd fd;        ///< O_PATH
  std::string path;  ///< absolute, links resolved, as it was during the walk
};

/// An open descriptor for anything that a path can name.
struct HeldFile {
  sys::Fd fd;        ///< O_PATH
  std::string path;  ///< absolute, links resolved, as it was during the walk
  sys::Fd
      directory;  ///< O_PATH: the directory of the file, in which the walk ended; empty if the path names a directory
};

/// Opens the directory that holds the last component of `path`. The walk follows a symbolic link only if the link
/// belongs to root or to the caller, because another user could lead a caller with more rights to any directory. The
/// kernel's symlink protection has the same rule (proc_sys_fs(5)). Errors, kBadInput: `does not name a file`, a
/// directory on the way cannot be opened, a link belongs to another user.
[[nodiscard]] Result<Place> place_of(const std::string& path);

/// Looks at the name and holds the regular file that has the name. Changes nothing if there is no such file. Error
/// kBadInput: the name or its status cannot be read.
[[nodiscard]] Result<void> hold(Place& place);

/// The place of `name` in an open directory whose path is `parent`. `shown` is the text for messages.
[[nodiscard]] Result<Place> place_in(const sys::Fd& directory, const std::string& parent, const std::string& name,
                                     const std::string& shown);

/// Opens the directory `path`. The last component is walked under the same rule as all others.
[[nodiscard]] Result<HeldDirectory> hold_directory(const std::string& path);

/// Opens anything that `path` names, under the same rule for every component: a file, a directory or anything else.
[[nodiscard]] Result<HeldFile> hold_named(const std::string& path);

/// True if the directory `inner` is `outer` or lies below it. The function goes up from `inner` by `..` and compares
/// devices and inodes, so it looks up no path again, and counts a bind mount as the directory that the mount shows.
/// Both descriptors may be O_PATH. Errors: those of openat(2) and fstat(2); ELOOP if the way up has no end because
/// somebody moves the directories meanwhile.
[[nodiscard]] SysResult<bool> lies_in(const sys::Fd& inner, const sys::Fd& outer);

/// True if both places are the same name in the same directory.
[[nodiscard]] SysResult<bool> is_same_place(const Place& one, const Place& other);

/// The status of the file at the place. Does not follow a link. Error: ENOENT if there is no such file.
[[nodiscard]] SysResult<struct stat> status_of(const Place& place);

/// Makes the directory `name` in the directory `parent` and opens it for reading. Checks that the opened directory is
/// the new one: it belongs to the caller and is empty. The umask narrows `mode`. Errors: `code` if the directory cannot
/// be made, kSystem if somebody replaced the directory before the function could open it.
[[nodiscard]] Result<sys::Fd> make_directory(const sys::Fd& parent, const std::string& name, unsigned mode,
                                             const std::string& shown, Code code);

}  // namespace immure::file
