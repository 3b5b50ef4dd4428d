/// What one requirement of a venue looks like on this host.
#pragma once

#include <cstdint>
#include <string>

namespace immure::attest {

enum class Presence : std::uint8_t {
  kThere,
  kMissing,  ///< without this requirement no cell is possible
  /// A cell is possible without this requirement, but then another layer protects alone, and the evidence says so.
  kDegraded,
};

/// How the doctor found out: by a trial, or by reading the facts that should decide.
enum class Basis : std::uint8_t { kTrial, kFacts };

/// One thing that a venue needs.
struct Requirement {
  std::string name;   ///< stable, for example `user-namespaces`
  std::string needs;  ///< what the venue needs, and which kernel version has it
  Presence presence = Presence::kThere;
  std::string found;  ///< what the doctor saw: a version, a setting, an errno
  /// A command for the operator to run, or a place to look; empty if the requirement is met.
  std::string remedy;
  Basis basis = Basis::kTrial;
};

}  // namespace immure::attest
