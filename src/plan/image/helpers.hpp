/// Helpers: programs of the image that the program may start.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "plan/image/host_files.hpp"
#include "plan/image/image.hpp"
#include "sys/error.hpp"

namespace immure::plan {

/// What add_helpers() has to know about the place where helpers are found.
struct HelperSource {
  const HostRoot& root;
  const std::vector<std::string>& search;  ///< directories to search before the usual ones
  bool packs = true;                       ///< false: the files are in the root directory already
  /// The closure of one helper, without packages. A script that only starts a program stays a script.
  std::function<Result<Closure>(const std::string& path)> closure_of;
};

/// Adds to the closure the helpers of these names with everything that they need, as for the program. Errors, all
/// kBadInput: those of closure_of(); a script's interpreter is not declared.
[[nodiscard]] Result<void> add_helpers(Closure& closure, const std::vector<std::string>& names,
                                       const HelperSource& source);

/// The helpers of a finished image, with digests, sorted by path. Error kBadInput: a helper cannot be read.
[[nodiscard]] Result<std::vector<Helper>> helpers_of(const Image& image, const Closure& closure);

}  // namespace immure::plan
