/// The files of a log, in the layout of C2SP tlog-tiles: `checkpoint`, `tile/LEVEL/N`, `tile/entries/N`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "file/place.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::tlog {

/// A tile has at most so many hashes, and a bundle of entries at most so many entries.
inline constexpr std::uint64_t kTileWidth = 256;

/// The path of tile `n` below `tile/LEVEL` or `tile/entries`: 1234067 is `x001/x234/067`. A tile with fewer than 256
/// hashes has its `width` behind the path: `067.p/12`.
[[nodiscard]] std::string tile_path(std::string_view level, std::uint64_t n, std::uint64_t width = kTileWidth);

/// The directory of a log, opened once. All paths are relative to it, and lead through no link.
class Files {
 public:
  [[nodiscard]] static Result<Files> open(const std::string& path);
  /// Like open(), but makes the directory if there is none.
  [[nodiscard]] static Result<Files> open_or_make(const std::string& path);

  /// Waits until no other process writes the log, and keeps others from writing until this object ends.
  [[nodiscard]] Result<void> lock();
  /// The bytes of a regular file of at most `limit` bytes, or nothing if there is no such file. Error kBadInput for
  /// anything that is no regular file, and for a larger file.
  [[nodiscard]] Result<std::optional<std::string>> read(const std::string& path, std::uint64_t limit) const;
  /// Writes a file whole, makes its directories, and replaces a file of that name.
  [[nodiscard]] Result<void> write(const std::string& path, std::string_view bytes) const;
  /// Removes the directory PATH.p with the narrower forms of a tile. It is no error if there is none.
  void remove_narrower(const std::string& path) const;
  /// Waits until everything that was written is on the disk.
  [[nodiscard]] Result<void> sync() const;
  /// True if the directory has nothing but the lock of this class.
  [[nodiscard]] Result<bool> empty() const;
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] int descriptor() const { return directory_.get(); }

 private:
  Files(sys::Fd directory, std::string path) : directory_(std::move(directory)), path_(std::move(path)) {}
  [[nodiscard]] Result<sys::Fd> made_parent(const std::string& path) const;
  sys::Fd directory_, lock_;
  std::string path_;
};

}  // namespace immure::tlog
