/// The judge: one pure function from evidence to verdict, used by the gate, the verifier and every report.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "evidence/evidence.hpp"

namespace immure::judge {

/// One acceptance test of the matrix (matrix/acceptance.toml, compiled in).
struct MatrixTest {
  int number;              ///< 1..45; a number never changes its meaning
  std::string_view level;  ///< `P1`, `L3`, `L2`, `L1`, `EV`
  std::string_view title;
  std::string_view passes_when;
  bool sandbox_only;          ///< one of the eleven that only a real sandbox can pass
  std::string_view boundary;  ///< for #24..#37: the boundary's name in one or two words, as messages use it
};

/// The 45 tests, by number.
[[nodiscard]] std::span<const MatrixTest> matrix();
/// The test with this number, 1 to 45.
[[nodiscard]] const MatrixTest& test_of(int number);
/// The TOML text they were made from, and its SHA-256 (hex).
[[nodiscard]] std::string_view matrix_toml();
[[nodiscard]] std::string matrix_sha256();

enum class Outcome : std::uint8_t {
  kHolds,
  kDoesNotHold,  ///< complete evidence, and a boundary is open
  kNotProved,    ///< evidence for it is missing, cut off, uncontrolled or contradictory
};

/// One reason why a test does not hold.
struct Finding {
  std::string code;   ///< stable reason code, e.g. `probe-leaked`, `probe-weak`, `control-missing`, `witness-disagrees`
  std::string where;  ///< JSON pointer into the predicate, or a probe id
  std::string expected;
  std::string observed;
};

struct Row {
  int number = 0;
  Outcome outcome = Outcome::kNotProved;
  std::string expected;           ///< in one line
  std::string observed;           ///< in one line
  std::vector<Finding> findings;  ///< empty exactly when outcome is kHolds
};

/// When the evidence is looked at.
enum class Moment : std::uint8_t {
  kGate,   ///< before the payload's exec: the outside look `exec`, stat_after, outputs and payload are not there yet
  kExec,   ///< the payload is stopped at its first instruction: the outside look `exec` is there too
  kFinal,  ///< of the finished evidence
};

/// Whether the evidence is still in the hands of whoever makes it. Records are chained when the last one is there;
/// until then there is no transcript that could be compared with them.
enum class Record : std::uint8_t { kOpen, kClosed };

struct Judgement {
  std::vector<Row> rows;                           ///< exactly #24..#37, in order
  [[nodiscard]] bool holds() const;                ///< every row holds
  [[nodiscard]] const Row* first_failing() const;  ///< nullptr if none
};

/// Pure: no input or output, no clock, no environment. Never throws.
[[nodiscard]] Judgement judge(const evidence::Evidence& evidence, Moment moment, Record record = Record::kClosed);

}  // namespace immure::judge
