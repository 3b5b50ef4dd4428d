/// Which files a program or a directory may make immure read.
///
/// The headers of a program, the first line of a script and the links in a directory name files, and the person who
/// made the program chose these names: for example a vendor who made a tarball, or a user whose program root runs. Such
/// names may lead to two places only: to the system's directories, and to the tree in which the program itself lies.
/// Even in these places immure reads no file that the author of the names could not read. Paths that the operator gives
/// are not restricted, because the operator chose these paths.
#pragma once

#include <sys/stat.h>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "file/go_on.hpp"
#include "file/tree.hpp"
#include "plan/image/host_files.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::plan {

/// True for a path below /usr, /lib, /bin, /opt or another directory of the system. Looks only at the text of the path.
[[nodiscard]] bool is_system_path(std::string_view path);

/// The owners and modes on the path to a file: of the directories from `/` downwards, then of the file.
struct Way {
  sys::Fd last;                    ///< the file itself, opened with O_PATH
  std::vector<struct stat> stats;  ///< status of `/` first, status of the file last

  /// True if root owns everything on the path, and nobody else may write to any part of it.
  [[nodiscard]] bool is_roots() const;
};

/// Walks to a path component by component and follows no link. Error kBadInput.
[[nodiscard]] Result<Way> walk_to(const std::string& path);

/// The author of the names in a program or a directory: the first owner on the path to it who is not root.
class Author {
 public:
  /// Stands for the operator, who may use every file that the kernel lets immure read.
  Author() = default;
  [[nodiscard]] static Author of(const Way& way);

  /// True if the author could read the file, or list and enter the directory, according to its mode and owner.
  [[nodiscard]] bool may_read(std::uint32_t mode, std::uint32_t uid) const;
  /// Like may_read(), for everything on a path except its first `skipped` parts.
  [[nodiscard]] bool may_reach(const Way& way, std::size_t skipped = 0) const;

 private:
  std::optional<std::uint32_t> uid_;  ///< empty for the operator, who may read everything
};

/// A directory that is packed whole, opened once. Listing and copying both use this descriptor.
struct Tree {
  sys::Fd fd;
  std::string path;  ///< with links resolved
  std::vector<file::Entry> entries;
  Author author;
  /// True if root owns the directory, everything in it, and everything on the path to it.
  bool system = false;
};

/// The target of a link that leads out of its tree: a file that may be packed in the place of the link.
struct LinkTarget {
  std::string path;  ///< with links resolved
  struct stat status{};
};

struct TreeOptions {
  bool only_public = false;               ///< leaves out what some user on the host may not read
  std::vector<std::string> without = {};  ///< names in the directory that are left out
};

/// Opens and lists a directory that the operator named. Error kBadInput, also for a file in the directory that immure
/// can read although the author of the tree cannot.
[[nodiscard]] Result<std::shared_ptr<const Tree>> open_tree(const HostFile& directory, const file::GoOn& go_on,
                                                            const TreeOptions& options = {});

/// Follows a link that leads out of its tree, to a file or, in a tree of the system, to a directory. Returns nothing if
/// the link leads to a forbidden place. Error kBadInput: the link leads to another directory.
[[nodiscard]] Result<std::optional<LinkTarget>> follow_link(const Tree& tree, const file::Entry& link);

/// The places to which the names in one program may lead.
class Reach {
 public:
  /// Allows everything in a root directory of the operator.
  explicit Reach(const HostRoot& root) : root_(&root), everywhere_(true) {}
  /// Makes the reach of a program of the host. Error kBadInput.
  [[nodiscard]] static Result<Reach> of_program(const HostRoot& root, const HostFile& program);

  /// Makes the reach of the names in the file `names`, which may lead into the directory `own` too. Error kBadInput.
  [[nodiscard]] static Result<Reach> of_names(const HostRoot& root, const HostFile& names, std::string own);

  /// Finds the file or directory of a name and follows links. `configured`: the system's own configuration names the
  /// place, so root must own it. Error kBadInput: the file does not exist, or these names may not lead to its place.
  [[nodiscard]] Result<HostFile> find(const std::string& name, bool configured = false) const;
  /// Like find(), for a regular file, which is opened for reading.
  [[nodiscard]] Result<HostFile> file(const std::string& name, bool configured = false) const;
  [[nodiscard]] bool everywhere() const { return everywhere_; }

 private:
  [[nodiscard]] Result<void> check(const HostFile& found, bool configured) const;

  const HostRoot* root_;
  bool everywhere_ = false;
  std::string own_;  ///< real path of the program's own tree; empty if it has none
  Author author_;
};

}  // namespace immure::plan
