/// What the inspection did with every byte of the drop, as counts that must add up.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "inspect/report/json_writer.hpp"
#include "inspect/report/report.hpp"

namespace immure::inspect {

inline constexpr auto kScannerNames =
    std::to_array<std::string_view>({"type", "text", "rules", "secrets", "elf", "container", "magic"});
static_assert(kScannerNames.size() == static_cast<std::size_t>(Scanner::kCount));

/// Bytes of contents. The sum of analysed, unpacked and rest is all.
struct CoveredBytes {
  std::uint64_t all = 0;
  std::uint64_t analysed = 0;  ///< the rules saw them
  /// Bytes beyond the analysed ones, in a container of which every member was unpacked.
  std::uint64_t unpacked = 0;
  [[nodiscard]] std::uint64_t rest() const { return all - analysed - unpacked; }
};

struct Coverage {
  std::array<std::uint64_t, 7> entries{};  ///< by EntryKind
  std::array<std::uint64_t, 5> members{};  ///< by MemberKind
  /// Bytes of the drop's files, and bytes of the members of containers.
  CoveredBytes files, expanded;
  std::uint64_t hashed_files = 0, hashed_bytes = 0;
  std::uint64_t entries_with_gaps = 0;
  std::uint64_t members_hashed = 0;  ///< members that were read to their ends
  struct Work {
    std::uint64_t files = 0, members = 0;
  };
  std::array<Work, kScannerNames.size()> scanners{};
};

[[nodiscard]] Coverage coverage_of(const Report& report);

/// Writes the key `coverage` of report.json and its value.
void write_coverage(const Report& report, JsonWriter& json);

/// The same coverage for people, with one line for each kind of thing.
[[nodiscard]] std::string coverage_text(const Report& report);

}  // namespace immure::inspect
