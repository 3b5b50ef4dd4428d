#include "verify/batch.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <fcntl.h>

#include "evidence/batch.hpp"
#include "evidence/envelope.hpp"
#include "evidence/keys.hpp"
#include "file/io.hpp"
#include "file/sha256.hpp"
#include "file/tree.hpp"
#include "sys/file.hpp"
#include "verify/verify.hpp"

namespace immure::verify {
namespace {

const std::string kManifest = std::string(evidence::kBatchDirectory) + "/manifest.json",
                  kPlan = std::string(evidence::kBatchDirectory) + "/plan.json";
constexpr std::uint64_t kMostBytes = 256U << 20;

struct Opened {
  evidence::BatchStatement statement;
  std::string key_id;
};

/// Reads keys, file, signature and statement in this order, so that unsigned data is never parsed.
Result<Opened> open_manifest(const Request& request) {
  std::vector<evidence::PublicKey> keys;
  for (const std::string& path : request.key_paths) {
    TRY(const evidence::PublicKey key, evidence::PublicKey::load(path));
    keys.push_back(key);
  }
  const auto bytes = file::read_whole(kManifest, evidence::kMaxEnvelopeBytes);
  if (!bytes)
    return fail(
        Code::kBadInput, kManifest, "cannot be read: " + bytes.error().what,
        "Only a batch with --key has a manifest, and only after its last run: go on with `immure batch --resume`.");
  TRY(const auto envelope, evidence::open_envelope(*bytes, std::span<const evidence::PublicKey>(keys)));
  TRY(evidence::BatchStatement statement, evidence::parse_batch(envelope.payload));
  TRY(const std::string plan, file::read_whole(kPlan, kMostBytes));
  const auto subject = std::ranges::find(statement.subjects, evidence::kPlanSubject, &evidence::Artifact::name);
  if (subject->sha256 != file::sha256_hex(plan))
    return fail(Code::kBadInput, kPlan, "is not the plan that the manifest has the digest of");
  return Opened{std::move(statement), envelope.key_id};
}

class Appraisal {
 public:
  Appraisal(const Request& request, const Opened& opened) : request_(request), opened_(opened) {}

  BatchResult run() {
    const evidence::BatchManifest& manifest = opened_.statement.predicate;
    result_.batch_id = manifest.batch_id;
    result_.began_on = manifest.began_on;
    result_.finished_on = manifest.finished_on;
    result_.inputs = manifest.runs.size();
    for (const evidence::BatchedRun& run : manifest.runs) {
      BatchRow row{
          .name = run.name, .input = run.input, .state = RunState::kMissing, .exit_code = run.exit_code, .words = {}};
      appraise_run(run, row);
      result_.rows.push_back(std::move(row));
    }
    find_extras();
    return std::move(result_);
  }

 private:
  void appraise_run(const evidence::BatchedRun& run, BatchRow& row) {
    const auto conclude = [&row](RunState state, std::string words) {
      row.state = state;
      row.words = std::move(words);
    };
    if (!run.exit_code) return conclude(RunState::kMissing, "the run was not made");
    const std::string digest = evidence::evidence_digest_of(opened_.statement, run.name);
    if (digest.empty())
      return conclude(RunState::kBlocked, "the run left no evidence" + (run.words.empty() ? "" : ": " + run.words));
    request_.evidence_path = run.name + std::string(evidence::kEvidenceEnding);
    const auto there = sys::open_at(AT_FDCWD, request_.evidence_path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    if (!there) return conclude(RunState::kMissing, "there is no evidence of the run");
    if (!evidence_seen_.insert(digest).second)
      return conclude(RunState::kBlocked, "the manifest gives another run the same evidence");
    request_.artifacts_dir = run.name;
    request_.input = InputAtHand{.name = run.input, .manifest_sha256 = run.input_sha256, .problem = "was not read"};
    const AttestationResult result = appraise(request_);
    if (result.evidence_sha256 != digest)
      return conclude(RunState::kBlocked,
                      "the evidence is not the one that the batch made: it was exchanged or changed");
    if (result.verdict != Verdict::kAccepted)
      return conclude(result.verdict == Verdict::kRejected ? RunState::kRejected : RunState::kBlocked,
                      result.reason + " [" + std::string(result.code.text()) + "]");
    if (result.key_id != opened_.key_id)
      return conclude(RunState::kBlocked, "another key than that of the manifest signed the evidence");
    const evidence::Evidence& seen = result.statement->predicate;
    if (seen.input.name != run.input) return conclude(RunState::kBlocked, "the evidence is about another input");
    if (!runs_seen_.insert(seen.run_id).second)
      return conclude(RunState::kBlocked, "the evidence is about a run that another input has already");
    conclude(RunState::kAccepted, {});
  }

  /// Names everything in the directory that belongs to no run.
  void find_extras() {
    std::set<std::string> known{std::string(evidence::kBatchDirectory)};
    for (const evidence::BatchedRun& run : opened_.statement.predicate.runs) {
      known.insert(run.name);
      known.insert(run.name + std::string(evidence::kEvidenceEnding));
    }
    const auto directory = sys::open_at(AT_FDCWD, ".", O_RDONLY | O_DIRECTORY);
    const auto names = directory ? file::names_in(directory->get())
                                 : SysResult<std::vector<std::string>>(std::unexpected(directory.error()));
    const auto add = [this](const std::string& name, std::string words) {
      result_.rows.push_back(
          {.name = name, .input = {}, .state = RunState::kExtra, .exit_code = {}, .words = std::move(words)});
    };
    if (!names) return add(".", "the directory cannot be listed");
    for (const std::string& name : *names) {
      if (!known.contains(name)) add(name, "belongs to no run of the batch");
      // The manifest says that the run left no evidence.
      if (name.ends_with(evidence::kEvidenceEnding) && known.contains(name) &&
          evidence::evidence_digest_of(opened_.statement,
                                       name.substr(0, name.size() - evidence::kEvidenceEnding.size()))
              .empty())
        add(name, "is evidence that the batch did not make");
    }
  }

  Request request_;
  const Opened& opened_;
  BatchResult result_;
  std::set<std::string> evidence_seen_, runs_seen_;
};

}  // namespace

std::string_view name(RunState state) {
  switch (state) {
    case RunState::kAccepted: return "ACCEPTED";
    case RunState::kRejected: return "REJECTED";
    case RunState::kBlocked: return "BLOCKED";
    case RunState::kMissing: return "missing";
    case RunState::kExtra: return "extra";
  }
  return "BLOCKED";
}

Verdict verdict_of(const BatchResult& result) {
  if (std::ranges::find(result.rows, RunState::kRejected, &BatchRow::state) != result.rows.end())
    return Verdict::kRejected;
  const bool accepted =
      result.problem.empty() && !result.rows.empty() &&
      std::ranges::all_of(result.rows, [](const BatchRow& row) { return row.state == RunState::kAccepted; });
  return accepted ? Verdict::kAccepted : Verdict::kBlocked;
}

BatchResult batch_not_read(std::string problem) {
  BatchResult result;
  result.problem = std::move(problem);
  return result;
}

BatchResult appraise_batch(const Request& request) {
  const auto opened = open_manifest(request);
  if (!opened) return batch_not_read(to_text(opened.error()));
  return Appraisal(request, *opened).run();
}

}  // namespace immure::verify
