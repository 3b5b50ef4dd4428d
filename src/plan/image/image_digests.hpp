/// Digests of the root directory of an image.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "file/go_on.hpp"
#include "file/tree.hpp"
#include "plan/image/pack.hpp"
#include "sys/error.hpp"

namespace immure::plan {

struct ImageDigests {
  std::string content;             ///< digest of the manifest of all entries
  std::vector<std::string> files;  ///< digest of each file, in the order of the entries
  /// Paths in the image of the copies whose packages name another digest.
  std::vector<std::string> differing = {};
};

/// Lists everything in the directory `root`, which messages call `name`.
[[nodiscard]] Result<std::vector<file::Entry>> list_image(int root, const std::string& name, const file::GoOn& go_on);

/// Hashes all files, several at once, and compares the copies of packages' files with the digests that the packages
/// name. `items`: what immure packed. Errors: kBadInput if a file has changed meanwhile; the error of `go_on`.
[[nodiscard]] Result<ImageDigests> digests_of(int root, const std::string& name,
                                              const std::vector<file::Entry>& entries, const file::GoOn& go_on,
                                              const std::vector<PackItem>& items = {});

/// Computes ImageDigests::content of an image while other images may add and remove hard links to its files. Errors:
/// kBadInput if anything else about a file has changed; the error of `go_on`.
[[nodiscard]] Result<std::string> digest_of_shared(int root, const std::string& name,
                                                   const std::vector<file::Entry>& entries, const file::GoOn& go_on);

/// The digest of the file `program`, an absolute path in the image. Error kInternal: the image does not hold the file.
[[nodiscard]] Result<std::string> program_digest(const std::vector<file::Entry>& entries, const ImageDigests& digests,
                                                 const std::string& program, const std::string& name);

/// Two changes of a file within one tick of the kernel's clock leave the same time. Waits until the change at
/// `newest_ns` is more than one tick old. Returns true if there was a need to wait.
bool let_rest(std::int64_t newest_ns);

}  // namespace immure::plan
