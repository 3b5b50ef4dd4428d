/// The docket, on which the judge writes what it finds for each test.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "judge/judge.hpp"

namespace immure::judge {

inline constexpr int kFirstTest = 24;
inline constexpr int kLastTest = 37;
inline constexpr std::size_t kTests = static_cast<std::size_t>(kLastTest - kFirstTest + 1);

/// The docket keeps this many findings for a test. Nobody reads more, and hostile evidence must not choose the size of
/// the result.
inline constexpr std::size_t kMaxFindings = 32;

class Docket {
 public:
  Docket() {
    for (std::size_t i = 0; i < kTests; ++i) rows_[i].number = kFirstTest + static_cast<int>(i);
  }

  /// Records that a boundary is open. The test does not hold, whatever else is proved about it.
  void open(int test, std::string_view code, std::string where, std::string expected, std::string observed) {
    std::size_t& seen = opened_[index(test)];
    add(test, seen, Finding{std::string(code), std::move(where), std::move(expected), std::move(observed)});
    ++seen;
  }
  /// Records that something which would prove the test is missing or contradicts itself.
  void unproved(int test, std::string_view code, std::string where, std::string expected, std::string observed) {
    add(test, rows_[index(test)].findings.size(),
        Finding{std::string(code), std::move(where), std::move(expected), std::move(observed)});
  }
  void unproved_all(std::string_view code, const std::string& where, const std::string& expected,
                    const std::string& observed) {
    for (int test = kFirstTest; test <= kLastTest; ++test) unproved(test, code, where, expected, observed);
  }

  /// Takes the row of a test, with its outcome. If the test does not hold, the row has the words of its first finding.
  [[nodiscard]] Row take(int test) {
    Row& row = rows_[index(test)];
    row.outcome = row.findings.empty()        ? Outcome::kHolds
                  : opened_[index(test)] != 0 ? Outcome::kDoesNotHold
                                              : Outcome::kNotProved;
    if (!row.findings.empty()) {
      row.expected = row.findings.front().expected;
      row.observed = row.findings.front().observed;
    }
    return std::move(row);
  }

 private:
  static std::size_t index(int test) { return static_cast<std::size_t>(test - kFirstTest); }

  // Insert findings of open boundaries before others, so that the first finding of a row explains the row's outcome.
  void add(int test, std::size_t position, Finding finding) {
    auto& findings = rows_[index(test)].findings;
    if (position >= kMaxFindings) return;
    findings.insert(findings.begin() + static_cast<std::ptrdiff_t>(position), std::move(finding));
    if (findings.size() > kMaxFindings) findings.pop_back();
  }

  std::array<Row, kTests> rows_;
  std::array<std::size_t, kTests> opened_{};
};

}  // namespace immure::judge
