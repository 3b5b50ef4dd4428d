#include "tlog/tree.hpp"

#include <bit>

namespace immure::tlog {
namespace {

/// The largest power of two below `size`, which is at least 2: the size of the left subtree.
std::uint64_t left_size(std::uint64_t size) { return std::bit_floor(size - 1); }

}  // namespace

Hash leaf_hash(std::string_view entry) {
  file::Sha256 hash;
  hash.update(std::string_view("\0", 1));
  hash.update(entry);
  return hash.finish();
}

Hash node_hash(const Hash& left, const Hash& right) {
  file::Sha256 hash;
  hash.update(std::string_view("\1", 1));
  hash.update(std::as_bytes(std::span(left)));
  hash.update(std::as_bytes(std::span(right)));
  return hash.finish();
}

void Tree::append(const Hash& leaf) {
  Hash hash = leaf;
  for (std::size_t level = 0;; ++level) {
    if (level == levels_.size()) levels_.emplace_back();
    std::vector<Hash>& hashes = levels_[level];
    hashes.push_back(hash);
    if (hashes.size() % 2 != 0) return;
    hash = node_hash(hashes[hashes.size() - 2], hashes.back());
  }
}

std::span<const Hash> Tree::subtrees(unsigned height) const {
  return height < levels_.size() ? std::span<const Hash>(levels_[height]) : std::span<const Hash>();
}

Hash Tree::range(std::uint64_t begin, std::uint64_t end) const {
  const std::uint64_t size = end - begin;
  if (size == 0) return file::sha256("");
  // The callers cut at multiples of a power of two that is not smaller, so such a range is a complete subtree.
  if (std::has_single_bit(size)) return levels_[static_cast<std::size_t>(std::countr_zero(size))][begin / size];
  const std::uint64_t middle = begin + left_size(size);
  return node_hash(range(begin, middle), range(middle, end));
}

std::vector<Hash> Tree::inclusion(std::uint64_t index, std::uint64_t size) const {
  std::vector<Hash> proof;
  std::uint64_t begin = 0;
  std::uint64_t end = size;
  // Go down from the root and note the other half at each step. The proof begins at the leaf, so turn the list around.
  while (end - begin > 1) {
    const std::uint64_t middle = begin + left_size(end - begin);
    if (index < middle) {
      proof.push_back(range(middle, end));
      end = middle;
    } else {
      proof.push_back(range(begin, middle));
      begin = middle;
    }
  }
  return {proof.rbegin(), proof.rend()};
}

std::optional<Hash> root_by_proof(const Hash& leaf, std::uint64_t index, std::uint64_t size,
                                  std::span<const Hash> proof) {
  if (index >= size) return std::nullopt;
  std::uint64_t node = index;
  std::uint64_t last = size - 1;
  Hash hash = leaf;
  for (const Hash& other : proof) {
    if (last == 0) return std::nullopt;
    if (node % 2 == 1 || node == last) {
      hash = node_hash(other, hash);
      // A node without a right neighbour moves up until it is a right child.
      while (node % 2 == 0 && node != 0) {
        node /= 2;
        last /= 2;
      }
    } else {
      hash = node_hash(hash, other);
    }
    node /= 2;
    last /= 2;
  }
  if (last != 0) return std::nullopt;
  return hash;
}

}  // namespace immure::tlog
