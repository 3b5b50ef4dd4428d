/// The Merkle tree of a log (RFC 6962, section 2.1; RFC 9162, section 2.1): its root says what all entries are, and a
/// short list of hashes proves that the tree has a certain entry.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "file/sha256.hpp"

namespace immure::tlog {

using Hash = file::Digest;

/// The hash of an entry, and of two neighbouring subtrees.
[[nodiscard]] Hash leaf_hash(std::string_view entry);
[[nodiscard]] Hash node_hash(const Hash& left, const Hash& right);

/// A tree that only grows. It holds the hash of each complete subtree, so that it can compute the root of each earlier
/// size.
class Tree {
 public:
  void append(const Hash& leaf);
  [[nodiscard]] std::uint64_t size() const { return levels_.empty() ? 0 : levels_.front().size(); }
  /// The root of the first `size` leaves, which must not be more than there are.
  [[nodiscard]] Hash root(std::uint64_t size) const { return range(0, size); }
  [[nodiscard]] Hash root() const { return root(size()); }
  /// The hashes that lead from leaf `index` to the root of the first `size` leaves, the leaf's neighbour first.
  [[nodiscard]] std::vector<Hash> inclusion(std::uint64_t index, std::uint64_t size) const;
  /// The hashes of all complete subtrees of 2^`height` leaves. Empty if the tree has none.
  [[nodiscard]] std::span<const Hash> subtrees(unsigned height) const;

 private:
  [[nodiscard]] Hash range(std::uint64_t begin, std::uint64_t end) const;
  std::vector<std::vector<Hash>> levels_;
};

/// The root to which an inclusion proof leads, or nothing if a proof for this index and size cannot have this length
/// (RFC 9162, section 2.1.3.2).
[[nodiscard]] std::optional<Hash> root_by_proof(const Hash& leaf, std::uint64_t index, std::uint64_t size,
                                                std::span<const Hash> proof);

}  // namespace immure::tlog
