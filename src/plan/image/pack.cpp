#include "plan/image/pack.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <set>
#include <span>
#include <tuple>

#include "plan/image/own_files.hpp"
#include "plan/image/workers.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"
#include "text/hex.hpp"

namespace immure::plan {
namespace {

constexpr std::int64_t kNanoseconds = 1'000'000'000;
/// Part of the key of an image. Change this text whenever immure writes images differently.
constexpr std::string_view kFormat = "immure-image 3\n";

void remember(PackItem& item, const struct stat& status) {
  item.executable = (status.st_mode & 0111U) != 0;
  item.device = status.st_dev;
  item.inode = status.st_ino;
  item.size = static_cast<std::uint64_t>(status.st_size);
  item.mtime_ns = file::nanoseconds(status.st_mtim);
  item.ctime_ns = file::nanoseconds(status.st_ctim);
}

bool is_same(const PackItem& item, const struct stat& status) {
  PackItem now;
  remember(now, status);
  return S_ISREG(status.st_mode) && now.device == item.device && now.inode == item.inode && now.size == item.size &&
         now.mtime_ns == item.mtime_ns && now.ctime_ns == item.ctime_ns;
}

Result<PackItem> file_item(const std::string& inner, const std::string& source, const struct stat& status) {
  if (!S_ISREG(status.st_mode)) return fail(Code::kBadInput, source, "cannot be packed: not a regular file");
  return item_of(inner, source, status);
}

/// True if the text of the link at `path` (relative to its tree) names something in the same tree.
bool stays_inside(std::string_view path, std::string_view target) {
  if (target.starts_with('/')) return false;
  std::ptrdiff_t depth = std::ranges::count(path, '/');
  while (!target.empty()) {
    const std::size_t slash = std::min(target.find('/'), target.size());
    const std::string_view part = target.substr(0, slash);
    target.remove_prefix(std::min(slash + 1, target.size()));
    if (part == "..")
      --depth;
    else if (!part.empty() && part != ".")
      ++depth;
    if (depth < 0) return false;
  }
  return true;
}

/// True for a part of an interpreter's library that no program reads: the static library for embedding Python, 25 MB.
bool left_out(std::string_view inner) {
  const std::size_t at = inner.find("/python3.");
  return at != std::string_view::npos && inner.substr(at).find("/config-3.") != std::string_view::npos;
}

Result<void> add_link(const Packed& packed, const file::Entry& entry, PackList& list) {
  const std::string inner = packed.inner + "/" + entry.path;
  if (stays_inside(entry.path, entry.target)) {
    list.items.push_back({.inner = inner,
                          .kind = file::Kind::kLink,
                          .target = entry.target,
                          .inode = entry.inode,
                          .ctime_ns = entry.ctime_ns});
    return {};
  }
  TRY(const auto target, follow_link(*packed.tree, entry));
  if (!target) {
    list.left_out.push_back(packed.source + "/" + entry.path + " -> " + entry.target);
    return {};
  }
  if (S_ISDIR(target->status.st_mode)) {
    // The image has the contents of that directory if a package of the program brought them.
    list.items.push_back({.inner = inner,
                          .kind = file::Kind::kLink,
                          .target = packed.inner == packed.source ? entry.target : target->path,
                          .inode = entry.inode,
                          .ctime_ns = entry.ctime_ns});
    return {};
  }
  TRY(PackItem item, file_item(inner, target->path, target->status));
  list.items.push_back(std::move(item));
  return {};
}

Result<void> add_tree(const Packed& packed, PackList& list, const file::GoOn& go_on) {
  std::vector<PackItem>& items = list.items;
  for (const file::Entry& entry : packed.tree->entries) {
    CHECK_OK(file::may_go_on(go_on));
    const std::string inner = entry.path == "." ? packed.inner : packed.inner + "/" + entry.path;
    if (left_out(inner)) continue;
    if (entry.kind == file::Kind::kLink) {
      CHECK_OK(add_link(packed, entry, list));
    } else if (entry.kind == file::Kind::kDirectory) {
      items.push_back({.inner = inner, .kind = entry.kind});
    } else if (entry.kind == file::Kind::kFile) {
      items.push_back({.inner = inner,
                       .source = packed.source + "/" + entry.path,
                       .tree = packed.tree,
                       .executable = (entry.mode & 0111U) != 0,
                       .device = entry.device,
                       .inode = entry.inode,
                       .size = entry.size,
                       .mtime_ns = entry.mtime_ns,
                       .ctime_ns = entry.ctime_ns});
    } else {
      return fail(Code::kBadInput, packed.source + "/" + entry.path,
                  "cannot be packed: it is a " + std::string(name(entry.kind)));
    }
  }
  return {};
}

Result<void> check_place(const std::string& inner) {
  const std::string padded = inner + "/";
  const bool reserved = padded.starts_with("/in/") || padded.starts_with("/out/");
  if (reserved || !inner.starts_with('/') || padded.find("/../") != std::string::npos ||
      padded.find("/./") != std::string::npos || padded.find("//") != std::string::npos)
    return fail(Code::kBadInput, inner, "cannot be the path of a file in the image");
  return {};
}

void add_parents(std::vector<PackItem>& items) {
  std::set<std::string, std::less<>> parents;
  for (const PackItem& item : items)
    for (std::size_t slash = item.inner.rfind('/'); slash != 0; slash = item.inner.rfind('/', slash - 1))
      if (!parents.emplace(item.inner, 0, slash).second) break;
  for (const std::string& parent : parents) items.push_back({.inner = parent, .kind = file::Kind::kDirectory});
}

/// Joins items with the same path into one item if they are the same file. Error kBadInput if these items differ.
Result<void> merge(std::vector<PackItem>& items) {
  std::ranges::sort(items, {}, [](const PackItem& item) { return std::tie(item.inner, item.source); });
  for (std::size_t i = 1; i < items.size(); ++i) {
    const PackItem &one = items[i - 1], &other = items[i];
    if (one.inner != other.inner) continue;
    if (one.kind != other.kind || one.device != other.device || one.inode != other.inode || one.target != other.target)
      return fail(Code::kBadInput, other.inner,
                  "two different files would be packed there: " + one.source + " and " + other.source);
  }
  const auto rest = std::ranges::unique(items, {}, &PackItem::inner);
  items.erase(rest.begin(), rest.end());
  return {};
}

/// Copies the bytes from `at` to `until`. copy_file_range(2) shares blocks if the file system can; otherwise the
/// function copies the bytes. Returns the errno of a failure, or 0. Error: the error of `go_on`.
Result<int> copy_data(int from, int to, std::uint64_t at, std::uint64_t until, const file::GoOn& go_on) {
  // Without this limit one call would copy a whole file, and only a fatal signal can stop such a call.
  constexpr off64_t kPiece = 4 << 20;
  auto read_at = static_cast<off64_t>(at), write_at = static_cast<off64_t>(at);
  const auto end = static_cast<off64_t>(until);
  while (read_at < end) {
    CHECK_OK(file::may_go_on(go_on));
    const auto wanted = static_cast<std::size_t>(std::min(end - read_at, kPiece));
    if (::copy_file_range(from, &read_at, to, &write_at, wanted, 0) <= 0) break;
  }
  std::array<std::byte, 65536> buffer;
  while (read_at < end) {
    CHECK_OK(file::may_go_on(go_on));
    const std::size_t wanted = std::min(buffer.size(), static_cast<std::size_t>(end - read_at));
    const auto count = sys::read_at(from, std::span(buffer).first(wanted), static_cast<std::uint64_t>(read_at));
    if (!count || *count == 0) return count ? ESTALE : count.error().value;
    if (const int failure = sys::error_of(::lseek, to, read_at, SEEK_SET); failure != 0) return failure;
    if (const auto written = sys::write_all(to, std::span(buffer).first(*count)); !written)
      return written.error().value;
    read_at += static_cast<off64_t>(*count);
  }
  return 0;
}

/// Keeps the holes of a file, so that a file with terabytes of holes takes no more room in the image than at its
/// source. Returns the same as copy_data().
Result<int> copy_bytes(int from, int to, std::uint64_t size, const file::GoOn& go_on) {
  std::uint64_t at = 0;
  while (at < size) {
    // A file system that does not know holes reports that everything is data (lseek(2)).
    const auto data = sys::call(::lseek, from, static_cast<off_t>(at), SEEK_DATA);
    if (!data && data.error().value != ENXIO) return data.error().value;
    if (!data || static_cast<std::uint64_t>(*data) >= size) break;
    const auto end = sys::call(::lseek, from, *data, SEEK_HOLE);
    if (!end) return end.error().value;
    const std::uint64_t until = std::min(static_cast<std::uint64_t>(*end), size);
    TRY(const int number, copy_data(from, to, static_cast<std::uint64_t>(*data), until, go_on));
    if (number != 0) return number;
    at = until;
  }
  struct stat status{};
  if (const int failure = sys::error_of(::fstat, from, &status); failure != 0) return failure;
  if (static_cast<std::uint64_t>(status.st_size) != size) return ESTALE;
  return sys::error_of(::ftruncate, to, static_cast<off_t>(size));
}

/// Opens a source without following links. The call opens the file that was checked, or fails.
SysResult<sys::Fd> open_source(const PackItem& item) {
  constexpr int kFlags = O_RDONLY | O_NONBLOCK | O_NOCTTY;
  // Open the file again, because two users of one descriptor share the position in the file.
  if (item.held) return sys::open_at(AT_FDCWD, ("/proc/self/fd/" + std::to_string(item.held->get())).c_str(), kFlags);
  if (item.tree)
    return sys::open_beneath(item.tree->fd.get(), item.source.c_str() + item.tree->path.size() + 1, kFlags);
  TRY(const sys::Fd top, sys::open_at(AT_FDCWD, "/", O_PATH | O_DIRECTORY));
  return sys::open_beneath(top.get(), item.source.c_str() + 1, kFlags);
}

Result<void> write_file(const PackItem& item, int root, const std::string& where, const file::GoOn& go_on) {
  const auto source = open_source(item);
  if (!source)
    return fail(Code::kBadInput, item.source, "cannot be read", sys::lease_hint(source.error().value),
                source.error().value);
  const auto changed = [&] {
    return fail(Code::kBadInput, item.source, "changed while it was being packed", "Try again.");
  };
  struct stat status{};
  if (::fstat(source->get(), &status) != 0 || !is_same(item, status)) return changed();
  const auto made = sys::open_at(root, item.inner.c_str() + 1, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
  if (!made) return fail(Code::kSystem, where, "cannot be made", {}, made.error().value);
  TRY(const int number, copy_bytes(source->get(), made->get(), item.size, go_on));
  if (number == ESTALE) return changed();
  if (number != 0) return fail(Code::kSystem, where, "cannot be written", {}, number);
  if (::fstat(source->get(), &status) != 0 || !is_same(item, status)) return changed();
  const timespec time{item.mtime_ns / kNanoseconds, item.mtime_ns % kNanoseconds};
  const timespec times[2] = {time, time};
  int failure = sys::error_of(::fchmod, made->get(), item.executable ? 0555U : 0444U);
  if (failure == 0) failure = sys::error_of(::futimens, made->get(), times);
  if (failure != 0) return fail(Code::kSystem, where, "cannot be finished", {}, failure);
  return {};
}

/// Makes the item of one file. Uses the status of the file from the moment when the file was chosen, or else reads the
/// status now.
Result<PackItem> single_file(const Packed& packed) {
  if (packed.text) return text_item(packed.inner, packed.source, packed.text);
  if (packed.looked) {
    TRY(PackItem item, file_item(packed.inner, packed.source, *packed.looked));
    item.held = packed.held;
    return item;
  }
  TRY(const Way way, walk_to(packed.source));
  return file_item(packed.inner, packed.source, way.stats.back());
}

Result<Checked> read_again(const Checked& before, int root) {
  const auto file = sys::open_beneath(root, before.inner.c_str() + 1, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!file) return fail(Code::kBadInput, before.inner, "cannot be read", {}, file.error().value);
  Checked now{.inner = before.inner, .script = before.script, .line = {}, .facts = {}};
  if (before.script) {
    TRY(auto line, read_script_line(file->get(), before.inner));
    if (line) now.line = *std::move(line);
    return now;
  }
  auto facts = read_elf(file->get());
  if (!facts) return fail(Code::kBadInput, before.inner, facts.error().what);
  now.facts = *std::move(facts);
  return now;
}

/// Copies the files, several at once. The directories of the files must exist already.
Result<void> write_files(const std::vector<PackItem>& items, int root, const std::string& name,
                         const file::GoOn& go_on) {
  return for_each_number(items.size(), [&](std::size_t i) -> Result<void> {
    if (items[i].kind != file::Kind::kFile) return {};
    CHECK_OK(file::may_go_on(go_on));
    const std::string where = name + items[i].inner;
    return items[i].text ? write_text(items[i], root, where) : write_file(items[i], root, where, go_on);
  });
}

}  // namespace

PackItem item_of(std::string inner, std::string source, const struct stat& status) {
  PackItem item{.inner = std::move(inner), .source = std::move(source), .target = {}};
  remember(item, status);
  return item;
}

Result<void> complete(std::vector<PackItem>& items) {
  for (const PackItem& item : items) CHECK_OK(check_place(item.inner));
  add_parents(items);
  CHECK_OK(merge(items));
  std::uint64_t bytes = 0;
  for (const PackItem& item : items) CHECK_OK(count_image_bytes(bytes, item.size, item.inner));
  return {};
}

Result<void> count_image_bytes(std::uint64_t& bytes, std::uint64_t size, const std::string& name) {
  constexpr std::uint64_t kMost = std::uint64_t{16} << 30;
  if (size <= kMost && bytes + size <= kMost) {
    bytes += size;
    return {};
  }
  return fail(Code::kBadInput, name, "makes the image larger than 16 GiB, holes of sparse files included",
              "Leave the file out, or hand it to the program as input.");
}

Result<PackList> pack_list(const Closure& closure, const file::GoOn& go_on) {
  PackList list;
  for (const Packed& packed : closure.files) {
    TRY(PackItem item, single_file(packed));
    list.items.push_back(std::move(item));
  }
  for (const Packed& packed : closure.trees) CHECK_OK(add_tree(packed, list, go_on));
  CHECK_OK(put_fixed_files(closure.fixed, list.items));
  CHECK_OK(complete(list.items));
  return list;
}

Result<void> check_packed(const Closure& closure, int root) {
  for (const Checked& before : closure.checked) {
    const auto now = read_again(before, root);
    if (!now || *now != before)
      return fail(Code::kBadInput, before.inner, "is no longer the file that was checked before it was packed",
                  "Somebody replaced its source or wrote to it meanwhile. Try again.");
  }
  return {};
}

std::string pack_key(const PackList& list, const Closure& closure) {
  file::Sha256 hash;
  hash.update(kFormat);
  const auto add_text = [&](std::string_view text) {
    const std::uint64_t length = text.size();
    hash.update(std::as_bytes(std::span(&length, 1)));
    hash.update(text);
  };
  add_text(closure.program.inner_path);
  // The key contains these facts, because immure checked the cached image against them when it made the image.
  for (const Checked& checked : closure.checked) {
    const ElfFacts& facts = checked.facts;
    for (const std::string_view text : {std::string_view(checked.inner), std::string_view(checked.line.interpreter),
                                        std::string_view(checked.line.argument), std::string_view(facts.interpreter),
                                        std::string_view(facts.rpath), std::string_view(facts.runpath)})
      add_text(text);
    for (const std::string& needed : facts.needed) add_text(needed);
    add_text(std::to_string(facts.needed.size()));
  }
  const std::vector<PackItem>& items = list.items;
  for (const PackItem& item : items) {
    const std::array<std::uint64_t, 7> numbers = {static_cast<std::uint64_t>(item.kind),
                                                  item.executable ? 1U : 0U,
                                                  item.device,
                                                  item.inode,
                                                  item.size,
                                                  static_cast<std::uint64_t>(item.mtime_ns),
                                                  static_cast<std::uint64_t>(item.ctime_ns)};
    hash.update(std::as_bytes(std::span(numbers)));
    add_text(item.inner);
    add_text(item.source);
    add_text(item.target);
    add_text(item.text ? std::string_view(*item.text) : std::string_view());
  }
  return text::hex(hash.finish());
}

Result<void> write_pack(const PackList& list, int root, const std::string& name, const file::GoOn& go_on) {
  const std::vector<PackItem>& items = list.items;
  for (const PackItem& item : items) {
    CHECK_OK(file::may_go_on(go_on));
    const char* relative = item.inner.c_str() + 1;
    const std::string where = name + item.inner;
    int failure = 0;
    if (item.kind == file::Kind::kDirectory)
      failure = sys::error_of(::mkdirat, root, relative, 0700);
    else if (item.kind == file::Kind::kLink)
      failure = sys::error_of(::symlinkat, item.target.c_str(), root, relative);
    if (failure != 0) return fail(Code::kSystem, where, "cannot be made", {}, failure);
  }
  CHECK_OK(write_files(items, root, name, go_on));
  for (const char* mount_point : {"in", "out"}) {
    int failure = sys::error_of(::mkdirat, root, mount_point, 0700);
    if (failure == 0) failure = sys::error_of(::fchmodat, root, mount_point, 0555, 0);
    if (failure != 0) return fail(Code::kSystem, name + "/" + mount_point, "cannot be made", {}, failure);
  }
  // Set the modes of directories last and from the bottom up, because nothing can be made in a read-only directory.
  for (auto item = items.rbegin(); item != items.rend(); ++item) {
    if (item->kind != file::Kind::kDirectory) continue;
    if (const int failure = sys::error_of(::fchmodat, root, item->inner.c_str() + 1, 0555, 0); failure != 0)
      return fail(Code::kSystem, name + item->inner, "cannot be finished", {}, failure);
  }
  if (const int failure = sys::error_of(::fchmod, root, 0555); failure != 0)
    return fail(Code::kSystem, name, "cannot be finished", {}, failure);
  return {};
}

}  // namespace immure::plan
