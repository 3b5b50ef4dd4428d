/// Reads whole files, once and up to a limit, and writes files whole or not at all.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "file/place.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::file {

/// The error for a file that the operator names and that cannot be opened or read: kBadInput, because the operator can
/// mend or replace the file, or kSystem if memory, descriptors or the disk ran out.
[[nodiscard]] std::unexpected<Error> unusable(const std::string& path, std::string_view what, int number);

/// Opens a regular file for reading. Does not follow a link in the last component, and does not block on a FIFO.
/// Errors: kBadInput (`not a regular file`, `is a link`, not found), and those of unusable().
[[nodiscard]] Result<sys::Fd> open_regular(const std::string& path);

/// The bytes of a regular file of at most `limit` bytes, read through one descriptor. Errors: kBadInput as
/// open_regular(), and `larger than N bytes`.
[[nodiscard]] Result<std::string> read_whole(const std::string& path, std::uint64_t limit);

/// Writes `bytes` to `place` atomically: the function writes a file without a name (O_TMPFILE, or a hidden temporary
/// name where the file system lacks O_TMPFILE), calls fsync, and then links or renames the file into place. It replaces
/// an existing regular file, and refuses to replace a link, a directory or a device. After an error nothing is left
/// behind, and the old file is unchanged. `mode` has the permission bits, e.g. 0644.
[[nodiscard]] Result<void> write_whole(const Place& place, std::string_view bytes, unsigned mode);
/// Like the function above, for a path that place_of() walks.
[[nodiscard]] Result<void> write_whole(const std::string& path, std::string_view bytes, unsigned mode);

/// Like write_whole(), but returns kBadInput if the name exists already.
[[nodiscard]] Result<void> create_whole(const Place& place, std::string_view bytes, unsigned mode);
[[nodiscard]] Result<void> create_whole(const std::string& path, std::string_view bytes, unsigned mode);

/// A new file whose contents come in pieces. The file has no visible name until publish().
class NewFile {
 public:
  /// Makes the file. `name` is one component; `where` names the file in errors.
  [[nodiscard]] static Result<NewFile> create_in(const sys::Fd& directory, const std::string& name, std::string where);
  [[nodiscard]] const sys::Fd& descriptor() const { return fd_; }
  /// Sets the mode and gives the file its name. If the name exists, the new file replaces the old file in one
  /// step, and gives group and others no right that the old file did not give; without `replace` the error is
  /// kBadInput. With `durable` the contents are on the disk before the file gets
  /// its name.
  [[nodiscard]] Result<void> publish(unsigned mode, bool replace = false, bool durable = false);

  /// Removes the published name again, if the name still leads to this file. If somebody has put another file there
  /// meanwhile, the function removes nothing.
  void take_back() const;

  NewFile(NewFile&& other) noexcept;
  NewFile& operator=(NewFile&&) = delete;
  ~NewFile();

 private:
  NewFile(sys::Fd directory, std::string name, std::string where);
  [[nodiscard]] int put_in_place(bool replace);
  [[nodiscard]] unsigned narrowed(unsigned mode) const;
  sys::Fd directory_, fd_;
  std::string name_, where_;
  std::string hidden_;  ///< empty while the file has no name at all
};

/// Like create_whole(), for a caller that may have to take the file back.
[[nodiscard]] Result<NewFile> create_held(const Place& place, std::string_view bytes, unsigned mode);

}  // namespace immure::file
