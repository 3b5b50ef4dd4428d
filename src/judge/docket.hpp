/// Where the judge writes down what it finds, test by test.
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

/// More findings than people read; a hostile evidence must not make the result grow with it.
inline constexpr std::size_t kMaxFindings = 32;

class Docket {
 public:
  Docket() {
    for (std::size_t i = 0; i < kTests; ++i) rows_[i].number = kFirstTest + static_cast<int>(i);
  }

  /// A boundary is open: the test does not hold, whatever else is or is not proved about it.
  void open(int test, std::string_view code, std::string where, std::string expected, std::string observed) {
    std::size_t& seen = opened_[index(test)];
    add(test, seen, Finding{std::string(code), std::move(where), std::move(expected), std::move(observed)});
    ++seen;
  }
  /// Something that would prove the test is missing or contradicts itself.
  void unproved(int test, std::string_view code, std::string where, std::string expected, std::string observed) {
    add(test, rows_[index(test)].findings.size(),
        Finding{std::string(code), std::move(where), std::move(expected), std::move(observed)});
  }
  void unproved_all(std::string_view code, const std::string& where, const std::string& expected,
                    const std::string& observed) {
    for (int test = kFirstTest; test <= kLastTest; ++test) unproved(test, code, where, expected, observed);
  }

  /// The row of a test, with its outcome and, where it does not hold, the words of its first finding.
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

  // What is open stands before what is not proved, so that a row's first finding says why it has its outcome.
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
