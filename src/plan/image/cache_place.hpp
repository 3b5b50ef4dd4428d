/// Where the image cache lies, and whether immure may use the directory.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "file/place.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::plan {

/// The names that immure gives to the entries of a cache.
inline constexpr std::string_view kBuilding = ".building-";  ///< an unfinished image; the builder's process ID follows
inline constexpr std::string_view kRemoved = ".removed-";    ///< an image that is being removed
inline constexpr std::string_view kDigest = "digest-";       ///< the digest of a file outside the cache
inline constexpr std::string_view kPackages = "packages-";   ///< what the packages of a program bring
inline constexpr const char* kObjects = ".objects";          ///< holds each file of the images once, by its content
inline constexpr const char* kLock = ".lock";

/// The open directory `images` of the caller's cache.
struct CachePlace {
  sys::Fd images;
  std::string path;
};

/// Opens the directory and makes it if it is missing. Error kBadInput: the cache belongs to another user, another user
/// may write to it, or it holds files that immure did not make.
[[nodiscard]] Result<CachePlace> open_cache_place();

/// Holds the directory `images` of the caller's cache and makes nothing. Returns nothing if there is no such directory,
/// or if the caller may not see it.
[[nodiscard]] Result<std::optional<file::HeldDirectory>> hold_images();

/// True for the names that immure gives to entries of a cache. immure removes no entry with another name.
[[nodiscard]] bool is_own_name(std::string_view name);

/// True if immure made the directory `name` of the cache: the directory holds nothing but what immure writes into the
/// directory of an image, and either immure's own manifest, or a `root` that nobody may write. If an ordinary user
/// removes a cache by hand, such a `root` remains, because not even its owner may write to it. A name of the right form
/// is not enough: somebody may have put files of their own there.
[[nodiscard]] bool is_image(int images, const std::string& name);

}  // namespace immure::plan
