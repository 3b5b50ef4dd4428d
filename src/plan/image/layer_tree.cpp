#include "plan/image/layer_tree.hpp"

#include <sys/stat.h>
#include <algorithm>
#include <deque>
#include <optional>
#include <utility>

#include "plan/image/special_paths.hpp"

namespace immure::plan {
namespace {

constexpr std::size_t kMostMembers = 1'000'000;
constexpr std::size_t kLongestPath = 4095;
constexpr std::size_t kLongestName = 255;
constexpr std::size_t kDeepest = 128;
constexpr int kMostLinks = 40;
constexpr std::size_t kMostNotes = 1000;
constexpr std::string_view kWhiteout = ".wh.";
constexpr std::string_view kOpaque = ".wh..wh..opq";
/// Names that AUFS keeps for itself; no engine unpacks them.
constexpr std::string_view kAufs = ".wh..wh.";

std::unexpected<Error> bad(const std::string& path, std::string_view what) {
  return fail(Code::kBadInput, "member " + path, what,
              "No container engine makes such a layer. Do not trust this image.");
}

std::vector<std::string> parts_of(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    const std::string_view part = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(part.size() + 1, path.size()));
    if (!part.empty() && part != ".") parts.emplace_back(part);
  }
  return parts;
}

Result<std::vector<std::string>> checked_parts(const std::string& path) {
  if (path.size() > kLongestPath) return bad(path.substr(0, kLongestName), "has too long a name");
  if (path.find('\0') != std::string::npos) return bad(path, "has a NUL in its name");
  std::vector<std::string> parts = parts_of(path);
  if (parts.size() > kDeepest) return bad(path, "lies too deep");
  for (const std::string& part : parts) {
    if (part == "..") return bad(path, "has a name that leads upwards");
    if (part.size() > kLongestName) return bad(path, "has too long a name");
  }
  return parts;
}

/// Removes what lower layers have put below the node. True if nothing of the present layer is left.
bool prune(LayerNode& node, std::size_t layer) {
  std::erase_if(node.children,
                [layer](auto& child) { return prune(*child.second, layer) && child.second->layer < layer; });
  return node.children.empty();
}

}  // namespace

void LayerTree::note(std::string line) {
  if (left_out_.size() < kMostNotes) left_out_.push_back(std::move(line));
}

/// Walks to the directory that holds the last part. Links on the way lead to places in this tree, as they would in a
/// container, and `..` never leads above the root. Makes each directory that is missing.
Result<LayerNode*> LayerTree::parent_of(const std::vector<std::string>& parts, const std::string& path) {
  std::deque<std::string> left(parts.begin(), parts.end() - 1);
  std::vector<LayerNode*> way = {&root_};
  int links = 0;
  while (!left.empty()) {
    const std::string part = std::move(left.front());
    left.pop_front();
    if (part == "..") {
      if (way.size() > 1) way.pop_back();
      continue;
    }
    if (way.size() > kDeepest) return bad(path, "lies too deep");
    auto& child = way.back()->children[part];
    if (!child) {
      child = std::make_unique<LayerNode>();
      child->layer = layer_;
    }
    if (child->kind == file::Kind::kDirectory) {
      way.push_back(child.get());
      continue;
    }
    if (child->kind == file::Kind::kFile) return bad(path, "lies below a file");
    if (++links > kMostLinks) return bad(path, "lies below a loop of links");
    const std::vector<std::string> target = parts_of(child->target);
    if (left.size() + target.size() > 2 * kDeepest) return bad(path, "lies too deep");
    if (child->target.starts_with('/')) way.resize(1);
    left.insert(left.begin(), target.begin(), target.end());
  }
  return way.back();
}

Result<void> LayerTree::white_out(LayerNode& parent, const std::string& name, const std::string& path) {
  if (name == kOpaque) {
    prune(parent, layer_);
    return {};
  }
  if (name.starts_with(kAufs)) return {};
  const std::string removed = name.substr(kWhiteout.size());
  if (removed.empty() || removed == "." || removed == "..") return bad(path, "removes nothing that can be removed");
  const auto found = parent.children.find(removed);
  if (found == parent.children.end()) return {};
  if (prune(*found->second, layer_) && found->second->layer < layer_) parent.children.erase(found);
  return {};
}

Result<void> LayerTree::link(LayerNode& parent, const std::string& name, const LayerMember& member) {
  TRY(const std::vector<std::string> parts, checked_parts(member.hard_link));
  if (parts.empty()) return bad(member.path, "is a hard link to nothing");
  TRY(const LayerNode* holder, parent_of(parts, member.hard_link));
  const auto found = holder->children.find(parts.back());
  if (found == holder->children.end() || found->second->kind == file::Kind::kDirectory)
    return bad(member.path, "is a hard link to " + member.hard_link + ", which is no file of the image");
  auto node = std::make_unique<LayerNode>();
  node->kind = found->second->kind;
  node->layer = layer_;
  node->target = found->second->target;
  node->content = found->second->content;
  parent.children[name] = std::move(node);
  return {};
}

Result<void> LayerTree::add(LayerMember member) {
  if (++members_ > kMostMembers) return bad(member.path, "is one of more than a million members");
  TRY(const std::vector<std::string> parts, checked_parts(member.path));
  if (parts.empty()) return {};
  TRY(LayerNode * parent, parent_of(parts, member.path));
  const std::string& name = parts.back();
  if (name.starts_with(kWhiteout)) return white_out(*parent, name, member.path);
  if (!member.hard_link.empty()) return link(*parent, name, member);
  const bool fits =
      member.kind == file::Kind::kFile || member.kind == file::Kind::kDirectory || member.kind == file::Kind::kLink;
  if (!fits) {
    parent->children.erase(name);
    // Every image loses its /dev, so a note about a device there would say nothing about this image.
    if (!is_special_path(parts.front())) note("/" + member.path + ": is a " + std::string(file::name(member.kind)));
    return {};
  }
  if (member.kind == file::Kind::kFile && (member.mode & (S_ISUID | S_ISGID)) != 0)
    note("/" + member.path + ": its set-user-ID or set-group-ID bit");
  auto& node = parent->children[name];
  const bool stays = node && node->kind == file::Kind::kDirectory && member.kind == file::Kind::kDirectory;
  if (!stays) node = std::make_unique<LayerNode>();
  node->kind = member.kind;
  node->layer = layer_;
  node->target = std::move(member.target);
  node->content = std::move(member.content);
  return {};
}

}  // namespace immure::plan
