#include "plan/image.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <ctime>
#include <limits>

#include "file/tree.hpp"
#include "plan/image_cache.hpp"
#include "plan/pack.hpp"
#include "sys/file.hpp"

namespace immure::plan {
namespace {

constexpr std::uint64_t kEverything = std::numeric_limits<std::uint64_t>::max();
/// Two changes of a file within one tick of the kernel's clock have the same time: a file is taken only once it has
/// rested for longer than any tick.
constexpr std::int64_t kRest = 100'000'000;
constexpr std::int64_t kNanoseconds = 1'000'000'000;

struct Digests {
  std::string content, program, stat;
};

/// Reads back what was written: the digests are of the files in the image, not of those that were meant.
Result<Digests> digests_of(int root, const std::string& name, const std::string& program) {
  TRY(const auto entries, file::scan(root, name));
  file::ManifestHasher hasher(root, name, entries);
  TRY(const bool finished, hasher.step(kEverything));
  if (!finished) return fail(Code::kInternal, name, "was not read to its end");
  Digests digests{.content = hasher.manifest_digest(), .stat = file::stat_digest(entries)};
  if (program.empty()) return digests;
  const auto entry = std::ranges::find(entries, program.substr(1), &file::Entry::path);
  if (entry == entries.end()) return fail(Code::kInternal, name, "does not hold the program " + program);
  digests.program = hasher.file_digests().at(static_cast<std::size_t>(entry - entries.begin()));
  return digests;
}

void let_rest(const std::vector<PackItem>& items) {
  const auto newest = std::ranges::max_element(items, {}, &PackItem::ctime_ns);
  timespec now{};
  if (::clock_gettime(CLOCK_REALTIME, &now) != 0) return;
  const std::int64_t age = now.tv_sec * kNanoseconds + now.tv_nsec - (newest == items.end() ? 0 : newest->ctime_ns);
  if (age < 0 || age >= kRest) return;
  const timespec pause{0, kRest - age};
  static_cast<void>(::nanosleep(&pause, nullptr));
}

Result<Digests> fill(const std::vector<PackItem>& items, const Program& program, const std::string& directory) {
  const auto root = sys::open_at(AT_FDCWD, directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (!root) return fail(Code::kSystem, directory, "cannot be opened", {}, root.error().value);
  let_rest(items);
  CHECK_OK(write_pack(items, root->get(), directory));
  return digests_of(root->get(), directory, program.inner_path);
}

Image image_of(const ImageCache& cache, const std::string& key, ImageRecord record) {
  return {.directory = cache.path(key) + "/root",
          .sha256 = std::move(record.content_sha256),
          .program_sha256 = std::move(record.program_sha256),
          .cached = true};
}

Result<Image> build(const ImageCache& cache, const std::string& key, const std::vector<PackItem>& items,
                    const Program& program) {
  TRY(const std::string name, cache.begin());
  auto digests = fill(items, program, cache.path(name) + "/root");
  Result<void> done;
  ImageRecord record;
  if (digests) {
    record = {cache.boot(), digests->content, digests->program, digests->stat};
    done = cache.commit(name, key, record);
  } else {
    done = std::unexpected(digests.error());
  }
  if (!done) {
    cache.discard(name);
    return std::unexpected(done.error());
  }
  return image_of(cache, key, std::move(record));
}

}  // namespace

Result<Image> cached_image(const Closure& closure) {
  TRY(const auto items, pack_list(closure));
  const std::string key = pack_key(items, closure.program);
  TRY(const ImageCache cache, ImageCache::open());
  if (auto record = cache.find(key)) return image_of(cache, key, std::move(*record));
  TRY(const sys::Fd lock, cache.lock_for_building());
  // Whoever held the lock may have built this very image.
  if (auto record = cache.find(key)) return image_of(cache, key, std::move(*record));
  return build(cache, key, items, closure.program);
}

Result<Image> pack_image(const Closure& closure, const std::string& directory) {
  TRY(const auto items, pack_list(closure));
  if (::mkdir(directory.c_str(), 0700) != 0)
    return fail(errno == EEXIST ? Code::kBadInput : Code::kSystem, directory, "cannot be made", {}, errno);
  auto digests = fill(items, closure.program, directory);
  if (!digests) {
    remove_tree(AT_FDCWD, directory);
    return std::unexpected(digests.error());
  }
  char* resolved = ::realpath(directory.c_str(), nullptr);
  if (resolved == nullptr) return fail(Code::kSystem, directory, "cannot be found again", {}, errno);
  Image image{.directory = resolved, .sha256 = digests->content, .program_sha256 = digests->program};
  ::free(resolved);
  return image;
}

Result<Image> rootfs_image(const std::string& directory) {
  const auto root = sys::open_at(AT_FDCWD, directory.c_str(), O_RDONLY | O_DIRECTORY);
  if (!root) return fail(Code::kBadInput, directory, "is not a directory that can be read", {}, root.error().value);
  for (const char* mount_point : {"in", "out"}) {
    struct stat status{};
    const bool there = ::fstatat(root->get(), mount_point, &status, AT_SYMLINK_NOFOLLOW) == 0;
    if (!there || !S_ISDIR(status.st_mode))
      return fail(Code::kBadInput, directory, "has no directory `" + std::string(mount_point) + "`",
                  "The input and the output are mounted on /in and /out: make both directories, empty.");
  }
  TRY(const Digests digests, digests_of(root->get(), directory, ""));
  char* resolved = ::realpath(directory.c_str(), nullptr);
  if (resolved == nullptr) return fail(Code::kSystem, directory, "cannot be found again", {}, errno);
  Image image{.directory = resolved, .sha256 = digests.content};
  ::free(resolved);
  return image;
}

}  // namespace immure::plan
