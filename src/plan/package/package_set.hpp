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
  /// Files that a package has and the image lacks, if a user may miss them: `PATH: why`, sorted.
  std::vector<std::string> left_out;
  std::uint64_t files = 0, links = 0, bytes = 0;
  std::string key;  ///< SHA-256 over all items: two sets with one key bring the same files
  /// Links to directories, such as /lib to usr/lib. Other files of the image lie behind these links.
  std::map<std::string, std::string> aliases;
  /// The files that no digest of a package covers, each with its identity. If one changes, the set is out of date.
  std::vector<std::pair<std::string, std::string>> watched;
  std::vector<PackItem> items;  ///< empty if the set was remembered from an earlier run
};

/// `name version architecture`, as evidence and listings have it.
[[nodiscard]] std::string package_text(const PackageName& package);

/// The set for people: how many packages, files and bytes, then a line for each package and for what is left out.
[[nodiscard]] std::string packages_text(const PackageSet& set);

/// What the caller wants to have from packages.
struct PackageWish {
  std::vector<std::string> paths;     ///< the program, its interpreter, and the names that lead to them
  std::vector<std::string> packages;  ///< further packages, by name (--package)
  /// The program and its libraries, as their ELF headers name them. The image holds them too, at the places of
  /// the packages' own files.
  std::vector<Packed> files;
};

/// A set, which also has the ELF files of the wish that no package has.
struct Gathered {
  std::shared_ptr<PackageSet> set;
  /// For each file of the wish, by its path in an ELF image: its path in this image. A file has no row if
  /// a package's own file takes its place.
  std::map<std::string, std::string> places;
};

/// Gathers the files of the packages that own the paths of the wish. Returns an empty `set` if no package owns a path
/// and no package is named. Errors, all kBadInput: those of the database; a package of the wish is not installed; the
/// packages hold more than fits into an image.
[[nodiscard]] Result<Gathered> gather_packages(PackageDatabase& database, const DatabasePlace& place,
                                               const PackageWish& wish, const file::GoOn& go_on);

/// Where `path` lies in an image that has these links.
[[nodiscard]] std::string behind_aliases(const std::map<std::string, std::string>& aliases, const std::string& path);

}  // namespace immure::plan
