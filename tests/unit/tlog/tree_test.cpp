/// The Merkle tree. The leaves and roots of the first test are those that the tests of Certificate Transparency use.
#include "tlog/tree.hpp"

#include <array>
#include <string>

#include <gtest/gtest.h>

#include "text/hex.hpp"

namespace immure::tlog {
namespace {

using namespace std::string_literals;

std::string text_of(const Hash& hash) { return text::hex(hash); }

TEST(MerkleTree, HasTheRootsOfCertificateTransparency) {
  const std::array<std::string, 8> leaves{"",
                                          "\0"s,
                                          "\x10",
                                          "\x20\x21",
                                          "\x30\x31",
                                          "\x40\x41\x42\x43",
                                          "\x50\x51\x52\x53\x54\x55\x56\x57",
                                          "\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f"};
  Tree tree;
  EXPECT_EQ(text_of(tree.root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  for (const std::string& leaf : leaves) tree.append(leaf_hash(leaf));
  EXPECT_EQ(text_of(tree.root(1)), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
  EXPECT_EQ(text_of(tree.root(2)), "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125");
  EXPECT_EQ(text_of(tree.root(3)), "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77");
  EXPECT_EQ(text_of(tree.root(7)), "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c");
  EXPECT_EQ(text_of(tree.root(8)), "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");
}

Tree tree_of(std::uint64_t size) {
  Tree tree;
  for (std::uint64_t i = 0; i < size; ++i) tree.append(leaf_hash(std::to_string(i)));
  return tree;
}

TEST(MerkleTree, HasTheRootThatASmallerTreeHad) {
  const Tree whole = tree_of(300);
  for (std::uint64_t size = 0; size <= 300; ++size) EXPECT_EQ(whole.root(size), tree_of(size).root()) << size;
}

TEST(MerkleTree, ProvesEachEntryOfEachSize) {
  const Tree tree = tree_of(70);
  for (std::uint64_t size = 1; size <= tree.size(); ++size)
    for (std::uint64_t index = 0; index < size; ++index)
      EXPECT_EQ(root_by_proof(leaf_hash(std::to_string(index)), index, size, tree.inclusion(index, size)),
                tree.root(size))
          << index << " of " << size;
}

TEST(MerkleTree, ProvesNoOtherEntry) {
  const Tree tree = tree_of(70);
  for (std::uint64_t index = 0; index < tree.size(); ++index) {
    const auto proof = tree.inclusion(index, tree.size());
    EXPECT_NE(root_by_proof(leaf_hash("another"), index, tree.size(), proof), tree.root());
    const Hash leaf = leaf_hash(std::to_string(index));
    for (std::uint64_t other = 0; other < tree.size() + 2; ++other)
      EXPECT_EQ(root_by_proof(leaf, other, tree.size(), proof) == tree.root(), other == index) << other;
    auto longer = proof;
    longer.push_back(leaf);
    EXPECT_NE(root_by_proof(leaf, index, tree.size(), longer), tree.root());
    auto shorter = proof;
    shorter.pop_back();
    EXPECT_NE(root_by_proof(leaf, index, tree.size(), shorter), tree.root());
  }
}

}  // namespace
}  // namespace immure::tlog
