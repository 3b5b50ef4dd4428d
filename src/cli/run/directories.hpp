/// The checks of what an operator names as input, output and evidence. They come before anything is started, because a
/// wrong name is the likeliest way to hand a program more than was meant.
#pragma once

#include <optional>
#include <string>

#include "attest/host/cleanup.hpp"
#include "attest/pulse.hpp"
#include "file/place.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::cli {

/// The input, held by one descriptor from the first look to the end of the run. immure never looks at a directory that
/// gets the input's name later.
struct InputDirectory {
  sys::Fd directory;  ///< open for reading
  std::string path;   ///< absolute, links resolved, as it was when it was opened
};

/// Opens the input, once. With a `parent` that is held, the last component of `name` is looked up there. Errors,
/// kBadInput: not there, not a directory, itself a symbolic link (the owner of the link would choose the input), not
/// readable; and the errors of file::place_of().
[[nodiscard]] Result<InputDirectory> input_directory(const std::string& name,
                                                     const file::HeldDirectory* parent = nullptr);

/// The output directory, held by one descriptor from the first look to the end of the harvest. The destructor removes
/// a directory that create() made, unless it is kept.
class OutputDirectory {
 public:
  /// Looks and changes nothing. With a `parent` that is held, the last component of `name` is looked up there. Errors,
  /// kBadInput: a symbolic link, not a directory, not empty (names an entry), not writable, or neither the directory
  /// nor its parent exists; and the errors of file::place_of().
  [[nodiscard]] static Result<OutputDirectory> look_at(const std::string& name,
                                                       const file::HeldDirectory* parent = nullptr);

  /// Absolute, links resolved, as it was when it was opened. For messages and records; nothing opens it again.
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] bool exists() const { return static_cast<bool>(fd_); }
  /// The directory itself, or the directory in which it would be made.
  [[nodiscard]] const sys::Fd& nearest() const { return fd_ ? fd_ : place_.directory; }
  /// Makes the directory if it is not there yet, and locks it against another run. Errors, kBadInput: it is locked, or
  /// no longer empty; kSystem: somebody replaced it.
  [[nodiscard]] Result<void> create();
  /// Another descriptor of the directory, after create().
  [[nodiscard]] Result<sys::Fd> descriptor() const;
  /// The directory stays, also if it is empty.
  void keep();
  /// Says which directory create() made, if it made one, for a parent that may have to remove it.
  void tell_what_was_made(attest::Pulse& pulse) const;

  OutputDirectory(OutputDirectory&& other) noexcept;
  OutputDirectory& operator=(OutputDirectory&&) = delete;
  ~OutputDirectory();

 private:
  OutputDirectory(file::Place place, std::string path) : place_(std::move(place)), path_(std::move(path)) {}
  [[nodiscard]] Result<void> open(const sys::Fd& there);
  [[nodiscard]] Result<void> start_cleanup();
  file::Place place_;  ///< without a name where the directory was named as `.` or `/`
  sys::Fd fd_;
  std::string path_;
  bool made_ = false, locked_ = false;
  attest::CleanupProcess cleanup_;  ///< removes the directory that create() made if this process is killed
};

/// Error kBadInput if one of the two lies in the other or they are the same directory, also by another path to it. The
/// held directories are compared (file::lies_in()), so it means nothing what their paths have come to lead to.
[[nodiscard]] Result<void> check_apart(const sys::Fd& input, const std::string& path, const OutputDirectory& output);

/// Error kBadInput if the directory of `place` is, or lies in, the directory `inside`, which is the `kind` (`input`)
/// and has this path. `what` is what messages call the file. The held directories are compared here too.
[[nodiscard]] Result<void> check_file_outside(const file::Place& place, const std::string& what, const sys::Fd& inside,
                                              const std::string& kind, const std::string& path);
/// The same for the output directory.
[[nodiscard]] Result<void> check_file_outside(const file::Place& place, const std::string& what,
                                              const OutputDirectory& output);

/// Error kBadInput if the file `path` lies, or would lie, in `directory`. `what` is what the message calls it.
[[nodiscard]] Result<void> check_file_apart(const std::string& path, const std::string& what,
                                            const std::string& directory);

/// Error kBadInput if `path` leads to the same file as `other`: what is written there would replace it.
[[nodiscard]] Result<void> check_other_file(const std::string& path, const std::string& other);

/// Error kBadInput unless a new file can be made at the place of something that is no evidence: its directory cannot be
/// written, something other than a regular file lies there, or, without `replace`, a regular file lies there.
[[nodiscard]] Result<void> check_new_file(const file::Place& place, bool replace);

/// Error kBadInput unless a new file can be made at the place: its directory cannot be written, something other than a
/// regular file lies there, or, without `replace`, a regular file lies there.
[[nodiscard]] Result<void> check_writable_file(const file::Place& place, bool replace);

/// Error kBadInput if the directory of `path` cannot be written or `path` is anything but a regular file or not there.
[[nodiscard]] Result<void> check_writable_file(const std::string& path);

/// Returns a name that holds a slash as it is, and any other name as file::find_program() finds it. Errors: kUsage for
/// an empty name, kBadInput if there is no such program.
[[nodiscard]] Result<std::string> find_program(const std::string& name);

/// `report/` -> `report`, `/` -> `/`.
[[nodiscard]] std::string without_trailing_slashes(std::string path);

}  // namespace immure::cli
