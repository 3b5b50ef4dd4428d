#include "plan/image/rootfs.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <set>
#include <utility>

#include "file/ground.hpp"
#include "file/sha256.hpp"
#include "file/tree.hpp"
#include "plan/image/file_digest.hpp"
#include "plan/image/image_cache.hpp"
#include "plan/image/image_digests.hpp"
#include "plan/image/own_files.hpp"
#include "plan/image/pack.hpp"
#include "plan/image/special_paths.hpp"
#include "plan/image/stored_image.hpp"
#include "sys/file.hpp"
#include "sys/machine.hpp"
#include "text/hex.hpp"

namespace immure::plan {
namespace {

/// Part of the key of a copied root directory. Change this text whenever immure copies differently.
constexpr std::string_view kFormat = "immure-rootfs 2\n";

Result<std::vector<file::Entry>> list_root(const sys::Fd& root, const std::string& name, const file::GoOn& go_on) {
  return file::scan(
      root.get(), name,
      {.leave_closed = true, .is_left_out = is_special_path, .readers = sys::processors(), .go_on = go_on});
}

/// Lists everything in the directory, once its newest change is old enough.
Result<std::vector<file::Entry>> list_rested(const sys::Fd& root, const std::string& name, const file::GoOn& go_on) {
  TRY(auto entries, list_root(root, name, go_on));
  std::uint64_t bytes = 0;
  for (const file::Entry& entry : entries)
    if (entry.kind == file::Kind::kFile) CHECK_OK(count_image_bytes(bytes, entry.size, name + "/" + entry.path));
  if (!let_rest(std::ranges::max_element(entries, {}, &file::Entry::ctime_ns)->ctime_ns)) return entries;
  return list_root(root, name, go_on);
}

/// True if the program could read the file, or enter and list the directory, in the root directory itself: the cell of
/// an ordinary user runs as this user, and root's cell as a user who owns nothing.
bool is_readable(const file::Entry& entry) {
  const std::uint32_t needed = entry.kind == file::Kind::kDirectory ? 05 : 04;
  const bool own = ::geteuid() != 0 && entry.uid == ::geteuid();
  const std::uint32_t rights = own ? entry.mode >> 6U : entry.mode;
  return !entry.unread && (rights & needed) == needed;
}

bool is_below(std::string_view path, std::string_view directory) {
  return path.size() > directory.size() && path.starts_with(directory) && path[directory.size()] == '/';
}

/// What immure has to copy, and what a program will miss.
struct Copy {
  PackList list;
  std::vector<std::string> left_out;
  bool in_place = true;  ///< nothing has to be left out, added or changed
};

constexpr std::uint32_t kSetId = S_ISUID | S_ISGID;

PackItem item_of(const file::Entry& entry, const std::shared_ptr<const Tree>& tree) {
  PackItem item{.inner = "/" + entry.path, .kind = entry.kind};
  if (entry.kind == file::Kind::kLink) item.target = entry.target;
  if (entry.kind != file::Kind::kFile) return item;
  item.source = tree->path + "/" + entry.path;
  item.tree = tree;
  item.executable = (entry.mode & 0111U) != 0;
  item.device = entry.device;
  item.inode = entry.inode;
  item.size = entry.size;
  item.mtime_ns = entry.mtime_ns;
  item.ctime_ns = entry.ctime_ns;
  return item;
}

/// Why an entry cannot be in an image; empty if it can.
std::string unfit(const file::Entry& entry) {
  const bool plain = entry.kind == file::Kind::kFile || entry.kind == file::Kind::kDirectory;
  if (entry.kind != file::Kind::kLink && !plain) return "is a " + std::string(file::name(entry.kind));
  if (plain && !is_readable(entry)) return "is not readable for everybody";
  return {};
}

Copy copy_of(const std::shared_ptr<const Tree>& tree) {
  Copy copy;
  std::string closed;
  const auto is_mount_point = [](std::string_view path) { return path == "in" || path == "out"; };
  std::size_t mount_points = 0;
  for (const file::Entry& entry : tree->entries) {
    if (entry.path == "." || (!closed.empty() && is_below(entry.path, closed))) continue;
    if (is_mount_point(entry.path) && entry.kind == file::Kind::kDirectory) ++mount_points;
    if (is_mount_point(entry.path) || is_below(entry.path, "in") || is_below(entry.path, "out")) continue;
    if (std::string why = unfit(entry); !why.empty()) {
      closed = entry.kind == file::Kind::kDirectory ? entry.path : std::string();
      copy.left_out.push_back("/" + entry.path + ": " + why);
      // A private file can stay in place if the caller can read it: the program cannot, and the digest covers the file.
      const bool plain = entry.kind == file::Kind::kFile || entry.kind == file::Kind::kDirectory;
      const bool hashed = ::faccessat(tree->fd.get(), entry.path.c_str(), R_OK, AT_SYMLINK_NOFOLLOW | AT_EACCESS) == 0;
      if (!plain || entry.unread || !hashed) copy.in_place = false;
      continue;
    }
    if (entry.kind == file::Kind::kFile && (entry.mode & kSetId) != 0) {
      copy.left_out.push_back("/" + entry.path + ": its set-user-ID or set-group-ID bit");
      copy.in_place = false;
    }
    copy.list.items.push_back(item_of(entry, tree));
  }
  if (mount_points != 2) copy.in_place = false;
  for (const std::string_view path : special_paths()) {
    struct stat status{};
    const std::string name(path);
    if (::fstatat(tree->fd.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
    copy.left_out.push_back(special_path_note(name));
    copy.in_place = false;
  }
  return copy;
}

/// The first entry to which a user other than root and the caller may write. Such a user can hold pages of the file in
/// a way that neither a lease nor a time of change reveals, so the digest would not say what the program reads. In a
/// copied root directory only files count: the digest is of the copy, which belongs to the caller alone.
std::string open_to_others(const std::vector<file::Entry>& entries, const std::string& name, bool files_only) {
  const auto others_may_write = [files_only](const file::Entry& entry) {
    if (entry.kind == file::Kind::kLink || (files_only && entry.kind != file::Kind::kFile)) return false;
    return (entry.uid != 0 && entry.uid != ::geteuid()) || (entry.mode & (S_IWGRP | S_IWOTH)) != 0;
  };
  const auto entry = std::ranges::find_if(entries, others_may_write);
  return entry == entries.end() ? std::string() : name + "/" + entry->path;
}

/// Says why the contents of the directory may change unseen, whatever their modes are; empty if they cannot. Looks at
/// each file system in the directory.
Result<std::string> changeable(int root, const std::vector<file::Entry>& entries, const std::string& name) {
  std::set<std::uint64_t> judged;
  for (const file::Entry& entry : entries) {
    if (entry.kind == file::Kind::kLink || !judged.insert(entry.device).second) continue;
    const auto opened = sys::open_beneath(root, entry.path.c_str(), O_PATH);
    if (!opened) return fail(Code::kBadInput, name + "/" + entry.path, "cannot be opened", {}, opened.error().value);
    if (std::string why = file::why_root_changeable(opened->get()); !why.empty()) return why;
  }
  return std::string();
}

/// The digest of a directory that is used in place. A directory that may change unseen is hashed in each run; otherwise
/// the cache, if there is one, remembers the digest.
Result<std::string> content_digest(const Tree& tree, const std::string& state, bool may_change,
                                   const file::GoOn& go_on) {
  const auto cache = ImageCache::open();
  const std::string identity = cache ? "rootfs " + cache->boot() + " " + state : std::string();
  if (cache && !may_change)
    if (auto known = cache->remembered_digest(identity)) return *known;
  TRY(ImageDigests digests, digests_of(tree.fd.get(), tree.path, tree.entries, go_on));
  // If the cache does not store the digest, the next run hashes the directory once more.
  if (cache && !may_change) static_cast<void>(cache->remember_digest(identity, digests.content));
  return std::move(digests.content);
}

Result<Image> image_in_place(const std::shared_ptr<const Tree>& tree, std::string why_changeable,
                             const file::GoOn& go_on) {
  std::string open = open_to_others(tree->entries, tree->path, false);
  const std::string state = file::stat_digest(tree->entries);
  TRY(std::string content, content_digest(*tree, state, !open.empty() || !why_changeable.empty(), go_on));
  return Image{.directory = tree->path,
               .sha256 = std::move(content),
               .program_sha256 = {},
               .stat_sha256 = state,
               .held = std::shared_ptr<const sys::Fd>(tree, &tree->fd),
               .open_to_others = std::move(open),
               .changeable = std::move(why_changeable),
               .source = {.kind = "rootfs", .name = {}, .sha256 = {}, .layers = {}, .packages = {}, .left_out = {}}};
}

Result<Image> image_of_copy(const std::shared_ptr<const Tree>& tree, Copy& copy, std::string why_changeable,
                            const file::GoOn& go_on, bool helpers) {
  TRY(const ImageCache cache, ImageCache::open());
  file::Sha256 key;
  key.update(kFormat);
  key.update(file::stat_digest(tree->entries));
  for (const std::string& line : copy.left_out) key.update(line + "\n");
  if (helpers) key.update("helpers\n");
  const auto fill = [&](const sys::Fd& root, const std::string& name, Filled& filled) -> Result<void> {
    add_constant_files(copy.list.items, helpers);
    CHECK_OK(write_pack(copy.list, root.get(), name, go_on));
    TRY(filled.entries, list_image(root.get(), name, go_on));
    TRY(filled.digests, digests_of(root.get(), name, filled.entries, go_on));
    filled.left_out = copy.left_out;
    return {};
  };
  TRY(Image image,
      stored_image(cache, text::hex(key.finish()),
                   {.kind = "rootfs", .name = tree->path, .sha256 = {}, .layers = {}, .packages = {}, .left_out = {}},
                   fill, go_on));
  image.open_to_others = open_to_others(tree->entries, tree->path, !copy.in_place);
  image.changeable = std::move(why_changeable);
  return image;
}

Result<std::string> digest_in(const Rootfs& rootfs, const std::string& program) {
  const std::string shown = rootfs.path + program;
  auto file = sys::open_beneath(rootfs.directory->get(), program.c_str() + 1, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!file)
    return fail(Code::kBadInput, shown, "cannot be read", sys::lease_hint(file.error().value), file.error().value);
  const Image& image = rootfs.image;
  if (!image.open_to_others.empty() || !image.changeable.empty()) return new_file_digest(*file, shown);
  auto digest = file_digest(*file, shown);
  return digest ? std::move(digest) : new_file_digest(*file, shown);
}

}  // namespace

Result<Rootfs> open_rootfs(const std::string& directory, bool for_evidence, const file::GoOn& go_on, bool helpers) {
  TRY(const file::HeldDirectory found, file::hold_directory(directory));
  auto root = sys::open_at(found.fd.get(), ".", O_RDONLY | O_DIRECTORY);
  if (!root) return fail(Code::kBadInput, directory, "is not a directory that can be read", {}, root.error().value);
  if (found.path == "/")
    return fail(Code::kBadInput, directory, "is this host's own root directory, and cannot be an image",
                "Without --rootfs, immure packs what the program needs.");
  auto tree = std::make_shared<Tree>();
  tree->path = found.path;
  TRY(tree->entries, list_rested(*root, found.path, go_on));
  tree->fd = std::move(*root);
  TRY(std::string why, changeable(tree->fd.get(), tree->entries, found.path));
  Copy copy = copy_of(tree);
  const bool in_place = copy.in_place && !for_evidence && !helpers;
  TRY(Image image, in_place ? image_in_place(tree, std::move(why), go_on)
                            : image_of_copy(tree, copy, std::move(why), go_on, helpers));
  image.source.name = directory;
  return Rootfs{image.held, image.directory, std::move(image)};
}

Result<Image> rootfs_image(const Rootfs& rootfs, const Closure& closure, const file::GoOn&) {
  CHECK_OK(check_packed(closure, rootfs.directory->get()));
  Image image = rootfs.image;
  TRY(image.program_sha256, digest_in(rootfs, closure.program.inner_path));
  return image;
}

}  // namespace immure::plan
