/// The payload's closure as a small read-only root directory.
#pragma once

#include <string>
#include <vector>

#include "plan/plan.hpp"

namespace immure::plan {

/// Something of the host and its place inside the image.
struct Packed {
  std::string inner;   ///< absolute path inside the image
  std::string source;  ///< absolute path on the host
  friend bool operator==(const Packed&, const Packed&) = default;
};

/// What the kernel and the dynamic loader will want for one program.
/// Programs and libraries of /usr, /bin, /lib… and /opt keep their paths; what lies elsewhere (a home directory) is
/// found in /app, so that the image tells nothing of the host. Libraries stand where the loader looks without its
/// cache.
struct Closure {
  Program program;  ///< argv already rewritten for scripts; sha256 is empty: the image knows it (Image::program_sha256)
  std::vector<Packed> files;  ///< sorted by inner path
  std::vector<Packed> trees;  ///< directories packed whole (a script language's library), sorted
  std::string profile;        ///< built-in profile that fits: `static`, `dynamic`, `python`
};

/// Reads ELF headers or the script line; executes nothing (never ldd).
/// Errors, all kBadInput: not found, not readable, not executable, set-user-ID or set-group-ID, another architecture,
/// an executable stack or a segment both writable and executable (neither is stopped by PR_SET_MDWE; execstack(8)),
/// a missing library (named), a script whose interpreter is itself a script, an `include` that is not there.
[[nodiscard]] Result<Closure> closure_of(const std::string& program, const std::vector<std::string>& arguments,
                                         const std::vector<std::string>& include);

/// The image directory of a closure, from the cache or built now and put there atomically. A cached image whose files'
/// size, inode, mtime or ctime differ from what was recorded when it was hashed, or that was made before the machine
/// was last started, is built anew. The cache is $IMMURE_CACHE, else /var/cache/immure for root, else
/// ${XDG_CACHE_HOME:-~/.cache}/immure. It must belong to the caller and be writable by nobody else.
[[nodiscard]] Result<Image> cached_image(const Closure& closure);

/// The same, written to `directory`, which must not exist (`immure pack`).
[[nodiscard]] Result<Image> pack_image(const Closure& closure, const std::string& directory);

/// An operator's root directory: checks that it has directories `in` and `out`, and digests its manifest.
[[nodiscard]] Result<Image> rootfs_image(const std::string& directory);

/// The program inside an operator's root directory; the same checks as closure_of, paths resolved beneath it as if it
/// were `/`. `files` and `trees` are empty; program.sha256 is set.
[[nodiscard]] Result<Closure> closure_in_rootfs(const std::string& directory, const std::string& program,
                                                const std::vector<std::string>& arguments);

}  // namespace immure::plan
