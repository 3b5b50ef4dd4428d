/// Root directories that the operator brings: made by `immure pack`, by a distribution's tools, or from a container
/// image.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "file/go_on.hpp"
#include "plan/image/image.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::plan {

/// A root directory, opened once. immure reads everything in the directory through this descriptor.
struct Rootfs {
  std::shared_ptr<const sys::Fd> directory;
  std::string path;  ///< with links resolved
  Image image;       ///< digested, but for the program
  /// The directories in which a program without a slash is looked up; empty: the usual ones.
  std::vector<std::string> search = {};
  std::vector<std::string> ignored = {};  ///< what a container image asks for and does not get, such as `Env`
};

/// Opens an operator's root directory and digests everything in it, if that has not been done before.
///
/// A directory that is an image already is used in place if nothing is to be signed: it has `in` and `out`, and nothing
/// that no cell may have. Any other directory, and each directory of a run `for_evidence`, is copied into the cache
/// once, without special_paths(), FIFOs, sockets, devices, set-user-ID bits, and without what the program could not
/// read in the directory itself. A later run takes the copy if no size, inode, mtime or ctime in the directory differs.
/// The copy is what is hashed. So the digest is right even if somebody changes the directory in a way that no time and
/// no mode tells of: an earlier owner who has a file mapped, or the owner of a layer below an overlayfs. Errors:
/// kBadInput: it does not exist or cannot be read; those of the cache and of `go_on`.
[[nodiscard]] Result<Rootfs> open_rootfs(const std::string& directory, bool for_evidence = false,
                                         const file::GoOn& go_on = {});

/// Like closure_of(), for a program in such a root directory. All paths are resolved below this directory as if it were
/// `/`. A program without a slash is looked up in the usual directories. `files` and
/// `trees` of the result are empty.
[[nodiscard]] Result<Closure> closure_in_rootfs(const Rootfs& rootfs, const std::string& program,
                                                const std::vector<std::string>& arguments);

/// The image of a root directory, with the digest of the program. Error kBadInput: the program has changed since
/// closure_in_rootfs().
[[nodiscard]] Result<Image> rootfs_image(const Rootfs& rootfs, const Closure& closure, const file::GoOn& go_on = {});

}  // namespace immure::plan
