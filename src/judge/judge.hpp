/// The judge: one pure function from evidence to verdict, used by the gate, the verifier and every report.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "evidence/evidence.hpp"
#include "evidence/reason.hpp"
#include "probe/test_number.hpp"

namespace immure::judge {

using evidence::Reason;
using probe::EvidenceTest, probe::SandboxTest, probe::TestNumber;

/// One acceptance test of the matrix (matrix/acceptance.toml, which is compiled in).
struct MatrixTest {
  TestNumber number;
  std::string_view level;  ///< `P1`, `L3`, `L2`, `L1`, `EV`
  std::string_view title;
  std::string_view passes_when;
  bool sandbox_only;  ///< one of the eleven tests that only a real sandbox can pass
  /// For the tests of the sandbox: the boundary in one or two words, for messages.
  std::string_view boundary;
  int in_place_of = 0;  ///< for #46 to #48: the number of the packet's test whose place this test takes
};

/// The 45 tests of the packet, and the tests that take the place of one of them, sorted by number.
[[nodiscard]] std::span<const MatrixTest> matrix();
[[nodiscard]] const MatrixTest& test_of(TestNumber number);
/// The packet's test of the sandbox that has this number, or whose place the test with this number takes; nullopt for
/// any other number.
[[nodiscard]] std::optional<SandboxTest> place_of(int number);
/// The TOML text from which the tests were made, and its SHA-256 (hex).
[[nodiscard]] std::string_view matrix_toml();
[[nodiscard]] std::string matrix_sha256();

enum class Outcome : std::uint8_t {
  kHolds,
  kDoesNotHold,  ///< the evidence is complete, and a boundary is open
  /// Evidence for the test is missing, cut off, without a control, or contradicts itself.
  kNotProved,
};

/// One reason why a test does not hold.
struct Finding {
  evidence::Reason code;
  std::string where;  ///< JSON pointer into the predicate, or the id of a probe
  std::string expected;
  std::string observed;
};

struct Row {
  TestNumber number;
  Outcome outcome = Outcome::kNotProved;
  std::string expected;           ///< one line
  std::string observed;           ///< one line
  std::vector<Finding> findings;  ///< empty if and only if the outcome is kHolds
};

/// The moment at which the evidence is judged.
enum class Moment : std::uint8_t {
  /// Before the payload's exec. The outside look `exec`, stat_after, outputs and payload do not exist yet.
  kGate,
  /// The payload is stopped at its first instruction. The outside look `exec` exists too.
  kExec,
  kFinal,  ///< the finished evidence
};

/// Whether the attester still adds to the record (kOpen). The attester computes the hash chain after the last
/// record, so an open record has no transcript to compare with.
enum class Record : std::uint8_t { kOpen, kClosed };

struct Judgement {
  /// Exactly rows #24 to #37, in order. In a run that claims another acceptance profile than `packet`, #47 stands in
  /// the place of #29, and #48 in the place of #25, as far as the run claims this.
  std::vector<Row> rows;
  [[nodiscard]] bool holds() const;                ///< true if every row holds
  [[nodiscard]] const Row* first_failing() const;  ///< nullptr if every row holds
};

/// Judges the evidence. The function is pure: no input or output, no clock, no environment. Never throws.
[[nodiscard]] Judgement judge(const evidence::Evidence& evidence, Moment moment, Record record = Record::kClosed);

}  // namespace immure::judge
