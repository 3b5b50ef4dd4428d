#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <set>
#include <span>

#include "file/md5.hpp"
#include "file/tree.hpp"
#include "plan/package/directories.hpp"
#include "plan/package/image_map.hpp"
#include "plan/package/package_memory.hpp"
#include "plan/package/package_paths.hpp"
#include "plan/package/package_set.hpp"
#include "sys/file.hpp"

namespace immure::plan {
namespace {

using Index = PackageDatabase::Index;

constexpr std::uint64_t kMostBytes = std::uint64_t{2} << 30;
constexpr std::uint64_t kMostFiles = 200'000;
constexpr std::size_t kMostLeftOut = 10'000;
constexpr int kMostDepth = 16;  ///< levels of directories with generated data

/// No package depends on this package, but every set gets the locale C.utf8 from it.
constexpr std::string_view kLocalePackage = "libc-bin";
constexpr std::string_view kLocaleDirectory = "/usr/lib/locale/C.utf8/";

class Gatherer {
 public:
  Gatherer(PackageDatabase& database, const DatabasePlace& place, std::uint32_t owner, std::string who,
           const file::GoOn& go_on)
      : database_(database),
        root_(place.root),
        owner_(owner),
        go_on_(go_on),
        directories_(place.root, owner),
        who_(std::move(who)) {}

  Result<void> package(Index index, std::string_view below = {}) {
    TRY(const std::vector<PackageFile> files, database_.files(index));
    const PackageName& name = database_.name(index);
    for (const PackageFile& file : files) {
      if (!file.path.starts_with(below) || is_left_out_of_images(file.path)) continue;
      CHECK_OK(entry(file, name));
    }
    if (below.empty()) set_->packages.push_back(name);
    return {};
  }

  Result<void> generated() {
    for (const Generated& row : generated_data()) {
      const bool wanted = std::ranges::any_of(
          set_->packages, [&](const PackageName& package) { return package.name.starts_with(row.package); });
      if (!wanted) continue;
      for (const std::string& directory : directories_named(row.directory))
        CHECK_OK(generated_in(directory, row, row.deep ? kMostDepth : 1));
    }
    return {};
  }

  /// Python reads the compiled form of its modules, which no list of a package names, from a directory beside them.
  Result<void> compiled_python() {
    std::map<std::string, std::vector<std::string>> compiled;  // by directory
    for (const std::string& module : python_modules_) {
      const std::string directory = parent_of(module) + "/__pycache__";
      const std::string start = last_of(module).substr(0, last_of(module).size() - 2);
      const auto [found, is_new] = compiled.try_emplace(directory);
      if (is_new) found->second = names_in(directory);
      for (auto name = std::ranges::lower_bound(found->second, start);
           name != found->second.end() && name->starts_with(start); ++name)
        if (name->ends_with(".pyc")) CHECK_OK(entry({.path = directory + "/" + *name, .md5 = {}}, {}));
    }
    return {};
  }

  Result<void> alternatives() {
    TRY(const auto links, database_.alternatives());
    for (const auto& [path, alternative] : links) {
      if (is_left_out_of_images(path) || link_text(root_ + path) != alternative) continue;
      CHECK_OK(entry({.path = path, .md5 = {}}, {}));
      CHECK_OK(entry({.path = alternative, .md5 = {}}, {}));
    }
    return {};
  }

  /// Packs the links on the way to a packed file too, such as /lib.
  void links_of_directories() {
    for (const auto& [path, target] : directories_.links()) add_link(path, target);
  }

  /// Gives the program and its libraries their places among the files of the packages.
  Result<void> absorb(const std::vector<Packed>& files, std::map<std::string, std::string>& places) {
    for (const Packed& file : files) {
      const auto there = map_.resolve(file.inner);
      const PackItem* item = there ? map_.at(*there) : nullptr;
      if (item != nullptr && is_same_file(*item, file)) {
        places.emplace(file.inner, *there);
        continue;
      }
      const PackItem* source = map_.at(file.source);
      if (item != nullptr) {
        leave_out(file.source, "a file of a package stands in its place, " + *there);
      } else if (source != nullptr && is_same_file(*source, file)) {
        // The host's loader is configured to look in this directory, and the cell's loader has no configuration.
        const auto place = map_.place_for(file.inner);
        if (place) add_link(*place, file.source);
        places.emplace(file.inner, file.source);
      } else {
        CHECK_OK(foreign(file, places));
      }
    }
    return {};
  }

  Result<std::shared_ptr<PackageSet>> finish() {
    map_.remove_dangling_links();
    set_->aliases = map_.directory_links();
    std::ranges::sort(set_->packages);
    std::ranges::sort(set_->left_out);
    set_->items = map_.take();
    for (const PackItem& item : set_->items) ++(item.kind == file::Kind::kLink ? set_->links : set_->files);
    set_->key = pack_key(PackList{.items = set_->items, .left_out = {}}, {});
    return std::move(set_);
  }

 private:
  /// Adds one path that a package has installed, if its kind, owner and mode are those of a package's file.
  Result<void> entry(const PackageFile& file, const PackageName& package) {
    CHECK_OK(file::may_go_on(go_on_));
    const Directories::Found directory = directories_.find(parent_of(file.path));
    if (!directory.there) return {};
    const std::string path = directory.path + "/" + last_of(file.path);
    struct stat status{};
    // The host may lack files of a package, because dpkg can be configured to leave out documentation.
    if (::lstat((root_ + path).c_str(), &status) != 0 || S_ISDIR(status.st_mode)) return {};
    if (is_left_out_of_images(path)) return {};
    if (!directory.refused.empty()) return leave_out(path, directory.refused);
    if (status.st_uid != owner_) return leave_out(path, "belongs to user " + std::to_string(status.st_uid));
    if (S_ISLNK(status.st_mode)) {
      add_link(path, link_text(root_ + path));
      return {};
    }
    if (!S_ISREG(status.st_mode)) return leave_out(path, "is not a regular file");
    return regular(file, path, status, package);
  }

  Result<void> regular(const PackageFile& file, const std::string& path, const struct stat& status,
                       const PackageName& package) {
    if ((status.st_mode & (S_ISUID | S_ISGID)) != 0) return leave_out(path, "is set-user-ID or set-group-ID");
    const bool by_group = (status.st_mode & S_IWGRP) != 0 && status.st_gid != 0;
    if (by_group || (status.st_mode & S_IWOTH) != 0) return leave_out(path, "others may write to it");
    if ((status.st_mode & S_IROTH) == 0) return leave_out(path, "not everybody may read it");
    // A file of /etc may hold a secret unless it equals the package's file, and without a digest immure cannot compare.
    if (file.md5.empty() && path.starts_with("/etc/"))
      return leave_out(path, "has no digest in the database of packages, and may hold a secret");
    if (file.conffile) {
      watch(path);
      TRY(const bool own, has_digest(path, status, file.md5));
      if (!own) return leave_out(path, "was changed since its package was installed, and may hold a secret");
    }
    return add_file(path, status, file.md5, package);
  }

  Result<void> add_file(const std::string& path, const struct stat& status, const std::string& md5,
                        const PackageName& package) {
    PackItem item = item_of(path, root_ + path, status);
    item.md5 = md5;
    if (!package.name.empty()) item.package = package.name + " " + package.version;
    if (!map_.add(std::move(item))) return {};
    if (path.ends_with(".py")) python_modules_.push_back(path);
    set_->bytes += static_cast<std::uint64_t>(status.st_size);
    if (set_->bytes > kMostBytes || ++count_ > kMostFiles)
      return fail(Code::kBadInput, who_,
                  "needs packages with more than " + std::to_string(kMostBytes >> 30U) + " GiB or " +
                      std::to_string(kMostFiles) + " files",
                  "Give --closure elf, which packs the program and its libraries alone, and --include for its data.");
    return {};
  }

  void add_link(const std::string& path, std::string target) {
    if (target.empty() || target.size() > kMaxTarget) return;
    map_.add({.inner = path, .kind = file::Kind::kLink, .source = {}, .target = std::move(target)});
  }

  Result<void> foreign(const Packed& file, std::map<std::string, std::string>& places) {
    const auto place = map_.place_for(file.inner);
    if (!place) return fail(Code::kBadInput, file.inner, "cannot be placed: the links of the image lead in a circle");
    struct stat status{};
    if (file.looked)
      status = *file.looked;
    else if (::lstat(file.source.c_str(), &status) != 0 || !S_ISREG(status.st_mode))
      return fail(Code::kBadInput, file.source, "cannot be packed: not a regular file");
    PackItem item = item_of(*place, file.source, status);
    item.held = file.held;
    set_->bytes += item.size;
    map_.add(std::move(item));
    places.emplace(file.inner, *place);
    return {};
  }

  static bool is_same_file(const PackItem& item, const Packed& file) {
    return file.looked && item.device == file.looked->st_dev && item.inode == file.looked->st_ino;
  }

  Result<void> leave_out(const std::string& path, const std::string& why) {
    if (set_->left_out.size() < kMostLeftOut) set_->left_out.push_back(path + ": " + why);
    return {};
  }

  void watch(const std::string& path) { set_->watched.emplace_back(root_ + path, watched_identity(root_ + path)); }

  Result<bool> has_digest(const std::string& path, const struct stat& status, const std::string& md5) const {
    constexpr off_t kMost = 64 << 20;
    if (status.st_size > kMost) return false;
    TRY(const sys::Fd file, open_trusted(path));
    file::Md5 hash;
    std::array<std::byte, 65536> buffer;
    while (true) {
      const auto count = sys::read_some(file.get(), buffer);
      if (!count) return fail(Code::kSystem, path, "cannot be read", {}, count.error().value);
      if (*count == 0) return hash.finish() == md5;
      hash.update(std::span(buffer).first(*count));
    }
  }

  Result<sys::Fd> open_trusted(const std::string& path) const {
    auto root = sys::open_at(AT_FDCWD, (root_ + "/").c_str(), O_PATH | O_DIRECTORY);
    if (root) root = sys::open_beneath(root->get(), path.c_str() + 1, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (!root)
      return fail(Code::kBadInput, path, "cannot be read", sys::lease_hint(root.error().value), root.error().value);
    return std::move(*root);
  }

  /// The directories that the pattern of a row names: `*` stands for any one name.
  std::vector<std::string> directories_named(std::string_view pattern) {
    const std::size_t star = pattern.find("/*/");
    if (star == std::string_view::npos) return {std::string(pattern)};
    std::vector<std::string> all;
    for (const std::string& name : names_in(std::string(pattern.substr(0, star))))
      all.push_back(std::string(pattern.substr(0, star)) + "/" + name + std::string(pattern.substr(star + 2)));
    return all;
  }

  std::vector<std::string> names_in(const std::string& directory) {
    const Directories::Found found = directories_.find(directory);
    if (!found.there || !found.refused.empty()) return {};
    const auto opened = sys::open_at(AT_FDCWD, (root_ + found.path).c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (!opened) return {};
    return file::names_in(opened->get()).value_or(std::vector<std::string>());
  }

  Result<void> generated_in(const std::string& directory, const Generated& row, int depth) {
    if (depth == 0) return {};
    const Directories::Found found = directories_.find(directory);
    if (!found.there) return {};
    // A new file in the directory makes the set out of date.
    watch(found.path);
    for (const std::string& name : names_in(directory)) {
      const std::string path = directory + "/" + name;
      struct stat status{};
      if (::lstat((root_ + path).c_str(), &status) != 0) continue;
      if (S_ISDIR(status.st_mode)) {
        CHECK_OK(generated_in(path, row, depth - 1));
      } else if (name.starts_with(row.prefix) && name.ends_with(row.suffix) && map_.at(path) == nullptr) {
        watch(path);
        CHECK_OK(entry({.path = path, .md5 = {}}, {}));
      }
    }
    return {};
  }

  static constexpr std::size_t kMaxTarget = 4095;

  PackageDatabase& database_;
  std::string root_;
  std::uint32_t owner_;
  const file::GoOn& go_on_;
  Directories directories_;
  ImageMap map_;
  std::vector<std::string> python_modules_;
  std::shared_ptr<PackageSet> set_ = std::make_shared<PackageSet>();
  std::uint64_t count_ = 0;
  std::string who_;  ///< the package that messages name
};

constexpr auto kLibraries = std::to_array<std::pair<std::string_view, std::string_view>>({{"perl-base", "perl"}});

/// The paths that a database may list for one file: with and without /usr, because many hosts merge /lib and /usr/lib.
std::vector<std::string> spellings(const std::vector<std::string>& paths) {
  std::set<std::string> all;
  for (const std::string& path : paths) {
    all.insert(path);
    constexpr std::string_view kUsr = "/usr";
    for (const char* directory : {"/bin/", "/sbin/", "/lib/", "/lib32/", "/lib64/"}) {
      if (path.starts_with(directory)) all.insert(std::string(kUsr) + path);
      if (path.starts_with(std::string(kUsr) + directory)) all.insert(path.substr(kUsr.size()));
    }
  }
  return {all.begin(), all.end()};
}

Result<std::vector<Index>> wished(const PackageDatabase& database, const PackageWish& wish, const file::GoOn& go_on) {
  std::vector<Index> packages;
  if (!wish.paths.empty()) {
    TRY(packages, database.owners(spellings(wish.paths), go_on));
  }
  // perl-base has the interpreter and a small part of Perl's library, and depends on no package that has the rest.
  for (const auto& [interpreter, library] : kLibraries) {
    const bool wished =
        std::ranges::any_of(packages, [&](Index package) { return database.name(package).name == interpreter; });
    const auto found = wished ? database.find(library) : std::nullopt;
    if (found) packages.push_back(*found);
  }
  for (const std::string& name : wish.packages) {
    const auto found = database.find(name);
    if (!found)
      return fail(Code::kBadInput, name, "is not an installed package", "Install the package, or correct the name.");
    packages.push_back(*found);
  }
  return packages;
}

}  // namespace

std::string behind_aliases(const std::map<std::string, std::string>& aliases, const std::string& path) {
  ImageMap map;
  for (const auto& [link, target] : aliases)
    map.add({.inner = link, .kind = file::Kind::kLink, .source = {}, .target = target});
  return map.place_for(path).value_or(path);
}

Result<Gathered> gather_packages(PackageDatabase& database, const DatabasePlace& place, const PackageWish& wish,
                                 const file::GoOn& go_on) {
  CHECK_OK(database.read());
  TRY(const std::vector<Index> packages, wished(database, wish, go_on));
  if (packages.empty()) return Gathered{};
  TRY(const std::uint32_t owner, owner_of_packages(place));
  Gatherer gatherer(database, place, owner, database.name(packages.front()).name, go_on);
  for (const Index index : with_needed(database, packages, true)) CHECK_OK(gatherer.package(index));
  if (const auto locales = database.find(kLocalePackage)) CHECK_OK(gatherer.package(*locales, kLocaleDirectory));
  CHECK_OK(gatherer.generated());
  CHECK_OK(gatherer.compiled_python());
  CHECK_OK(gatherer.alternatives());
  gatherer.links_of_directories();
  Gathered gathered;
  CHECK_OK(gatherer.absorb(wish.files, gathered.places));
  TRY(gathered.set, gatherer.finish());
  return gathered;
}

}  // namespace immure::plan
