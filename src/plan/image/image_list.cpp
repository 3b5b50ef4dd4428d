// Lists the images of the cache, and removes the least recently used ones.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <algorithm>
#include <array>
#include <cstdlib>
#include <functional>
#include <numeric>

#include "file/sha256.hpp"
#include "file/toml.hpp"
#include "file/tree.hpp"
#include "plan/image/image_cache.hpp"
#include "plan/image/image_objects.hpp"
#include "sys/file.hpp"

namespace immure::plan {
namespace {

constexpr std::uint64_t kUsualSize = std::uint64_t{4} << 30;

}  // namespace

std::vector<ImageCache::Listed> ImageCache::list() const {
  std::vector<Listed> images;
  for (const std::string& key : file::names_in(fd_.get()).value_or(std::vector<std::string>())) {
    if (!file::is_sha256_hex(key)) continue;
    const auto image = sys::open_beneath(fd_.get(), key.c_str(), O_RDONLY | O_DIRECTORY);
    auto known = about(key);
    const auto kept = record(key);
    struct stat status{};
    if (!image || !known || !kept || ::fstat(image->get(), &status) != 0) continue;
    Listed listed{.key = key, .about = *std::move(known), .record = *kept};
    listed.used = status.st_mtim.tv_sec;
    listed.used_ns = file::nanoseconds(status.st_mtim);
    listed.earlier_boot = kept->boot != boot_;
    listed.in_use = ::flock(image->get(), LOCK_EX | LOCK_NB) != 0;
    images.push_back(std::move(listed));
  }
  std::ranges::sort(images, std::ranges::greater(), [](const Listed& one) { return std::pair(one.used_ns, one.key); });
  return images;
}

std::uint64_t ImageCache::bytes_on_disk() const {
  std::uint64_t bytes = object_bytes(fd_.get());
  for (const Listed& image : list()) bytes += image.about.unshared;
  return bytes;
}

std::vector<std::string> ImageCache::evict(std::uint64_t most, const std::string& kept) const {
  std::vector<std::string> removed;
  sweep_objects(fd_.get());
  std::vector<Listed> images = list();
  const auto unshared = [&] {
    return std::transform_reduce(images.begin(), images.end(), std::uint64_t{0}, std::plus(),
                                 [](const Listed& one) { return one.about.unshared; });
  };
  std::uint64_t left = unshared() + object_bytes(fd_.get());
  for (auto oldest = images.rbegin(); oldest != images.rend() && left > most; ++oldest) {
    if (oldest->key == kept || !remove(oldest->key)) continue;
    removed.push_back(oldest->key);
    oldest->about.unshared = 0;
    sweep_objects(fd_.get());
    left = unshared() + object_bytes(fd_.get());
  }
  return removed;
}

Result<std::uint64_t> parse_cache_size(std::string_view where, std::string_view text) {
  constexpr std::array<file::Unit, 4> kUnits = {
      {{"KiB", 1ULL << 10}, {"MiB", 1ULL << 20}, {"GiB", 1ULL << 30}, {"TiB", 1ULL << 40}}};
  if (text == "0") return 0;
  if (const auto bytes = file::with_unit(text, kUnits)) return *bytes;
  return fail(Code::kBadInput, where, "is not a size: " + std::string(text), "Write it such as 512MiB or 8GiB.");
}

Result<std::uint64_t> cache_size() {
  constexpr const char* kName = "IMMURE_CACHE_SIZE";
  const char* value = ::secure_getenv(kName);
  if (value == nullptr || *value == '\0') return kUsualSize;
  return parse_cache_size(kName, value);
}

}  // namespace immure::plan
