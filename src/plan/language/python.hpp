/// Finds the modules that a Python program imports, as CPython would, without executing anything.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "plan/language/places.hpp"
#include "plan/language/python_imports.hpp"

namespace immure::plan {

class PythonModules {
 public:
  /// `standard`: the names of the modules of the standard library, which the image has whole.
  PythonModules(Gathering& gathering, std::set<std::string, std::less<>> standard)
      : gathering_(gathering), standard_(std::move(standard)) {}

  /// Adds a directory of sys.path, behind the others.
  void add(Place place);
  /// Follows the imports of a source, and of what the source imports. `name` is for notes.
  [[nodiscard]] Result<void> follow(std::string_view source, const std::string& name);
  /// Follows the import of one module and of the module `__main__` in it, for `-m`.
  [[nodiscard]] Result<void> follow_module(const std::string& module);
  /// Packs the package manager's data about the modules that were found, for importlib.metadata. Call this last.
  [[nodiscard]] Result<void> finish();

 private:
  /// A source that waits to be scanned. A module's relative imports start at `package`.
  struct Waiting {
    std::string text;
    std::optional<Spot> package;
  };
  [[nodiscard]] Result<void> scan_waiting();
  [[nodiscard]] Result<void> follow_imports(const std::vector<PythonImport>& imports,
                                            const std::optional<Spot>& package, const std::string& name);
  [[nodiscard]] Result<bool> resolve(const PythonImport& wanted, const std::optional<Spot>& package);
  [[nodiscard]] Result<bool> step(std::vector<Spot>& directories, std::string_view part);
  [[nodiscard]] Result<bool> take_module(const Spot& file, const std::optional<Spot>& package);
  [[nodiscard]] Result<bool> take_package(const Spot& directory, std::vector<Spot>& directories);
  [[nodiscard]] Result<bool> distribution(const std::string& name);
  [[nodiscard]] Result<void> top_levels(const Spot& information);

  Gathering& gathering_;
  std::set<std::string, std::less<>> standard_;
  std::deque<Place> places_;  ///< a deque, because spots point to its members
  std::deque<Waiting> waiting_;
  std::set<std::pair<const void*, std::string>> seen_;                     ///< sources that were scanned
  std::set<std::string, std::less<>> resolved_;                            ///< absolute imports that were resolved
  std::map<const Place*, std::set<std::string, std::less<>>> taken_;       ///< modules of each place
  std::map<const Place*, std::set<std::string, std::less<>>> known_info_;  ///< distributions that are packed
};

/// The modules that are a part of the interpreter itself, so that no file has their names.
[[nodiscard]] bool is_built_into_python(std::string_view module);

}  // namespace immure::plan
