#include "plan/image/stored_image.hpp"

#include <algorithm>
#include <optional>

#include "plan/image/image_objects.hpp"
#include "text/utc_time.hpp"

namespace immure::plan {
namespace {

Image image_of(std::string directory, sys::Fd root, sys::Fd in_use, const ImageRecord& record, ImageSource source) {
  return {.directory = std::move(directory),
          .sha256 = record.content_sha256,
          .program_sha256 = record.program_sha256,
          .cached = true,
          .stat_sha256 = record.stat_sha256,
          .held = std::make_shared<const sys::Fd>(std::move(root)),
          .times_sha256 = record.times_sha256,
          .in_use = std::make_shared<const sys::Fd>(std::move(in_use)),
          .source = std::move(source)};
}

std::optional<Image> find_image(const ImageCache& cache, const std::string& key, const file::GoOn& go_on) {
  auto found = cache.find(key, go_on);
  if (!found) return std::nullopt;
  auto about = cache.about(key);
  if (!about) return std::nullopt;
  return image_of(cache.path(key) + "/root", std::move(found->root), std::move(found->in_use), found->record,
                  std::move(about->source));
}

/// Checks that sharing has replaced files and nothing else: sharing compares the bytes of a file with the bytes of the
/// object that takes its place.
Result<void> check_shared(const std::vector<file::Entry>& before, const std::vector<file::Entry>& after,
                          const std::string& name) {
  const auto is_same = [](const file::Entry& one, const file::Entry& other) {
    return one.path == other.path && one.kind == other.kind && one.mode == other.mode && one.target == other.target &&
           (one.kind != file::Kind::kFile || (one.size == other.size && one.mtime_ns == other.mtime_ns));
  };
  if (std::ranges::equal(before, after, is_same)) return {};
  return fail(Code::kSystem, name, "changed while the image was made",
              "Somebody else changes the image cache. Try again.");
}

ImageAbout about_of(const std::vector<file::Entry>& entries, ImageSource source) {
  ImageAbout about{.source = std::move(source), .made_on = text::utc_now()};
  for (const file::Entry& entry : entries) {
    if (entry.kind != file::Kind::kFile) continue;
    ++about.files;
    about.bytes += entry.size;
  }
  return about;
}

Result<Image> build(const ImageCache& cache, const std::string& key, ImageSource source, const Fill& fill,
                    std::uint64_t most, const file::GoOn& go_on) {
  TRY(Unfinished unfinished, cache.begin());
  const std::string name = unfinished.name();
  TRY(sys::Fd root, cache.root_of(name));
  const std::string where = cache.path(name) + "/root";
  Filled filled;
  CHECK_OK(fill(root, where, filled));
  source.left_out = std::move(filled.left_out);
  ImageAbout about = about_of(filled.entries, std::move(source));
  TRY(about.unshared,
      share_files(cache.directory().get(), root.get(), name + "/spare", filled.entries, filled.digests.files, go_on));
  TRY(const auto entries, list_image(root.get(), where, go_on));
  CHECK_OK(check_shared(filled.entries, entries, where));
  const ImageRecord record{cache.boot(), filled.digests.content, filled.program_sha256,
                           file::linked_stat_digest(entries), file::stat_digest(entries)};
  TRY(sys::Fd in_use, cache.commit(name, key, record, about));
  unfinished.keep();
  cache.evict(most, key);
  return image_of(cache.path(key) + "/root", std::move(root), std::move(in_use), record, std::move(about.source));
}

}  // namespace

Result<Image> stored_image(const ImageCache& cache, const std::string& key, ImageSource source, const Fill& fill,
                           const file::GoOn& go_on) {
  // Refuse a wrong size whether or not the image is there, so that a run does not fail only later.
  TRY(const std::uint64_t most, cache_size());
  if (auto image = find_image(cache, key, go_on)) return std::move(*image);
  TRY(const sys::Fd lock, cache.lock_for_building(go_on));
  // Another immure that held the lock until now may have built this image.
  if (auto image = find_image(cache, key, go_on)) return std::move(*image);
  auto image = build(cache, key, std::move(source), fill, most, go_on);
  if (!image) sweep_objects(cache.directory().get());
  return image;
}

}  // namespace immure::plan
