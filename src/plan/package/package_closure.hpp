/// Turns a closure by ELF headers into a closure by packages.
#pragma once

#include <string>
#include <vector>

#include "file/go_on.hpp"
#include "plan/image/image.hpp"
#include "plan/package/package_set.hpp"
#include "sys/error.hpp"

namespace immure::plan {

/// Adds the files of the packages that own the program, and of the packages that `choice` names. Before, the closure
/// holds the program and its libraries; afterwards, `closure.packages` holds them with everything else. Changes nothing
/// if no package owns the program and `choice` names none. `named`: the absolute path that led to the program. Errors,
/// all kBadInput: those of gather_packages(); `choice` names a package, and there is no database.
///
/// The cache of images remembers the result for as long as neither the database nor a file of the wish changes. The
/// next run then reads nothing of the database but the status of a few files.
[[nodiscard]] Result<void> take_packages(Closure& closure, const PackageChoice& choice, const std::string& named,
                                         const file::GoOn& go_on);

/// Returns the set with its items. Gathers the items again if the cache remembered the set without them.
[[nodiscard]] Result<std::shared_ptr<const PackageSet>> with_items(const Closure& closure, const file::GoOn& go_on);

}  // namespace immure::plan
