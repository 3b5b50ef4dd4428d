/// The fixed files: small files that programs look for in /dev, /etc, /proc and /sys, with the same contents in every
/// cell. The contents follow from this table and from what the evidence says, and never from a file of the host, so
/// that the packer, the probes and the judge can each compute the contents.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace immure::probe {

/// What the contents depend on.
struct FixedFacts {
  std::uint64_t processors = 1;    ///< how many processors the cell may use; from 1 to kMaxProcessors
  std::uint64_t memory_bytes = 0;  ///< how much memory the cell may have
  bool scratch = false;            ///< the cell has a directory for temporary files
  bool helpers = false;            ///< the program can execute files of the image that the plan names
  std::string program;             ///< path of the program in the image, to which /proc/self/exe leads
  friend bool operator==(const FixedFacts&, const FixedFacts&) = default;
};

/// The largest number of processors that the files describe. The bound lets a judge compute the contents for any number
/// that evidence may state.
inline constexpr std::uint64_t kMaxProcessors = 8192;

/// A regular file of mode 0444, or 0555 if it is executable, or a link.
struct FixedFile {
  std::string path;     ///< absolute path in the image
  std::string content;  ///< the bytes of the file, or the target of the link
  bool link = false;
  bool executable = false;
  friend bool operator==(const FixedFile&, const FixedFile&) = default;
};

/// The fixed files whose contents depend on nothing, sorted by path.
[[nodiscard]] std::vector<FixedFile> constant_files();

/// The fixed files of a cell with helpers. None of them is a program: an exec that meets no wall answers ENOEXEC. So
/// the probes of test 46 can ask whether a declared file may be executed, and whether another file may not, and nothing
/// is executed. The contents differ, because an image may keep equal files as one file with several names.
inline constexpr std::string_view kHelperFixtures = "/.immure/";
inline constexpr const char *kDeclared = "/.immure/declared", *kUndeclared = "/.immure/undeclared",
                            *kDeclaredScript = "/.immure/script";
[[nodiscard]] std::vector<FixedFile> helper_fixtures();

/// All fixed files of a cell, sorted by path. A number of processors out of range counts as the nearest one.
[[nodiscard]] std::vector<FixedFile> fixed_files(const FixedFacts& facts);

/// Where programs look for temporary files. In a cell that has a directory for temporary files, these paths are links
/// to the directory, unless the image has something else there.
inline constexpr std::string_view kScratchLinks[] = {"/dev/shm", "/tmp", "/var/tmp"};

/// Directories of the image in which nothing but fixed files may lie.
inline constexpr std::string_view kFixedDirectories[] = {"/proc", "/sys"};

}  // namespace immure::probe
