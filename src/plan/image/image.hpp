/// The payload's closure as a small read-only root directory.
#pragma once

#include <sys/stat.h>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "file/go_on.hpp"
#include "file/place.hpp"
#include "plan/image/elf.hpp"
#include "plan/image/script.hpp"
#include "plan/image/trust.hpp"
#include "plan/plan.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::plan {

/// Something of the host and its place inside the image.
struct Packed {
  std::string inner;                       ///< absolute path inside the image
  std::string source;                      ///< absolute path on the host, links resolved
  std::optional<struct stat> looked = {};  ///< of a file: what it was when it was chosen; only that very file is packed
  std::shared_ptr<const Tree> tree = {};   ///< of a directory: the directory itself
  std::shared_ptr<const sys::Fd> held = {};  ///< of a file: the file itself; absent: it is opened by `source`
  friend bool operator==(const Packed& one, const Packed& other) {
    return one.inner == other.inner && one.source == other.source;
  }
};

/// The facts in a file that decided what was packed, as read before packing. The copy in the image must say the same.
struct Checked {
  std::string inner;  ///< path of the copy inside the image
  bool script = false;
  ScriptLine line;  ///< of a script
  ElfFacts facts;   ///< of anything else
  friend bool operator==(const Checked&, const Checked&) = default;
};

/// What the kernel and the dynamic loader will want for one program.
/// Programs and libraries of /usr, /bin, /lib… and /opt keep their paths; what lies elsewhere (a home directory) is
/// found in /app, so that the image tells nothing of the host. Libraries stand where the loader looks without its
/// cache.
struct Closure {
  Program program;  ///< argv already rewritten for scripts; sha256 is empty: the image knows it (Image::program_sha256)
  std::vector<Packed> files;  ///< sorted by inner path
  std::vector<Packed> trees;  ///< directories packed whole (a script language's library), sorted
  std::vector<Checked> checked;
  std::string profile;  ///< built-in profile that fits: `static`, `dynamic`, `python`
};

/// Reads ELF headers or the script line; executes nothing (never ldd).
/// Errors, all kBadInput: not found, not readable, not executable, set-user-ID or set-group-ID, another architecture,
/// an executable stack or a segment both writable and executable (neither is stopped by PR_SET_MDWE; execstack(8)),
/// a missing library (named), a script whose interpreter is itself a script, an `include` that is not there. Here and
/// below, the error of `go_on` too; what was half made by then is removed.
[[nodiscard]] Result<Closure> closure_of(const std::string& program, const std::vector<std::string>& arguments,
                                         const std::vector<std::string>& include, const file::GoOn& go_on = {});

/// A file or a directory that the operator names, for a place inside the image. Errors, kBadInput: not there, or a file
/// where a directory is meant, or the reverse.
[[nodiscard]] Result<Packed> named_file(std::string inner, const std::string& path);
[[nodiscard]] Result<Packed> named_tree(std::string inner, const std::string& path, const file::GoOn& go_on = {});

/// A file that has no name on the host: `text`, held in memory. `shown` is what messages and the plan call it. Error
/// kSystem.
[[nodiscard]] Result<Packed> text_file(std::string inner, std::string shown, std::string_view text);

/// The image directory of a closure, from the cache or built now and put there atomically. A cached image whose files'
/// size, inode, mtime or ctime differ from what was recorded when it was hashed, or that was made before the machine
/// was last started, is built anew. The cache is $IMMURE_CACHE, else /var/cache/immure for root, else
/// ${XDG_CACHE_HOME:-~/.cache}/immure. It must belong to the caller and be writable by nobody else.
[[nodiscard]] Result<Image> cached_image(const Closure& closure, const file::GoOn& go_on = {});

/// Writes the image to a directory that must not exist yet (`immure pack`).
[[nodiscard]] Result<Image> pack_image(const Closure& closure, const file::Place& place, const file::GoOn& go_on = {});
[[nodiscard]] Result<Image> pack_image(const Closure& closure, const std::string& directory,
                                       const file::GoOn& go_on = {});

/// file::stat_digest of everything that the image's directory holds now. Errors: as of file::scan(), that of `go_on`
/// included.
[[nodiscard]] Result<std::string> image_state(const Image& image, const file::GoOn& go_on = {});

/// A root directory of the operator's own, opened once. immure reads everything in it through this descriptor.
struct Rootfs {
  std::shared_ptr<const sys::Fd> directory;
  std::string path;  ///< real
};
/// Errors, kBadInput: not there, or without directories `in` and `out`.
[[nodiscard]] Result<Rootfs> open_rootfs(const std::string& directory);

/// The program inside an operator's root directory; the same checks as closure_of, paths resolved beneath it as if it
/// were `/`. `files` and `trees` are empty.
[[nodiscard]] Result<Closure> closure_in_rootfs(const Rootfs& rootfs, const std::string& program,
                                                const std::vector<std::string>& arguments);

/// Digests the manifest of an operator's root directory and the program in it. Errors, kBadInput: the directory holds a
/// FIFO, a socket or a device, which would be a channel out of the cell; or the program changed since its closure.
[[nodiscard]] Result<Image> rootfs_image(const Rootfs& rootfs, const Closure& closure, const file::GoOn& go_on = {});

}  // namespace immure::plan
