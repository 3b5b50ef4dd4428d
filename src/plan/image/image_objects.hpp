/// Files of images, each kept once. The name of an object says what it is: the SHA-256 of its content, its mtime, and
/// whether it is executable. A file of an image is a hard link to its object.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "file/go_on.hpp"
#include "file/tree.hpp"
#include "sys/error.hpp"

namespace immure::plan {

/// Replaces each file below `root` by a hard link to the object of the same content, or makes the file an object.
/// `digests` has the SHA-256 of each file in the order of `entries`. immure compares the bytes of an object with the
/// file, and replaces an object that somebody has changed. Returns the number of bytes of the files that did not become
/// objects, because the file system has no hard links or no room. `images`: the directory of the cache. `spare`: a name
/// in `images` that is free. Error: the error of `go_on`.
[[nodiscard]] Result<std::uint64_t> share_files(int images, int root, const std::string& spare,
                                                const std::vector<file::Entry>& entries,
                                                const std::vector<std::string>& digests, const file::GoOn& go_on);

/// Bytes on the disk of the objects that are in an image.
[[nodiscard]] std::uint64_t object_bytes(int images);
/// Removes the objects that are in no image. The caller must hold the lock for building.
void sweep_objects(int images);

}  // namespace immure::plan
