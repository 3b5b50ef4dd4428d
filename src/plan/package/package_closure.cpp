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

namespace immure::plan {
namespace {

/// True for a path that a package of the distribution may own. No package installs anything in /usr/local.
bool may_be_owned(std::string_view path) {
  return is_system_path(path) && !path.starts_with("/usr/local/") && !path.starts_with("/nix/") &&
         !path.starts_with("/gnu/");
}

PackageWish wish_of(const Closure& closure, const PackageChoice& choice, const std::string& named) {
  PackageWish wish{.paths = {}, .packages = choice.packages, .files = closure.files};
  std::vector<std::string> paths = {named, closure.program.host_path, closure.program.inner_path};
  if (!choice.by_package) paths.clear();
  std::ranges::sort(paths);
  paths.erase(std::ranges::unique(paths).begin(), paths.end());
  std::ranges::copy_if(paths, std::back_inserter(wish.paths), may_be_owned);
  return wish;
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

/// As gathered(), but waits a little if somebody installs packages at this moment. Returns nothing if this host has no
/// database of packages.
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
  // The kernel follows links to the ELF interpreter, and a rule of Landlock belongs to the file itself.
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
