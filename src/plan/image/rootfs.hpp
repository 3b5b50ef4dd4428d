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
  Image image;       ///< with all digests except the program's
  /// The directories in which immure looks up a program without a slash; if empty, the usual directories.
  std::vector<std::string> search = {};
  std::vector<std::string> ignored = {};  ///< what a container image asks for and does not get, such as `Env`
};

/// Opens an operator's root directory and digests everything in it, unless an earlier run has done so.
///
/// If nothing is to be signed, immure uses a directory in place that is already an image: it has `in` and `out`, and
/// nothing that a cell must not have. immure copies any other directory, and each directory of a run `for_evidence`,
/// into the cache once, without special_paths(), FIFOs, sockets, devices, set-user-ID bits, and without what the
/// program could not read in the directory itself. A later run takes the copy if no size, inode, mtime or ctime in the
/// directory differs. immure hashes the copy. So the digest is right even if somebody changes the directory in a way
/// that neither times nor modes reveal: an earlier owner who has a file mapped, or the owner of a layer below an
/// overlayfs. Errors: kBadInput: the directory does not exist or cannot be read; the errors of the cache and of
/// `go_on`.
///
/// `helpers`: the program may start helpers, so the image needs the files of their probes, and immure makes a copy.
[[nodiscard]] Result<Rootfs> open_rootfs(const std::string& directory, bool for_evidence = false,
                                         const file::GoOn& go_on = {}, bool helpers = false);

/// Like closure_of(), for a program in such a root directory. immure resolves all paths below this directory as if it
/// were `/`, and looks up a program without a slash in the usual directories. `files` and `trees` of the result are
/// empty. `helpers` and `follows_wrappers`: as in PackageChoice.
[[nodiscard]] Result<Closure> closure_in_rootfs(const Rootfs& rootfs, const std::string& program,
                                                const std::vector<std::string>& arguments,
                                                const std::vector<std::string>& helpers = {},
                                                bool follows_wrappers = true);

/// The image of a root directory, with the digest of the program. Error kBadInput: the program has changed since
/// closure_in_rootfs().
[[nodiscard]] Result<Image> rootfs_image(const Rootfs& rootfs, const Closure& closure, const file::GoOn& go_on = {});

}  // namespace immure::plan
