#include "plan/package/package_closure.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <unistd.h>

#include "file/sha256.hpp"
#include "plan/image/image_cache.hpp"
#include "plan/image/pack.hpp"
#include "plan/image/trust.hpp"
#include "plan/package/package_memory.hpp"
#include "plan/package/package_paths.hpp"
#include "text/list.hpp"

namespace immure::plan {
namespace {

/// True for a path that a package of the distribution may own. No package installs anything in /usr/local.
bool may_be_owned(std::string_view path) {
  return is_system_path(path) && !path.starts_with("/usr/local/") && !path.starts_with("/nix/") &&
         !path.starts_with("/gnu/");
}

/// The paths of the program that a package may own.
std::vector<std::string> owned_paths(const Closure& closure, const std::string& named) {
  std::vector<std::string> paths = {named, closure.program.host_path, closure.program.inner_path};
  for (const HelperFile& helper : closure.helpers) paths.insert(paths.end(), {helper.named, helper.inner});
  std::ranges::sort(paths);
  paths.erase(std::ranges::unique(paths).begin(), paths.end());
  std::erase_if(paths, [](const std::string& path) { return !may_be_owned(path); });
  return paths;
}

PackageWish wish_of(const Closure& closure, const PackageChoice& choice, const std::string& named) {
  PackageWish wish{.paths = {}, .packages = choice.packages, .files = closure.files};
  if (choice.by_package) wish.paths = owned_paths(closure, named);
  return wish;
}

/// True if the package has installed files that its programs may read while they run.
Result<bool> has_data(const PackageDatabase& database, PackageDatabase::Index package) {
  TRY(const std::vector<PackageFile> files, database.files(package));
  return std::ranges::any_of(files, [](const PackageFile& file) {
    const bool shared = file.path.starts_with("/usr/share/") && !file.path.starts_with("/usr/share/bash-completion/") &&
                        !file.path.starts_with("/usr/share/bug/") && !file.path.starts_with("/usr/share/lintian/");
    // The database lists directories too; only a file has a digest.
    return shared && !file.md5.empty() && !is_left_out_of_images(file.path);
  });
}

/// The operator chose the program and its libraries alone. Notes which packages have data that the image lacks.
Result<void> note_missing_data(Closure& closure, const PackageChoice& choice, const std::string& named,
                               const file::GoOn& go_on) {
  const std::vector<std::string> paths = owned_paths(closure, named);
  if (paths.empty()) return {};
  TRY(const auto database, open_dpkg(choice.place));
  if (!database) return {};
  CHECK_OK(database->read());
  TRY(const auto owners, database->owners(paths, go_on));
  std::vector<std::string> names;
  for (const PackageDatabase::Index package : with_needed(*database, owners, true)) {
    CHECK_OK(file::may_go_on(go_on));
    TRY(const bool has, has_data(*database, package));
    if (has) names.push_back(database->name(package).name);
  }
  constexpr std::size_t kShown = 3;
  if (!names.empty())
    closure.notes.push_back(
        "the image lacks the data of the packages " + text::list_text(names, kShown) +
        ", so the program may do only a part of its work; without --closure elf the image has them");
  return {};
}

/// The name by which the cache finds a set: everything that decides which files the set has, except the watched files.
Result<std::string> identity_of(const Closure& closure, const PackageWish& wish, const std::string& state,
                                const file::GoOn& go_on) {
  TRY(const PackList list, pack_list(Closure{.files = closure.files}, go_on));
  std::string text = "packages 1\n" + state + pack_key(list, closure) + "\n";
  for (const auto* words : {&wish.paths, &wish.packages}) {
    for (const std::string& word : *words) text += word + '\0';
    text += '\n';
  }
  return text;
}

/// Gathers what the wish asks for, or takes it from the cache. An unusable cache only costs time here; the function
/// that makes the image reports the error. Returns nothing if the database changed meanwhile.
Result<std::optional<Gathered>> gathered(PackageDatabase& database, const Closure& closure, const PackageChoice& choice,
                                         const PackageWish& wish, const file::GoOn& go_on) {
  if (!choice.remember) {
    TRY(Gathered fresh, gather_packages(database, choice.place, wish, go_on));
    return fresh;
  }
  TRY(const std::string state, database.state());
  TRY(const std::string identity, identity_of(closure, wish, state, go_on));
  const auto cache = ImageCache::open();
  if (cache) {
    const auto text = cache->remembered_packages(identity);
    auto known = text ? parse_memory(*text, cache->boot()) : std::nullopt;
    if (known && (!known->set || is_current(*known->set))) return *std::move(known);
  }
  TRY(Gathered fresh, gather_packages(database, choice.place, wish, go_on));
  // If the database changed while immure read it, the set belongs to neither state, and must not be remembered.
  TRY(const std::string after, database.state());
  if (after != state) return std::nullopt;
  if (cache) {
    const std::string text = memory_text(fresh, cache->boot());
    if (parse_memory(text, cache->boot())) static_cast<void>(cache->remember_packages(identity, text));
  }
  return fresh;
}

/// Like gathered(), but waits a little if somebody installs packages at this moment. Returns nothing if this host has
/// no database of packages.
Result<std::optional<Gathered>> gathered_in_peace(const Closure& closure, const PackageChoice& choice,
                                                  const PackageWish& wish, const file::GoOn& go_on) {
  constexpr int kTries = 20;
  constexpr useconds_t kPause = 250'000;
  for (int i = 0; i < kTries; ++i) {
    TRY(const auto database, open_dpkg(choice.place));
    if (!database) return std::nullopt;
    TRY(auto found, gathered(*database, closure, choice, wish, go_on));
    if (found) return found;
    CHECK_OK(file::may_go_on(go_on));
    ::usleep(kPause);
  }
  return fail(Code::kBadInput, "the database of packages", "changed whenever it was read",
              "Try again when the installation of packages has ended.");
}

/// Changes all paths of the closure to the places that the files have in the image of packages.
void move_in(Closure& closure, Gathered&& found) {
  const auto moved = [&](const std::string& inner) {
    const auto place = found.places.find(inner);
    return place == found.places.end() ? std::string() : place->second;
  };
  std::vector<Checked> checked;
  for (Checked& each : closure.checked) {
    each.inner = moved(each.inner);
    if (!each.inner.empty()) checked.push_back(std::move(each));
  }
  closure.checked = std::move(checked);
  if (const std::string inner = moved(closure.program.inner_path); !inner.empty()) closure.program.inner_path = inner;
  for (HelperFile& helper : closure.helpers)
    if (const std::string inner = moved(helper.inner); !inner.empty()) helper.inner = inner;
  // The kernel follows links to the ELF interpreter, but a Landlock rule belongs to the file itself.
  for (std::string& loader : closure.program.loaders)
    if (const std::string inner = moved(loader); !inner.empty()) loader = inner;
  closure.absorbed = std::exchange(closure.files, {});
  for (Packed& tree : closure.trees) tree.inner = behind_aliases(found.set->aliases, tree.inner);
  closure.packages = std::move(found.set);
}

}  // namespace

Result<void> take_packages(Closure& closure, const PackageChoice& choice, const std::string& named,
                           const file::GoOn& go_on) {
  const PackageWish wish = wish_of(closure, choice, named);
  if (!choice.by_package && choice.tells_missing) CHECK_OK(note_missing_data(closure, choice, named, go_on));
  if (wish.paths.empty() && wish.packages.empty()) return {};
  TRY(auto found, gathered_in_peace(closure, choice, wish, go_on));
  if (!found && !wish.packages.empty())
    return fail(Code::kBadInput, wish.packages.front(), "cannot be found: this host has no database of packages",
                "immure reads dpkg's database, /var/lib/dpkg. Without it, add single files with --include.");
  if (!found || !found->set) return {};
  move_in(closure, *std::move(found));
  closure.gather = [choice, wish](const file::GoOn& again) -> Result<std::shared_ptr<const PackageSet>> {
    TRY(const auto reopened, open_dpkg(choice.place));
    if (!reopened) return fail(Code::kBadInput, "the database of packages", "vanished while it was read", "Try again.");
    TRY(Gathered fresh, gather_packages(*reopened, choice.place, wish, again));
    if (!fresh.set) return fail(Code::kBadInput, "the database of packages", "changed while it was read", "Try again.");
    return fresh.set;
  };
  return {};
}

Result<std::shared_ptr<const PackageSet>> with_items(const Closure& closure, const file::GoOn& go_on) {
  if (!closure.packages->items.empty()) return closure.packages;
  TRY(auto fresh, closure.gather(go_on));
  if (fresh->key != closure.packages->key)
    return fail(Code::kBadInput, "the files of packages", "changed while they were being packed", "Try again.");
  return fresh;
}

}  // namespace immure::plan
