/// An input that consists of several files and directories, or of one file. Each was opened once, and the cell gets a
/// copy of each below /in.
#pragma once

#include <string>
#include <vector>

#include "attest/deadline.hpp"
#include "attest/start/cell.hpp"
#include "evidence/evidence.hpp"
#include "file/tree.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::attest {

/// Lists what /in will contain: a root directory that belongs to the caller, and each part at its place. Sorted as
/// file::scan() sorts. Errors: those of file::scan(), and kSystem.
[[nodiscard]] Result<std::vector<file::Entry>> list_parts(const std::vector<OpenPart>& parts, const GoOn& go_on);

/// The part in which a path below /in lies, and the rest of the path, which is empty for the part itself.
struct PlaceInPart {
  const OpenPart* part = nullptr;  ///< nullptr: no part, as for the root directory
  std::string rest;
};
[[nodiscard]] PlaceInPart place_in_part(const std::vector<OpenPart>& parts, const std::string& path);

/// Opens a file of the input for reading: beneath the input directory, or in the part that holds the file.
[[nodiscard]] SysResult<sys::Fd> open_entry(const OpenInput& input, const std::string& path);

/// What the evidence says about the parts. `digests` has the SHA-256 of each copied file in the order of the entries;
/// it is empty if no digests are known.
[[nodiscard]] std::vector<evidence::InputPart> describe_parts(const OpenInput& input,
                                                              const std::vector<std::string>& digests);

}  // namespace immure::attest
