/// Finds libraries as the dynamic loader would (ld.so(8)), without running it and without its cache.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "plan/image/elf.hpp"
#include "plan/image/host_files.hpp"
#include "plan/image/trust.hpp"
#include "sys/error.hpp"

namespace immure::plan {

/// One ELF object of a program.
struct Object {
  std::string path;  ///< where it was found, as the loader names it
  ElfFacts facts;
  std::string source = {};  ///< the file itself, links resolved
  struct stat status{};     ///< what that file was when it was read
};

class Loader {
 public:
  /// `program`: the main object; its interpreter decides where libraries are searched. `reach`: where they may lie.
  /// `root` and `reach` must outlive the Loader.
  Loader(const HostRoot& root, const Reach& reach, Object program);

  /// Finds all that the program needs. Errors, kBadInput: a missing library (named with who needs it), an executable
  /// stack, a segment both writable and executable.
  [[nodiscard]] Result<void> resolve();
  /// Finds what an object needs that the program may load later; what is missing stays missing.
  void resolve_optional(const Object& object);
  /// Finds one library by name, if it is there.
  void add_optional(const std::string& name);

  /// Maps a file name to the library that was found.
  [[nodiscard]] const std::map<std::string, Object>& found() const { return found_; }
  /// The directory in which the loader looks first for libraries that nothing says more about.
  [[nodiscard]] std::string directory() const;

 private:
  [[nodiscard]] bool provided(const std::string& name) const;
  /// The directories in which a library of an object is searched, in the loader's order.
  struct Directory {
    std::string path;
    bool configured;  ///< the system's configuration names it, not the object
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

/// Refuses what no later wall stops: PR_SET_MDWE and a seccomp filter see neither an executable stack nor a segment
/// that is mapped writable and executable from the start.
[[nodiscard]] Result<void> check_object(const Object& object);

}  // namespace immure::plan
