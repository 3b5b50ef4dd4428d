/// Collects what the judge finds for each test.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "judge/judge.hpp"

namespace immure::judge {

inline constexpr std::size_t kTests = SandboxTest::all().size();

/// The judge keeps this many findings for a test. Nobody reads more, and hostile evidence must not choose the size of
/// the result.
inline constexpr std::size_t kMaxFindings = 32;

class Findings {
 public:
  Findings() {
    for (const SandboxTest test : SandboxTest::all()) rows_[test.index()].number = test;
  }

  /// Records that a boundary is open. The test does not hold, whatever else is proved about it.
  void open(SandboxTest test, Reason code, std::string where, std::string expected, std::string observed) {
    std::size_t& seen = opened_[test.index()];
    add(test, seen, Finding{code, std::move(where), std::move(expected), std::move(observed)});
    ++seen;
  }
  /// Records that something which would prove the test is missing or contradicts itself.
  void unproved(SandboxTest test, Reason code, std::string where, std::string expected, std::string observed) {
    add(test, rows_[test.index()].findings.size(),
        Finding{code, std::move(where), std::move(expected), std::move(observed)});
  }
  void unproved_all(Reason code, const std::string& where, const std::string& expected, const std::string& observed) {
    for (const SandboxTest test : SandboxTest::all()) unproved(test, code, where, expected, observed);
  }

  /// Takes the row of a test, with its outcome. If the test does not hold, the row has the words of its first finding.
  [[nodiscard]] Row take(SandboxTest test) {
    Row& row = rows_[test.index()];
    row.outcome = row.findings.empty()         ? Outcome::kHolds
                  : opened_[test.index()] != 0 ? Outcome::kDoesNotHold
                                               : Outcome::kNotProved;
    if (!row.findings.empty()) {
      row.expected = row.findings.front().expected;
      row.observed = row.findings.front().observed;
    }
    return std::move(row);
  }

 private:
  // Insert findings of open boundaries before others, so that the first finding of a row explains the row's outcome.
  void add(SandboxTest test, std::size_t position, Finding finding) {
    auto& kept = rows_[test.index()].findings;
    if (position >= kMaxFindings) return;
    kept.insert(kept.begin() + static_cast<std::ptrdiff_t>(position), std::move(finding));
    if (kept.size() > kMaxFindings) kept.pop_back();
  }

  std::array<Row, kTests> rows_;
  std::array<std::size_t, kTests> opened_{};
};

}  // namespace immure::judge
