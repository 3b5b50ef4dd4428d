// Reads the documents of a container image, and the members of its layers. A tree that has taken all members must still
// be a tree.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "plan/image/container_manifest.hpp"
#include "plan/image/layer_tree.hpp"

namespace {

using immure::plan::LayerNode;

// No name of the tree may lead anywhere but down.
void check(const LayerNode& node, std::size_t depth) {
  if (depth > 200) __builtin_trap();
  for (const auto& [name, child] : node.children) {
    if (!child || name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos) __builtin_trap();
    if (child->kind != immure::file::Kind::kDirectory && !child->children.empty()) __builtin_trap();
    check(*child, depth + 1);
  }
}

}  // namespace

// One line is one member: a letter for its kind, its name, and after a tab the target of a link.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(immure::plan::choose_manifest(text, std::nullopt, "index"));
  static_cast<void>(immure::plan::parse_manifest(text, "manifest"));
  static_cast<void>(immure::plan::parse_config(text, "config"));
  static_cast<void>(immure::plan::parse_saved(text, "saved"));
  immure::plan::LayerTree tree;
  tree.begin_layer();
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (line.empty()) {
      tree.begin_layer();
      continue;
    }
    immure::plan::LayerMember member;
    const std::size_t tab = std::min(line.find('\t'), line.size());
    const std::string target(line.substr(std::min(tab + 1, line.size())));
    member.path = line.substr(1, tab > 0 ? tab - 1 : 0);
    if (line[0] == 'h') member.hard_link = target.empty() ? "x" : target;
    if (line[0] == 'l') member.target = target;
    member.kind = line[0] == 'l'   ? immure::file::Kind::kLink
                  : line[0] == 'd' ? immure::file::Kind::kDirectory
                  : line[0] == 'c' ? immure::file::Kind::kCharDevice
                                   : immure::file::Kind::kFile;
    if (line[0] == 'f') member.content = std::make_shared<immure::plan::LayerContent>();
    static_cast<void>(tree.add(std::move(member)));
  }
  check(tree.root(), 0);
  return 0;
}
