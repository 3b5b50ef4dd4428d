/// Finds out what this machine has of the things that a cell needs, by trying them. Changes nothing, and executes none
/// of its own advice.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace immure::attest {

enum class Finding : std::uint8_t {
  kThere,
  kMissing,  ///< there is no cell without it
  /// A cell is possible without it, but then another layer stands alone, and the evidence says so.
  kDegraded,
};

/// How the doctor found out: by a trial, or by reading the facts that should decide.
enum class Basis : std::uint8_t { kTrial, kFacts };

/// One thing that a venue needs.
struct Requirement {
  std::string name;   ///< stable, for example `user-namespaces`
  std::string needs;  ///< what it is, and since which kernel version
  Finding finding = Finding::kThere;
  std::string found;  ///< what the doctor saw: a version, a setting, an errno
  /// A command for the operator to run, or a place to look; empty if the requirement is met.
  std::string remedy;
  Basis basis = Basis::kTrial;
};

/// Checks each requirement of the native venue by itself, so that one missing thing hides no other. Only a cell can
/// show that all of them work together.
[[nodiscard]] std::vector<Requirement> native_requirements();

/// A venue that could be chosen here.
struct Candidate {
  /// For example `oci` and `runc`. An empty runtime means the venue's own choice.
  std::string venue, runtime;
  std::vector<Requirement> requirements;
  /// False if a missing requirement leaves nothing to start: the program is missing, or nobody listens at its socket.
  /// Whether another missing requirement matters, a trial shows better.
  bool startable = true;
};

/// Every venue, in the order of `auto`, then oci with each runtime. If `runtime` is not empty, podman, docker and oci
/// are checked with that runtime alone. If `venue` is neither empty nor `auto`, only that venue is checked. Starts
/// nothing but the venues' programs with `--version`.
[[nodiscard]] std::vector<Candidate> candidates(const std::string& runtime, std::string_view venue = {});

/// A setting of the host that no venue needs, but that would close a channel out of the cell (docs/threat-model.md).
struct Hint {
  std::string name;    ///< stable, for example `hidepid`
  std::string found;   ///< what stays open
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

/// The value of a kernel setting such as `user/max_net_namespaces`; nothing if this kernel does not have the setting.
[[nodiscard]] std::optional<std::string> setting(const std::string& name);

/// The AppArmor profile over this process, for example `immure (enforce)`; nothing if there is none.
[[nodiscard]] std::optional<std::string> confining_profile();

/// What would allow the namespaces that clone3 refused with errno `number`. Names the first setting that is found to
/// forbid them, as a command if there is one.
[[nodiscard]] std::string namespace_remedy(int number);

}  // namespace immure::attest
