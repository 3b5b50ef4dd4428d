/// The texts of dpkg's database: /var/lib/dpkg/status (deb822(5), dpkg-query(1)), info/*.list, info/*.md5sums,
/// diversions and alternatives.
///
/// The readers are strict: a text that dpkg would not write is an error that names the file, the line and the reason.
/// The readers keep to the limits below, so a hostile database costs neither memory nor time.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "sys/error.hpp"

namespace immure::plan {

inline constexpr std::size_t kMaxDatabaseFile = std::size_t{256} << 20;  ///< bytes in one file of the database
inline constexpr std::size_t kMaxPackages = 100'000;
inline constexpr std::size_t kMaxListed = 1'000'000;  ///< paths of one package
inline constexpr std::size_t kMaxPath = 4095;
inline constexpr std::size_t kMaxWord = 512;        ///< bytes in a name, a version or an architecture
inline constexpr std::size_t kMaxRelations = 4096;  ///< members of one field such as Depends

/// One alternative of a dependency: `libc6`, `perl:any`. immure ignores the version, because dpkg has checked it
/// already.
struct Relation {
  std::string name;
  std::string architecture;  ///< what follows the colon; empty if nothing does
  friend bool operator==(const Relation&, const Relation&) = default;
};
/// One dependency: any one of the alternatives fulfils it.
using Alternatives = std::vector<Relation>;

struct Conffile {
  std::string path, md5;
  friend bool operator==(const Conffile&, const Conffile&) = default;
};

/// One installed package of the status file.
struct StatusEntry {
  std::string name, version, architecture, multi_arch;
  std::vector<Alternatives> depends;  ///< Pre-Depends and Depends
  std::vector<Alternatives> recommends;
  std::vector<std::string> provides;
  std::vector<Conffile> conffiles;
};

/// `where` names the file in errors. Returns the installed packages only.
[[nodiscard]] Result<std::vector<StatusEntry>> parse_status(std::string_view text, std::string_view where);

/// The paths of a `.list`, without `/.`. The views point into `text`.
[[nodiscard]] Result<std::vector<std::string_view>> parse_file_list(std::string_view text, std::string_view where);

struct Sum {
  std::string_view md5, path;  ///< the path has no slash at its beginning
};
/// The lines of a `.md5sums`. The views point into `text`.
[[nodiscard]] Result<std::vector<Sum>> parse_md5sums(std::string_view text, std::string_view where);

/// The file `from` of every package except `package` lies at `to` (dpkg-divert(1)).
struct Diversion {
  std::string from, to, package;
};
[[nodiscard]] Result<std::vector<Diversion>> parse_diversions(std::string_view text, std::string_view where);

/// A name and its link path from a file of /var/lib/dpkg/alternatives (update-alternatives(1), FILES). The first link
/// in each file is the link of the group itself, and has the name of the file.
struct AlternativeLink {
  std::string name, link;
};
[[nodiscard]] Result<std::vector<AlternativeLink>> parse_alternative(std::string_view text, std::string_view name,
                                                                     std::string_view where);

/// True for an absolute path that names one thing in one way: no `.`, no `..`, no empty part, no control character.
[[nodiscard]] bool is_plain_path(std::string_view path);

}  // namespace immure::plan
