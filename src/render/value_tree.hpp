/// The values of a statement as a tree of texts, whatever fields the evidence has.
#pragma once

#include <string>
#include <vector>

#include "evidence/evidence.hpp"

namespace immure::render {

/// A value of the evidence: a leaf with a text, or a node with named parts.
struct Node {
  std::string name;  ///< name of the field, or of the list element in brackets
  std::string text;
  std::vector<Node> parts;
  bool is_list = false;
};

/// The predicate's fields in the order of the evidence format, and the subjects before them. The texts are raw.
[[nodiscard]] Node tree_of(const evidence::Statement& statement);

}  // namespace immure::render
