/// Images in the cache, whatever they are made from.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "file/go_on.hpp"
#include "file/tree.hpp"
#include "plan/image/image_cache.hpp"
#include "plan/image/image_digests.hpp"
#include "plan/plan.hpp"

namespace immure::plan {

/// What was put into the root directory of a new image.
struct Filled {
  std::vector<file::Entry> entries;
  ImageDigests digests;  ///< in the order of the entries
  std::string program_sha256 = "-";
  std::vector<std::string> left_out;  ///< for ImageSource::left_out
};

/// Writes all files of an image into an empty directory, called `name` in messages, and reports them in `filled`.
using Fill = std::function<Result<void>(const sys::Fd& root, const std::string& name, Filled& filled)>;

/// Finds the image `key` in the cache, or lets `fill` make it. Then removes the least recently used images until the
/// cache has no more than its permitted size. Errors: those of the cache, of `fill` and of `go_on`; after an error
/// nothing is left behind.
[[nodiscard]] Result<Image> stored_image(const ImageCache& cache, const std::string& key, ImageSource source,
                                         const Fill& fill, const file::GoOn& go_on);

}  // namespace immure::plan
