/// The manifest of a batch as values: the predicate `urn:immure:batch:v1`. The manifest lists every input, so that a
/// verifier notices a run whose evidence was lost, exchanged or added.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "evidence/fields.hpp"
#include "sys/error.hpp"

namespace immure::evidence {

inline constexpr std::string_view kBatchPredicateType = "urn:immure:batch:v1";
/// The name of the plan among the subjects of the manifest. The evidence of a run has the name RUN.evidence.json.
inline constexpr std::string_view kPlanSubject = "plan.json";
inline constexpr std::string_view kEvidenceEnding = ".evidence.json";
/// The directory in --out in which a batch keeps what belongs to no single run. No run may have this name.
inline constexpr std::string_view kBatchDirectory = "immure-batch";

/// An input of a batch, and the end of its run.
struct BatchedRun {
  std::optional<std::int32_t> exit_code;  ///< absent: the run was not made
  std::string input;                      ///< as the operator named it
  /// The digest of the input's manifest, as in evidence; empty if the run read no input.
  std::string input_sha256;
  std::string name;   ///< of the run, its output and its evidence
  std::string words;  ///< the message of a run that did not end with 0; may be empty
};
void visit(auto& v, Like<BatchedRun> auto& x) {
  v("exitCode", x.exit_code);
  v("input", x.input);
  hash(v, "inputManifestSha256", x.input_sha256);
  v("name", x.name);
  v("words", x.words);
}

struct BatchManifest {
  std::string batch_id;          ///< 32 hex digits
  std::string began_on;          ///< UTC
  std::string finished_on;       ///< UTC
  std::vector<BatchedRun> runs;  ///< sorted by name
};
void visit(auto& v, Like<BatchManifest> auto& x) {
  v("batchId", x.batch_id);
  v("beganOn", x.began_on);
  v("finishedOn", x.finished_on);
  v("runs", x.runs);
}

struct BatchStatement {
  /// The plan, and the evidence of each run that left evidence; sorted by name.
  std::vector<Artifact> subjects;
  BatchManifest predicate;
};

/// The canonical JSON of the statement (RFC 8785).
[[nodiscard]] std::string batch_json(const BatchStatement& statement);

/// Reads a statement from verified bytes. Errors, kBadInput: as parse_statement(); also runs that are not sorted by
/// name or have the same name, and a subject that belongs to no run.
[[nodiscard]] Result<BatchStatement> parse_batch(std::string_view payload);

/// The digest of the evidence of this run; empty if the run left none.
[[nodiscard]] std::string evidence_digest_of(const BatchStatement& statement, std::string_view run);

}  // namespace immure::evidence
