/// Lists what the cell does not show the inspector of a drop. src/inspect/report/hidden_entries.hpp has the form.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/run/directories.hpp"
#include "file/tree.hpp"
#include "sys/error.hpp"

namespace immure::cli {

struct HiddenEntries {
  bool channels = false;             ///< FIFOs, sockets or devices: the cell needs a copy without them
  std::string text;                  ///< empty: the cell shows all there is
  std::vector<file::Entry> entries;  ///< the whole listing
  InputDirectory directory;          ///< what was listed
};

/// Lists the drop and opens nothing but directories. Errors: kBadInput, kSystem, that of `go_on` (file::ScanOptions).
[[nodiscard]] Result<HiddenEntries> hidden_entries_of(const std::string& drop,
                                                      const std::function<Result<void>()>& go_on);

}  // namespace immure::cli
