#include "plan/package/image_map.hpp"

#include <algorithm>
#include <utility>

#include "plan/package/directories.hpp"

namespace immure::plan {
namespace {

/// As many links as the kernel follows in one path (path_resolution(7)).
constexpr int kMaxLinks = 40;

/// Puts the parts of a path on a stack, the first part on top.
void push_parts(std::vector<std::string>& stack, std::string_view path) {
  while (!path.empty()) {
    const std::size_t slash = path.rfind('/');
    const std::string_view part = slash == std::string_view::npos ? path : path.substr(slash + 1);
    path = slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
    if (!part.empty() && part != ".") stack.emplace_back(part);
  }
}

}  // namespace

bool ImageMap::add(PackItem item) {
  std::string inner = item.inner;
  if (!items_.try_emplace(inner, std::move(item)).second) return false;
  for (std::string parent = parent_of(inner); directories_.insert(parent).second && !parent.empty();)
    parent = parent_of(parent);
  return true;
}

const PackItem* ImageMap::at(const std::string& path) const {
  const auto found = items_.find(path);
  return found == items_.end() ? nullptr : &found->second;
}

std::optional<std::string> ImageMap::walk(const std::string& path, bool new_end) const {
  std::vector<std::string> open;
  push_parts(open, path);
  std::string at;
  for (int links = 0; !open.empty();) {
    const std::string part = std::move(open.back());
    open.pop_back();
    if (part == "..") {
      at = parent_of(at);
      continue;
    }
    std::string next = at + "/" + part;
    const PackItem* item = this->at(next);
    if (item != nullptr && item->kind == file::Kind::kLink) {
      if (++links > kMaxLinks) return std::nullopt;
      if (item->target.starts_with('/')) at.clear();
      push_parts(open, item->target);
      continue;
    }
    if (item != nullptr && !open.empty()) return std::nullopt;  // a file is no directory
    if (item == nullptr && !directories_.contains(next) && !new_end) return std::nullopt;
    at = std::move(next);
  }
  return at;
}

void ImageMap::remove_dangling_links() {
  // A link may lead through another link that leads to nothing, so remove links until nothing changes.
  for (bool removed = true; removed;)
    removed = std::erase_if(items_, [this](const auto& each) {
                return each.second.kind == file::Kind::kLink && !resolve(each.first);
              }) > 0;
}

std::map<std::string, std::string> ImageMap::directory_links() const {
  std::map<std::string, std::string> links;
  for (const auto& [path, item] : items_) {
    if (item.kind != file::Kind::kLink) continue;
    const auto leads = resolve(path);
    if (leads && this->at(*leads) == nullptr) links.emplace(path, item.target);
  }
  return links;
}

std::vector<PackItem> ImageMap::take() {
  std::vector<PackItem> items;
  items.reserve(items_.size());
  for (auto& [path, item] : items_) items.push_back(std::move(item));
  items_.clear();
  return items;
}

}  // namespace immure::plan
