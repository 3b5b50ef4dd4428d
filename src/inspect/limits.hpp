/// What bounds an inspection. Every limit that is hit is a finding and makes the coverage incomplete.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace immure::inspect {

struct Limits {
  std::uint64_t entries = 1'000'000;  ///< in the drop
  std::uint64_t directory_depth = 64;
  std::uint64_t container_entries = 10'000;  ///< in one container
  std::uint64_t members = 100'000;           ///< in all containers within one file of the drop
  std::uint64_t container_depth = 15;
  std::uint64_t analysed_bytes = 100ULL << 20;  ///< of one file or member; its hash has no limit
  std::uint64_t expanded_file = 400ULL << 20;   ///< out of one file of the drop, all layers together
  std::uint64_t expanded_run = 2ULL << 30;      ///< out of all files, in the order of their paths
  std::uint64_t ratio = 100;                    ///< expanded : packed above which a member is a finding; not a stop
  std::uint64_t file_ms = 120'000;              ///< wall time of one file
  std::uint64_t run_ms = 900'000;               ///< wall time of all
  std::uint64_t rules_s = 60;                   ///< wall time of the rules on one file or member
  std::uint64_t findings = 25'000;              ///< in the report
  std::uint64_t matches = 100;                  ///< of one rule for secrets in one file or member
  std::uint64_t secret_bytes = 20ULL << 20;     ///< of a text in which secrets are looked for
  std::uint64_t worker_bytes = 1ULL << 30;      ///< memory of one worker
  bool inventory = false;                       ///< list and hash, and look at no content
};

/// A limit by its name on the command line and in the report; sorted by name.
struct LimitName {
  std::string_view name;
  std::uint64_t Limits::* value;
  std::string_view help;
};
[[nodiscard]] std::span<const LimitName> limit_names();

/// Sets `name=value`; false if there is no such limit or the value is no positive number.
[[nodiscard]] bool set_limit(Limits& limits, std::string_view assignment);

}  // namespace immure::inspect
