#include "plan/image/image.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <ctime>
#include <set>
#include <utility>

#include "file/ground.hpp"
#include "file/tree.hpp"
#include "plan/image/image_cache.hpp"
#include "plan/image/pack.hpp"
#include "sys/file.hpp"
#include "sys/machine.hpp"

namespace immure::plan {
namespace {

/// The number of bytes that are hashed between two calls of `go_on`.
constexpr std::uint64_t kPiece = 1 << 20;
/// Two changes of a file within one tick of the kernel's clock leave the same time. Therefore immure takes a file only
/// when its last change is longer ago than any tick.
constexpr std::int64_t kRest = 100'000'000;
constexpr std::int64_t kNanoseconds = 1'000'000'000;

struct Digests {
  std::string content, program, stat;
};

Result<std::vector<file::Entry>> list_image(int root, const std::string& name, const file::GoOn& go_on) {
  return file::scan(root, name, {.readers = sys::processors(), .go_on = go_on});
}

/// Digests the files in the image, not the files from which they were copied. `program`: the path of the program in the
/// image.
Result<Digests> digests_of(int root, const std::string& name, const std::vector<file::Entry>& entries,
                           const std::string& program, const file::GoOn& go_on) {
  file::ManifestHasher hasher(root, name, entries);
  for (bool finished = false; !finished;) {
    CHECK_OK(file::may_go_on(go_on));
    TRY(finished, hasher.step(kPiece));
  }
  Digests digests{.content = hasher.manifest_digest(), .program = {}, .stat = file::stat_digest(entries)};
  const auto entry = std::ranges::find(entries, program.substr(1), &file::Entry::path);
  if (entry == entries.end()) return fail(Code::kInternal, name, "does not hold the program " + program);
  digests.program = hasher.file_digests().at(static_cast<std::size_t>(entry - entries.begin()));
  return digests;
}

/// Waits until the newest change is old enough. Returns true if there was a need to wait.
template <class T>
bool let_rest(const std::vector<T>& items) {
  const auto newest = std::ranges::max_element(items, {}, &T::ctime_ns);
  timespec now{};
  if (::clock_gettime(CLOCK_REALTIME, &now) != 0) return false;
  const std::int64_t age = now.tv_sec * kNanoseconds + now.tv_nsec - (newest == items.end() ? 0 : newest->ctime_ns);
  if (age < 0 || age >= kRest) return false;
  const timespec pause{0, kRest - age};
  static_cast<void>(::nanosleep(&pause, nullptr));
  return true;
}

Result<Digests> fill(const PackList& list, const Closure& closure, const sys::Fd& root, const std::string& name,
                     const file::GoOn& go_on) {
  let_rest(list.items);
  CHECK_OK(write_pack(list, root.get(), name, go_on));
  CHECK_OK(check_packed(closure, root.get()));
  TRY(const auto entries, list_image(root.get(), name, go_on));
  return digests_of(root.get(), name, entries, closure.program.inner_path, go_on);
}

/// The files and directories that come from outside of the system's directories.
std::vector<std::string> foreign_sources(const Closure& closure) {
  std::vector<std::string> sources;
  for (const auto* packed : {&closure.files, &closure.trees})
    for (const Packed& one : *packed)
      if (!is_system_path(one.source)) sources.push_back(one.source);
  return sources;
}

Image image_of(std::string directory, sys::Fd held, Digests digests) {
  return {.directory = std::move(directory),
          .sha256 = std::move(digests.content),
          .program_sha256 = std::move(digests.program),
          .stat_sha256 = std::move(digests.stat),
          .held = std::make_shared<const sys::Fd>(std::move(held))};
}

std::optional<Image> find_image(const ImageCache& cache, const std::string& key, const file::GoOn& go_on) {
  auto found = cache.find(key, go_on);
  if (!found) return std::nullopt;
  ImageRecord& record = found->record;
  Image image = image_of(cache.path(key) + "/root", std::move(found->root),
                         {record.content_sha256, record.program_sha256, record.stat_sha256});
  image.cached = true;
  return image;
}

Result<Image> build(const ImageCache& cache, const std::string& key, const PackList& list, const Closure& closure,
                    const file::GoOn& go_on) {
  TRY(Unfinished unfinished, cache.begin());
  const std::string& name = unfinished.name();
  TRY(sys::Fd root, cache.root_of(name));
  TRY(Digests digests, fill(list, closure, root, cache.path(name) + "/root", go_on));
  CHECK_OK(cache.commit(name, key, {cache.boot(), digests.content, digests.program, digests.stat}));
  unfinished.keep();
  Image image = image_of(cache.path(key) + "/root", std::move(root), std::move(digests));
  image.cached = true;
  return image;
}

Result<Image> find_or_build(const PackList& list, const Closure& closure, const file::GoOn& go_on) {
  const std::string key = pack_key(list, closure);
  TRY(const ImageCache cache, ImageCache::open());
  if (auto image = find_image(cache, key, go_on)) return std::move(*image);
  TRY(const sys::Fd lock, cache.lock_for_building(go_on));
  // Another immure that held the lock until now may have built this image.
  if (auto image = find_image(cache, key, go_on)) return std::move(*image);
  return build(cache, key, list, closure, go_on);
}

Result<void> check_kinds(const std::vector<file::Entry>& entries, const std::string& name) {
  for (const file::Entry& entry : entries) {
    if (entry.kind == file::Kind::kFile || entry.kind == file::Kind::kDirectory || entry.kind == file::Kind::kLink)
      continue;
    return fail(Code::kBadInput, name + "/" + entry.path,
                "is a " + std::string(file::name(entry.kind)) + ", a channel out of the cell",
                "Remove it from the root directory.");
  }
  return {};
}

/// The first entry to which a user other than root and the caller may write. Such a user can hold pages of the file in
/// a way that neither a lease nor a time of change reveals, so the digest would not say what the program reads.
std::string open_to_others(const std::vector<file::Entry>& entries, const std::string& name) {
  const auto others_may_write = [](const file::Entry& entry) {
    if (entry.kind == file::Kind::kLink) return false;
    return (entry.uid != 0 && entry.uid != ::geteuid()) || (entry.mode & (S_IWGRP | S_IWOTH)) != 0;
  };
  const auto entry = std::ranges::find_if(entries, others_may_write);
  return entry == entries.end() ? std::string() : name + "/" + entry->path;
}

/// Why what lies in the directory may change unseen, whatever its modes say. Looks at each file system in it.
Result<std::string> changeable(int root, const std::vector<file::Entry>& entries, const std::string& name) {
  std::set<std::uint64_t> judged;
  for (const file::Entry& entry : entries) {
    if (entry.kind == file::Kind::kLink || !judged.insert(entry.device).second) continue;
    const auto opened = sys::open_beneath(root, entry.path.c_str(), O_PATH);
    if (!opened) return fail(Code::kBadInput, name + "/" + entry.path, "cannot be looked at", {}, opened.error().value);
    if (std::string why = file::why_root_changeable(opened->get()); !why.empty()) return why;
  }
  return std::string();
}

/// Lists everything in the directory, once its newest change is old enough.
Result<std::vector<file::Entry>> list_rested(int root, const std::string& name, const file::GoOn& go_on) {
  TRY(auto entries, list_image(root, name, go_on));
  std::uint64_t bytes = 0;
  for (const file::Entry& entry : entries)
    if (entry.kind == file::Kind::kFile) CHECK_OK(count_image_bytes(bytes, entry.size, name + "/" + entry.path));
  if (!let_rest(entries)) return entries;
  return list_image(root, name, go_on);
}

}  // namespace

Result<Image> cached_image(const Closure& closure, const file::GoOn& go_on) {
  TRY(PackList list, pack_list(closure, go_on));
  TRY(Image image, find_or_build(list, closure, go_on));
  image.foreign = foreign_sources(closure);
  image.left_out = std::move(list.left_out);
  return image;
}

Result<Image> pack_image(const Closure& closure, const file::Place& place, const file::GoOn& go_on) {
  TRY(PackList list, pack_list(closure, go_on));
  constexpr unsigned kOwn = 0700;
  std::string name = place.name;
  TRY(sys::Fd made, file::make_directory(place.directory, place.name, kOwn, place.shown, Code::kBadInput));
  Unfinished unfinished(place.directory.get(), std::move(name), made.get());
  TRY(Digests digests, fill(list, closure, made, place.shown, go_on));
  unfinished.keep();
  Image image = image_of(place.path(), std::move(made), std::move(digests));
  image.foreign = foreign_sources(closure);
  image.left_out = std::move(list.left_out);
  return image;
}

Result<Image> pack_image(const Closure& closure, const std::string& directory, const file::GoOn& go_on) {
  std::string path = directory;
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  TRY(const file::Place place, file::place_of(path));
  return pack_image(closure, place, go_on);
}

Result<std::string> image_state(const Image& image, const file::GoOn& go_on) {
  TRY(const auto entries, list_image(image.held->get(), image.directory, go_on));
  return file::stat_digest(entries);
}

Result<Rootfs> open_rootfs(const std::string& directory) {
  TRY(const file::HeldDirectory found, file::hold_directory(directory));
  auto root = sys::open_at(found.fd.get(), ".", O_RDONLY | O_DIRECTORY);
  if (!root) return fail(Code::kBadInput, directory, "is not a directory that can be read", {}, root.error().value);
  for (const char* mount_point : {"in", "out"}) {
    struct stat status{};
    const bool there = ::fstatat(root->get(), mount_point, &status, AT_SYMLINK_NOFOLLOW) == 0;
    if (!there || !S_ISDIR(status.st_mode))
      return fail(Code::kBadInput, directory, "has no directory `" + std::string(mount_point) + "`",
                  "The input and the output are mounted on /in and /out: make both directories, empty.");
  }
  return Rootfs{std::make_shared<const sys::Fd>(std::move(*root)), found.path};
}

Result<Image> rootfs_image(const Rootfs& rootfs, const Closure& closure, const file::GoOn& go_on) {
  const int root = rootfs.directory->get();
  TRY(const auto entries, list_rested(root, rootfs.path, go_on));
  CHECK_OK(check_kinds(entries, rootfs.path));
  TRY(const Digests digests, digests_of(root, rootfs.path, entries, closure.program.inner_path, go_on));
  CHECK_OK(check_packed(closure, root));
  TRY(std::string why, changeable(root, entries, rootfs.path));
  return Image{.directory = rootfs.path,
               .sha256 = digests.content,
               .program_sha256 = digests.program,
               .stat_sha256 = digests.stat,
               .held = rootfs.directory,
               .open_to_others = open_to_others(entries, rootfs.path),
               .changeable = std::move(why)};
}

}  // namespace immure::plan
