/// Finds and packs the files that the sources of a script language name.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "file/go_on.hpp"
#include "plan/image/host_files.hpp"
#include "plan/image/image.hpp"
#include "plan/image/trust.hpp"
#include "sys/error.hpp"

namespace immure::plan {

/// A directory in which a language looks for modules.
struct Place {
  const HostRoot* root = nullptr;
  std::shared_ptr<const Reach> reach;  ///< where the names in the sources may lead
  std::string directory;               ///< path below `root`
  std::string inner;                   ///< path in the image; empty if nothing is packed, because /in has the files
  /// A directory of the system, such as dist-packages. immure packs only those of its files that everybody may read.
  bool common = false;
};

/// A directory or file: below a place, or in a tree that is packed whole.
struct Spot {
  const Place* place = nullptr;
  std::shared_ptr<const Tree> tree;  ///< empty: below the place itself
  std::string path;                  ///< relative to the tree, or to the place
  [[nodiscard]] Spot at(std::string_view name) const {
    return {place, tree, path.empty() ? std::string(name) : path + "/" + std::string(name)};
  }
};

/// Reads a whole source, and returns an empty text for a source of more than 4 MiB.
[[nodiscard]] std::string source_text(int fd, std::uint64_t size);

/// Joins a directory and a relative path with `.` and `..`. Returns nothing for a path that leads out of the place or
/// the tree.
[[nodiscard]] std::optional<Spot> below(const Spot& directory, std::string_view path);

/// Collects what a script needs, and limits how much this is, because anybody may have written the files with the
/// names.
class Gathering {
 public:
  Gathering(Closure& closure, const file::GoOn& go_on) : closure_(closure), go_on_(go_on) {}

  /// The names in a directory; empty if there is no such directory, or if it may not be listed.
  [[nodiscard]] const std::set<std::string, std::less<>>& names(const Spot& directory);
  /// True if the directory holds a directory of this name.
  [[nodiscard]] bool holds_directory(const Spot& directory, std::string_view name);

  /// Packs a file with its place, unless a tree or /in has the file already. Returns the contents: nothing if the file
  /// may not be read, and an empty text for a file of more than 4 MiB. Error kBadInput: too many files.
  [[nodiscard]] Result<std::optional<std::string>> take(const Spot& file);
  /// Packs a directory whole, unless it is packed already. The result has the tree, or is the same spot if nothing is
  /// to be packed. Errors: kBadInput for too many files or bytes; those of open_tree().
  [[nodiscard]] Result<std::optional<Spot>> take_whole(const Spot& directory);

  void note(std::string text);
  [[nodiscard]] Result<void> may_go_on() const { return file::may_go_on(go_on_); }

 private:
  [[nodiscard]] Result<void> count(std::uint64_t files, std::uint64_t bytes, const std::string& path);
  [[nodiscard]] std::optional<HostFile> find(const Spot& spot) const;

  using Key = std::pair<const void*, std::string>;
  static Key key_of(const Spot& spot);
  Closure& closure_;
  const file::GoOn& go_on_;
  std::map<Key, std::set<std::string, std::less<>>> names_;
  std::map<Key, std::shared_ptr<const Tree>> trees_;
  std::set<const Tree*> listed_;
  std::set<Key> files_;
  std::uint64_t count_ = 0, bytes_ = 0, sources_ = 0;
};

}  // namespace immure::plan
