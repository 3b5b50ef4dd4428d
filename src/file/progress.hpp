/// Shows how far a program has come, in a file in its output directory. The file has four numbers, and the program
/// removes the file when it ends. So an observer outside of the cell needs no channel but the output directory, which
/// exists anyway.
#pragma once

#include <cstdint>
#include <optional>

#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::file {

struct Progress {
  std::uint64_t files = 0, all_files = 0, bytes = 0, all_bytes = 0;
  friend bool operator==(const Progress&, const Progress&) = default;
};

/// Writes the file. This class needs a directory in which it may create files; it need not read the directory.
class ProgressFile {
 public:
  /// Makes the file. Error, kSystem: the file exists already, or cannot be made.
  [[nodiscard]] static Result<ProgressFile> create(int directory);
  void write(const Progress& progress);

  ProgressFile(ProgressFile&& other) noexcept : directory_(other.directory_), fd_(std::move(other.fd_)) {}
  ProgressFile& operator=(ProgressFile&&) = delete;
  ~ProgressFile();  ///< removes the file

 private:
  ProgressFile(int directory, sys::Fd fd) : directory_(directory), fd_(std::move(fd)) {}
  int directory_;
  sys::Fd fd_;
};

/// Reads the numbers in a directory that an untrusted process writes. nullopt if there is no such file, or if its
/// numbers are impossible.
[[nodiscard]] std::optional<Progress> read_progress(int directory);

}  // namespace immure::file
