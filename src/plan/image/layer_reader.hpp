/// Reads the layers of a container image from their archives (tar, plain or compressed with gzip or zstd), and digests
/// every byte on the way. libarchive parses the archives.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "file/go_on.hpp"
#include "plan/image/layer_tree.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::plan {

/// Reads the next bytes of a blob. Returns the number of bytes, which is 0 at the end. Error: the blob cannot be read.
using ReadBlob = std::function<Result<std::size_t>(std::span<std::byte> buffer)>;

/// Returns a ReadBlob for an open file, from the start of the file.
[[nodiscard]] ReadBlob read_file_blob(int fd, std::string where);

/// The digests of a layer that was read whole.
struct LayerDigests {
  std::string blob_sha256;  ///< of the bytes of the blob
  std::string tar_sha256;   ///< of the uncompressed archive
};

/// Where the contents of files go, and how much immure has stored so far.
struct LayerStore {
  int directory = -1;       ///< an empty directory; each content gets a number as its name
  std::uint64_t next = 0;   ///< number of the next content
  std::uint64_t bytes = 0;  ///< size of all contents so far
};

/// Adds the members of one layer to the tree. `where` names the layer in errors. Errors, kBadInput: the blob is not
/// such an archive, or has more than 16 GiB; kSystem: a file cannot be written (a full disk). Also the errors of
/// LayerTree::add() and of `go_on`.
[[nodiscard]] Result<LayerDigests> read_layer(const ReadBlob& blob, const std::string& where, LayerTree& tree,
                                              LayerStore& store, const file::GoOn& go_on);

/// A member of the tar archive that `docker save` writes.
struct SavedMember {
  std::string name;
  std::uint64_t size = 0;
  std::string target;  ///< of a link: the member to which it leads
};
/// Lists the members. Error kBadInput: not a tar archive, or more than ten thousand members.
[[nodiscard]] Result<std::vector<SavedMember>> list_saved(int fd, const std::string& where, const file::GoOn& go_on);
/// Opens the member with this name. The descriptor must stay open. Error kBadInput.
[[nodiscard]] Result<ReadBlob> open_saved(int fd, const std::string& where, const std::string& name);

/// Reads a blob whole. Error kBadInput if the blob has more than `most` bytes.
[[nodiscard]] Result<std::string> read_blob(const ReadBlob& blob, std::size_t most, const std::string& where);

}  // namespace immure::plan
