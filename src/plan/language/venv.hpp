/// Virtual environments of Python (PEP 405).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "plan/image/host_files.hpp"

namespace immure::plan {

/// What a pyvenv.cfg says.
struct VenvSettings {
  std::string home;     ///< the directory of the interpreter from which the environment was made
  std::string version;  ///< `3.11`; empty if the file does not say
  bool system_site = false;
  friend bool operator==(const VenvSettings&, const VenvSettings&) = default;
};
[[nodiscard]] VenvSettings parse_venv(std::string_view text);

struct Venv {
  std::string directory;   ///< with links resolved
  std::string inner = {};  ///< the directory's place in the image
  std::shared_ptr<const HostFile> settings_file;
  VenvSettings settings;
};

/// Finds the environment of an interpreter by `bin`, the directory that holds the interpreter. Returns nothing if
/// neither this directory nor its parent has a pyvenv.cfg. The caller has checked the names that lead to `bin`.
[[nodiscard]] std::optional<Venv> find_venv(const HostFile& bin);

}  // namespace immure::plan
