/// Everything that a program's packages bring into an image.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "file/go_on.hpp"
#include "plan/image/image.hpp"
#include "plan/image/pack.hpp"
#include "plan/package/package_database.hpp"

namespace immure::plan {

struct PackageSet {
  std::vector<PackageName> packages;  ///< sorted
  /// What lies in a package and yet not in the image, where a user may miss it: `PATH: why`, sorted.
  std::vector<std::string> left_out;
  std::uint64_t files = 0, links = 0, bytes = 0;
  std::string key;  ///< SHA-256 over all items: two sets with one key bring the same files
  /// Links to directories, such as /lib to usr/lib. What else goes into the image lies behind them.
  std::map<std::string, std::string> aliases;
  /// The files that the packages' own digests do not cover, each with its identity. If one changes, the set is another.
  std::vector<std::pair<std::string, std::string>> watched;
  std::vector<PackItem> items;  ///< empty if the set was remembered from an earlier run
};

/// `name version architecture`, as evidence and listings have it.
[[nodiscard]] std::string package_text(const PackageName& package);

/// The set for people: how many packages, files and bytes, then a line for each package and for what is left out.
[[nodiscard]] std::string packages_text(const PackageSet& set);

/// What is asked of the packages.
struct PackageWish {
  std::vector<std::string> paths;     ///< the program, its interpreter, and the names that lead to them
  std::vector<std::string> packages;  ///< further packages, by name (--package)
  /// The program and its libraries, as their ELF headers name them. They go in too, at the places of the packages'
  /// own files.
  std::vector<Packed> files;
};

/// The files of a set: the ELF files that the wish brought, which no package has, lie there as well.
struct Gathered {
  std::shared_ptr<PackageSet> set;
  /// For each file of the wish, by its path in an ELF image: its path in this image. A file for which a package's own
  /// stands has no row.
  std::map<std::string, std::string> places;
};

/// Gathers what the packages bring that own the paths of the wish. Returns an empty `set` if no package owns a path and
/// no package is named. Errors, all kBadInput: those of the database; a package of the wish is not installed; the
/// packages hold more than fits into an image.
[[nodiscard]] Result<Gathered> gather_packages(PackageDatabase& database, const DatabasePlace& place,
                                               const PackageWish& wish, const file::GoOn& go_on);

/// Where `path` lies in an image that has these links.
[[nodiscard]] std::string behind_aliases(const std::map<std::string, std::string>& aliases, const std::string& path);

}  // namespace immure::plan
