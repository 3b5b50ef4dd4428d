#include "plan/image/trust.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <span>
#include <utility>

#include "sys/file.hpp"
#include "sys/libc.hpp"

namespace immure::plan {
namespace {

constexpr std::uint32_t kNobody = 0xffffffffU;

bool starts_with_one_of(std::string_view path, std::span<const std::string_view> prefixes) {
  return std::ranges::any_of(prefixes, [&](std::string_view prefix) { return path.starts_with(prefix); });
}

/// True for a path below a directory that holds only what the distribution installs.
bool is_distribution_path(std::string_view path) {
  constexpr std::array<std::string_view, 6> kPrefixes = {"/usr/", "/bin/", "/sbin/", "/lib/", "/lib32/", "/lib64/"};
  return starts_with_one_of(path, kPrefixes);
}

std::string parent(const std::string& path) { return path.substr(0, path.rfind('/')); }

/// The directory with which a program was unpacked: DIR for DIR/bin/PROGRAM, else the directory of the program.
std::string own_tree(const std::string& program) {
  const std::string directory = parent(program);
  const std::string_view last = std::string_view(directory).substr(directory.rfind('/') + 1);
  constexpr std::array<std::string_view, 5> kInside = {"bin", "sbin", "lib", "lib64", "libexec"};
  const bool inside = std::ranges::find(kInside, last) != kInside.end();
  return inside ? parent(directory) : directory;
}

std::size_t parts_of(std::string_view path) { return static_cast<std::size_t>(std::ranges::count(path, '/')); }

/// Joins the directory and the text of a link, and resolves `.` and `..` by the text alone. Asking the kernel would
/// already touch the file that the link names.
std::string joined(const std::string& directory, std::string_view target) {
  std::vector<std::string_view> parts;
  const std::string whole = target.starts_with('/') ? std::string(target) : directory + "/" + std::string(target);
  for (std::string_view rest = whole; !rest.empty();) {
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    const std::string_view part = rest.substr(0, slash);
    rest.remove_prefix(std::min(slash + 1, rest.size()));
    if (part == "..") {
      if (!parts.empty()) parts.pop_back();
    } else if (!part.empty() && part != ".") {
      parts.push_back(part);
    }
  }
  std::string path;
  for (const std::string_view part : parts) path.append("/").append(part);
  return path;
}

/// True if everybody on the host may read the file.
bool is_public(const Way& way) {
  constexpr std::uint32_t kEnter = 01, kRead = 04;
  return std::ranges::all_of(way.stats, [](const struct stat& status) {
    return (status.st_mode & (S_ISDIR(status.st_mode) ? kEnter : kRead)) != 0;
  });
}

/// Sets the author of the tree's names: the first owner on the path who is not root.
void settle_author(Tree& tree, const Way& way) {
  tree.author = Author::of(way);
  const std::uint32_t root = way.stats.front().st_uid;
  const auto foreign = std::ranges::find_if(
      tree.entries, [root](const file::Entry& entry) { return entry.uid != 0 && entry.uid != root; });
  tree.system = is_system_path(tree.path) && way.is_roots() && foreign == tree.entries.end();
}

/// A user can make a second name of a file without the right to read the file (link(2)), directly or by a tar archive.
/// Therefore a file that not everybody may read must have all its names in the tree.
bool may_be_elsewhere(const struct stat& status) {
  return S_ISREG(status.st_mode) && status.st_nlink > 1 && (status.st_mode & S_IROTH) == 0;
}

/// Walks to a file that was found. Error kBadInput if the path leads to another file now.
Result<Way> way_of(const HostFile& found) {
  TRY(Way way, walk_to(found.path));
  const struct stat& last = way.stats.back();
  if (last.st_dev != found.status.st_dev || last.st_ino != found.status.st_ino)
    return fail(Code::kBadInput, found.path, "was replaced while immure checked it", "Try again.");
  return way;
}

/// Error kBadInput for a file that immure can read but the tree's owner cannot: the owner must not get such a file
/// packed.
Result<void> check_entries(const Tree& tree) {
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::uint32_t> names;
  const auto is_private = [](const file::Entry& entry) {
    return entry.kind == file::Kind::kFile && entry.links > 1 && (entry.mode & S_IROTH) == 0;
  };
  for (const file::Entry& entry : tree.entries)
    if (is_private(entry)) ++names[{entry.device, entry.inode}];
  for (const file::Entry& entry : tree.entries) {
    const std::uint32_t type = entry.kind == file::Kind::kDirectory ? S_IFDIR : S_IFREG;
    const std::string where = tree.path + "/" + entry.path;
    if (entry.kind != file::Kind::kLink && !tree.author.may_read(entry.mode | type, entry.uid))
      return fail(Code::kBadInput, where, "cannot be packed: the owner of the directory may not read it",
                  "Take it out of the directory, or `chmod o+rX` it.");
    if (is_private(entry) && names[{entry.device, entry.inode}] < entry.links)
      return fail(Code::kBadInput, where, "cannot be packed: it is a private file with a name outside of the directory",
                  "It is a hard link. Put a copy of the file there instead.");
  }
  return {};
}

/// Removes the entries that the options leave out, and everything below these entries.
void leave_out(std::vector<file::Entry>& entries, const TreeOptions& options) {
  std::set<std::string, std::less<>> hidden(options.without.begin(), options.without.end());
  const auto is_left_out = [&](const file::Entry& entry) {
    for (std::size_t end = entry.path.find('/'); end != std::string::npos; end = entry.path.find('/', end + 1))
      if (hidden.contains(std::string_view(entry.path).substr(0, end))) return true;
    if (hidden.contains(entry.path)) return true;
    const std::uint32_t needed = entry.kind == file::Kind::kDirectory ? 05 : 04;
    if (!options.only_public || entry.kind == file::Kind::kLink || (entry.mode & needed) == needed) return false;
    hidden.insert(entry.path);
    return true;
  };
  // A directory comes before its entries, because the list is sorted.
  std::erase_if(entries, is_left_out);
}

}  // namespace

bool is_system_path(std::string_view path) {
  constexpr std::array<std::string_view, 3> kAdded = {"/opt/", "/nix/", "/gnu/"};
  return is_distribution_path(path) || starts_with_one_of(path, kAdded);
}

bool Way::is_roots() const {
  // In a user namespace that maps the caller alone, root's files appear to belong to the owner of `/`.
  const std::uint32_t root = stats.front().st_uid;
  return std::ranges::all_of(stats, [root](const struct stat& status) {
    const bool open = (status.st_mode & S_IWOTH) != 0 && (status.st_mode & S_ISVTX) == 0;
    return (status.st_uid == 0 || status.st_uid == root) && !open;
  });
}

Result<Way> walk_to(const std::string& path) {
  Way way;
  const auto step = [&](const char* name) -> Result<void> {
    auto next = sys::open_at(way.last ? way.last.get() : AT_FDCWD, name, O_PATH | O_NOFOLLOW);
    if (!next) return fail(Code::kBadInput, path, "cannot be opened", {}, next.error().value);
    way.last = std::move(*next);
    way.stats.emplace_back();
    const int failure = sys::error_of(::fstat, way.last.get(), &way.stats.back());
    if (failure != 0) return fail(Code::kBadInput, path, "its status cannot be read", {}, failure);
    return {};
  };
  CHECK_OK(step("/"));
  for (std::string_view rest = path; !rest.empty();) {
    const std::string part(rest.substr(0, rest.find('/')));
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
    if (!part.empty()) CHECK_OK(step(part.c_str()));
  }
  return way;
}

Author Author::of(const Way& way) {
  Author author;
  const std::uint32_t root = way.stats.front().st_uid, caller = ::geteuid();
  for (const struct stat& status : way.stats) {
    const bool open = (status.st_mode & S_IWOTH) != 0 && (status.st_mode & S_ISVTX) == 0 && S_ISDIR(status.st_mode);
    const std::uint32_t uid = open ? kNobody : status.st_uid;
    if (uid == 0 || uid == root) continue;
    if (uid != caller) author.uid_ = uid;
    break;
  }
  return author;
}

bool Author::may_read(std::uint32_t mode, std::uint32_t uid) const {
  const std::uint32_t needed = S_ISDIR(mode) ? 05 : 04;
  return !uid_ || uid == *uid_ || (mode & needed) == needed;
}

bool Author::may_reach(const Way& way, std::size_t skipped) const {
  if (!uid_) return true;
  for (std::size_t i = skipped; i < way.stats.size(); ++i) {
    const struct stat& status = way.stats[i];
    const bool enters = i + 1 < way.stats.size() && (status.st_mode & S_IXOTH) != 0;
    if (!enters && !may_read(status.st_mode, status.st_uid)) return false;
  }
  return true;
}

Result<std::shared_ptr<const Tree>> open_tree(const HostFile& directory, const file::GoOn& go_on,
                                              const TreeOptions& options) {
  TRY(const Way way, way_of(directory));
  auto tree = std::make_shared<Tree>();
  auto opened = sys::open_at(way.last.get(), ".", O_RDONLY | O_DIRECTORY);
  if (!opened) return fail(Code::kBadInput, directory.path, "cannot be read", {}, opened.error().value);
  tree->fd = std::move(*opened);
  tree->path = directory.path;
  TRY(tree->entries, file::scan(tree->fd.get(), tree->path, {.go_on = go_on}));
  leave_out(tree->entries, options);
  settle_author(*tree, way);
  CHECK_OK(check_entries(*tree));
  return tree;
}

Result<std::optional<LinkTarget>> follow_link(const Tree& tree, const file::Entry& link) {
  const std::string source = tree.path + "/" + link.path, named = joined(parent(source), link.target);
  // Do not even look at the file that a foreign link names: looking can hang, or start an automount.
  if (!tree.system && !is_system_path(named)) return std::nullopt;
  TRY(const HostRoot root, HostRoot::open("/"));
  const auto found = root.find(named);
  if (!found) return std::nullopt;
  const auto way = way_of(*found);
  if (!way || !way->is_roots()) return std::nullopt;
  const bool installed = is_system_path(found->path) && tree.author.may_reach(*way);
  // A distribution's directories also hold links to its configuration in /etc.
  const bool configuration = tree.system && is_distribution_path(tree.path) && is_public(*way);
  if (!installed && !configuration) return std::nullopt;
  // A package may bring a directory of data that lies elsewhere, as python3-babel does, so the link stays a link.
  if (S_ISDIR(found->status.st_mode) && !tree.system)
    return fail(Code::kBadInput, source, "is a link that leads out of the packed directory, to " + link.target,
                "Pack that directory by its own name.");
  if (!S_ISREG(found->status.st_mode) && !S_ISDIR(found->status.st_mode)) return std::nullopt;
  return LinkTarget{found->path, found->status};
}

Result<Reach> Reach::of_program(const HostRoot& root, const HostFile& program) {
  Reach reach(root);
  TRY(const Way way, way_of(program));
  reach.everywhere_ = false;
  reach.author_ = Author::of(way);
  if (!is_system_path(program.path) || !way.is_roots()) reach.own_ = own_tree(program.path);
  return reach;
}

Result<Reach> Reach::of_names(const HostRoot& root, const HostFile& names, std::string own) {
  TRY(Reach reach, of_program(root, names));
  reach.own_ = std::move(own);
  return reach;
}

Result<void> Reach::check(const HostFile& found, bool configured) const {
  TRY(const Way way, way_of(found));
  const bool named_by_system = configured || is_system_path(found.path);
  if (named_by_system && way.is_roots() && author_.may_reach(way)) return {};
  const bool own = !own_.empty() && (found.path == own_ || found.path.starts_with(own_ + "/"));
  if (own && author_.may_reach(way, parts_of(own_) + 1) && !may_be_elsewhere(found.status)) return {};
  return fail(Code::kBadInput, found.path,
              own || named_by_system ? "may not be read by the owner of the program that asks for it"
                                     : "lies neither in a directory of the system nor in the program's own",
              own_.empty() ? "" : "The program's own directory is " + own_ + ".");
}

Result<HostFile> Reach::find(const std::string& name, bool configured) const {
  TRY(HostFile found, root_->find(name));
  if (!everywhere_) CHECK_OK(check(found, configured));
  return found;
}

Result<HostFile> Reach::file(const std::string& name, bool configured) const {
  TRY(const HostFile found, find(name, configured));
  return HostRoot::open(found);
}

}  // namespace immure::plan
