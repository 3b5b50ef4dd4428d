/// The files of a container image, layer by layer, in memory. Nothing here touches a file system, so that no member of
/// a hostile layer can lead anywhere: `..`, links and names are resolved in this tree alone.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "file/tree.hpp"
#include "sys/error.hpp"

namespace immure::plan {

/// The content of a file, which hard links share.
struct LayerContent {
  std::string name;  ///< name of the file that holds the bytes
};

struct LayerNode {
  file::Kind kind = file::Kind::kDirectory;  ///< kFile, kDirectory or kLink
  std::size_t layer = 0;                     ///< the layer that added this entry
  std::string target;                        ///< of a link
  std::shared_ptr<LayerContent> content;     ///< of a file
  std::map<std::string, std::unique_ptr<LayerNode>, std::less<>> children;
};

/// A member of a layer, as the archive names it.
struct LayerMember {
  std::string path;
  file::Kind kind = file::Kind::kFile;
  std::string target;     ///< of a symbolic link
  std::string hard_link;  ///< of a hard link: the member that it names; otherwise empty
  std::uint32_t mode = 0;
  std::shared_ptr<LayerContent> content;
};

class LayerTree {
 public:
  /// Begins the next layer, which lies above all earlier layers.
  void begin_layer() { ++layer_; }

  /// Adds a member, or removes what a whiteout names. Errors, kBadInput: a name with `..`, a name below a file, a hard
  /// link to a file that the image lacks, too many members, a name that is too long or too deep, a loop of links.
  [[nodiscard]] Result<void> add(LayerMember member);

  [[nodiscard]] const LayerNode& root() const { return root_; }
  /// What the image leaves out of its layers, with the reason.
  [[nodiscard]] const std::vector<std::string>& left_out() const { return left_out_; }

 private:
  [[nodiscard]] Result<LayerNode*> parent_of(const std::vector<std::string>& parts, const std::string& path);
  [[nodiscard]] Result<void> white_out(LayerNode& parent, const std::string& name, const std::string& path);
  [[nodiscard]] Result<void> link(LayerNode& parent, const std::string& name, const LayerMember& member);
  void note(std::string line);

  LayerNode root_;
  std::size_t layer_ = 0, members_ = 0;
  std::vector<std::string> left_out_;
};

}  // namespace immure::plan
