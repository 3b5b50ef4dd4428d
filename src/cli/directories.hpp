/// The checks of what an operator names as input, output and evidence. They come before anything is started, because a
/// wrong name is the likeliest way to hand a program more than was meant.
#pragma once

#include <optional>
#include <string>

#include "sys/error.hpp"

namespace immure::cli {

/// The input's absolute path with every link resolved. Errors, kBadInput: not there, not a directory, itself a symbolic
/// link (whoever may change the link chooses the input), not readable.
[[nodiscard]] Result<std::string> input_directory(const std::string& name);

/// The output directory; one that had to be made is removed again when this goes, unless it is kept.
class OutputDirectory {
 public:
  /// Looks and changes nothing. Errors, kBadInput: a symbolic link, not a directory, not empty (names an entry), not
  /// writable, or not there and neither is its parent.
  [[nodiscard]] static Result<OutputDirectory> look_at(const std::string& name);

  /// Absolute, links resolved.
  [[nodiscard]] const std::string& path() const { return path_; }
  /// Makes the directory if it is not there yet.
  [[nodiscard]] Result<void> create();
  void keep() { made_ = false; }

  OutputDirectory(OutputDirectory&& other) noexcept;
  OutputDirectory& operator=(OutputDirectory&&) = delete;
  ~OutputDirectory();

 private:
  OutputDirectory(std::string path, bool exists) : path_(std::move(path)), exists_(exists) {}
  std::string path_;
  bool exists_;
  bool made_ = false;
};

/// Error kBadInput if one of the two lies in the other or they are the same directory, also by another path to it.
[[nodiscard]] Result<void> check_apart(const std::string& input, const std::string& output);

/// Error kBadInput unless `path` can be written as a new or replaced file, outside of both directories. `what` is what
/// messages call it.
[[nodiscard]] Result<void> check_file_outside(const std::string& path, const std::string& what,
                                              const std::string& input, const std::string& output);

/// Error kBadInput if the file `path` lies, or would lie, in `directory`. `what` is what the message calls it.
[[nodiscard]] Result<void> check_file_apart(const std::string& path, const std::string& what,
                                            const std::string& directory);

/// Error kBadInput if `path` leads to the same file as `other`: what is written there would replace it.
[[nodiscard]] Result<void> check_other_file(const std::string& path, const std::string& other);

/// Error kBadInput if the directory of `path` cannot be written or `path` is anything but a regular file or not there.
[[nodiscard]] Result<void> check_writable_file(const std::string& path);

/// A name with a slash as it is, any other as file::find_program() finds it. Error kBadInput.
[[nodiscard]] Result<std::string> find_program(const std::string& name);

/// `report/` -> `report`, `/` -> `/`.
[[nodiscard]] std::string without_trailing_slashes(std::string path);

}  // namespace immure::cli
