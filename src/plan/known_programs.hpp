/// What programs are known to need beyond what the acceptance profile `packet` allows (catalogue/programs.toml).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace immure::plan {

struct KnownNeed {
  std::vector<std::string_view> programs;  ///< names, without a directory
  /// Patterns of fnmatch(3). The program has the need if a pattern matches one of its arguments; if empty, always.
  std::vector<std::string_view> when;
  std::uint64_t scratch_bytes = 0;
  bool read_back = false, socket_pairs = false;
  std::vector<std::pair<std::string_view, std::string_view>> environment;
  std::string_view because;  ///< the rest of a sentence that begins with the program's name
};

/// The whole catalogue, in the order of the file.
[[nodiscard]] std::span<const KnownNeed> known_needs();

/// How a program is started.
struct Started {
  /// The program's path on the host, or in the root directory. The catalogue speaks only of programs in the directories
  /// of a system, because a file of somebody else may have any name.
  std::string_view path;
  std::string_view asked;  ///< the path or name that the operator gave
  std::span<const std::string> arguments;
  std::string_view workdir;  ///< a program that starts in /out names files of /out by relative paths
};

/// What this program is known to need when it is started like this. `own`: additions of the operator, which speak of
/// programs in any directory.
[[nodiscard]] std::vector<const KnownNeed*> needs_of(const Started& started, std::span<const KnownNeed> own = {});

}  // namespace immure::plan
