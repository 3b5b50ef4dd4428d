#include "evidence/batch.hpp"

#include <algorithm>

#include "evidence/reader.hpp"
#include "evidence/writer.hpp"

namespace immure::evidence {
namespace {

constexpr std::string_view kStatementType = "https://in-toto.io/Statement/v1";

std::unexpected<Error> malformed(std::string_view where, std::string_view what) {
  return fail(Code::kBadInput, where, "statement-malformed: " + std::string(what));
}

/// Checks what a reader relies on: each run has one place, and each subject belongs to a run.
Result<void> check(const BatchStatement& statement) {
  const std::vector<BatchedRun>& runs = statement.predicate.runs;
  if (runs.empty()) return malformed("/predicate/runs", "a batch without a run");
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const std::string& name = runs[i].name;
    if (name.empty() || name == "." || name == ".." || name.contains('/'))
      return malformed("/predicate/runs", "a run's name leaves the output directory");
    if (i > 0 && runs[i - 1].name >= name)
      return malformed("/predicate/runs", "runs out of order, or the same run twice");
  }
  bool plan = false;
  for (const Artifact& subject : statement.subjects) {
    if (subject.name == kPlanSubject) {
      plan = true;
      continue;
    }
    const std::string_view name =
        std::string_view(subject.name)
            .substr(0, subject.name.size() - std::min(subject.name.size(), kEvidenceEnding.size()));
    const auto run = std::ranges::lower_bound(runs, name, {}, &BatchedRun::name);
    if (!subject.name.ends_with(kEvidenceEnding) || run == runs.end() || run->name != name)
      return malformed("/subject", "a subject that belongs to no run");
  }
  return plan ? Result<void>() : malformed("/subject", "no digest of the plan");
}

}  // namespace

std::string batch_json(const BatchStatement& statement) {
  std::string out;
  JsonWriter json(out);
  json.object().member("_type", kStatementType);
  write(json.key("predicate"), statement.predicate);
  json.member("predicateType", kBatchPredicateType);
  write(json.key("subject"), statement.subjects);
  json.close();
  return out;
}

Result<BatchStatement> parse_batch(std::string_view payload) {
  json::Scanner scanner(payload);
  BatchStatement statement;
  std::string type, predicate_type;
  FieldReader fields(scanner);
  fields("_type", type);
  if (!scanner.failed() && type != kStatementType)
    return fail(Code::kBadInput, "/_type", "statement-type: not an in-toto Statement v1");
  fields("predicate", statement.predicate);
  fields("predicateType", predicate_type);
  if (!scanner.failed() && predicate_type != kBatchPredicateType)
    return fail(Code::kBadInput, "/predicateType", "predicate-type: not a manifest of a batch");
  fields.ascending("subject", statement.subjects);
  fields.close();
  scanner.finish();
  if (scanner.failed()) return malformed(scanner.error().where, scanner.error().what);
  CHECK_OK(check(statement));
  return statement;
}

std::string evidence_digest_of(const BatchStatement& statement, std::string_view run) {
  const std::string name = std::string(run) + std::string(kEvidenceEnding);
  const auto found = std::ranges::lower_bound(statement.subjects, name, {}, &Artifact::name);
  return found != statement.subjects.end() && found->name == name ? found->sha256 : std::string();
}

}  // namespace immure::evidence
