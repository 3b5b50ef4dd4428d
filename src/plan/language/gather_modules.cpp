#include "plan/language/gather_modules.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <set>
#include <span>

#include "plan/image/multiarch.hpp"
#include "plan/language/command.hpp"
#include "plan/language/node.hpp"
#include "plan/language/requires.hpp"
#include "plan/language/sources.hpp"

namespace immure::plan {
namespace {

/// How one language names its modules, and where the interpreter looks for them.
struct Language {
  std::string_view prefix;  ///< start of the interpreter's file name
  OptionLetters letters;
  std::vector<Required> (*requires_of)(std::string_view source);
  std::vector<std::string_view> endings;  ///< of a module's file
  std::vector<std::string_view> beside;   ///< directories beside the script in which its own modules may lie
  /// Directories of installed modules. A `*` at the end stands for every directory there, one for each version.
  std::vector<std::string_view> installed;
  bool has_working_directory = false;  ///< modules are looked for in the working directory, which is `/` in the cell
};

const std::vector<Language>& languages() {
  static const std::vector<Language> all = {
      {.prefix = "perl",
       .letters = {.code = "eE", .module = "Mm", .value = "I", .attached = "0lFixDdC", .file = ""},
       .requires_of = perl_requires,
       .endings = {".pm", ""},
       .beside = {"", "lib/"},
       .installed = {"/usr/local/lib/" IMMURE_MULTIARCH "/perl/*", "/usr/local/share/perl/*",
                     "/usr/lib/" IMMURE_MULTIARCH "/perl5/*", "/usr/share/perl5", "/usr/local/lib/site_perl"}},
      {.prefix = "ruby",
       .letters = {.code = "e", .module = "r", .value = "IEC", .attached = "0FTWxiK", .file = ""},
       .requires_of = ruby_requires,
       .endings = {".rb", ".so", ""},
       .beside = {"", "lib/"},
       .installed = {}},
      {.prefix = "lua",
       .letters = {.code = "e", .module = "l", .value = "", .attached = "", .file = ""},
       .requires_of = lua_requires,
       .endings = {".lua", "/init.lua", ".so"},
       .beside = {""},
       .installed = {"/usr/local/share/lua/*", "/usr/local/lib/lua/*", "/usr/share/lua/*",
                     "/usr/lib/" IMMURE_MULTIARCH "/lua/*"},
       .has_working_directory = true},
      {.prefix = "php",
       .letters = {.code = "rBRE", .module = "", .value = "cdtz", .attached = "", .file = "fF"},
       .requires_of = php_requires,
       .endings = {"", ".php"},
       .beside = {""},
       .installed = {"/usr/share/php"}},
  };
  return all;
}

std::string base(const std::string& path) { return path.substr(path.rfind('/') + 1); }

class Modules {
 public:
  Modules(Closure& closure, const HostRoot& root, const Interpreted& what, Gathering& gathering,
          const Language& language)
      : closure_(closure), root_(root), what_(what), gathering_(gathering), language_(language) {}

  Result<void> gather() {
    Command command;
    if (!what_.script)
      command = command_of(std::span(closure_.program.argv).subspan(what_.arguments), language_.letters);
    if (what_.script) {
      TRY(source_, started_source(root_, *what_.script));
    } else if (command.script) {
      TRY(source_, named_source(closure_, root_, what_, what_.arguments + *command.script));
    }
    CHECK_OK(add_places());
    if (source_) waiting_.push_back({source_->text, {own_, nullptr, ""}, source_->name});
    for (const std::string& code : command.code) waiting_.push_back({code, {}, "the code"});
    for (const std::string& module : command.modules)
      CHECK_OK(follow({.path = path_of(module)}, {.text = {}, .directory = {}, .name = {}}));
    while (!waiting_.empty()) {
      const Waiting next = std::move(waiting_.front());
      waiting_.pop_front();
      for (const Required& wanted : language_.requires_of(next.text)) CHECK_OK(follow(wanted, next));
    }
    return {};
  }

 private:
  /// A source to be scanned, and the directory that it lies in.
  struct Waiting {
    std::string text;
    Spot directory;
    std::string name;  ///< for notes; empty for a module
  };

  /// Returns the path of a module: `List/Util` for `List::Util=sum`, as Perl's option `-M` takes it.
  static std::string path_of(std::string_view module) {
    std::string path(module.substr(0, module.find_first_of("= ")));
    for (std::size_t at = path.find("::"); at != std::string::npos; at = path.find("::", at + 1))
      path.replace(at, 2, "/");
    return path;
  }

  Result<void> add_places() {
    HostFile names;
    if (source_ && !source_->input) {
      names.path = source_->file.path;
      names.status = source_->file.status;
    } else {
      TRY(names, root_.find(what_.interpreter));
    }
    if (source_) {
      places_.push_back(source_->place);
      own_ = &places_.back();
      if (language_.has_working_directory && !source_->input) {
        places_.push_back(source_->place);
        places_.back().inner = "/";
      }
    }
    TRY(Reach reach, Reach::of_program(root_, names));
    const auto shared = std::make_shared<const Reach>(std::move(reach));
    for (const std::string_view pattern : language_.installed) add_installed(pattern, shared);
    return {};
  }

  void add_installed(std::string_view pattern, const std::shared_ptr<const Reach>& reach) {
    const std::string directory(pattern.substr(0, pattern.find("/*")));
    if (directory.size() == pattern.size()) return add_common(directory, reach);
    for (const std::string& version : root_.list(directory))
      if (!version.starts_with('.')) add_common(directory + "/" + version, reach);
  }

  void add_common(const std::string& directory, const std::shared_ptr<const Reach>& reach) {
    places_.push_back({.root = &root_, .reach = reach, .directory = directory, .inner = directory, .common = true});
  }

  Result<void> follow(const Required& wanted, const Waiting& source) {
    CHECK_OK(gathering_.may_go_on());
    if (wanted.relative || wanted.path.starts_with('.')) {
      if (source.directory.place == nullptr) return {};
      const auto spot = below(source.directory, wanted.path);
      if (!spot) return {};
      TRY([[maybe_unused]] const bool found, take(*spot));
      return {};
    }
    if (!followed_.insert(wanted.path).second) return {};
    bool found = false;
    for (const Place& place : places_) {
      const bool own = own_ != nullptr && place.directory == own_->directory;
      for (const std::string_view beside : own ? language_.beside : std::vector<std::string_view>{""}) {
        const auto spot = below({&place, nullptr, ""}, std::string(beside) + wanted.path);
        if (!spot) continue;
        TRY(const bool here, take(*spot));
        found = found || here;
      }
      // The script's own directory stands twice in the list, once for each place in the image.
      if (found && !own) break;
    }
    return {};
  }

  /// Takes the file of a module, and the directory that has the same name: the module's parts and data.
  Result<bool> take(const Spot& stem) {
    bool found = false;
    for (const std::string_view ending : language_.endings) {
      const Spot file{stem.place, stem.tree, stem.path + std::string(ending)};
      const Spot directory = above(file);
      if (!gathering_.names(directory).contains(base("/" + file.path)) || !taken_.insert(key_of(file)).second) continue;
      TRY(auto text, gathering_.take(file));
      if (!text) continue;
      found = true;
      if (!ending.ends_with(".so")) waiting_.push_back({*std::move(text), directory, {}});
      if (file.path == "vendor/autoload.php") CHECK_OK(take_parts(directory));
      break;
    }
    if (!found) return false;
    CHECK_OK(take_parts(stem));
    // Perl keeps in `auto` what an extension module loads by the module's name.
    CHECK_OK(take_parts({stem.place, stem.tree, "auto/" + stem.path}));
    return true;
  }

  Result<void> take_parts(const Spot& directory) {
    if (directory.path.empty() || !gathering_.holds_directory(above(directory), base("/" + directory.path))) return {};
    TRY(const auto whole, gathering_.take_whole(directory));
    if (!whole || !whole->tree) return {};
    // immure cannot know which of these sources will run, so it scans all of them.
    for (const file::Entry& entry : whole->tree->entries) {
      const bool source = entry.kind == file::Kind::kFile && std::ranges::any_of(language_.endings, [&](auto ending) {
                            return !ending.empty() && !ending.ends_with(".so") && entry.path.ends_with(ending);
                          });
      if (!source) continue;
      const Spot part{whole->place, whole->tree, entry.path};
      if (!taken_.insert(key_of(part)).second) continue;
      TRY(auto text, gathering_.take(part));
      if (text) waiting_.push_back({*std::move(text), above(part), {}});
    }
    return {};
  }

  static Spot above(const Spot& spot) {
    const std::size_t slash = spot.path.rfind('/');
    return {spot.place, spot.tree, slash == std::string::npos ? "" : spot.path.substr(0, slash)};
  }

  static std::pair<const void*, std::string> key_of(const Spot& spot) {
    return {spot.tree ? static_cast<const void*>(spot.tree.get()) : spot.place, spot.path};
  }

  Closure& closure_;
  const HostRoot& root_;
  const Interpreted& what_;
  Gathering& gathering_;
  const Language& language_;
  std::optional<Source> source_;
  std::deque<Place> places_;  ///< a deque, because spots point to its members
  const Place* own_ = nullptr;
  std::deque<Waiting> waiting_;
  std::set<std::pair<const void*, std::string>> taken_;
  std::set<std::string, std::less<>> followed_;
};

}  // namespace

Result<void> gather_modules(Closure& closure, const HostRoot& root, const Interpreted& what, Gathering& gathering) {
  const std::string name = base(what.interpreter);
  if (name.starts_with("node")) return gather_node(closure, root, what, gathering);
  const auto language =
      std::ranges::find_if(languages(), [&](const Language& row) { return name.starts_with(row.prefix); });
  if (language == languages().end()) return {};
  return Modules(closure, root, what, gathering, *language).gather();
}

}  // namespace immure::plan
