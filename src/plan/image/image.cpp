#include "plan/image/image.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <ctime>
#include <iterator>
#include <set>
#include <string_view>
#include <utility>

#include "file/ground.hpp"
#include "file/tree.hpp"
#include "plan/image/file_digest.hpp"
#include "plan/image/image_cache.hpp"
#include "plan/image/image_digests.hpp"
#include "plan/image/own_files.hpp"
#include "plan/image/pack.hpp"
#include "plan/image/stored_image.hpp"
#include "plan/package/image_map.hpp"
#include "plan/package/package_closure.hpp"
#include "plan/package/package_set.hpp"
#include "sys/file.hpp"
#include "sys/machine.hpp"

namespace immure::plan {
namespace {

/// Removes from the list the files that differ from what their packages installed. Error kBadInput: the program itself
/// or a library that it needs is such a file.
Result<void> leave_out(PackList& list, const std::vector<std::string>& differing, const Closure& closure,
                       std::vector<std::string>& left_out) {
  for (const std::string& path : differing) {
    const auto item = std::ranges::find(list.items, path, &PackItem::inner);
    if (item == list.items.end()) return fail(Code::kInternal, path, "was not packed");
    if (std::ranges::find(closure.checked, path, &Checked::inner) != closure.checked.end())
      return fail(Code::kBadInput, item->source,
                  "is not the file that its package installed: " + item->package + " names another digest",
                  "Install the package anew, or give --closure elf, which packs the program and its libraries alone.");
    left_out.push_back(path + " (" + item->package + " installed another file)");
    list.items.erase(item);
  }
  return {};
}

/// Writes the files of the list and hashes the copies, not the files from which they were copied. Leaves out a file
/// that differs from what its package installed, because the evidence would name the package as the file's source.
Result<ImageDigests> fill(PackList list, const Closure& closure, const sys::Fd& root, const std::string& name,
                          std::vector<file::Entry>& entries, std::vector<std::string>& left_out,
                          const file::GoOn& go_on) {
  const auto newest = std::ranges::max_element(list.items, {}, &PackItem::ctime_ns);
  let_rest(newest == list.items.end() ? 0 : newest->ctime_ns);
  while (true) {
    CHECK_OK(write_pack(list, root.get(), name, go_on));
    CHECK_OK(check_packed(closure, root.get()));
    TRY(entries, list_image(root.get(), name, go_on));
    TRY(ImageDigests digests, digests_of(root.get(), name, entries, go_on, list.items));
    if (digests.differing.empty()) return digests;
    CHECK_OK(leave_out(list, digests.differing, closure, left_out));
    remove_content(root.get());
  }
}

/// The files and directories that come from outside of the system's directories.
std::vector<std::string> foreign_sources(const Closure& closure) {
  std::vector<std::string> sources;
  for (const auto* packed : {&closure.files, &closure.absorbed, &closure.trees})
    for (const Packed& one : *packed)
      if (!is_system_path(one.source)) sources.push_back(one.source);
  return sources;
}

bool is_same_entry(const PackItem& one, const PackItem& other) {
  return one.kind == other.kind && one.target == other.target &&
         (one.kind != file::Kind::kFile || (one.device == other.device && one.inode == other.inode));
}

/// Returns the list together with what the packages bring.
Result<PackList> whole_list(const PackList& list, const Closure& closure, const file::GoOn& go_on) {
  if (!closure.packages) return list;
  TRY(const auto packages, with_items(closure, go_on));
  PackList whole{.items = packages->items, .left_out = {}};
  // Both a tree and a package may hold the library of a script language. A tree has a file where a package has a link
  // to this file.
  ImageMap known;
  for (const PackItem& item : packages->items) known.add(item);
  for (const PackItem& item : list.items) {
    const PackItem* found = known.at(item.inner);
    if (found != nullptr && found->kind == file::Kind::kLink && item.kind == file::Kind::kFile) {
      const auto behind = known.resolve(item.inner);
      found = behind ? known.at(*behind) : nullptr;
    }
    if (found == nullptr || !is_same_entry(*found, item)) whole.items.push_back(item);
  }
  CHECK_OK(put_fixed_files(closure.fixed, whole.items));
  CHECK_OK(complete(whole.items));
  return whole;
}

/// All programs of one set of packages share one image. So the image may have been made with the facts and the digest
/// of another program.
Result<void> settle_program(const ImageCache& cache, Image& image, const std::string& key, const Closure& closure,
                            const file::GoOn& go_on) {
  const std::string identity = "program\n" + key + "\n" + pack_key({}, closure);
  if (const auto known = cache.remembered_digest(identity)) {
    image.program_sha256 = *known;
    return {};
  }
  CHECK_OK(check_packed(closure, image.held->get()));
  CHECK_OK(file::may_go_on(go_on));
  const std::string& inner = closure.program.inner_path;
  const auto program = sys::open_beneath(image.held->get(), inner.c_str() + 1, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!program) return fail(Code::kSystem, inner, "cannot be read in the image", {}, program.error().value);
  TRY(image.program_sha256, file_digest(*program, image.directory + inner));
  return cache.remember_digest(identity, image.program_sha256);
}

Result<Image> find_or_build(const PackList& list, const Closure& closure, const file::GoOn& go_on) {
  const bool by_package = closure.packages != nullptr;
  const std::string key = by_package ? file::sha256_hex("packages\n" + closure.packages->key + pack_key(list, {}))
                                     : pack_key(list, closure);
  TRY(const ImageCache cache, ImageCache::open());
  const auto fill_it = [&](const sys::Fd& root, const std::string& name, Filled& filled) -> Result<void> {
    TRY(PackList whole, whole_list(list, closure, go_on));
    TRY(filled.digests, fill(std::move(whole), closure, root, name, filled.entries, filled.left_out, go_on));
    TRY(filled.program_sha256, program_digest(filled.entries, filled.digests, closure.program.inner_path, name));
    return {};
  };
  ImageSource source{.name = closure.program.host_path};
  if (by_package) std::ranges::transform(closure.packages->packages, std::back_inserter(source.packages), package_text);
  TRY(Image image, stored_image(cache, key, std::move(source), fill_it, go_on));
  if (by_package) CHECK_OK(settle_program(cache, image, key, closure, go_on));
  image.packages = closure.packages;
  return image;
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
  std::vector<file::Entry> entries;
  TRY(PackList whole, whole_list(list, closure, go_on));
  TRY(const ImageDigests digests, fill(std::move(whole), closure, made, place.shown, entries, list.left_out, go_on));
  TRY(std::string program, program_digest(entries, digests, closure.program.inner_path, place.shown));
  unfinished.keep();
  Image image{.directory = place.path(),
              .sha256 = digests.content,
              .program_sha256 = std::move(program),
              .stat_sha256 = file::stat_digest(entries),
              .held = std::make_shared<const sys::Fd>(std::move(made))};
  image.packages = closure.packages;
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
  const int root = image.held->get();
  TRY(const auto entries, list_image(root, image.directory, go_on));
  std::string full = file::stat_digest(entries);
  if (!image.cached) return full;
  std::string state = file::linked_stat_digest(entries);
  if (full == image.times_sha256 || state != image.stat_sha256) return state;
  // Another image added or removed a hard link, or somebody changed a file. The content tells which of the two
  // happened.
  TRY(const std::string content, digest_of_shared(root, image.directory, entries, go_on));
  return content == image.sha256 ? state : full;
}

}  // namespace immure::plan
