#include "plan/package/directories.hpp"

#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <string_view>

namespace immure::plan {
namespace {

/// Limits the depth of find(). A path of 4,095 bytes has at most 2,048 parts, and only a loop of links goes deeper.
constexpr unsigned kMaxDepth = 2048;

}  // namespace

std::string parent_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

std::string last_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

std::string link_text(const std::string& path) {
  std::array<char, 4096> text;
  const ssize_t length = ::readlink(path.c_str(), text.data(), text.size());
  if (length <= 0 || static_cast<std::size_t>(length) == text.size()) return {};
  return {text.data(), static_cast<std::size_t>(length)};
}

const Directories::Found& Directories::find(const std::string& path) {
  if (const auto known = found_.find(path); known != found_.end()) return known->second;
  // A loop of links ends here: it counts as a missing directory.
  if (++depth_ > kMaxDepth) {
    --depth_;
    static const Found kNone{};
    return kNone;
  }
  Found found = look(path);
  --depth_;
  return found_.insert_or_assign(path, std::move(found)).first->second;
}

Directories::Found Directories::look(const std::string& path) {
  Found parent{.there = true, .path = {}, .refused = {}};
  if (!path.empty()) parent = find(parent_of(path));
  if (!parent.there) return {};
  Found found{.there = true, .path = path.empty() ? "" : parent.path + "/" + last_of(path), .refused = parent.refused};
  const std::string shown = found.path.empty() ? "/" : found.path;
  struct stat status{};
  if (::lstat((root_ + shown).c_str(), &status) != 0) return {};
  if (status.st_uid != owner_ && found.refused.empty())
    found.refused = shown + " belongs to user " + std::to_string(status.st_uid);
  if (S_ISLNK(status.st_mode)) return follow(found, path);
  if (!S_ISDIR(status.st_mode)) return {};
  if (!found.refused.empty()) return found;
  const bool by_group = (status.st_mode & S_IWGRP) != 0 && status.st_gid != 0;
  if (by_group || (status.st_mode & S_IWOTH) != 0) found.refused = "others may write to " + shown;
  if ((status.st_mode & S_IXOTH) == 0) found.refused = "not everybody may enter " + shown;
  return found;
}

/// Returns the directory to which `link` leads.
Directories::Found Directories::follow(const Found& link, const std::string& path) {
  if (!link.refused.empty()) return {.there = true, .path = link.path, .refused = link.refused};
  const std::string target = link_text(root_ + link.path);
  if (target.empty()) return {};
  links_.emplace(link.path, target);
  // While the walk goes on, `path` counts as a missing directory. This ends the walk of a link that leads to itself.
  found_.insert_or_assign(path, Found{});
  std::string at = target.starts_with('/') ? "" : parent_of(link.path);
  for (std::string_view rest = target; !rest.empty();) {
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    const std::string part(rest.substr(0, slash));
    rest.remove_prefix(std::min(slash + 1, rest.size()));
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      if (!at.empty()) at = parent_of(at);
      continue;
    }
    const Found next = find(at + "/" + part);
    if (!next.there || !next.refused.empty()) return next;
    at = next.path;
  }
  return find(at);
}

}  // namespace immure::plan
