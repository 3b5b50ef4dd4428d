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

/// Like open_input(), for an input that consists of `parts`. The cell always gets a copy of the parts.
[[nodiscard]] Result<OpenInput> open_parts(const plan::Plan& plan, std::vector<OpenPart> parts,
                                           std::vector<std::string>& left_out, const GoOn& go_on);

/// Lists an opened input once more. Errors: those of file::scan().
[[nodiscard]] Result<std::vector<file::Entry>> list_again(const OpenInput& input, const std::string& name,
                                                          const GoOn& go_on);

/// Lists everything in the input directory, opened as `directory`. Errors: those of file::scan().
[[nodiscard]] Result<std::vector<file::Entry>> list_input(int directory, const std::string& name, const GoOn& go_on);

/// Like list_input(), for an input of which nothing may stop the run, because somebody sent it who is not trusted.
/// Marks as unread what cannot be read, by immure or by the owner of the directory, and what lies too deep or has too
/// long a path. Also reads capabilities.
[[nodiscard]] Result<std::vector<file::Entry>> list_drop(int directory, const std::string& name, const GoOn& go_on);

/// Error kBadInput if immure cannot read a file of the input. immure could not digest such a file, and a run proves
/// nothing if its input is not known.
[[nodiscard]] Result<void> check_readable(const OpenInput& input, const std::string& name, const GoOn& go_on);

/// The paths of all entries below the input that are mounts.
[[nodiscard]] std::vector<std::string> mounts_below(const OpenInput& input);

/// Compares the input that a waiting cell has mounted on /in with the input that was listed. Somebody may have mounted
/// or unmounted a file system in between. `name` is the input's name in errors. `payload_pid` is a task of the cell,
/// which cannot change its mounts any more. Compares the root and each mount by device and inode. If `mounts_changed`,
/// a mount may have been there only while the input was listed or hashed, and so the function compares each entry.
/// Error kBlocked: something differs. Other errors: those of file::scan().
[[nodiscard]] Result<void> check_mounted_input(const OpenInput& input, const std::string& name, int payload_pid,
                                               bool mounts_changed, const GoOn& go_on);

/// The path of the first entry that is not the same in both lists of one tree; empty if there is none. The comparison
/// ignores the owners, because a mount may map owners.
[[nodiscard]] std::string first_difference(const std::vector<file::Entry>& one, const std::vector<file::Entry>& other);

/// Writes the number of entries and the digest of their status (stat(2)) into the evidence.
void count_input(evidence::Evidence& evidence, const OpenInput& input);

}  // namespace immure::attest
