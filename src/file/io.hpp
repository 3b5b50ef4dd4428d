/// Whole files: read once with a limit, written whole or not at all.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "file/place.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::file {

/// Opens a regular file for reading, once, without following a link in the last component and without blocking
/// on a FIFO. Errors: kBadInput (`not a regular file`, `is a link`, not found), kSystem.
[[nodiscard]] Result<sys::Fd> open_regular(const std::string& path);

/// The bytes of a regular file of at most `limit` bytes, read through one descriptor.
/// Errors: kBadInput as open_regular, and `larger than N bytes`.
[[nodiscard]] Result<std::string> read_whole(const std::string& path, std::uint64_t limit);

/// Writes `bytes` to `place` atomically: O_TMPFILE in its directory (a hidden temporary name where the file system has
/// none), fsync, then linked or renamed into place. An existing regular file is replaced; a link, directory or device
/// is refused. On any error nothing is left behind and the old file is untouched. `mode` e.g. 0644.
[[nodiscard]] Result<void> write_whole(const Place& place, std::string_view bytes, unsigned mode);
/// Like the function above, for a path that is walked as place_of() does.
[[nodiscard]] Result<void> write_whole(const std::string& path, std::string_view bytes, unsigned mode);

/// Like write_whole, but fails with kBadInput if the name exists already.
[[nodiscard]] Result<void> create_whole(const Place& place, std::string_view bytes, unsigned mode);
[[nodiscard]] Result<void> create_whole(const std::string& path, std::string_view bytes, unsigned mode);

/// A file on its way into a directory, for contents that come in pieces: without a name until publish().
class NewFile {
 public:
  /// `name` is one component; `where` names the file in errors.
  [[nodiscard]] static Result<NewFile> create_in(const sys::Fd& directory, const std::string& name, std::string where);
  [[nodiscard]] const sys::Fd& descriptor() const { return fd_; }
  /// Sets the mode and puts the file in its place. `replace`: an existing file gives way in one step; else it is
  /// kBadInput. `durable`: on the disk before it has its name.
  [[nodiscard]] Result<void> publish(unsigned mode, bool replace = false, bool durable = false);

  /// Removes the published name again, if it still leads to this file. Somebody else may have put a file of his own
  /// there meanwhile: then nothing is removed.
  void take_back() const;

  NewFile(NewFile&& other) noexcept;
  NewFile& operator=(NewFile&&) = delete;
  ~NewFile();

 private:
  NewFile(sys::Fd directory, std::string name, std::string where);
  [[nodiscard]] int put_in_place(bool replace);
  sys::Fd directory_, fd_;
  std::string name_, where_;
  std::string hidden_;  ///< empty while the file has no name at all
};

/// Like create_whole, for who may have to take the file back.
[[nodiscard]] Result<NewFile> create_held(const Place& place, std::string_view bytes, unsigned mode);

}  // namespace immure::file
