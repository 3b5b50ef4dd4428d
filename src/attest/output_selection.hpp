/// Decides which entries of the cell's /out become outputs, before a byte is written.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "attest/harvest.hpp"
#include "file/tree.hpp"

namespace immure::attest {

struct Selection {
  std::vector<file::Entry> directories, files;                      ///< each directory comes before its contents
  std::vector<std::string> refused;                                 ///< `name: reason`, sorted
  std::vector<std::string> perhaps_cut;                             ///< sorted
  bool over_bytes = false, over_names = false, over_files = false;  ///< as in Harvest
};

/// `scratch`: the inode of the directory for temporary files, which is no output; 0: there is none.
[[nodiscard]] Selection select(std::vector<file::Entry> entries, const HarvestRequest& request, std::uint64_t scratch);

}  // namespace immure::attest
