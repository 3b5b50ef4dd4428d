/// Finds out which of the things that a cell needs this machine has, by trying them. Changes nothing, and does not
/// follow its own advice.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "attest/doctor/requirement.hpp"

namespace immure::attest {

/// Checks each requirement of the native venue by itself, so that one missing thing hides no other. Only a cell can
/// show that all of them work together.
[[nodiscard]] std::vector<Requirement> native_requirements();

/// A venue that could be chosen here.
struct Candidate {
  /// For example `oci` and `runc`. An empty runtime means the venue's own choice.
  std::string venue, runtime;
  std::vector<Requirement> requirements;
  /// False if a missing requirement leaves nothing to start: the program is missing, or nobody listens at its socket. A
  /// trial shows better whether any other missing requirement matters.
  bool startable = true;
};

/// Every venue, in the order of `auto`, then oci with each runtime. If `runtime` is not empty, podman, docker and oci
/// are checked with that runtime alone. If `venue` is neither empty nor `auto`, only that venue is checked. Starts
/// nothing but the venues' programs with `--version`.
[[nodiscard]] std::vector<Candidate> candidates(const std::string& runtime, std::string_view venue = {});

/// A setting of the host that no venue needs, but that would close a channel out of the cell (docs/threat-model.md).
struct Hint {
  std::string name;    ///< stable, for example `hidepid`
  std::string found;   ///< which channel is open
  std::string remedy;  ///< a command for the operator to run
};

/// The hints for this host; empty if nothing is open.
[[nodiscard]] std::vector<Hint> hints();
/// Like hints(), from the text of /proc/self/mountinfo and the value of debug.exception-trace (nothing if the kernel
/// lacks this setting).
[[nodiscard]] std::vector<Hint> hints_from(std::string_view mountinfo,
                                           const std::optional<std::string>& exception_trace);

/// Makes the cell's namespaces in a child process, which then ends.
[[nodiscard]] Requirement namespaces_requirement();

}  // namespace immure::attest
