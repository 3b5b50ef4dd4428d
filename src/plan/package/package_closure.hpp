/// From a closure by ELF headers to a closure by packages.
#pragma once

#include <string>
#include <vector>

#include "file/go_on.hpp"
#include "plan/image/image.hpp"
#include "plan/package/package_set.hpp"
#include "sys/error.hpp"

namespace immure::plan {

/// Lets the packages that own the program bring their files, and the packages that `choice` names. Before, the closure
/// holds the program and its libraries; afterwards, `closure.packages` holds them with everything else. Changes nothing
/// if no package owns the program and none is named. `named`: the absolute path that led to the program. Errors, all
/// kBadInput: those of gather_packages(); a package is named, and there is no database.
///
/// What was gathered is remembered in the cache of images for as long as neither the database nor a file of the wish
/// changes. The next run then reads nothing of the database but the status of a few files.
[[nodiscard]] Result<void> take_packages(Closure& closure, const PackageChoice& choice, const std::string& named,
                                         const file::GoOn& go_on);

/// The set with its items, which a remembered set lacks.
[[nodiscard]] Result<std::shared_ptr<const PackageSet>> with_items(const Closure& closure, const file::GoOn& go_on);

}  // namespace immure::plan
