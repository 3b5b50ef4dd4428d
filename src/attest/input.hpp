/// The input of a run: opened, listed, and looked at before anything starts.
#pragma once

#include <string>
#include <vector>

#include "attest/deadline.hpp"
#include "attest/start/cell.hpp"
#include "evidence/evidence.hpp"
#include "plan/plan.hpp"
#include "sys/error.hpp"

namespace immure::attest {

/// Takes the plan's input, opened as `directory`, and lists it unless it was already `listed`. FIFOs, sockets and
/// devices are channels out of the cell: they are an error, but a staged copy leaves them out and names them in
/// `left_out` as `path: kind`. Errors: kBadInput, kSystem.
[[nodiscard]] Result<OpenInput> open_input(const plan::Plan& plan, sys::Fd directory, bool staged,
                                           std::vector<file::Entry> listed, std::vector<std::string>& left_out,
                                           const GoOn& go_on);

/// All that is in the input, opened at `directory`. Errors as file::scan().
[[nodiscard]] Result<std::vector<file::Entry>> list_input(int directory, const std::string& name, const GoOn& go_on);

/// What cannot be read cannot be digested, and a run whose input is not known proves nothing. Error kBadInput.
[[nodiscard]] Result<void> check_readable(const OpenInput& input, const std::string& name, const GoOn& go_on);

/// Counts of the entries, and the digest of what stat(2) says of them.
void count_input(evidence::Evidence& evidence, const OpenInput& input);

}  // namespace immure::attest
