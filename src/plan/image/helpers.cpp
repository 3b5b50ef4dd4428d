#include "plan/image/helpers.hpp"

#include <fcntl.h>
#include <algorithm>
#include <array>
#include <set>

#include "plan/image/file_digest.hpp"
#include "plan/image/search.hpp"
#include "plan/image/trust.hpp"
#include "sys/file.hpp"

namespace immure::plan {
namespace {

/// The profiles that a program may get by itself, the narrowest first.
constexpr std::array<std::string_view, 4> kWidening = {"static", "dynamic", "python", "jit"};

std::size_t width(const std::string& profile) {
  return static_cast<std::size_t>(std::ranges::find(kWidening, profile) - kWidening.begin());
}

/// Adds to `all` the items of `more` that `all` does not have yet.
template <class T>
void add_missing(std::vector<T>& all, const std::vector<T>& more) {
  for (const T& item : more)
    if (std::ranges::find(all, item) == all.end()) all.push_back(item);
}

void merge(Closure& closure, const Closure& own) {
  add_missing(closure.files, own.files);
  add_missing(closure.trees, own.trees);
  add_missing(closure.checked, own.checked);
  add_missing(closure.program.loaders, own.program.loaders);
  add_missing(closure.notes, own.notes);
  if (width(own.profile) <= width(closure.profile)) return;
  // One filter holds for all processes of the cell.
  closure.profile = own.profile;
  closure.profile_why = own.profile_why;
}

/// The other name of a path where /bin and /sbin are links; empty for other paths. `#!/bin/sh` and `/usr/bin/sh` are
/// the same program then.
std::string other_name(const std::string& path) {
  for (const std::string_view directory : {"/bin/", "/sbin/"}) {
    if (path.starts_with(directory)) return "/usr" + path;
    if (path.starts_with("/usr" + std::string(directory))) return path.substr(4);
  }
  return {};
}

/// Gives the helper the names that lead to its file on the host, because a link is not a part of the closure.
void add_names(Closure& closure, const HelperFile& helper, const Closure& own, const HostRoot& root) {
  const auto file = std::ranges::find(own.files, helper.inner, &Packed::inner);
  if (file == own.files.end()) return;
  for (const std::string& name : {helper.named, other_name(helper.named), other_name(helper.inner)}) {
    if (name.empty() || name == helper.inner || !is_system_path(name)) continue;
    const auto found = root.find(name);
    if (!found || found->path != file->source) continue;
    Packed twin = *file;
    twin.inner = name;
    add_missing(closure.files, {twin});
    add_missing(closure.helpers, {HelperFile{name, name, helper.interpreter}});
  }
}

}  // namespace

Result<void> add_helpers(Closure& closure, const std::vector<std::string>& names, const HelperSource& source) {
  for (const std::string& name : names) {
    TRY(const std::string path, search_program(source.root, name, "--exec", source.search));
    TRY(const Closure own, source.closure_of(path));
    const auto script = std::ranges::find_if(own.checked, &Checked::script);
    HelperFile helper{.named = path, .inner = own.program.inner_path, .interpreter = {}};
    if (script != own.checked.end()) {
      helper.interpreter = helper.inner;
      helper.inner = script->inner;
    }
    merge(closure, own);
    add_missing(closure.helpers, {helper});
    if (source.packs) add_names(closure, helper, own, source.root);
  }
  std::ranges::sort(closure.files, {}, &Packed::inner);
  std::ranges::sort(closure.trees, {}, &Packed::inner);
  for (const HelperFile& helper : closure.helpers) {
    if (helper.interpreter.empty() || helper.interpreter == closure.program.inner_path) continue;
    if (std::ranges::find(closure.helpers, helper.interpreter, &HelperFile::inner) != closure.helpers.end()) continue;
    return fail(Code::kBadInput, helper.named, "is a script, and its interpreter may not be started",
                "Add --exec " + helper.interpreter + ".");
  }
  return {};
}

Result<std::vector<Helper>> helpers_of(const Image& image, const Closure& closure) {
  const bool may_change = !image.open_to_others.empty() || !image.changeable.empty();
  std::set<std::string> paths;
  for (const HelperFile& helper : closure.helpers) paths.insert(helper.inner);
  std::vector<Helper> helpers;
  for (const std::string& path : paths) {
    const auto file = sys::open_beneath(image.held->get(), path.c_str() + 1, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (!file)
      return fail(Code::kBadInput, path, "may be started by the program, and cannot be read in the image", {},
                  file.error().value);
    const std::string shown = image.directory + path;
    TRY(std::string digest, may_change ? new_file_digest(*file, shown) : file_digest(*file, shown));
    helpers.push_back({.path = path, .sha256 = std::move(digest)});
  }
  return helpers;
}

}  // namespace immure::plan
