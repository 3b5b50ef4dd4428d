/// Which package of the distribution a file belongs to, and what else that package needs.
///
/// The interface hides which package manager's database immure reads. Today immure reads dpkg's database (Debian,
/// Ubuntu); rpm and apk can follow. immure executes nothing of a package, and asks no program of the distribution.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "file/go_on.hpp"
#include "sys/error.hpp"

namespace immure::plan {

/// An installed package.
struct PackageName {
  std::string name, version, architecture;
  friend bool operator==(const PackageName&, const PackageName&) = default;
  friend auto operator<=>(const PackageName&, const PackageName&) = default;
};

/// One path that a package has installed.
struct PackageFile {
  std::string path;       ///< absolute, as the database writes it, after diversions
  std::string md5;        ///< MD5 of the installed file, in hex; empty if the package does not say
  bool conffile = false;  ///< a configuration file, which the host's administrator may have changed
};

class PackageDatabase {
 public:
  /// The number of a package in this database.
  using Index = std::size_t;

  PackageDatabase() = default;
  PackageDatabase(const PackageDatabase&) = delete;
  PackageDatabase& operator=(const PackageDatabase&) = delete;
  virtual ~PackageDatabase() = default;

  /// A text that differs whenever a package was installed, changed or removed. Reads nothing but the status of a few
  /// files. Error kBadInput: the database belongs to another user, or others may write to it.
  [[nodiscard]] virtual Result<std::string> state() const = 0;

  /// Reads the database. Call this before the functions below. Error kBadInput: the database is malformed (the error
  /// names file, line and reason) or larger than any real database.
  [[nodiscard]] virtual Result<void> read() = 0;

  [[nodiscard]] virtual const PackageName& name(Index package) const = 0;
  /// The installed package with this name, preferably of the machine's own architecture.
  [[nodiscard]] virtual std::optional<Index> find(std::string_view name) const = 0;
  /// The packages that have installed one of the paths, sorted. Error kBadInput, like read().
  [[nodiscard]] virtual Result<std::vector<Index>> owners(const std::vector<std::string>& paths,
                                                          const file::GoOn& go_on) const = 0;
  /// The packages that `package` needs; with `recommended` also the packages that `package` recommends. Leaves out
  /// packages that are not installed.
  [[nodiscard]] virtual std::vector<Index> needs(Index package, bool recommended) const = 0;
  /// Everything that the package has installed. Error kBadInput, like read().
  [[nodiscard]] virtual Result<std::vector<PackageFile>> files(Index package) const = 0;
  /// The links that the administrator's choice between packages has made: path and target, sorted
  /// (update-alternatives(1)). Error kBadInput, like read().
  [[nodiscard]] virtual Result<std::vector<std::pair<std::string, std::string>>> alternatives() const = 0;
};

/// `package` and everything that it needs, transitively, sorted. Passes over packages that serve only what no cell has
/// (is_useless_package()).
[[nodiscard]] std::vector<PackageDatabase::Index> with_needed(const PackageDatabase& database,
                                                              const std::vector<PackageDatabase::Index>& packages,
                                                              bool recommended);

/// True for a package that no program in a cell can use, such as a driver for a device or a service manager.
[[nodiscard]] bool is_useless_package(std::string_view name);

/// Where a database lies, and who must own it.
struct DatabasePlace {
  std::string root = {};  ///< the directory that stands for `/`, without a slash at the end; empty for the host
  /// The user who must own the database and the files of packages. If empty, this is the owner of `/`, who is root.
  std::optional<std::uint32_t> owner = {};
};

/// The user who must own the database and every file of a package. Error kSystem.
[[nodiscard]] Result<std::uint32_t> owner_of_packages(const DatabasePlace& place);

/// Opens dpkg's database. Returns a null pointer if there is none. Error kBadInput: the database cannot be opened,
/// belongs to another user, or others may write to it.
[[nodiscard]] Result<std::unique_ptr<PackageDatabase>> open_dpkg(const DatabasePlace& place);

}  // namespace immure::plan
