/// Copies the outputs from the cell's /out to the operator's directory.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "evidence/evidence.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::attest {

/// What a signed statement has room for. A whole envelope has at most evidence::kMaxEnvelopeBytes. The outputs' names
/// and digests get one share, the list of refused outputs gets another, and the rest is for everything else.
inline constexpr std::uint64_t kSubjectBytes = 8ULL << 20;
inline constexpr std::uint64_t kRefusedBytes = 1ULL << 20;
inline constexpr std::size_t kMostRefused = 1000;  ///< named one by one; more are counted

/// Lists the outputs that are left out, in a size that fits into a statement and onto a screen.
class RefusedList {
 public:
  /// `name: reason`, the name made visible and shortened.
  void add(std::string_view name, std::string_view reason);
  /// Sorted; the last entry counts what is not named.
  [[nodiscard]] std::vector<std::string> take();

 private:
  std::vector<std::string> named_;
  std::uint64_t bytes_ = 0, unnamed_ = 0;
};

struct HarvestRequest {
  const sys::Fd& output;                     ///< the cell's /out, which nothing changes any more
  const sys::Fd& target;                     ///< the operator's directory, held since before the run
  const std::string& target_path;            ///< for messages and for the length of paths, never opened
  std::uint64_t bytes;                       ///< the sum of the files' sizes, holes included
  std::function<Result<void>()> go_on = {};  ///< asked at least every MiB and for each file; an error ends the harvest
};

struct Harvest {
  std::vector<evidence::Artifact> artifacts;  ///< sorted by name
  std::vector<std::string> refused;           ///< `name: reason`, sorted
  bool over_bytes = false;                    ///< a file was refused because of HarvestRequest::bytes
};

/// Copies what the payload made into the operator's directory and digests it. Only regular files with one link and
/// modes up to 0777, and directories; everything else, and every file beyond a limit, is refused by name. All limits
/// are checked before anything is written. Holes stay holes. The umask narrows modes, which never let the group or
/// others write. Each file appears whole or not at all. Errors: kSystem (disk full: names the file; or somebody
/// replaced a directory of the harvest).
[[nodiscard]] Result<Harvest> harvest(const HarvestRequest& request);

}  // namespace immure::attest
