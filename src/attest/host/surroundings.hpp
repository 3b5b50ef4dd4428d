/// Conditions around immure that may keep a cell from starting: limits, filters, tracers, the /proc of another pid
/// namespace. These functions name the cause in words, so that a message does not blame a boundary of the cell.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "cell/spec.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::attest {

/// Raises this process's own limits to what a run and its cell need: soft limits up to the hard limits, and as root the
/// hard limits too. Ignores a limit that cannot be raised.
void raise_own_limits(const cell::Limits& limits);

/// Error kBlocked if the caller's RLIMIT_DATA, which the cell inherits, is too low. The program and the probe of the
/// memory limit must be able to use all the memory that the profile allows.
[[nodiscard]] Result<void> check_data_limit(const cell::Limits& limits);

/// What to do about a call that failed with errno `number`, if a limit of this process or of its user explains the
/// error; otherwise empty. `limits`: the limits that the cell was to get.
[[nodiscard]] std::string limit_remedy(int number, const cell::Limits& limits);

/// What to do if a filter around immure denies a call. Lower case, without a full stop.
inline constexpr std::string_view kFiltered =
    "leave the container or sandbox around this process, whose filter denies the call, or start it with "
    "--security-opt seccomp=FILE, FILE being what `immure export seccomp` prints";

/// True if another process traces this one (ptrace(2)), as strace does.
[[nodiscard]] bool is_traced();

/// Returns kFiltered if a seccomp filter around immure may explain why a system call failed with errno `number`;
/// otherwise empty.
[[nodiscard]] std::string filter_remedy(int number);
/// True if a seccomp filter is attached to this process.
[[nodiscard]] bool is_filtered();

/// Reads a kernel setting, as setting() in host/facts.hpp does.
using Settings = std::function<std::optional<std::string>(const std::string& name)>;
/// What would allow the namespaces that clone3 refused with errno `number`. Names the first setting that is found to
/// forbid them, as a command if there is one.
[[nodiscard]] std::string namespace_remedy(int number);
/// Like namespace_remedy(number), from observed facts. `filtered`: the result of is_filtered().
[[nodiscard]] std::string namespace_remedy(int number, bool filtered, const Settings& setting);

/// Error kBlocked if /proc does not show the processes of this pid namespace.
[[nodiscard]] Result<void> check_proc();
/// The process number in /proc/self, or, if that fails, what is wrong with /proc/self.
[[nodiscard]] std::string proc_self();

/// Error kBlocked if nothing can be executed from the file system of `directory` (mount option noexec).
[[nodiscard]] Result<void> check_executable(const sys::Fd& directory, const std::string& path);

/// Error kBadInput if another user cannot pass through every directory on the path of `directory`.
[[nodiscard]] Result<void> check_passable(const std::string& directory);

/// Why process `pid` cannot be traced, in a sentence that also says what to do.
[[nodiscard]] std::string tracing_remedy(int pid);

}  // namespace immure::attest
