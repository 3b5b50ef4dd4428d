/// What the operator names with --in: one directory, or files and directories that each become an entry of /in.
#pragma once

#include <string>
#include <vector>

#include "attest/start/cell.hpp"
#include "cli/run/directories.hpp"
#include "cli/run/identity.hpp"
#include "file/place.hpp"
#include "plan/plan.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::cli {

/// One value of --in.
struct NamedInput {
  std::string place;  ///< NAME of NAME=PATH; empty if no name was given
  std::string path;
};

/// `NAME=PATH`, or a path. A text before `=` that has a slash is not a NAME. Error kUsage: an empty path.
[[nodiscard]] Result<NamedInput> parse_input(const std::string& value);

/// The input, held from the first look to the end of the run. Either `whole` or `parts` is there.
struct HeldInput {
  InputDirectory whole;
  std::vector<attest::OpenPart> parts;  ///< sorted by place
  std::vector<sys::Fd> parents;         ///< the directory that holds each part, O_PATH, in the order of the parts
};

/// Opens each value of --in, once. One directory without a name is the whole input; everything else is a part. Errors:
/// those of input_directory(); kBadInput for a link, for anything else that is neither a file nor a directory, and for
/// a part that is not readable; kUsage if two parts have the same place, or if a place cannot be the name of a file.
[[nodiscard]] Result<HeldInput> hold_inputs(const std::vector<std::string>& values);

/// Opens the one input of a run of a batch, once: a directory, or a file as a part. With a `parent` that is held, the
/// last component of the path is looked up there. Errors, kBadInput: the input is not the one that has this identity;
/// and those of hold_inputs().
[[nodiscard]] Result<HeldInput> hold_input(const NamedInput& named, const Identity& identity,
                                           const file::HeldDirectory* parent);

/// Opens the file of --stdin. Follows no link. Error kBadInput, also if root would read a file for a user who cannot
/// read the file: the owner of its directory.
[[nodiscard]] Result<sys::Fd> open_input_file(const file::Place& place);

/// Like the functions of the same names in directories.hpp, for the whole input or each of its parts.
[[nodiscard]] Result<void> check_apart(const HeldInput& input, const OutputDirectory& output);
[[nodiscard]] Result<void> check_file_outside(const file::Place& place, const std::string& what, const HeldInput& input,
                                              const OutputDirectory& output);

/// The directory of the host that stands for /in. If an argument names a script such as `/in/script.py`, the script has
/// the same name below this directory as below /in. Returns nullptr if there is no such directory.
[[nodiscard]] const sys::Fd* source_directory(const HeldInput& input, const std::vector<std::string>& arguments);

/// What the plan says about the parts.
[[nodiscard]] std::vector<plan::InputPart> planned_parts(const HeldInput& input);

}  // namespace immure::cli
