/// Reads dpkg's database (Debian, Ubuntu) from its files alone.
#include <fcntl.h>
#include <sys/stat.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <span>
#include <string>
#include <tuple>
#include <unordered_map>

#include "file/tree.hpp"
#include "plan/package/dpkg_text.hpp"
#include "plan/package/package_database.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"
#include "sys/machine.hpp"

namespace immure::plan {
namespace {

constexpr std::string_view kDatabase = "/var/lib/dpkg";
constexpr std::string_view kAlternatives = "/etc/alternatives";

constexpr std::string_view native_architecture() {
  switch (sys::kThisMachine) {
    case sys::Machine::kX86_64: return "amd64";
    case sys::Machine::kAarch64: return "arm64";
  }
  return "";
}

/// The identity of a file or directory, which differs if somebody changed, added or replaced anything in it.
std::string identity_of(const struct stat& status) {
  return std::to_string(status.st_dev) + " " + std::to_string(status.st_ino) + " " + std::to_string(status.st_size) +
         " " + std::to_string(file::nanoseconds(status.st_mtim)) + " " +
         std::to_string(file::nanoseconds(status.st_ctim)) + "\n";
}

class Dpkg : public PackageDatabase {
 public:
  Dpkg(std::string root, sys::Fd directory, std::uint32_t owner)
      : root_(std::move(root)), directory_(std::move(directory)), owner_(owner) {}

  [[nodiscard]] Result<std::string> state() const override;
  [[nodiscard]] Result<void> read() override;
  [[nodiscard]] const PackageName& name(Index package) const override { return packages_[package].name; }
  [[nodiscard]] std::optional<Index> find(std::string_view name) const override;
  [[nodiscard]] Result<std::vector<Index>> owners(const std::vector<std::string>& paths,
                                                  const file::GoOn& go_on) const override;
  [[nodiscard]] std::vector<Index> needs(Index package, bool recommended) const override;
  [[nodiscard]] Result<std::vector<PackageFile>> files(Index package) const override;
  [[nodiscard]] Result<std::vector<std::pair<std::string, std::string>>> alternatives() const override;

  [[nodiscard]] Result<void> check_owner(const struct stat& status, const std::string& where) const;

 private:
  struct Package {
    PackageName name;
    StatusEntry entry;
  };

  [[nodiscard]] std::string where(std::string_view name) const {
    return root_ + std::string(kDatabase) + "/" + std::string(name);
  }
  /// Reads one file of the database. Returns nothing if there is no such file.
  [[nodiscard]] Result<std::optional<std::string>> text_of(const std::string& name) const;
  /// Like text_of(), for info/PACKAGE.SUFFIX. dpkg writes the architecture into the name for `Multi-Arch: same`.
  [[nodiscard]] Result<std::optional<std::string>> info(Index package, std::string_view suffix,
                                                        std::string& name) const;
  [[nodiscard]] std::string diverted(std::string_view path, std::string_view package) const;
  [[nodiscard]] std::vector<Index> fulfilling(const Alternatives& alternatives, const StatusEntry& who) const;
  [[nodiscard]] std::optional<Index> real(const Relation& relation, const StatusEntry& who) const;

  std::string root_;
  sys::Fd directory_;
  std::uint32_t owner_;
  std::vector<Package> packages_;  ///< sorted by name, the machine's own architecture first
  std::unordered_map<std::string, std::vector<Index>> providers_;
  std::map<std::string, Diversion, std::less<>> diversions_;
};

Result<void> Dpkg::check_owner(const struct stat& status, const std::string& where) const {
  constexpr std::string_view kHint =
      "A user who can write to it decides what goes into the image. Correct its owner and mode, or "
      "give --closure elf to pack the program and its libraries alone.";
  if (status.st_uid != owner_)
    return fail(Code::kBadInput, where,
                "the database of packages belongs to user " + std::to_string(status.st_uid) + " and not to root",
                kHint);
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return fail(Code::kBadInput, where, "others than root may write to the database of packages", kHint);
  return {};
}

Result<std::optional<std::string>> Dpkg::text_of(const std::string& name) const {
  auto file = sys::open_beneath(directory_.get(), name.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!file && file.error().value == ENOENT) return std::nullopt;
  if (!file) return fail(Code::kBadInput, where(name), "cannot be read", {}, file.error().value);
  struct stat status{};
  if (const int failure = sys::error_of(::fstat, file->get(), &status); failure != 0)
    return fail(Code::kSystem, where(name), "its status cannot be read", {}, failure);
  if (!S_ISREG(status.st_mode)) return fail(Code::kBadInput, where(name), "is not a regular file");
  CHECK_OK(check_owner(status, where(name)));
  if (static_cast<std::uint64_t>(status.st_size) > kMaxDatabaseFile)
    return fail(Code::kBadInput, where(name), "is larger than any file of a database of packages");
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  std::size_t length = 0;
  while (length < text.size()) {
    const auto count = sys::read_some(file->get(), std::as_writable_bytes(std::span(text).subspan(length)));
    if (!count) return fail(Code::kSystem, where(name), "cannot be read", {}, count.error().value);
    if (*count == 0) return fail(Code::kBadInput, where(name), "became shorter while it was read", "Try again.");
    length += *count;
  }
  return text;
}

Result<std::optional<std::string>> Dpkg::info(Index package, std::string_view suffix, std::string& name) const {
  const StatusEntry& entry = packages_[package].entry;
  const std::string plain = "info/" + entry.name + "." + std::string(suffix);
  const std::string full = "info/" + entry.name + ":" + entry.architecture + "." + std::string(suffix);
  const bool same = entry.multi_arch == "same";
  for (const std::string& each : {same ? full : plain, same ? plain : full}) {
    name = each;
    auto text = text_of(each);
    if (!text || *text) return text;
  }
  return std::nullopt;
}

Result<std::string> Dpkg::state() const {
  std::string state = "dpkg\n";
  for (const char* name : {".", "status", "info", "diversions", "alternatives"}) {
    struct stat status{};
    const int failure = sys::error_of(::fstatat, directory_.get(), name, &status, AT_SYMLINK_NOFOLLOW);
    if (failure != 0 && failure != ENOENT)
      return fail(Code::kBadInput, where(name), "its status cannot be read", {}, failure);
    if (failure != 0) {
      state += "none\n";
      continue;
    }
    CHECK_OK(check_owner(status, where(name)));
    if (S_ISLNK(status.st_mode)) return fail(Code::kBadInput, where(name), "is a link, which dpkg never makes");
    state += identity_of(status);
  }
  struct stat status{};
  const std::string chosen = root_ + std::string(kAlternatives);
  state += ::lstat(chosen.c_str(), &status) == 0 ? identity_of(status) : "none\n";
  return state;
}

Result<void> Dpkg::read() {
  TRY(const auto status, text_of("status"));
  if (!status) return fail(Code::kBadInput, where("status"), "not found");
  TRY(std::vector<StatusEntry> entries, parse_status(*status, where("status")));
  packages_.clear();
  for (StatusEntry& entry : entries)
    packages_.push_back({{entry.name, entry.version, entry.architecture}, std::move(entry)});
  const auto order = [](const Package& package) {
    const std::string& architecture = package.entry.architecture;
    const bool foreign = architecture != native_architecture() && architecture != "all";
    return std::tuple<const std::string&, bool, const std::string&>(package.entry.name, foreign, architecture);
  };
  std::ranges::sort(packages_, {}, order);
  providers_.clear();
  for (Index i = 0; i < packages_.size(); ++i)
    for (const std::string& provided : packages_[i].entry.provides) providers_[provided].push_back(i);
  TRY(const auto diversions, text_of("diversions"));
  diversions_.clear();
  if (diversions) {
    TRY(auto parsed, parse_diversions(*diversions, where("diversions")));
    for (Diversion& each : parsed) diversions_.emplace(each.from, std::move(each));
  }
  return {};
}

std::optional<PackageDatabase::Index> Dpkg::find(std::string_view name) const {
  const auto found = std::ranges::lower_bound(
      packages_, name, {}, [](const Package& package) -> std::string_view { return package.entry.name; });
  if (found == packages_.end() || found->entry.name != name) return std::nullopt;
  return static_cast<Index>(found - packages_.begin());
}

std::string Dpkg::diverted(std::string_view path, std::string_view package) const {
  const auto found = diversions_.find(path);
  if (found == diversions_.end() || found->second.package == package) return std::string(path);
  return found->second.to;
}

Result<std::vector<PackageDatabase::Index>> Dpkg::owners(const std::vector<std::string>& paths,
                                                         const file::GoOn& go_on) const {
  std::vector<Index> owners;
  for (Index i = 0; i < packages_.size(); ++i) {
    CHECK_OK(file::may_go_on(go_on));
    std::string name;
    TRY(const auto text, info(i, "list", name));
    if (!text) continue;
    for (const std::string& path : paths) {
      // A search for the whole line is far faster than taking each list apart. If another package diverts the path,
      // search for the original path too.
      std::vector<std::string> lines = {path};
      for (const auto& [from, diversion] : diversions_)
        if (diversion.to == path && diversion.package != packages_[i].entry.name) lines.push_back(from);
      const bool listed = std::ranges::any_of(lines, [&](const std::string& line) {
        const std::string whole = line + "\n";
        const bool first = text->starts_with(whole);
        return (first || text->find("\n" + whole) != std::string::npos) &&
               diverted(line, packages_[i].entry.name) == path;
      });
      if (!listed) continue;
      owners.push_back(i);
      break;
    }
  }
  return owners;
}

std::optional<PackageDatabase::Index> Dpkg::real(const Relation& relation, const StatusEntry& who) const {
  const auto first = find(relation.name);
  if (!first) return std::nullopt;
  const std::string_view own = who.architecture == "all" ? native_architecture() : std::string_view(who.architecture);
  for (Index i = *first; i < packages_.size() && packages_[i].entry.name == relation.name; ++i) {
    const StatusEntry& entry = packages_[i].entry;
    const bool any = relation.architecture == "any" || entry.multi_arch == "foreign" || entry.architecture == "all";
    const std::string_view wanted = relation.architecture.empty() ? own : std::string_view(relation.architecture);
    if (any || entry.architecture == wanted || (wanted == "native" && entry.architecture == native_architecture()))
      return i;
  }
  return std::nullopt;
}

std::vector<PackageDatabase::Index> Dpkg::fulfilling(const Alternatives& alternatives, const StatusEntry& who) const {
  for (const Relation& relation : alternatives)
    if (const auto found = real(relation, who)) return {*found};
  for (const Relation& relation : alternatives)
    if (const auto found = providers_.find(relation.name); found != providers_.end()) return found->second;
  return {};
}

std::vector<PackageDatabase::Index> Dpkg::needs(Index package, bool recommended) const {
  std::vector<Index> needed;
  const StatusEntry& entry = packages_[package].entry;
  for (const std::vector<Alternatives>* field : {&entry.depends, recommended ? &entry.recommends : nullptr}) {
    if (field == nullptr) continue;
    for (const Alternatives& alternatives : *field)
      for (const Index found : fulfilling(alternatives, entry)) needed.push_back(found);
  }
  return needed;
}

Result<std::vector<PackageFile>> Dpkg::files(Index package) const {
  const StatusEntry& entry = packages_[package].entry;
  std::string name, sums_name;
  TRY(const auto list, info(package, "list", name));
  if (!list) return fail(Code::kBadInput, where(name), "not found, although the package is installed");
  TRY(const auto paths, parse_file_list(*list, where(name)));
  TRY(const auto sums_text, info(package, "md5sums", sums_name));
  std::unordered_map<std::string_view, std::string_view> sums;
  if (sums_text) {
    TRY(const auto parsed, parse_md5sums(*sums_text, where(sums_name)));
    for (const Sum& sum : parsed) sums.emplace(sum.path, sum.md5);
  }
  std::unordered_map<std::string_view, std::string_view> conffiles;
  for (const Conffile& conffile : entry.conffiles) conffiles.emplace(conffile.path, conffile.md5);
  std::vector<PackageFile> files;
  files.reserve(paths.size());
  for (const std::string_view path : paths) {
    PackageFile file{.path = diverted(path, entry.name), .md5 = {}};
    if (const auto sum = sums.find(path.substr(1)); sum != sums.end()) file.md5 = sum->second;
    if (const auto conffile = conffiles.find(path); conffile != conffiles.end()) {
      file.md5 = conffile->second;
      file.conffile = true;
    }
    files.push_back(std::move(file));
  }
  return files;
}

Result<std::vector<std::pair<std::string, std::string>>> Dpkg::alternatives() const {
  std::vector<std::pair<std::string, std::string>> links;
  const auto directory = sys::open_beneath(directory_.get(), "alternatives", O_RDONLY | O_DIRECTORY);
  if (!directory && directory.error().value == ENOENT) return links;
  const auto names = directory ? file::names_in(directory->get()) : std::unexpected(directory.error());
  if (!names) return fail(Code::kBadInput, where("alternatives"), "cannot be listed", {}, names.error().value);
  for (const std::string& name : *names) {
    const std::string file = "alternatives/" + name;
    // update-alternatives renames a finished file into place. A file with this name is left from a crash.
    if (name.find(".dpkg-") != std::string::npos) continue;
    TRY(const auto text, text_of(file));
    if (!text) continue;
    TRY(const auto group, parse_alternative(*text, name, where(file)));
    for (const AlternativeLink& link : group)
      links.emplace_back(link.link, std::string(kAlternatives) + "/" + link.name);
  }
  std::ranges::sort(links);
  return links;
}

}  // namespace

Result<std::uint32_t> owner_of_packages(const DatabasePlace& place) {
  if (place.owner) return *place.owner;
  // In a user namespace that maps the caller alone, root's files appear to belong to the owner of `/`.
  struct stat status{};
  const std::string root = place.root + "/";
  if (const int failure = sys::error_of(::stat, root.c_str(), &status); failure != 0)
    return fail(Code::kSystem, root, "its status cannot be read", {}, failure);
  return status.st_uid;
}

Result<std::unique_ptr<PackageDatabase>> open_dpkg(const DatabasePlace& place) {
  const std::string path = place.root + std::string(kDatabase);
  struct stat status{};
  auto directory = sys::open_at(AT_FDCWD, path.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW);
  if (!directory && (directory.error().value == ENOENT || directory.error().value == ENOTDIR))
    return std::unique_ptr<PackageDatabase>();
  if (!directory) return fail(Code::kBadInput, path, "cannot be opened", {}, directory.error().value);
  // Images without a package manager have the directory, but no status file.
  if (sys::error_of(::fstatat, directory->get(), "status", &status, AT_SYMLINK_NOFOLLOW) == ENOENT)
    return std::unique_ptr<PackageDatabase>();
  if (const int failure = sys::error_of(::fstat, directory->get(), &status); failure != 0)
    return fail(Code::kSystem, path, "its status cannot be read", {}, failure);
  TRY(const std::uint32_t owner, owner_of_packages(place));
  auto database = std::make_unique<Dpkg>(place.root, std::move(*directory), owner);
  CHECK_OK(database->check_owner(status, path));
  return database;
}

}  // namespace immure::plan
