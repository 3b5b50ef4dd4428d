/// Lists the names in one directory and describes its entries, for scan().
#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <string>

#include <dirent.h>
#include <fcntl.h>

#include "file/tree.hpp"
#include "sys/libc.hpp"
#include "sys/status.hpp"

namespace immure::file {

/// The flags with which a directory is opened to be listed.
inline constexpr int kListDirectory = O_RDONLY | O_DIRECTORY;

/// The entry of a file whose status is known. `path` is relative to the root of the tree.
[[nodiscard]] Entry entry_of(std::string path, const sys::Status& status);

/// The file's capabilities in hex; empty if the file has none. If the kernel refuses to read the capabilities, it would
/// not honour them either, so the result is empty.
[[nodiscard]] std::string capabilities_of(int directory, const char* base);

/// Calls `visit` with the name and the type of each entry in `directory` but `.` and `..`, until `visit` returns false.
/// Returns the errno that ended the listing, or 0.
template <class F>
int list_names(int directory, std::span<std::byte> buffer, F visit) {
  for (;;) {
    const auto filled = sys::call(::getdents64, directory, buffer.data(), buffer.size());
    if (!filled || *filled == 0) return sys::error_of(filled);
    for (ssize_t at = 0; at < *filled;) {
      const auto* item = reinterpret_cast<const dirent64*>(buffer.data() + at);
      at += item->d_reclen;
      const char* name = item->d_name;
      if (std::strcmp(name, ".") != 0 && std::strcmp(name, "..") != 0 && !visit(name, item->d_type)) return 0;
    }
  }
}

}  // namespace immure::file
