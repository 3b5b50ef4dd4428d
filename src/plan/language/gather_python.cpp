#include "plan/language/gather_python.hpp"

#include <algorithm>
#include <set>

#include "plan/language/command.hpp"
#include "plan/language/python.hpp"
#include "plan/language/sources.hpp"

namespace immure::plan {
namespace {

constexpr OptionLetters kLetters{.code = "c",
                                 .module = "m",
                                 .value = "WX",
                                 .attached = "",
                                 .file = "",
                                 .long_value = " --check-hash-based-pycs ",
                                 .module_ends = true};

std::string base(const std::string& path) { return path.substr(path.rfind('/') + 1); }

/// The modules of the standard library that is packed whole.
std::set<std::string, std::less<>> standard_modules(const Closure& closure, const std::string& library) {
  std::set<std::string, std::less<>> names;
  const auto tree = std::ranges::find(closure.trees, library, &Packed::inner);
  if (tree == closure.trees.end()) return names;
  for (const file::Entry& entry : tree->tree->entries) {
    std::string_view path = entry.path;
    if (path.starts_with("lib-dynload/")) path.remove_prefix(std::string_view("lib-dynload/").size());
    if (!path.contains('/') && path != ".") names.emplace(path.substr(0, path.find('.')));
  }
  return names;
}

/// Where the interpreter of this library looks for modules that were installed later.
std::vector<std::string> system_places(const std::string& library) {
  const std::string version = base(library);
  return {"/usr/local/lib/" + version + "/dist-packages", "/usr/local/lib/" + version + "/site-packages",
          "/usr/lib/python3/dist-packages", "/usr/lib/" + version + "/dist-packages",
          "/usr/lib/" + version + "/site-packages"};
}

class Python {
 public:
  Python(Closure& closure, const HostRoot& root, const Interpreted& what, Gathering& gathering)
      : closure_(closure),
        root_(root),
        what_(what),
        gathering_(gathering),
        modules_(gathering, standard_modules(closure, what.library)) {}

  Result<void> gather() {
    const Command command = asked();
    if (what_.script) {
      TRY(source_, started_source(root_, *what_.script));
    } else if (command.script) {
      TRY(source_, named_source(closure_, root_, what_, what_.arguments + *command.script));
    }
    TRY(author_, author());
    if (source_) modules_.add(source_->place);
    CHECK_OK(add_environment());
    CHECK_OK(add_installed());
    if (source_) CHECK_OK(modules_.follow(source_->text, source_->name));
    for (const std::string& code : command.code) CHECK_OK(modules_.follow(code, "-c"));
    for (const std::string& module : command.modules) CHECK_OK(modules_.follow_module(module));
    return modules_.finish();
  }

 private:
  [[nodiscard]] Command asked() const {
    if (what_.script) return {};
    return command_of(std::span(closure_.program.argv).subspan(what_.arguments), kLetters);
  }

  /// The file whose owner is the author of the names: the script, or else the interpreter.
  Result<HostFile> author() {
    const bool foreign = source_ && !source_->input;
    const std::string path = foreign ? source_->file.path : what_.interpreter;
    if (foreign) {
      HostFile file{.path = path};
      file.status = source_->file.status;
      return file;
    }
    return root_.find(path);
  }

  Result<void> add_environment() {
    if (!what_.venv) return {};
    const Venv& venv = *what_.venv;
    const HostFile& names = source_ && !source_->input ? author_ : *venv.settings_file;
    TRY(Reach reach, Reach::of_names(root_, names, venv.directory));
    const auto shared = std::make_shared<const Reach>(std::move(reach));
    const Place whole{.root = &root_, .reach = shared, .directory = venv.directory, .inner = venv.inner};
    environment_ = whole;
    TRY([[maybe_unused]] const auto settings, gathering_.take({&environment_, nullptr, "pyvenv.cfg"}));
    const std::string site = "/lib/" + base(what_.library) + "/site-packages";
    modules_.add({.root = &root_, .reach = shared, .directory = venv.directory + site, .inner = venv.inner + site});
    return {};
  }

  Result<void> add_installed() {
    if (what_.venv && !what_.venv->settings.system_site) return {};
    TRY(Reach reach, Reach::of_program(root_, author_));
    const auto shared = std::make_shared<const Reach>(std::move(reach));
    if (what_.interpreter.starts_with("/usr/"))
      for (const std::string& path : system_places(what_.library))
        modules_.add({.root = &root_, .reach = shared, .directory = path, .inner = path, .common = true});
    return add_own(shared);
  }

  /// An interpreter that lies elsewhere, for example one of pyenv, has its modules below its own library.
  Result<void> add_own(const std::shared_ptr<const Reach>&) {
    const auto tree = std::ranges::find(closure_.trees, what_.library, &Packed::inner);
    if (what_.interpreter.starts_with("/usr/") || tree == closure_.trees.end()) return {};
    TRY(const HostFile interpreter, root_.find(what_.interpreter));
    TRY(Reach reach, Reach::of_program(root_, interpreter));
    modules_.add({.root = &root_,
                  .reach = std::make_shared<const Reach>(std::move(reach)),
                  .directory = tree->source + "/site-packages",
                  .inner = tree->inner + "/site-packages"});
    return {};
  }

  Closure& closure_;
  const HostRoot& root_;
  const Interpreted& what_;
  Gathering& gathering_;
  PythonModules modules_;
  std::optional<Source> source_;
  HostFile author_;
  Place environment_;
};

}  // namespace

Result<void> gather_python(Closure& closure, const HostRoot& root, const Interpreted& what, Gathering& gathering) {
  return Python(closure, root, what, gathering).gather();
}

}  // namespace immure::plan
