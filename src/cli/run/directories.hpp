/// Checks the paths that an operator names as input, output and evidence. The checks come before anything is started,
/// because a wrong name is the most likely way to give a program more than the operator meant.
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
  std::string path;   ///< absolute, with links resolved; the path when the directory was opened
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
  /// Checks the directory and changes nothing. With a `parent` that is held, the last component of `name` is looked up
  /// there. Errors, kBadInput: a symbolic link, not a directory, not empty (names an entry), not writable, or neither
  /// the directory nor its parent exists; and the errors of file::place_of().
  [[nodiscard]] static Result<OutputDirectory> look_at(const std::string& name,
                                                       const file::HeldDirectory* parent = nullptr);
  /// The same for a directory in which a batch goes on, and which may hold the results of that batch.
  [[nodiscard]] static Result<OutputDirectory> look_at_batch(const std::string& name);

  /// The absolute path, with links resolved, when the directory was opened. For messages and records; nothing opens
  /// this path again.
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] bool exists() const { return static_cast<bool>(fd_); }
  /// The directory itself, or the directory in which it would be made.
  [[nodiscard]] const sys::Fd& nearest() const { return fd_ ? fd_ : place_.directory; }
  /// Makes the directory if it does not exist yet, and locks it against another run. Errors: kBadInput if the directory
  /// is locked or no longer empty; kSystem if somebody replaced it.
  [[nodiscard]] Result<void> create();
  /// Another descriptor of the directory, after create().
  [[nodiscard]] Result<sys::Fd> descriptor() const;
  /// Keeps the directory, even if it is empty.
  void keep();
  /// Writes into the pulse which directory create() made, if any, for a parent process that may have to remove the
  /// directory.
  void tell_what_was_made(attest::Pulse& pulse) const;

  OutputDirectory(OutputDirectory&& other) noexcept;
  OutputDirectory& operator=(OutputDirectory&&) = delete;
  ~OutputDirectory();

 private:
  OutputDirectory(file::Place place, std::string path, bool filled)
      : place_(std::move(place)), path_(std::move(path)), filled_(filled) {}
  [[nodiscard]] static Result<OutputDirectory> look_at(const std::string& name, const file::HeldDirectory* parent,
                                                       bool filled);
  [[nodiscard]] Result<void> open(const sys::Fd& there);
  [[nodiscard]] Result<void> start_cleanup();
  file::Place place_;  ///< has no name if the operator named the directory as `.` or `/`
  sys::Fd fd_;
  std::string path_;
  bool filled_ = false;  ///< may hold the results of a batch
  bool made_ = false, locked_ = false;
  attest::CleanupProcess cleanup_;  ///< removes the directory that create() made if this process is killed
};

/// Error kBadInput if one of the two directories lies in the other, or if both are the same directory, even under
/// different paths. The function compares the held directories (file::lies_in()), so it does not matter where their
/// paths lead by now.
[[nodiscard]] Result<void> check_apart(const sys::Fd& input, const std::string& path, const OutputDirectory& output);

/// Error kBadInput if the directory of `place` is, or lies in, the directory `inside`. For messages: `what` names the
/// file, `kind` says what `inside` is (`input`), and `path` is the path of `inside`. This function compares the held
/// directories too.
[[nodiscard]] Result<void> check_file_outside(const file::Place& place, const std::string& what, const sys::Fd& inside,
                                              const std::string& kind, const std::string& path);
/// Like the function above, for the output directory.
[[nodiscard]] Result<void> check_file_outside(const file::Place& place, const std::string& what,
                                              const OutputDirectory& output);

/// Error kBadInput if the file `path` lies, or would lie, in `directory`. `what` is the name of the file in messages.
[[nodiscard]] Result<void> check_file_apart(const std::string& path, const std::string& what,
                                            const std::string& directory);

/// Error kBadInput if `path` leads to the same file as `other`: writing to `path` would replace `other`.
[[nodiscard]] Result<void> check_other_file(const std::string& path, const std::string& other);

/// Error kBadInput if the place lies in the directory of the image cache: immure removes what it has made there.
[[nodiscard]] Result<void> check_outside_cache(const file::Place& place);
/// file::place_of() and check_outside_cache(), for the place of what a command will write. Error kBadInput also if the
/// caller may not write in the directory.
[[nodiscard]] Result<file::Place> place_to_write(const std::string& path);

/// Error kBadInput if no new file can be made at the place: the place lies in the image cache, its directory cannot be
/// written, something other than a
/// regular file is there, or, without `replace`, a regular file is there. For files other than evidence.
[[nodiscard]] Result<void> check_new_file(const file::Place& place, bool replace);

/// Like check_new_file(), for evidence and similar files: with `replace`, a regular file that is there must be empty or
/// begin like a file that immure writes.
[[nodiscard]] Result<void> check_writable_file(const file::Place& place, bool replace);

/// Error kBadInput unless the existing file is empty or begins like JSON or HTML, as the files do that immure replaces.
/// A key, above all, does not begin like this.
[[nodiscard]] Result<void> check_replaceable(const file::Place& place);

/// Like the function above, with `replace`, for the place that `path` leads to.
[[nodiscard]] Result<void> check_writable_file(const std::string& path);

/// Returns a name that contains a slash unchanged, and for any other name the path that file::find_program() finds.
/// Errors: kUsage for an empty name, kBadInput if there is no such program.
[[nodiscard]] Result<std::string> find_program(const std::string& name);

/// `report/` -> `report`, `/` -> `/`.
[[nodiscard]] std::string without_trailing_slashes(std::string path);

}  // namespace immure::cli
