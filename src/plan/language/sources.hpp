/// Finds the source that an interpreter runs, and the place in which its own modules lie.
#pragma once

#include <optional>
#include <string>

#include "plan/language/gather.hpp"
#include "plan/language/places.hpp"

namespace immure::plan {

/// The source of a script and where it lies.
struct Source {
  HostFile file;
  std::string text;
  std::string name;                            ///< for notes: as the operator knows the script
  Place place;                                 ///< the script's directory
  bool same_path = false;                      ///< the script has its host path in the image too
  std::shared_ptr<const HostRoot> input = {};  ///< for a script below /in
};

/// The source of the script that is the program.
[[nodiscard]] Result<std::optional<Source>> started_source(const HostRoot& root, const StartedScript& script);

/// The source that the argument `argument` of the closure's argv names: on the host, or below /in. Packs a script of
/// the host: at its own path if the argument is absolute, else in /app. Returns nothing if there is no such file.
[[nodiscard]] Result<std::optional<Source>> named_source(Closure& closure, const HostRoot& root,
                                                         const Interpreted& what, std::size_t argument);

/// Packs a file that an argument names, as named_source() does, and returns the file's path in the image. Returns
/// nothing if there is no such file.
[[nodiscard]] Result<std::optional<std::string>> pack_named(Closure& closure, const std::string& argument,
                                                            HostFile* opened = nullptr);

}  // namespace immure::plan
