#include "verify/result_statement.hpp"

#include <algorithm>

#include "evidence/writer.hpp"
#include "judge/edition.hpp"

namespace immure::verify {
namespace {

namespace json = evidence::json;

void write_text(json::ObjectWriter& object, std::string_view key, std::string_view text) {
  json::append_text(object.key(key), text);
}

void write_digest(json::ObjectWriter& object, std::string_view sha256) {
  json::ObjectWriter digest(object.key("digest"));
  write_text(digest, "sha256", sha256);
  digest.close();
}

/// An in-toto ResourceDescriptor.
void append_resource(std::string& out, std::string_view sha256, std::string_view key, std::string_view name) {
  json::ObjectWriter resource(out);
  write_digest(resource, sha256);
  write_text(resource, key, name);
  resource.close();
}

void append_texts(std::string& out, const std::vector<std::string>& texts) { evidence::write(out, texts); }

/// The file's own name: where it lies is the verifier's business.
std::string_view base_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

/// What was demanded: the policy, and without one the matrix alone.
void append_policy(std::string& out, const AttestationResult& result) {
  if (result.policy_sha256.empty()) {
    append_resource(out, judge::matrix_sha256(), "uri", "urn:immure:acceptance-matrix");
  } else {
    append_resource(out, result.policy_sha256, "uri", "urn:immure:policy");
  }
}

/// The numbers of the tests that hold, or of those that do not.
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

/// The tests that hold, and by which edition of the probes.
std::vector<std::string> levels(const AttestationResult& result) {
  std::vector<std::string> levels = named(tests(result, true), "ACCEPT_T");
  if (const judge::Edition* edition = judge::edition_of(result.statement->predicate))
    levels.push_back("ACCEPT_EDITION_" + std::to_string(edition->number));
  return levels;
}

void append_summary(std::string& out, const AttestationResult& result, const ResultNotes& notes) {
  const bool passed = result.verdict == Verdict::kAccepted;
  json::ObjectWriter object(out);
  object.key("inputAttestations") += '[';
  append_resource(out, result.evidence_sha256, "name", base_name(notes.evidence_name));
  out += ']';
  append_policy(object.key("policy"), result);
  write_text(object, "resourceUri",
             result.statement ? "urn:immure:run:" + result.statement->predicate.run_id
                              : "urn:immure:evidence:" + result.evidence_sha256);
  write_text(object, "timeVerified", notes.verified_on);
  write_text(object, "verificationResult", passed ? "PASSED" : "FAILED");
  append_texts(object.key("verifiedLevels"), passed ? levels(result) : std::vector<std::string>{"FAILED"});
  json::ObjectWriter verifier(object.key("verifier"));
  write_text(verifier, "id", "urn:immure:verifier:" + notes.key_id);
  json::ObjectWriter version(verifier.key("version"));
  write_text(version, "immure", notes.version);
  version.close();
  verifier.close();
  object.close();
}

void append_tests(std::string& out, const AttestationResult& result, const ResultNotes& notes) {
  const bool passed = result.verdict == Verdict::kAccepted;
  std::vector<std::string> holding = named(tests(result, true), "immure/");
  std::vector<std::string> failing = named(tests(result, false), "immure/");
  // What no test says, such as a signature or a policy that refuses, must fail by some name too.
  (passed ? holding : failing).emplace_back("immure/verdict");
  json::ObjectWriter object(out);
  object.key("configuration") += '[';
  append_resource(out, result.evidence_sha256, "name", base_name(notes.evidence_name));
  out += ',';
  append_resource(out, judge::matrix_sha256(), "uri", "urn:immure:acceptance-matrix");
  if (const judge::Edition* edition = result.statement ? judge::edition_of(result.statement->predicate) : nullptr) {
    out += ',';
    append_resource(out, edition->catalogue, "uri", "urn:immure:probe-catalogue:" + std::to_string(edition->number));
  }
  if (!result.policy_sha256.empty()) {
    out += ',';
    append_resource(out, result.policy_sha256, "uri", "urn:immure:policy");
  }
  out += ']';
  append_texts(object.key("failedTests"), failing);
  append_texts(object.key("passedTests"), holding);
  write_text(object, "result", passed ? "PASSED" : "FAILED");
  object.close();
}

}  // namespace

std::optional<std::string> result_statement(const AttestationResult& result, ResultType type,
                                            const ResultNotes& notes) {
  if (result.evidence_sha256.empty()) return std::nullopt;
  const bool summary = type == ResultType::kSummary;
  std::string out;
  json::ObjectWriter object(out);
  write_text(object, "_type", "https://in-toto.io/Statement/v1");
  if (summary) {
    append_summary(object.key("predicate"), result, notes);
  } else {
    append_tests(object.key("predicate"), result, notes);
  }
  write_text(object, "predicateType",
             summary ? "https://slsa.dev/verification_summary/v1" : "https://in-toto.io/attestation/test-result/v0.1");
  const std::vector<evidence::Artifact> file{{std::string(base_name(notes.evidence_name)), result.evidence_sha256}};
  evidence::write(object.key("subject"), result.statement ? result.statement->subjects : file);
  object.close();
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
  if (expired) return "the policy's time for this key is another";
  if (listed) return "the policy gives this key to an attester, not to a verifier";
  if (std::ranges::any_of(policy.keys, &PolicyKey::verifier)) return "the policy gives results to other keys";
  if (std::ranges::find(trusted_ids, key_id) != trusted_ids.end())
    return "this is the key of an attester: it would appraise itself";
  return std::nullopt;
}

}  // namespace immure::verify
