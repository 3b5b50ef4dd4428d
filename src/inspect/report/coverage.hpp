/// What was done with every byte of the drop: counts that add up.
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

/// Bytes of contents: all = analysed + unpacked + rest.
struct CoveredBytes {
  std::uint64_t all = 0;
  std::uint64_t analysed = 0;  ///< seen by the rules
  std::uint64_t unpacked = 0;  ///< beyond, but of a container of which every member came out
  [[nodiscard]] std::uint64_t rest() const { return all - analysed - unpacked; }
};

struct Coverage {
  std::array<std::uint64_t, 7> entries{};  ///< by EntryKind
  std::array<std::uint64_t, 5> members{};  ///< by MemberKind
  CoveredBytes files, expanded;            ///< of the drop's files, of the members
  std::uint64_t hashed_files = 0, hashed_bytes = 0;
  std::uint64_t entries_with_gaps = 0;
  std::uint64_t members_hashed = 0;  ///< read to their ends
  struct Work {
    std::uint64_t files = 0, members = 0;
  };
  std::array<Work, kScannerNames.size()> scanners{};
};

[[nodiscard]] Coverage coverage_of(const Report& report);

/// The value of the key `coverage` of report.json, with its key.
void write_coverage(const Report& report, JsonWriter& json);

/// The same for people, a line for each kind of thing.
[[nodiscard]] std::string coverage_text(const Report& report);

}  // namespace immure::inspect
