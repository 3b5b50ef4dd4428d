/// Paths that an operator names, each walked once. Everything after the walk uses the descriptors that the walk
/// returned, so renaming or replacing a component of the path afterwards changes nothing.
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

/// Whatever a path names, held open.
using HeldFile = HeldDirectory;

/// Opens the directory that holds the last component of `path`. A symbolic link on the way is followed only if the link
/// belongs to root or to the caller: another user could lead a caller with more rights to any directory (the kernel's
/// symlink protection, proc_sys_fs(5), has the same rule). Errors, kBadInput: `does not name a file`, a directory on
/// the way cannot be opened, a link of another user.
[[nodiscard]] Result<Place> place_of(const std::string& path);

/// `name` in a directory that is already held, whose path is `parent`. `shown` is for messages.
[[nodiscard]] Result<Place> place_in(const sys::Fd& directory, const std::string& parent, const std::string& name,
                                     const std::string& shown);

/// Opens the directory `path`, and walks its last component in the same way as the others.
[[nodiscard]] Result<HeldDirectory> hold_directory(const std::string& path);

/// Opens whatever `path` names in the same way, its last component included: a file, a directory or anything else.
[[nodiscard]] Result<HeldFile> hold_named(const std::string& path);

/// Whether the directory `inner` is `outer` or lies below it. Goes up from the held `inner` by `..` and compares
/// devices and inodes, so no path is looked up again, and a bind mount is the directory that it shows. Both descriptors
/// may be O_PATH. Errors of openat(2) and fstat(2); ELOOP: somebody moves the directories meanwhile, and the way up has
/// no end.
[[nodiscard]] SysResult<bool> lies_in(const sys::Fd& inner, const sys::Fd& outer);

/// True if both are the same name in the same directory.
[[nodiscard]] SysResult<bool> is_same_place(const Place& one, const Place& other);

/// The status of what lies at the place. Does not follow a link. Error ENOENT: nothing lies there.
[[nodiscard]] SysResult<struct stat> status_of(const Place& place);

/// Makes the directory `name` in the directory `parent` and opens it for reading. Checks that the opened directory is
/// the one that was made: it belongs to the caller and is empty. The umask narrows `mode`. Errors: `code` if the
/// directory cannot be made, kSystem if somebody replaced it before it could be opened.
[[nodiscard]] Result<sys::Fd> make_directory(const sys::Fd& parent, const std::string& name, unsigned mode,
                                             const std::string& shown, Code code);

}  // namespace immure::file
