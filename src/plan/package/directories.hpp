/// The directories of the host through which the paths of packages lead.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>

namespace immure::plan {

/// Finds directories by name, each once. Follows a link on the way only if the link belongs to the owner of packages.
/// Refuses everything below a directory to which another user may write or which not everybody may enter: another user
/// could exchange a file there, or only the caller could read the file.
class Directories {
 public:
  struct Found {
    bool there = false;
    std::string path;     ///< with links resolved, below the root; empty for the root itself
    std::string refused;  ///< why nothing below this directory may be packed; otherwise empty
  };

  /// `root`: the directory that stands for `/`, without a slash at the end; empty for the host.
  Directories(std::string root, std::uint32_t owner) : root_(std::move(root)), owner_(owner) {}

  /// `path` begins with a slash and has none at its end; an empty path is the root.
  [[nodiscard]] const Found& find(const std::string& path);
  /// The links on the way to all found directories: the resolved path of each link, and its text.
  [[nodiscard]] const std::map<std::string, std::string>& links() const { return links_; }

 private:
  [[nodiscard]] Found look(const std::string& path);
  [[nodiscard]] Found follow(const Found& parent, const std::string& path);

  std::string root_;
  std::uint32_t owner_;
  unsigned depth_ = 0;
  std::unordered_map<std::string, Found> found_;
  std::map<std::string, std::string> links_;
};

/// The text of the link `path`; empty if it cannot be read.
[[nodiscard]] std::string link_text(const std::string& path);

/// The directory of a path, and the last part of the path.
[[nodiscard]] std::string parent_of(const std::string& path);
[[nodiscard]] std::string last_of(const std::string& path);

}  // namespace immure::plan
