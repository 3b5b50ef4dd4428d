#include "plan/language/python.hpp"

#include <algorithm>
#include <array>

namespace immure::plan {
namespace {

/// sys.builtin_module_names of CPython on any system, and the modules that Linux builds usually link in.
constexpr auto kBuiltIn = std::to_array<std::string_view>(
    {"__future__", "__main__",  "_abc",      "_ast",         "_bisect", "_codecs",      "_collections", "_functools",
     "_imp",       "_io",       "_locale",   "_operator",    "_signal", "_sre",         "_stat",        "_string",
     "_symtable",  "_thread",   "_tokenize", "_tracemalloc", "_typing", "_warnings",    "_weakref",     "array",
     "atexit",     "binascii",  "builtins",  "cmath",        "errno",   "faulthandler", "fcntl",        "gc",
     "grp",        "itertools", "marshal",   "math",         "posix",   "pwd",          "pyexpat",      "resource",
     "select",     "spwd",      "sys",       "syslog",       "time",    "unicodedata",  "zlib"});

constexpr std::size_t kMaxParts = 64;

std::vector<std::string_view> parts_of(std::string_view module) {
  std::vector<std::string_view> parts;
  while (!module.empty() && parts.size() < kMaxParts) {
    const std::size_t dot = std::min(module.find('.'), module.size());
    parts.push_back(module.substr(0, dot));
    module.remove_prefix(std::min(dot + 1, module.size()));
  }
  return parts;
}

/// The name of a distribution as tools compare it: `Foo_Bar` is `foo-bar`.
std::string normal(std::string_view name) {
  std::string text;
  for (const char c : name) {
    const bool separates = c == '_' || c == '.' || c == '-';
    if (separates && text.ends_with('-')) continue;
    text += separates ? '-' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return text;
}

/// The name of the distribution that `Foo_Bar-1.0.dist-info` describes; empty for another file.
std::string described(std::string_view file) {
  for (const std::string_view ending : {".dist-info", ".egg-info"})
    if (file.ends_with(ending)) {
      const std::string_view stem = file.substr(0, file.size() - ending.size());
      return normal(stem.substr(0, stem.find('-')));
    }
  return {};
}

/// The package in which a relative import of `level` dots starts.
std::optional<Spot> above(std::optional<Spot> package, std::size_t level) {
  for (; package && level > 1; --level) {
    if (package->path.empty()) return std::nullopt;
    package->path.resize(package->path.contains('/') ? package->path.rfind('/') : 0);
  }
  return package;
}

}  // namespace

bool is_built_into_python(std::string_view module) { return std::ranges::find(kBuiltIn, module) != kBuiltIn.end(); }

void PythonModules::add(Place place) { places_.push_back(std::move(place)); }

Result<void> PythonModules::follow(std::string_view source, const std::string& name) {
  CHECK_OK(follow_imports(python_imports(source), std::nullopt, name));
  return scan_waiting();
}

Result<void> PythonModules::follow_module(const std::string& module) {
  CHECK_OK(follow_imports({{.module = module, .names = {"__main__"}}}, std::nullopt, "-m"));
  return scan_waiting();
}

Result<void> PythonModules::scan_waiting() {
  while (!waiting_.empty()) {
    const Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    CHECK_OK(follow_imports(python_imports(next.text), next.package, ""));
  }
  return {};
}

Result<void> PythonModules::follow_imports(const std::vector<PythonImport>& imports, const std::optional<Spot>& package,
                                           const std::string& name) {
  for (const PythonImport& wanted : imports) {
    TRY(const bool found, wanted.distribution ? distribution(wanted.module) : resolve(wanted, package));
    // Note only what the script itself imports. Many libraries try imports that they can do without.
    if (found || name.empty() || wanted.optional) continue;
    gathering_.note(name + ": import " + std::string(wanted.level, '.') + wanted.module +
                    " was not found; add the module with --include, or put it beside the script");
  }
  return {};
}

Result<bool> PythonModules::resolve(const PythonImport& wanted, const std::optional<Spot>& package) {
  const std::vector<std::string_view> parts = parts_of(wanted.module);
  std::vector<Spot> directories;
  if (wanted.level > 0) {
    const auto start = above(package, wanted.level);
    if (!start) return true;  // CPython refuses such an import, so there is nothing to find
    directories = {*start};
  } else {
    if (parts.empty() || standard_.contains(parts.front()) || is_built_into_python(parts.front())) return true;
    std::string whole = wanted.module + ":";
    for (const std::string& name : wanted.names) whole += name + ",";
    if (!resolved_.insert(std::move(whole)).second) return true;
    for (const Place& place : places_) directories.push_back({&place, nullptr, ""});
  }
  bool found = true;
  for (const std::string_view part : parts) {
    TRY(found, step(directories, part));
    if (!found) break;
  }
  if (!found) return false;
  for (const std::string& name : wanted.names) {
    std::vector<Spot> from = directories;
    TRY([[maybe_unused]] const bool is_module, step(from, name));
  }
  return true;
}

/// Looks for one part of a module's name, in the order of sys.path, and leaves the directories for the next part.
Result<bool> PythonModules::step(std::vector<Spot>& directories, std::string_view part) {
  std::vector<Spot> namespaces;
  for (const Spot& directory : directories) {
    const auto& names = gathering_.names(directory);
    const std::string name(part);
    if (names.contains(part) && gathering_.names(directory.at(part)).contains("__init__.py")) {
      const Spot package = directory.at(part);
      return take_package(package, directories);
    }
    std::optional<Spot> inside;
    if (directory.tree || !directory.path.empty()) inside = directory;
    if (names.contains(name + ".py")) {
      const Spot file = directory.at(name + ".py");
      directories.clear();
      return take_module(file, inside);
    }
    for (auto each = names.lower_bound(name + "."); each != names.end() && each->starts_with(name + "."); ++each) {
      if (!each->ends_with(".so")) continue;
      const Spot file = directory.at(*each);
      directories.clear();
      return take_module(file, std::nullopt);
    }
    if (gathering_.holds_directory(directory, part)) namespaces.push_back(directory.at(part));
  }
  directories = std::move(namespaces);
  return !directories.empty();
}

Result<bool> PythonModules::take_module(const Spot& file, const std::optional<Spot>& package) {
  if (!file.tree) taken_[file.place].insert(file.path.substr(0, file.path.find('.')));
  const void* where = file.tree ? static_cast<const void*>(file.tree.get()) : file.place;
  if (!seen_.insert({where, file.path}).second) return true;
  TRY(auto text, gathering_.take(file));
  if (text && file.path.ends_with(".py")) waiting_.push_back({*std::move(text), package});
  return text.has_value();
}

Result<bool> PythonModules::take_package(const Spot& directory, std::vector<Spot>& directories) {
  TRY(const auto whole, gathering_.take_whole(directory));
  directories.clear();
  if (!whole) return false;
  if (!directory.tree) {
    taken_[directory.place].insert(directory.path.substr(0, directory.path.find('/')));
    // Wheels have the libraries of a package beside the package.
    const std::string libraries = directory.path + ".libs";
    if (gathering_.holds_directory({directory.place, nullptr, ""}, libraries)) {
      TRY([[maybe_unused]] const auto packed, gathering_.take_whole({directory.place, nullptr, libraries}));
    }
  }
  directories = {*whole};
  // In /in a package has no tree, and its modules are relative to the place.
  return take_module(whole->at("__init__.py"), *whole);
}

/// Finds the modules of an installed distribution.
Result<bool> PythonModules::distribution(const std::string& name) {
  for (const Place& place : places_)
    for (const std::string& file : gathering_.names({&place, nullptr, ""}))
      if (described(file) == normal(name)) {
        known_info_[&place].insert(file);
        CHECK_OK(top_levels({&place, nullptr, file}));
        return true;
      }
  return false;
}

Result<void> PythonModules::top_levels(const Spot& information) {
  TRY(const auto whole, gathering_.take_whole(information));
  if (!whole) {
    TRY([[maybe_unused]] const auto file, gathering_.take(information));
    return {};
  }
  TRY(const auto text, gathering_.take(whole->at("top_level.txt")));
  std::vector<PythonImport> modules;
  for (std::string_view rest = text ? std::string_view(*text) : ""; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (!line.empty() && modules.size() < 100) modules.push_back({.module = std::string(line), .optional = true});
  }
  return follow_imports(modules, std::nullopt, "");
}

Result<void> PythonModules::finish() {
  for (const auto& [place, modules] : taken_)
    for (const std::string& file : gathering_.names({place, nullptr, ""})) {
      const std::string name = described(file);
      const bool fits = !name.empty() &&
                        std::ranges::any_of(modules, [&](const std::string& module) { return normal(module) == name; });
      if (!fits || known_info_[place].contains(file)) continue;
      const Spot information{place, nullptr, file};
      if (gathering_.holds_directory({place, nullptr, ""}, file)) {
        TRY([[maybe_unused]] const auto whole, gathering_.take_whole(information));
      } else {
        TRY([[maybe_unused]] const auto text, gathering_.take(information));
      }
    }
  return {};
}

}  // namespace immure::plan
