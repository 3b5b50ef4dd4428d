#include "verify/result_statement.hpp"

#include <algorithm>

#include "evidence/writer.hpp"
#include "judge/claim.hpp"
#include "judge/edition.hpp"
#include "verify/run_summary.hpp"

namespace immure::verify {
namespace {

using text::JsonWriter;

/// Writes an in-toto ResourceDescriptor.
void write_resource(JsonWriter& json, std::string_view sha256, std::string_view key, std::string_view name) {
  json.object().key("digest").object().member("sha256", sha256).close();
  json.member(key, name).close();
}

/// The file's own name. The file's directory concerns nobody but the verifier.
std::string_view base_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

/// Writes what the verifier demanded: the policy, or without a policy only the matrix.
void write_policy(JsonWriter& json, const AttestationResult& result) {
  if (result.policy_sha256.empty()) {
    write_resource(json, judge::matrix_sha256(), "uri", "urn:immure:acceptance-matrix");
  } else {
    write_resource(json, result.policy_sha256, "uri", "urn:immure:policy");
  }
}

/// The numbers of the tests that hold, or of those that do not hold.
std::vector<int> tests(const AttestationResult& result, bool holding) {
  std::vector<int> numbers;
  for (const auto* rows : {&result.judgement.rows, &result.evidence_rows})
    for (const judge::Row& row : *rows)
      if ((row.outcome == judge::Outcome::kHolds) == holding) numbers.push_back(row.number);
  return numbers;
}

std::vector<std::string> named(const std::vector<int>& numbers, std::string_view prefix) {
  std::vector<std::string> names;
  for (const int number : numbers) names.push_back(std::string(prefix) + std::to_string(number));
  return names;
}

/// The tests that hold, and the edition of the probes by which they hold.
std::vector<std::string> levels(const AttestationResult& result) {
  std::vector<std::string> levels = named(tests(result, true), "ACCEPT_T");
  if (const judge::Edition* edition = judge::edition_of(result.statement->predicate))
    levels.push_back("ACCEPT_EDITION_" + std::to_string(edition->number));
  if (const std::string profile = judge::claimed_by(evidence::stages_of(*result.statement)); profile != judge::kPacket)
    levels.push_back("ACCEPT_PROFILE_" + profile);
  return levels;
}

/// Both predicates allow further members, whose names are URIs. PASSED alone hides how the program ended.
void write_run_of(JsonWriter& json, const AttestationResult& result) {
  if (result.statement) write_run(json.key("urn:immure:run"), *result.statement);
}

void write_summary(JsonWriter& json, const AttestationResult& result, const ResultNotes& notes) {
  const bool passed = result.verdict == Verdict::kAccepted;
  json.object().key("inputAttestations").array();
  write_resource(json, result.evidence_sha256, "name", base_name(notes.evidence_name));
  json.close();
  write_policy(json.key("policy"), result);
  json.member("resourceUri", result.statement ? "urn:immure:run:" + result.statement->predicate.run_id
                                              : "urn:immure:evidence:" + result.evidence_sha256);
  json.member("timeVerified", notes.verified_on);
  write_run_of(json, result);
  json.member("verificationResult", passed ? "PASSED" : "FAILED");
  json.member("verifiedLevels", passed ? levels(result) : std::vector<std::string>{"FAILED"});
  json.key("verifier").object().member("id", "urn:immure:verifier:" + notes.key_id);
  json.key("version").object().member("immure", notes.version).close().close();
  json.close();
}

void write_tests(JsonWriter& json, const AttestationResult& result, const ResultNotes& notes) {
  const bool passed = result.verdict == Verdict::kAccepted;
  std::vector<std::string> holding = named(tests(result, true), "immure/");
  std::vector<std::string> failing = named(tests(result, false), "immure/");
  // A refusal without a failing test, for example because of the signature or the policy, must still name a failed
  // test.
  (passed ? holding : failing).emplace_back("immure/verdict");
  json.object().key("configuration").array();
  write_resource(json, result.evidence_sha256, "name", base_name(notes.evidence_name));
  write_resource(json, judge::matrix_sha256(), "uri", "urn:immure:acceptance-matrix");
  if (const judge::Edition* edition = result.statement ? judge::edition_of(result.statement->predicate) : nullptr)
    write_resource(json, edition->catalogue, "uri", "urn:immure:probe-catalogue:" + std::to_string(edition->number));
  if (!result.policy_sha256.empty()) write_resource(json, result.policy_sha256, "uri", "urn:immure:policy");
  json.close();
  json.member("failedTests", failing).member("passedTests", holding);
  json.member("result", passed ? "PASSED" : "FAILED");
  write_run_of(json, result);
  json.close();
}

}  // namespace

std::optional<std::string> result_statement(const AttestationResult& result, ResultType type,
                                            const ResultNotes& notes) {
  if (result.evidence_sha256.empty()) return std::nullopt;
  const bool summary = type == ResultType::kSummary;
  std::string out;
  JsonWriter json(out);
  json.object().member("_type", "https://in-toto.io/Statement/v1").key("predicate");
  if (summary) {
    write_summary(json, result, notes);
  } else {
    write_tests(json, result, notes);
  }
  json.member("predicateType",
              summary ? "https://slsa.dev/verification_summary/v1" : "https://in-toto.io/attestation/test-result/v0.1");
  const std::vector<evidence::Artifact> file{{std::string(base_name(notes.evidence_name)), result.evidence_sha256}};
  evidence::write(json.key("subject"), result.statement ? result.statement->subjects : file);
  json.close();
  return out;
}

std::optional<std::string> refused_result_key(const Policy& policy, const std::vector<std::string>& trusted_ids,
                                              const std::string& key_id, std::int64_t now) {
  bool listed = false;
  bool expired = false;
  for (const PolicyKey& key : policy.keys) {
    if (key.id != key_id) continue;
    listed = true;
    if (key.verifier && now >= key.from && now < key.until) return std::nullopt;
    expired = expired || key.verifier;
  }
  if (expired) return "the policy does not allow this key at this time";
  if (listed) return "the policy gives this key to an attester, not to a verifier";
  if (std::ranges::any_of(policy.keys, &PolicyKey::verifier))
    return "the policy allows only other keys to sign results";
  if (std::ranges::find(trusted_ids, key_id) != trusted_ids.end())
    return "this is the key of an attester, which would appraise itself";
  return std::nullopt;
}

}  // namespace immure::verify
