/// The limits of an inspection. If an inspection reaches a limit, the report has a finding about the limit, and the
/// coverage is not complete.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace immure::inspect {

struct Limits {
  std::uint64_t entries = 1'000'000;  ///< in the drop
  std::uint64_t directory_depth = 64;
  std::uint64_t container_entries = 100'000;  ///< in one container
  std::uint64_t members = 200'000;            ///< in all containers within one file of the drop, together
  std::uint64_t container_depth = 15;
  std::uint64_t analysed_bytes = 100ULL << 20;  ///< of one file or member; hashing has no limit
  std::uint64_t expanded_file = 400ULL << 20;   ///< bytes unpacked from one file of the drop, all layers together
  std::uint64_t expanded_run = 2ULL << 30;      ///< bytes unpacked from all files, in the order of their paths
  /// The ratio of unpacked to packed size above which a member becomes a finding. The inspection goes on.
  std::uint64_t ratio = 100;
  std::uint64_t file_ms = 120'000;           ///< wall time of one file
  std::uint64_t run_ms = 900'000;            ///< wall time of the whole inspection
  std::uint64_t rules_s = 60;                ///< wall time of the rules for one file or member
  std::uint64_t findings = 25'000;           ///< in the report
  std::uint64_t matches = 100;               ///< of one rule for secrets in one file or member
  std::uint64_t secret_bytes = 20ULL << 20;  ///< the part of a text in which secrets are looked for
  std::uint64_t worker_bytes = 1ULL << 30;   ///< the memory of one worker
  /// Extensions, in lower case, of files whose unknown kind is no gap, because the user knows it.
  std::vector<std::string> opaque;
  bool inventory = false;  ///< only list and hash, and look at no contents
};

/// A limit and its name on the command line and in the report. The table is sorted by name.
struct LimitName {
  std::string_view name;
  std::uint64_t Limits::* value;
  std::string_view help;
};
[[nodiscard]] std::span<const LimitName> limit_names();

/// Applies an assignment `name=value`. Returns false if there is no such limit, or if the value is no positive number.
[[nodiscard]] bool set_limit(Limits& limits, std::string_view assignment);

}  // namespace immure::inspect
