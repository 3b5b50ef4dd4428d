/// What this machine has of what a cell needs, found by trying. Changes nothing, and executes none of its own advice.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace immure::attest {

enum class Finding : std::uint8_t {
  kThere,
  kMissing,   ///< without it there is no cell
  kDegraded,  ///< without it another layer stands alone; the evidence says so
};

/// How it was found out: by doing it, or by reading what should decide it.
enum class Basis : std::uint8_t { kTrial, kFacts };

/// One thing that a venue needs.
struct Requirement {
  std::string name;   ///< stable: `user-namespaces`
  std::string needs;  ///< what it is, and since which kernel
  Finding finding = Finding::kThere;
  std::string found;   ///< what was seen: a version, a setting, an errno
  std::string remedy;  ///< a command for the operator to run, or where to go; empty if it is there
  Basis basis = Basis::kTrial;
};

/// Looks at each by itself, so that one that is missing hides no other. Whether they hold together only a cell can
/// tell.
[[nodiscard]] std::vector<Requirement> native_requirements();

/// A venue as it could be chosen here.
struct Candidate {
  std::string venue, runtime;  ///< `oci`, `runc`; no runtime: the venue's own choice
  std::vector<Requirement> requirements;
  /// False where what is missing leaves nothing to start: no program, nobody at its socket. Of all else a trial is the
  /// better judge.
  bool startable = true;
};

/// Every venue, in the order of `auto`, then oci with each runtime. If `runtime` is not empty, podman, docker and oci
/// are asked for that runtime alone; if `venue` is neither empty nor `auto`, the others are not looked at. Starts
/// nothing but the programs' `--version`.
[[nodiscard]] std::vector<Candidate> candidates(const std::string& runtime, std::string_view venue = {});

/// A setting of the host that no venue needs, and that would close a channel of the program's (docs/threat-model.md).
struct Hint {
  std::string name;    ///< stable: `hidepid`
  std::string found;   ///< what stays open
  std::string remedy;  ///< a command for the operator to run
};

/// What is open here; empty if nothing is.
[[nodiscard]] std::vector<Hint> hints();
/// The same from the text of /proc/self/mountinfo and the value of debug.exception-trace, where the kernel has that.
[[nodiscard]] std::vector<Hint> hints_from(std::string_view mountinfo,
                                           const std::optional<std::string>& exception_trace);

/// Makes the cell's namespaces and leaves them.
[[nodiscard]] Requirement namespaces_requirement();

/// A setting of the kernel, `user/max_net_namespaces`; nothing if this kernel does not have it.
[[nodiscard]] std::optional<std::string> setting(const std::string& name);

/// AppArmor's profile over this process, `immure (enforce)`; nothing if there is none.
[[nodiscard]] std::optional<std::string> confining_profile();

/// What would allow the namespaces that clone3 refused with errno `number`: the first lock that is found closed, as a
/// command where there is one.
[[nodiscard]] std::string namespace_remedy(int number);

}  // namespace immure::attest
