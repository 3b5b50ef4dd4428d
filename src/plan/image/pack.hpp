/// From a closure to a directory: every entry named first, then written.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "file/go_on.hpp"
#include "file/tree.hpp"
#include "plan/image/image.hpp"
#include "sys/error.hpp"

namespace immure::plan {

/// One entry of an image that is to be made, and what its source was when it was looked at.
struct PackItem {
  std::string inner;                         ///< absolute
  file::Kind kind = file::Kind::kFile;       ///< kFile, kDirectory or kLink
  std::string source;                        ///< of a file: what to copy, links resolved
  std::shared_ptr<const Tree> tree = {};     ///< the source lies below it; nothing: below `/`
  std::shared_ptr<const sys::Fd> held = {};  ///< the source itself, where it is held open
  std::string target;                        ///< of a link
  bool executable = false;
  std::uint64_t device = 0, inode = 0, size = 0;
  std::int64_t mtime_ns = 0, ctime_ns = 0;
};

/// Adds the size of one more file to `bytes`. Error kBadInput beyond 16 GiB: a file of holes costs its owner nothing
/// and would keep whoever copies or hashes the image busy for hours.
[[nodiscard]] Result<void> count_image_bytes(std::uint64_t& bytes, std::uint64_t size, const std::string& name);

/// Everything that an image will hold besides `in` and `out`.
struct PackList {
  std::vector<PackItem> items;        ///< sorted by inner path, directories included
  std::vector<std::string> left_out;  ///< links that lead out of a packed directory: `path -> target`
};

/// Errors, kBadInput: two different files for one place, a place below /in or /out, a FIFO, socket or device, a link
/// that leads out of a packed directory to another directory, a file that is no longer what it was when it was chosen.
/// And the error of `go_on`.
[[nodiscard]] Result<PackList> pack_list(const Closure& closure, const file::GoOn& go_on);

/// SHA-256 (hex) over all of it: the same key, the same image.
[[nodiscard]] std::string pack_key(const PackList& list, const Closure& closure);

/// Copies it beneath the empty directory `root`. Files become 0444 or 0555, directories 0555; times of the sources are
/// kept, since interpreters compare them. Errors: kBadInput if a source is no longer what it was, kSystem, that of
/// `go_on`.
[[nodiscard]] Result<void> write_pack(const PackList& list, int root, const std::string& name, const file::GoOn& go_on);

/// Reads the facts that decided what was packed again, from the copies in `root`. Error kBadInput if a copy says
/// otherwise: somebody replaced its source or wrote to it meanwhile.
[[nodiscard]] Result<void> check_packed(const Closure& closure, int root);

}  // namespace immure::plan
