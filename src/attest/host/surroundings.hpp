/// The surroundings of immure that may keep a cell from starting: limits, filters, tracers, a foreign /proc. These
/// functions name the cause in words, so that a message does not blame a boundary of the cell for it.
#pragma once

#include <string>
#include <string_view>

#include "cell/spec.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::attest {

/// Raises this process's own limits to what a run and its cell need: soft limits up to the hard limits, and as root the
/// hard limits too. Leaves a limit that cannot be raised as it is.
void raise_own_limits(const cell::Limits& limits);

/// The probe of the memory limit, and the program, may take as much as the profile allows. Error kBlocked: the caller's
/// RLIMIT_DATA, which the cell inherits, is lower.
[[nodiscard]] Result<void> check_data_limit(const cell::Limits& limits);

/// What to do about a call of a run or its cell that failed with errno `number`, if a limit of this process or of its
/// user explains the error; else empty. `limits`: the limits that the cell was to get.
[[nodiscard]] std::string limit_remedy(int number, const cell::Limits& limits);

/// What to do if a filter around immure denies a call; lower case, no full stop.
inline constexpr std::string_view kFiltered =
    "leave the container or sandbox around this process, whose filter denies the call, or start it with "
    "--security-opt seccomp=FILE, FILE being what `immure export seccomp` prints";

/// kFiltered, if that may explain why a system call failed with errno `number`: a seccomp filter lies over immure
/// itself; else empty.
[[nodiscard]] std::string filter_remedy(int number);
/// Whether a seccomp filter lies over this process.
[[nodiscard]] bool is_filtered();

/// Error kBlocked unless /proc shows the processes of this pid namespace.
[[nodiscard]] Result<void> check_proc();
/// The process number in /proc/self if all is well, else what is wrong with /proc/self.
[[nodiscard]] std::string proc_self();

/// Error kBlocked if nothing can be executed from the file system of `directory`.
[[nodiscard]] Result<void> check_executable(const sys::Fd& directory, const std::string& path);

/// Error kBadInput if another user cannot pass through every part of the path of `directory`.
[[nodiscard]] Result<void> check_passable(const std::string& directory);

/// Why process `pid` cannot be traced, as a sentence, and what to do.
[[nodiscard]] std::string tracing_remedy(int pid);

}  // namespace immure::attest
