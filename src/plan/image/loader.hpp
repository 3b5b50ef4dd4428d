/// Finds libraries as the dynamic loader would (ld.so(8)), without executing the loader and without reading its cache.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "plan/image/elf.hpp"
#include "plan/image/host_files.hpp"
#include "plan/image/trust.hpp"
#include "sys/error.hpp"

namespace immure::plan {

/// One ELF object of a program: the program itself or a library.
struct Object {
  std::string path;  ///< path under which the loader finds the object
  ElfFacts facts;
  std::string source = {};  ///< path of the file, with links resolved
  struct stat status{};     ///< status of the file when immure read it
};

class Loader {
 public:
  /// `program`: the main object. The interpreter of this object decides where the loader searches for libraries.
  /// `reach`: the places in which libraries may lie. `root` and `reach` must outlive the Loader.
  Loader(const HostRoot& root, const Reach& reach, Object program);

  /// Finds every library that the program needs. Error kBadInput: a library is missing (the error names the library and
  /// the object that needs it), or an object has an executable stack or a segment that is both writable and executable.
  [[nodiscard]] Result<void> resolve();
  /// Finds the libraries of an object that the program may load later. Ignores libraries that are missing.
  void resolve_optional(const Object& object);
  /// Finds one library by name; ignores the name if there is no such library.
  void add_optional(const std::string& name);

  /// All libraries that were found, by the name under which an object needs them.
  [[nodiscard]] const std::map<std::string, Object>& found() const { return found_; }
  /// The directory in which the loader looks first for a library if no object and no configuration names a directory.
  [[nodiscard]] std::string directory() const;

 private:
  [[nodiscard]] bool provided(const std::string& name) const;
  /// A directory in which the loader searches for a library of an object. Lists of directories are in the loader's
  /// order.
  struct Directory {
    std::string path;
    bool configured;  ///< the system's configuration names the directory; otherwise the object does
  };
  [[nodiscard]] std::vector<Directory> directories(const Object& object);
  [[nodiscard]] Result<Object> find(const std::string& name, const Object& object);
  [[nodiscard]] Result<void> follow(std::vector<Object> objects, bool required);
  [[nodiscard]] const std::vector<std::string>& system_directories();

  const HostRoot& root_;
  const Reach& reach_;
  Object program_;
  std::map<std::string, Object> found_;
  std::vector<std::string> system_directories_;
};

/// Refuses what no later wall stops: neither PR_SET_MDWE nor a seccomp filter sees an executable stack, or a segment
/// that is mapped writable and executable from the start.
[[nodiscard]] Result<void> check_object(const Object& object);

}  // namespace immure::plan
