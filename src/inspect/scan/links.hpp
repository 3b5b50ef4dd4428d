/// Follows links as a program does that unpacks a container or walks a directory: one component after another, through
/// the links that are there. A link alone can look harmless: `par` with the target `cur/..` leads out only because
/// `cur` is a link, too.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace immure::inspect {

/// True for a path below the directories in which every system has its programs, libraries and public settings. Links
/// to there are ordinary in trees of systems and in packages, and read nothing secret.
[[nodiscard]] bool leads_to_system(std::string_view target);

class Links {
 public:
  struct Way {
    bool out = false;  ///< the path leads out of the root
    std::string link;  ///< the first link on the way; empty if there is none
  };

  /// Notes a symbolic link. A later link of the same path replaces an earlier one.
  void add(std::string_view path, std::string_view target);
  [[nodiscard]] bool empty() const { return targets_.empty(); }

  /// Where a program gets that writes to `path`: through links to directories, but not through the last component.
  [[nodiscard]] Way to(std::string_view path) const;
  /// Where a program gets that opens the link at `path` with this target.
  [[nodiscard]] Way from(std::string_view path, std::string_view target) const;
  /// Where a program gets that opens `path`, also through its last component.
  [[nodiscard]] Way through(std::string_view path) const;

 private:
  std::map<std::string, std::string, std::less<>> targets_;
};

}  // namespace immure::inspect
