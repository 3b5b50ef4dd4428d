/// Where the image cache lies, and whether immure may use the directory.
#pragma once

#include <string>
#include <string_view>

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

/// True for the names that immure gives to entries of a cache. immure removes no entry with another name.
[[nodiscard]] bool is_own_name(std::string_view name);

}  // namespace immure::plan
