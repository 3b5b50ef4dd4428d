#include <algorithm>
#include <array>

#include "cli/commands.hpp"
#include "cli/print.hpp"
#include "plan/image/image_cache.hpp"
#include "text/json_writer.hpp"
#include "text/utc_time.hpp"

namespace immure::cli {
namespace {

using plan::ImageCache;

constexpr std::size_t kShownKey = 12;

/// `72.4 MiB`
std::string size_text(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 5> kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  std::uint64_t tenths = bytes * 10;
  while (tenths >= 10'240 && unit + 1 < kUnits.size()) {
    tenths /= 1024;
    ++unit;
  }
  std::string text = std::to_string(tenths / 10);
  if (unit > 0) text += "." + std::to_string(tenths % 10);
  return text + " " + std::string(kUnits.at(unit));
}

std::string count_text(std::size_t images) { return std::to_string(images) + (images == 1 ? " image" : " images"); }

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(width, text.size() + 1), ' ');
  return text;
}

void write_image(text::JsonWriter& json, const ImageCache& cache, const ImageCache::Listed& image, bool whole) {
  const plan::ImageSource& source = image.about.source;
  json.object().member("bytes", image.about.bytes).member("directory", cache.path(image.key) + "/root");
  json.member("files", image.about.files).member("inUse", image.in_use).member("key", image.key);
  json.member("kind", source.kind);
  if (whole) json.member("layers", source.layers).member("leftOut", source.left_out);
  json.member("madeOn", image.about.made_on).member("name", source.name).member("sha256", image.record.content_sha256);
  if (whole) json.member("packages", source.packages).member("sourceSha256", source.sha256);
  json.member("usedOn", text::utc_text(image.used)).close();
}

std::string list_text(const ImageCache& cache, const std::vector<ImageCache::Listed>& images) {
  std::string text = padded("KEY", kShownKey + 2) + padded("SIZE", 11) + padded("FILES", 8) +
                     padded("LAST USED (UTC)", 22) + padded("FROM", 15) + "NAME\n";
  for (const ImageCache::Listed& image : images)
    text += padded(image.key.substr(0, kShownKey), kShownKey + 2) + padded(size_text(image.about.bytes), 11) +
            padded(std::to_string(image.about.files), 8) + padded(text::utc_text(image.used), 22) +
            padded(image.about.source.kind, 15) + visible(image.about.source.name) + (image.in_use ? " (in use)" : "") +
            "\n";
  return text + count_text(images.size()) + ", " + size_text(cache.bytes_on_disk()) + " on the disk\n";
}

Result<ExitCode> list(const ImageCache& cache, bool json) {
  const auto images = cache.list();
  if (!json) {
    CHECK_OK(print(list_text(cache, images)));
    return kSuccess;
  }
  CHECK_OK(print(json_line([&](text::JsonWriter& out) {
    out.object().member("bytesOnDisk", cache.bytes_on_disk()).key("images").array();
    for (const ImageCache::Listed& image : images) write_image(out, cache, image, false);
    out.close().close();
  })));
  return kSuccess;
}

/// The image whose key begins with `start`.
Result<ImageCache::Listed> find(const ImageCache& cache, const std::string& start) {
  std::vector<ImageCache::Listed> found;
  for (ImageCache::Listed& image : cache.list())
    if (image.key.starts_with(start)) found.push_back(std::move(image));
  if (found.size() == 1) return std::move(found.front());
  return fail(Code::kBadInput, start,
              found.empty() ? "is no image of the cache" : "is the beginning of more than one image's key",
              "`immure image ls` shows the images.");
}

std::string show_text(const ImageCache& cache, const ImageCache::Listed& image) {
  const plan::ImageSource& source = image.about.source;
  std::string text;
  const auto line = [&text](std::string label, std::string_view value) {
    text += padded(std::move(label), 15) + visible(value) + "\n";
  };
  line("key", image.key);
  line("directory", cache.path(image.key) + "/root");
  line("made from", source.kind + " " + source.name);
  if (!source.sha256.empty()) line("source digest", source.sha256);
  for (const std::string& layer : source.layers) line("layer", layer);
  line("made on", image.about.made_on);
  line("last used", text::utc_text(image.used) + (image.in_use ? ", and in use now" : ""));
  line("files", std::to_string(image.about.files) + ", " + size_text(image.about.bytes));
  line("sha256", image.record.content_sha256);
  for (const std::string& package : source.packages) line("package", package);
  for (const std::string& path : source.left_out) line("left out", path);
  return text;
}

Result<ExitCode> show(const ImageCache& cache, const std::string& start, bool json) {
  TRY(const ImageCache::Listed image, find(cache, start));
  CHECK_OK(print(json ? json_line([&](text::JsonWriter& out) { write_image(out, cache, image, true); })
                      : show_text(cache, image)));
  return kSuccess;
}

Result<ExitCode> prune(const ImageCache& cache, const Arguments& arguments) {
  TRY(std::uint64_t most, plan::cache_size());
  if (const auto size = arguments.value("size")) {
    TRY(most, plan::parse_cache_size("--size", *size));
  }
  if (arguments.has("all")) most = 0;
  TRY(const sys::Fd lock, cache.lock_for_building({}));
  const std::uint64_t before = cache.bytes_on_disk();
  const std::vector<std::string> removed = cache.evict(most);
  if (arguments.has("all")) cache.forget_all();
  const std::uint64_t after = cache.bytes_on_disk();
  if (arguments.has("json")) {
    CHECK_OK(print(json_line(
        [&](text::JsonWriter& out) { out.object().member("bytesOnDisk", after).member("removed", removed).close(); })));
  } else {
    CHECK_OK(print(count_text(removed.size()) + " removed, " + size_text(before - std::min(before, after)) +
                   " freed, " + size_text(after) + " left\n"));
  }
  return kSuccess;
}

}  // namespace

Result<ExitCode> image_command(const Arguments& arguments) {
  const std::vector<std::string>& operands = arguments.operands();
  const bool prunes = operands[0] == "prune" && operands.size() == 1;
  if (!prunes && (arguments.has("all") || arguments.value("size")))
    return fail(Code::kUsage, "image", "takes --all and --size only with prune",
                "For example `immure image prune --size 512MiB`.");
  const bool lists = operands[0] == "ls" && operands.size() == 1;
  const bool shows = operands[0] == "show" && operands.size() == 2;
  if (!prunes && !lists && !shows)
    return fail(Code::kUsage, "image", "takes `ls`, `show` with the beginning of a key, or `prune`",
                "For example `immure image ls`.");
  TRY(const ImageCache cache, ImageCache::open());
  if (prunes) return prune(cache, arguments);
  if (lists) return list(cache, arguments.has("json"));
  return show(cache, operands[1], arguments.has("json"));
}

}  // namespace immure::cli
