#include "verify/verify.hpp"

#include <algorithm>
#include <span>

#include "file/io.hpp"
#include "file/sha256.hpp"
#include "judge/claim.hpp"
#include "judge/edition.hpp"
#include "judge/findings.hpp"
#include "judge/stages.hpp"
#include "sys/file.hpp"
#include "text/list.hpp"
#include "verify/artifacts.hpp"
#include "verify/evidence_rows.hpp"
#include "verify/freshness.hpp"
#include "verify/left_open.hpp"
#include "verify/log_check.hpp"
#include "verify/payload.hpp"

namespace immure::verify {
namespace {

using evidence::Evidence;

/// Splits `code: rest`, the form of the evidence layer's errors.
judge::Finding finding_of(const Error& error) {
  const std::size_t colon = error.what.find(": ");
  const auto code = judge::Reason::named(std::string_view(error.what).substr(0, colon));
  if (!code) return {"evidence-malformed", error.where, "evidence", error.what};
  return {*code, error.where, "evidence as it is specified", error.what.substr(colon + 2)};
}

constexpr std::string_view kMixedUp = "Name the evidence first, and the host's public key behind --key.";

/// Says why a file is not a key. A common mistake is to give the evidence in the place of the key.
std::string not_a_key(const std::string& path, const Error& error) {
  std::byte first{};
  const auto opened = file::open_regular(path);
  const auto count = opened ? sys::read_some(opened->get(), {&first, 1}) : SysResult<std::size_t>(0);
  if (!count || *count == 0 || first != std::byte{'{'}) return to_text(error);
  return path + ": is JSON, so it is probably evidence and not a key. " + std::string(kMixedUp);
}

class Appraisal {
 public:
  explicit Appraisal(const Request& request) : request_(request), policy_(request.policy.value_or(Policy{})) {
    result_.policy_sha256 = policy_.sha256;
  }

  AttestationResult run() {
    if (read()) appraise_statement();
    say_what_is_not_proved();
    return std::move(result_);
  }

 private:
  /// Reads keys, file, signature and statement in this order, so that unsigned data is never parsed.
  bool read() {
    std::vector<evidence::PublicKey> keys;
    if (request_.key_paths.empty()) return unreadable({"key-missing", "", "a trusted public key", "none"});
    for (const std::string& path : request_.key_paths) {
      auto key = evidence::PublicKey::load(path);
      if (!key) return unreadable({"key-unusable", path, "a public key", not_a_key(path, key.error())});
      keys.push_back(*key);
      for (PolicyKey& known : policy_.keys)
        if (known.path == path) known.id = key->key_id();
    }
    const auto bytes = file::read_whole(request_.evidence_path, evidence::kMaxEnvelopeBytes);
    if (!bytes)
      return unreadable({"evidence-unreadable", request_.evidence_path, "an evidence file", to_text(bytes.error())});
    result_.evidence_sha256 = file::sha256_hex(*bytes);
    if (bytes->starts_with("-----BEGIN "))
      return unreadable({"envelope-malformed", request_.evidence_path, "an evidence file",
                         request_.evidence_path + ": is a key, not evidence. " + std::string(kMixedUp)});
    auto opened = evidence::open_envelope(*bytes, std::span<const evidence::PublicKey>(keys));
    if (!opened) return unreadable(finding_of(opened.error()));
    result_.key_id = opened->key_id;
    auto statement = evidence::parse_statement(opened->payload);
    if (!statement) return unreadable(finding_of(statement.error()));
    result_.statement = *std::move(statement);
    return true;
  }

  bool unreadable(const judge::Finding& finding) {
    conclude(Verdict::kBlocked, finding.code, finding);
    result_.judgement = unread(finding);
    const bool authentic = !result_.key_id.empty();
    result_.evidence_rows.push_back(authentic ? holding_row(38)
                                              : evidence_row(38, judge::Outcome::kNotProved, {finding}));
    result_.evidence_rows.push_back(evidence_row(39, judge::Outcome::kNotProved, {finding}));
    return false;
  }

  void appraise_statement() {
    const Evidence& evidence = result_.statement->predicate;
    stages_ = evidence::stages_of(*result_.statement);
    result_.judgement = judge::judge_stages(stages_);
    const auto untrusted = check_key(policy_, result_.key_id, evidence, request_.now);
    result_.evidence_rows = {untrusted ? evidence_row(38, judge::Outcome::kNotProved, {*untrusted}) : holding_row(38),
                             holding_row(39)};
    const auto stale = check_freshness(evidence, request_);
    if (stale || request_.nonce || request_.max_age_s != 0)
      result_.evidence_rows.push_back(stale ? evidence_row(40, judge::Outcome::kNotProved, {*stale}) : holding_row(40));
    for (const judge::EvidenceTest number : {judge::EvidenceTest(41), judge::EvidenceTest(42), judge::EvidenceTest(43)})
      result_.evidence_rows.push_back(concern_row(number, result_.judgement));
    const auto unbound = of_stages([](const Evidence& stage) { return check_binding(stage); });
    const auto not_a_pipeline = judge::check_stages(stages_);
    const auto artifacts = check_artifacts();
    const auto input = check_input(evidence);
    const auto unlogged = check_log(request_, {result_.evidence_sha256, evidence.run_id});
    if (untrusted) return conclude(Verdict::kBlocked, untrusted->code, *untrusted);
    if (stale) return conclude(Verdict::kBlocked, stale->code, *stale);
    if (unbound) return conclude(Verdict::kBlocked, unbound->code, *unbound);
    if (not_a_pipeline) return conclude(Verdict::kRejected, not_a_pipeline->code, *not_a_pipeline);
    if (!conclude_run()) return;
    if (artifacts) return conclude(artifacts->first, artifacts->second.code, artifacts->second);
    if (input) return conclude(input->first, input->second.code, input->second);
    if (unlogged) return conclude(unlogged->first, unlogged->second.code, unlogged->second);
    if (!conclude_policy()) return;
    // Check for replay last: a nonce is only "used twice" if this evidence would otherwise be accepted.
    if (request_.nonce_used) return refuse_replay();
    accept();
  }

  /// Returns the first finding that `check` has about a stage. The finding then says which stage this is.
  template <class Check>
  [[nodiscard]] std::optional<judge::Finding> of_stages(const Check& check) const {
    for (std::size_t i = 0; i < stages_.size(); ++i) {
      std::optional<judge::Finding> finding = check(*stages_[i]);
      if (!finding) continue;
      if (finding->where.starts_with('/')) finding->where = judge::pointer_of(stages_, i) + finding->where;
      return finding;
    }
    return std::nullopt;
  }

  static std::optional<judge::Finding> check_fault(const Evidence& evidence) {
    if (!evidence.fault) return std::nullopt;
    return judge::Finding{"run-faulted", "/fault", "a run that reached its gate", *evidence.fault};
  }

  /// Checks the rows, then how the run ended. True if nothing prevents acceptance.
  bool conclude_run() {
    if (const auto fault = of_stages(check_fault)) {
      conclude(Verdict::kBlocked, fault->code, *fault);
      return false;
    }
    for (const judge::Outcome outcome : {judge::Outcome::kNotProved, judge::Outcome::kDoesNotHold})
      for (const judge::Row& row : result_.judgement.rows)
        if (row.outcome == outcome) return conclude_row(row);
    if (!result_.judgement.holds()) {
      conclude(Verdict::kBlocked, "internal",
               {"internal", "", "fourteen rows that hold", "fewer than fourteen rows that hold"});
      return false;
    }
    if (auto finding = of_stages(check_payload)) {
      conclude(Verdict::kBlocked, finding->code, *finding);
      return false;
    }
    return true;
  }

  bool conclude_row(const judge::Row& row) {
    const judge::Finding& finding = row.findings.front();
    const judge::MatrixTest& test = judge::test_of(row.number);
    result_.verdict = row.outcome == judge::Outcome::kDoesNotHold ? Verdict::kRejected : Verdict::kBlocked;
    result_.code = finding.code;
    result_.cause = finding;
    result_.failed_test = row.number;
    result_.reason = "test #" + std::to_string(row.number) + " (" + std::string(test.boundary) + ")" +
                     (row.outcome == judge::Outcome::kDoesNotHold ? " does not hold" : " is not proved") +
                     ": expected " + finding.expected + ", observed " + finding.observed + " (" + finding.where + ")";
    return false;
  }

  /// Checks that the evidence names a known matrix and catalogue, and what the evidence is bound to.
  static std::optional<judge::Finding> check_binding(const Evidence& evidence) {
    const auto machine = sys::machine_named(evidence.host.architecture);
    if (!machine)
      return judge::Finding{"architecture-unknown", "/host/architecture", "a machine that is known here",
                            judge::architecture_text(evidence)};
    const auto known = judge::editions(*machine);
    if (std::ranges::find(known, evidence.matrix.sha256, &judge::Edition::matrix) == known.end())
      return judge::Finding{"matrix-mismatch", "/matrix", judge::matrix_sha256(), evidence.matrix.sha256};
    if (judge::edition_of(evidence) == nullptr)
      return judge::Finding{"catalogue-unknown", "/catalogue", "a catalogue of probes that is known here",
                            evidence.catalogue.name + ", " + evidence.catalogue.sha256};
    if (evidence.payload && !file::is_sha256_hex(evidence.input.manifest_sha256))
      return judge::Finding{"input-unbound", "/input/manifestSha256", "a digest of the input tree", "none"};
    return std::nullopt;
  }

  std::optional<std::pair<Verdict, judge::Finding>> check_artifacts() {
    if (!request_.artifacts_dir) return std::nullopt;
    auto compared = compare_artifacts(*request_.artifacts_dir, *result_.statement);
    if (!compared) {
      judge::Finding finding{"artifacts-unreadable", *request_.artifacts_dir, "a directory of the outputs",
                             to_text(compared.error())};
      result_.evidence_rows.push_back(evidence_row(44, judge::Outcome::kNotProved, {finding}));
      return std::pair(Verdict::kBlocked, std::move(finding));
    }
    result_.not_compared = std::move(compared->not_compared);
    std::vector<judge::Finding>& findings = compared->findings;
    if (findings.empty()) {
      result_.evidence_rows.push_back(holding_row(44));
      return std::nullopt;
    }
    judge::Finding first = findings.front();
    if (findings.size() > judge::kMaxFindings) findings.resize(judge::kMaxFindings);
    result_.evidence_rows.push_back(evidence_row(44, judge::Outcome::kDoesNotHold, std::move(findings)));
    return std::pair(Verdict::kRejected, std::move(first));
  }

  /// Compares the input at hand with the one that the run read, by the digests of their manifests.
  std::optional<std::pair<Verdict, judge::Finding>> check_input(const Evidence& evidence) {
    if (!request_.input) return std::nullopt;
    const InputAtHand& input = *request_.input;
    if (input.manifest_sha256.empty())
      return std::pair(Verdict::kBlocked,
                       judge::Finding{"input-unreadable", input.name, "the input at hand", input.problem});
    result_.same_input = input.manifest_sha256 == evidence.input.manifest_sha256;
    if (*result_.same_input) return std::nullopt;
    return std::pair(Verdict::kRejected, judge::Finding{"input-unexpected", input.name, input.manifest_sha256,
                                                        evidence.input.manifest_sha256});
  }

  void conclude(Verdict verdict, judge::Reason code, const judge::Finding& finding) {
    result_.verdict = verdict;
    result_.code = code;
    result_.cause = finding;
    result_.reason = "expected " + finding.expected + ", observed " + finding.observed;
    if (!finding.where.empty()) result_.reason += " (" + finding.where + ")";
  }

  /// Refuses editions that are too old. An attacker who chooses which launcher a host runs could choose an old
  /// launcher, which does not make the newer probes.
  std::optional<judge::Finding> check_edition(const Evidence& evidence) const {
    const int oldest = request_.oldest_edition == 0 ? judge::present_edition().number : request_.oldest_edition;
    const int edition = judge::edition_of(evidence)->number;
    if (edition >= oldest) return std::nullopt;
    return judge::Finding{"edition-older", "/catalogue",
                          "edition " + std::to_string(oldest) + " of the probes, or a later edition",
                          "edition " + std::to_string(edition) + ", by which every test holds"};
  }

  /// Checks what the policy may refuse although everything holds. True if the policy refuses nothing.
  bool conclude_policy() {
    if (const auto older = of_stages([this](const Evidence& stage) { return check_edition(stage); })) {
      conclude(Verdict::kBlocked, older->code, *older);
      return false;
    }
    // A relying party that expects a program or an end expects it of each stage: a stage can change what the next
    // reads.
    const auto refused = of_stages([this](const Evidence& stage) -> std::optional<judge::Finding> {
      if (auto claimed = check_claim(request_.accept, stage)) return claimed;
      if (auto other = check_run(policy_, stage)) return other;
      return check_expectation(request_.expected, ExpectedBy::kRequest, stage);
    });
    if (refused) {
      conclude(Verdict::kRejected, refused->code, *refused);
      return false;
    }
    if (const auto missing = check_tests(policy_, result_.judgement.rows, result_.evidence_rows)) {
      conclude(Verdict::kBlocked, missing->code, *missing);
      return false;
    }
    return true;
  }

  void refuse_replay() {
    const judge::Finding used{"nonce-used", *request_.state_path, "a nonce that was not accepted before",
                              *request_.nonce};
    row(40) = evidence_row(40, judge::Outcome::kDoesNotHold, {used});
    conclude(Verdict::kRejected, used.code, used);
  }

  judge::Row& row(judge::EvidenceTest number) {
    return *std::ranges::find(result_.evidence_rows, number, &judge::Row::number);
  }

  void accept() {
    result_.verdict = Verdict::kAccepted;
    result_.code = "accepted";
    result_.reason = "authentic, complete, and every required test holds";
    if (const std::string profile = judge::claimed_by(stages_); profile != judge::kPacket)
      result_.reason += " of the acceptance profile " + profile;
    // The reason of an acceptance must say so if an older edition asked for less than the present one.
    const int edition = judge::edition_of(result_.statement->predicate)->number;
    if (edition != judge::present_edition().number)
      result_.reason +=
          " by edition " + std::to_string(edition) + " of " + std::to_string(judge::present_edition().number);
  }

  void say_what_is_not_proved() {
    auto& list = result_.not_proved;
    list.emplace_back(
        "That the host is honest: anybody who has the host's key can sign anything, and root on the host has the key.");
    if (!request_.nonce)
      list.emplace_back(
          "That this is no replay: you asked for no nonce, so only the time stamps show how old the evidence is, and "
          "the host made them.");
    if (request_.challenge && !request_.state_path)
      list.emplace_back("That this evidence was not accepted before: without --state, verify remembers no answers.");
    if (request_.max_age_s == 0) list.emplace_back("That the evidence is recent: you accepted any age (--max-age).");
    if (!result_.statement) return;
    const Evidence& evidence = result_.statement->predicate;
    if (!request_.audience && evidence.audience)
      list.emplace_back("That the evidence was made for you: it names an audience, but you gave no --audience.");
    const bool names_input = request_.policy && !request_.policy->expected.inputs.empty();
    if (!request_.input && !names_input)
      list.emplace_back("That your copy of the input is what the program read: verify did not compare it (--input).");
    if (!request_.artifacts_dir)
      list.emplace_back(
          "That your copies of the outputs are the signed files: verify did not compare them (--artifacts).");
    if (!result_.not_compared.empty())
      list.emplace_back("That your copy of the program's " + text::list_text(result_.not_compared) +
                        " is the signed one: verify compares a copy only if the directory of --artifacts holds it as " +
                        text::list_text(result_.not_compared) + ".");
    if (const judge::Edition* edition = judge::edition_of(evidence);
        edition != nullptr && edition->number != judge::present_edition().number)
      list.emplace_back("The answers to " + std::to_string(judge::rows_since(*edition)) +
                        " newer probes: the run used edition " + std::to_string(edition->number) + " of " +
                        std::to_string(judge::present_edition().number) + ", which lacks them.");
    for (const Evidence* stage : stages_)
      for (std::string& sentence : left_open(*stage))
        if (std::ranges::find(list, sentence) == list.end()) list.push_back(std::move(sentence));
    list.emplace_back(
        "That the program learns nothing of the host: the time, the kernel's release and the size of a file system "
        "stay visible.");
  }

  const Request& request_;
  Policy policy_;  ///< with the ids of its keys filled in
  AttestationResult result_;
  std::vector<const Evidence*> stages_;  ///< of result_.statement
};

}  // namespace

std::string_view name(Verdict verdict) {
  switch (verdict) {
    case Verdict::kAccepted: return "ACCEPTED";
    case Verdict::kRejected: return "REJECTED";
    case Verdict::kBlocked: return "BLOCKED";
  }
  return "BLOCKED";
}

void answer_to(Request& request, Challenge challenge) {
  request.nonce = challenge.nonce;
  request.audience = challenge.audience;
  request.challenge = std::move(challenge);
}

void obey(Request& request, Policy policy) {
  for (const PolicyKey& key : policy.keys)
    if (!key.path.empty() && std::ranges::find(request.key_paths, key.path) == request.key_paths.end())
      request.key_paths.push_back(key.path);
  if (policy.max_age_s != 0)
    request.max_age_s = request.max_age_s == 0 ? policy.max_age_s : std::min(request.max_age_s, policy.max_age_s);
  request.oldest_edition = std::max(request.oldest_edition, policy.oldest_edition);
  request.accept.insert(request.accept.end(), policy.accept.begin(), policy.accept.end());
  request.policy = std::move(policy);
}

AttestationResult not_appraised(const judge::Finding& finding) {
  AttestationResult result;
  result.code = finding.code;
  result.cause = finding;
  result.reason = finding.observed;
  result.judgement = unread(finding);
  return result;
}

void withdraw(AttestationResult& result, const judge::Finding& finding) {
  result.verdict = Verdict::kBlocked;
  result.code = finding.code;
  result.cause = finding;
  result.reason = finding.observed;
  for (judge::Row& row : result.evidence_rows)
    if (row.number == 40) row = evidence_row(40, judge::Outcome::kNotProved, {finding});
}

AttestationResult appraise(const Request& request) { return Appraisal(request).run(); }

}  // namespace immure::verify
