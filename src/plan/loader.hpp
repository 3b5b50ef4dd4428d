/// Finds libraries as the dynamic loader would (ld.so(8)), without running it and without its cache.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "plan/elf.hpp"
#include "plan/host_files.hpp"
#include "sys/error.hpp"

namespace immure::plan {

/// One ELF object of a program.
struct Object {
  std::string path;  ///< where it was found
  ElfFacts facts;
};

class Loader {
 public:
  /// `program`: the main object; its interpreter decides where libraries are looked for. `root` must outlive it.
  Loader(const HostRoot& root, Object program);

  /// Finds all that the program needs. Errors, kBadInput: a missing library (named with who needs it), an executable
  /// stack, a segment both writable and executable.
  [[nodiscard]] Result<void> resolve();
  /// Finds what an object needs that the program may load later; what is missing stays missing.
  void resolve_optional(const Object& object);
  /// Finds one library by name, if it is there.
  void add_optional(const std::string& name);

  /// File name -> where it was found.
  [[nodiscard]] const std::map<std::string, std::string>& found() const { return found_; }
  /// The directory in which the loader looks first for libraries that nothing says more about.
  [[nodiscard]] std::string directory() const;

 private:
  [[nodiscard]] bool provided(const std::string& name) const;
  [[nodiscard]] std::vector<std::string> directories(const Object& object);
  [[nodiscard]] Result<Object> find(const std::string& name, const Object& object);
  [[nodiscard]] Result<void> follow(std::vector<Object> objects, bool required);
  [[nodiscard]] const std::vector<std::string>& system_directories();

  const HostRoot& root_;
  Object program_;
  std::map<std::string, std::string> found_;
  std::vector<std::string> system_directories_;
};

/// Refuses what no later wall stops: PR_SET_MDWE and a seccomp filter see neither an executable stack nor a segment
/// that is mapped writable and executable from the start.
[[nodiscard]] Result<void> check_object(const Object& object);

}  // namespace immure::plan
