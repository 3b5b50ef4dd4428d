/// Lists the properties of a drop that the inspector cannot see in its cell. src/inspect/report/hidden_entries.hpp
/// describes the format of the list.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/run/directories.hpp"
#include "file/tree.hpp"
#include "sys/error.hpp"

namespace immure::cli {

struct HiddenEntries {
  /// The drop has FIFOs, sockets or devices, or something that cannot be read: the cell needs a copy without these.
  bool needs_copy = false;
  std::string text;                  ///< empty: the cell shows everything
  std::vector<file::Entry> entries;  ///< the whole listing
  InputDirectory directory;          ///< the directory that was listed
};

/// Lists an open drop, whose name in messages is `drop`, and opens nothing but directories. Errors: kBadInput, kSystem,
/// that of `go_on` (file::ScanOptions).
[[nodiscard]] Result<HiddenEntries> hidden_entries_of(InputDirectory opened, const std::string& drop,
                                                      const std::function<Result<void>()>& go_on);

/// The same list for a drop that is one file; empty if the cell shows everything. Errors: those of
/// file::hold_directory().
[[nodiscard]] Result<std::string> hidden_properties_of_file(const std::string& path);

}  // namespace immure::cli
