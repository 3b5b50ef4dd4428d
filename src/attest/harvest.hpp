/// Copies the outputs from the cell's /out to the operator's directory.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "evidence/evidence.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::attest {

/// The room for outputs in a signed statement. A whole envelope has at most evidence::kMaxEnvelopeBytes. The names and
/// digests of the outputs get one share, the list of refused outputs gets another, and everything else gets the rest.
inline constexpr std::uint64_t kSubjectBytes = 8ULL << 20;
inline constexpr std::uint64_t kRefusedBytes = 1ULL << 20;
inline constexpr std::size_t kMostRefused = 1000;  ///< The list names this many outputs; it only counts the others.

/// Collects the outputs that are left out, in a size that fits into a statement and onto a screen.
class RefusedList {
 public:
  /// Adds `name: reason`. The name is made printable and is shortened.
  void add(std::string_view name, std::string_view reason);
  /// Returns the sorted list. The last entry says how many outputs are not named.
  [[nodiscard]] std::vector<std::string> take();

 private:
  std::vector<std::string> named_;
  std::uint64_t bytes_ = 0, unnamed_ = 0;
};

/// Names what an earlier stage of a pipeline left in its /out, which is not kept, but not what lies in `scratch`, the
/// directory for temporary files, which may be nothing. Error kSystem if /out cannot be listed.
[[nodiscard]] Result<std::vector<std::string>> left_in_output(const sys::Fd& output, const sys::Fd& scratch,
                                                              std::uint32_t stage);

struct HarvestRequest {
  const sys::Fd& output;           ///< the cell's /out, after every process of the cell has ended
  const sys::Fd& target;           ///< the operator's directory, open since before the run
  const std::string& target_path;  ///< for messages and for the length of paths; never opened
  std::uint64_t bytes;             ///< limit for the sum of the files' sizes, including holes
  bool was_full = false;           ///< true if /out had no room for another byte when the program ended
  /// The size that no file can exceed. A file of this size may be truncated, and so may a file in an /out that was
  /// full.
  std::uint64_t largest_file = std::numeric_limits<std::uint64_t>::max();
  bool keep_times = false;  ///< files and directories get the modification times that they had in /out
  std::uint64_t files = std::numeric_limits<std::uint64_t>::max();  ///< limit for the number of files and directories
  /// The directory for temporary files, even if the payload has moved it. Nothing in the directory is an output.
  const sys::Fd* scratch = nullptr;
  /// Called at least for every MiB and for each file; an error ends the harvest.
  std::function<Result<void>()> go_on = {};
};

struct Harvest {
  std::vector<evidence::Artifact> artifacts;  ///< sorted by name
  std::vector<std::string> refused;           ///< `name: reason`, sorted
  /// The harvested files that may be truncated, sorted. In an /out that was full, these are the files that end where a
  /// page of memory ends: the kernel lets a program fill a page before the kernel refuses the next one.
  std::vector<std::string> perhaps_cut;
  bool over_bytes = false;  ///< true if a file was refused because of HarvestRequest::bytes, or has the largest size
  bool over_names = false;  ///< true if a file was refused because the evidence has no room for its name
  bool over_files = false;  ///< true if a file was refused because of HarvestRequest::files
};

/// The caller's umask. Call this only while there is one thread, because reading the umask means setting it.
[[nodiscard]] unsigned current_umask();

/// Copies what the payload left in /out into the operator's directory, and digests the files. Takes directories, and
/// regular files that have one link and a mode up to 0777. Refuses everything else by name, and every file beyond a
/// limit. All limits are checked before anything is written. Holes stay holes. The umask narrows the modes, which never
/// let the group or others write. Each file appears whole or not at all. Error kSystem: the disk is full (the error
/// names the file), or somebody replaced a directory of the harvest.
[[nodiscard]] Result<Harvest> harvest(const HarvestRequest& request);

}  // namespace immure::attest
