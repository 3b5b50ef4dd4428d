/// The input of a run: opened, listed and checked before anything starts.
#pragma once

#include <string>
#include <vector>

#include "attest/deadline.hpp"
#include "attest/start/cell.hpp"
#include "evidence/evidence.hpp"
#include "plan/plan.hpp"
#include "sys/error.hpp"

namespace immure::attest {

/// Lists the input of the plan in the opened `directory`, unless the caller has already `listed` it. A FIFO, a socket
/// or a device is a channel out of the cell and therefore an error. A staged copy leaves such entries out and names
/// them in `left_out` as `path: kind`. Errors: kBadInput, kSystem.
[[nodiscard]] Result<OpenInput> open_input(const plan::Plan& plan, sys::Fd directory, bool staged,
                                           std::vector<file::Entry> listed, std::vector<std::string>& left_out,
                                           const GoOn& go_on);

/// Lists everything in the input directory, opened as `directory`. Errors: those of file::scan().
[[nodiscard]] Result<std::vector<file::Entry>> list_input(int directory, const std::string& name, const GoOn& go_on);

/// Error kBadInput if immure cannot read a file of the input. immure could not digest such a file, and a run proves
/// nothing if its input is not known.
[[nodiscard]] Result<void> check_readable(const OpenInput& input, const std::string& name, const GoOn& go_on);

/// Writes the number of entries and the digest of their status (stat(2)) into the evidence.
void count_input(evidence::Evidence& evidence, const OpenInput& input);

}  // namespace immure::attest
