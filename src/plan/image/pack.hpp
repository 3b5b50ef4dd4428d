/// Turns a closure into a directory: first lists every entry, then writes the entries.
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

/// One entry of an image that is to be made, with the status of its source.
struct PackItem {
  std::string inner;                         ///< absolute path in the image
  file::Kind kind = file::Kind::kFile;       ///< kFile, kDirectory or kLink
  std::string source;                        ///< for a file: path of the source, with links resolved
  std::shared_ptr<const Tree> tree = {};     ///< the tree that holds the source; if empty, the source lies below `/`
  std::shared_ptr<const sys::Fd> held = {};  ///< the opened source, if the closure holds it open
  std::shared_ptr<const std::string> text = {};  ///< the contents, if the file has no source
  std::string target;                            ///< for a link
  bool executable = false;
  std::uint64_t device = 0, inode = 0, size = 0;
  std::int64_t mtime_ns = 0, ctime_ns = 0;
  std::string md5 = {};      ///< for a file of a package: the digest that the package names, in hex; may be empty
  std::string package = {};  ///< name and version of that package
};

/// The item of a file with this status.
[[nodiscard]] PackItem item_of(std::string inner, std::string source, const struct stat& status);

/// Adds the size of one more file to `bytes`. Error kBadInput above 16 GiB: a sparse file costs its owner nothing, but
/// would keep immure busy for hours with copying and hashing.
[[nodiscard]] Result<void> count_image_bytes(std::uint64_t& bytes, std::uint64_t size, const std::string& name);

/// Everything that an image will hold, except `in` and `out`.
struct PackList {
  std::vector<PackItem> items;        ///< sorted by path in the image, with directories
  std::vector<std::string> left_out;  ///< links that lead out of a packed directory: `path -> target`
};

/// Lists all entries of the image. A fixed file takes the place of any other file with its path. Errors: kBadInput if
/// two different files want one path, a path lies below /in or /out, an entry is a FIFO, a socket or a device, a link
/// leads out of a packed directory to another directory, or a file has changed since it was chosen; the error of
/// `go_on`.
[[nodiscard]] Result<PackList> pack_list(const Closure& closure, const file::GoOn& go_on);

/// Adds a directory for each parent of an item, then sorts the items and joins items with the same path into one. Error
/// kBadInput if two items with the same path are not the same file.
[[nodiscard]] Result<void> complete(std::vector<PackItem>& items);

/// SHA-256 (hex) over the whole list: two images with one key have the same content.
[[nodiscard]] std::string pack_key(const PackList& list, const Closure& closure);

/// Copies all entries of the list into the empty directory `root`. Files get mode 0444 or 0555, directories 0555.
/// Copies keep the times of their sources, because interpreters compare these times. Errors: kBadInput if a source has
/// changed, kSystem, the error of `go_on`.
[[nodiscard]] Result<void> write_pack(const PackList& list, int root, const std::string& name, const file::GoOn& go_on);

/// Reads the facts of Closure::checked once more, from the copies in `root`. Error kBadInput if a copy has other facts,
/// because somebody replaced or changed its source in between.
[[nodiscard]] Result<void> check_packed(const Closure& closure, int root);

}  // namespace immure::plan
