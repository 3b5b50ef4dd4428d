/// The files and links of an image that is being put together, as the kernel will walk them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "plan/image/pack.hpp"

namespace immure::plan {

class ImageMap {
 public:
  /// Adds a file or a link. Returns false if the path has an entry already, and then keeps this entry.
  bool add(PackItem item);
  [[nodiscard]] const PackItem* at(const std::string& path) const;

  /// Returns where a path leads, with all links resolved; nothing if the path leads to nothing in the image.
  [[nodiscard]] std::optional<std::string> resolve(const std::string& path) const { return walk(path, false); }
  /// Like resolve(), but the last parts of the path need not be there yet.
  [[nodiscard]] std::optional<std::string> place_for(const std::string& path) const { return walk(path, true); }

  /// Removes the links that lead to nothing in the image.
  void remove_dangling_links();
  /// The links that lead to directories.
  [[nodiscard]] std::map<std::string, std::string> directory_links() const;
  [[nodiscard]] std::vector<PackItem> take();

 private:
  [[nodiscard]] std::optional<std::string> walk(const std::string& path, bool new_end) const;

  std::map<std::string, PackItem> items_;
  std::unordered_set<std::string> directories_;
};

}  // namespace immure::plan
