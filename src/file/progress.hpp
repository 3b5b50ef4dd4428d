/// How far a program has come, told through its output directory: a file of four numbers and nothing else, which is
/// gone when the program ends. So whoever watches from outside needs no channel but the output, which is there anyway.
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

/// The writing side. It needs a directory that can be written, and no right to read it.
class ProgressFile {
 public:
  /// Error, kSystem: it is there already, or cannot be made.
  [[nodiscard]] static Result<ProgressFile> create(int directory);
  void write(const Progress& progress);

  ProgressFile(ProgressFile&& other) noexcept : directory_(other.directory_), fd_(std::move(other.fd_)) {}
  ProgressFile& operator=(ProgressFile&&) = delete;
  ~ProgressFile();  ///< removes it

 private:
  ProgressFile(int directory, sys::Fd fd) : directory_(directory), fd_(std::move(fd)) {}
  int directory_;
  sys::Fd fd_;
};

/// The numbers in a directory in which somebody nobody trusts writes; nothing if there are none, or none that can be.
[[nodiscard]] std::optional<Progress> read_progress(int directory);

}  // namespace immure::file
