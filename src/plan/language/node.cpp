#include "plan/language/node.hpp"

#include <sys/stat.h>
#include <algorithm>
#include <array>
#include <deque>
#include <set>
#include <span>

#include "plan/language/command.hpp"
#include "plan/language/requires.hpp"
#include "plan/language/sources.hpp"

namespace immure::plan {
namespace {

constexpr OptionLetters kLetters{.code = "ep",
                                 .module = "r",
                                 .value = "C",
                                 .attached = "",
                                 .file = "",
                                 .long_code = " --eval --print ",
                                 .long_module = " --require --import ",
                                 .long_value = " --conditions --input-type --env-file --loader "};
constexpr std::size_t kMaxLevels = 32;

/// Modules that are a part of Node.js, so that no file has their names.
constexpr auto kBuiltIn = std::to_array<std::string_view>({"assert",
                                                           "async_hooks",
                                                           "buffer",
                                                           "child_process",
                                                           "cluster",
                                                           "console",
                                                           "constants",
                                                           "crypto",
                                                           "dgram",
                                                           "diagnostics_channel",
                                                           "dns",
                                                           "domain",
                                                           "events",
                                                           "fs",
                                                           "http",
                                                           "http2",
                                                           "https",
                                                           "inspector",
                                                           "module",
                                                           "net",
                                                           "os",
                                                           "path",
                                                           "perf_hooks",
                                                           "process",
                                                           "punycode",
                                                           "querystring",
                                                           "readline",
                                                           "repl",
                                                           "stream",
                                                           "string_decoder",
                                                           "sys",
                                                           "timers",
                                                           "tls",
                                                           "trace_events",
                                                           "tty",
                                                           "url",
                                                           "util",
                                                           "v8",
                                                           "vm",
                                                           "wasi",
                                                           "worker_threads",
                                                           "zlib"});

bool is_built_in(std::string_view name) {
  return name.starts_with("node:") || std::ranges::find(kBuiltIn, name.substr(0, name.find('/'))) != kBuiltIn.end();
}

std::string parent(const std::string& path) { return path.substr(0, path.rfind('/')); }

/// Returns the package of a module: `@scope/name` for `@scope/name/part`, `name` for `name/part`.
std::string package_of(std::string_view name) {
  std::size_t slash = name.find('/');
  if (name.starts_with('@') && slash != std::string_view::npos) slash = name.find('/', slash + 1);
  return std::string(name.substr(0, slash));
}

class Node {
 public:
  Node(Closure& closure, const HostRoot& root, const Interpreted& what, Gathering& gathering)
      : closure_(closure), root_(root), what_(what), gathering_(gathering) {}

  Result<void> gather() {
    Command command;
    if (!what_.script) command = command_of(std::span(closure_.program.argv).subspan(what_.arguments), kLetters);
    if (what_.script) {
      TRY(source_, started_source(root_, *what_.script));
    } else if (command.script) {
      TRY(source_, named_source(closure_, root_, what_, what_.arguments + *command.script));
    }
    // A script in /in finds its modules in /in, so there is nothing to pack.
    if (!source_ || source_->input) return {};
    CHECK_OK(add_places());
    CHECK_OK(follow_source(source_->text, {&places_.front(), nullptr, own_path_}, source_->name));
    for (const std::string& module : command.modules)
      CHECK_OK(follow(module, {&places_.front(), nullptr, own_path_}, "-r"));
    while (!waiting_.empty()) {
      const auto [text, directory] = std::move(waiting_.front());
      waiting_.pop_front();
      CHECK_OK(follow_source(text, directory, ""));
    }
    return {};
  }

 private:
  /// The directories above the script that may hold `node_modules`: all that belong to the script's owner.
  std::vector<std::string> levels() {
    std::vector<std::string> all = {source_->place.directory};
    while (all.size() < kMaxLevels && all.back().rfind('/') != 0) {
      const std::string above = parent(all.back());
      const auto found = root_.find(above);
      if (!found || found->status.st_uid != source_->file.status.st_uid) break;
      all.push_back(above);
    }
    return all;
  }

  /// The first place is the project: the highest directory above the script that has a package.json or node_modules.
  /// The files of the project keep their places relative to each other.
  Result<void> add_places() {
    const std::vector<std::string> all = levels();
    const auto has_modules = [&](const std::string& directory) {
      const auto names = root_.list(directory);
      return std::ranges::find(names, "node_modules") != names.end() ||
             std::ranges::find(names, "package.json") != names.end();
    };
    std::string project = all.front();
    for (const std::string& directory : all)
      if (source_->same_path && has_modules(directory)) project = directory;
    const std::string& own = source_->place.directory;
    own_path_ = own.size() > project.size() ? own.substr(project.size() + 1) : "";
    HostFile names;
    names.path = source_->file.path;
    names.status = source_->file.status;
    const auto add = [&](const std::string& directory, const std::string& inner) -> Result<void> {
      TRY(Reach reach, Reach::of_names(root_, names, directory));
      places_.push_back({.root = &root_,
                         .reach = std::make_shared<const Reach>(std::move(reach)),
                         .directory = directory,
                         .inner = inner});
      return {};
    };
    CHECK_OK(add(project, source_->same_path ? project : source_->place.inner));
    for (const std::string& directory : all)
      if (directory != project && has_modules(directory))
        CHECK_OK(add(directory, source_->same_path ? directory : source_->place.inner));
    return {};
  }

  Result<void> follow_source(std::string_view text, const Spot& directory, const std::string& name) {
    // The nearest package.json says whether the source is a module (ECMAScript) or a script (CommonJS).
    for (Spot at = directory;; at = above(at)) {
      if (gathering_.names(at).contains("package.json")) {
        TRY([[maybe_unused]] const auto package, gathering_.take(at.at("package.json")));
        break;
      }
      if (at.path.empty()) break;
    }
    for (const Required& wanted : node_requires(text)) CHECK_OK(follow(wanted.path, directory, name));
    return {};
  }

  Result<void> follow(const std::string& wanted, const Spot& directory, const std::string& name) {
    CHECK_OK(gathering_.may_go_on());
    if (wanted.starts_with("./") || wanted.starts_with("../") || wanted == "." || wanted == "..") {
      const auto spot = below(directory, wanted);
      return spot ? take_relative(*spot) : Result<void>();
    }
    if (is_built_in(wanted) || wanted.starts_with('#') || wanted.starts_with('/')) return {};
    TRY(const bool found, take_package(package_of(wanted)));
    if (!found && !name.empty())
      gathering_.note(name + ": " + wanted + " was not found in any node_modules; add the package with --include");
    return {};
  }

  Result<void> take_relative(const Spot& spot) {
    for (const std::string_view ending : {"", ".js", ".json", ".cjs", ".mjs", ".node"}) {
      const Spot file{spot.place, spot.tree, spot.path + std::string(ending)};
      if (!taken_.insert(file.path).second) return {};
      TRY(auto text, gathering_.take(file));
      if (!text) continue;
      waiting_.emplace_back(*std::move(text), above(file));
      return {};
    }
    if (spot.path.empty()) return {};
    // If the module is a directory, its package.json or index.js says where the module starts. Pack the whole
    // directory.
    TRY(const auto whole, gathering_.take_whole(spot));
    if (whole && whole->tree) CHECK_OK(take_all_sources(*whole));
    return {};
  }

  Result<void> take_all_sources(const Spot& whole) {
    for (const file::Entry& entry : whole.tree->entries) {
      const bool source = entry.kind == file::Kind::kFile &&
                          (entry.path.ends_with(".js") || entry.path.ends_with(".cjs") || entry.path.ends_with(".mjs"));
      if (!source || entry.path.contains("node_modules/")) continue;
      const Spot file = whole.at(entry.path);
      TRY(auto text, gathering_.take(file));
      if (text) waiting_.emplace_back(*std::move(text), above(file));
    }
    return {};
  }

  /// Packs a package whole, and the packages that its package.json names as dependencies.
  Result<bool> take_package(const std::string& first) {
    std::deque<std::string> names = {first};
    bool found_first = false;
    while (!names.empty()) {
      const std::string name = std::move(names.front());
      names.pop_front();
      if (const auto known = packages_.find(name); known != packages_.end()) {
        found_first = found_first || (name == first && known->second);
        continue;
      }
      packages_[name] = false;
      if (name.contains("..")) continue;  // no package has such a name, and the name must not lead elsewhere
      for (const Place& place : places_) {
        TRY(const auto whole, gathering_.take_whole({&place, nullptr, "node_modules/" + name}));
        if (!whole || !whole->tree) continue;
        packages_[name] = true;
        found_first = found_first || name == first;
        TRY(const auto json, gathering_.take(whole->at("package.json")));
        if (json) std::ranges::copy(package_dependencies(*json), std::back_inserter(names));
        break;
      }
    }
    return found_first;
  }

  static Spot above(const Spot& spot) {
    const std::size_t slash = spot.path.rfind('/');
    return {spot.place, spot.tree, slash == std::string::npos ? "" : spot.path.substr(0, slash)};
  }

  Closure& closure_;
  const HostRoot& root_;
  const Interpreted& what_;
  Gathering& gathering_;
  std::optional<Source> source_;
  std::deque<Place> places_;
  std::string own_path_;  ///< the script's directory, relative to the first place
  std::deque<std::pair<std::string, Spot>> waiting_;
  std::set<std::string, std::less<>> taken_;
  std::map<std::string, bool, std::less<>> packages_;  ///< by name, whether it was found
};

}  // namespace

Result<void> gather_node(Closure& closure, const HostRoot& root, const Interpreted& what, Gathering& gathering) {
  return Node(closure, root, what, gathering).gather();
}

}  // namespace immure::plan
