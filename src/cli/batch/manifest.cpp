#include "cli/batch/manifest.hpp"

#include <algorithm>

#include "attest/signer.hpp"
#include "evidence/batch.hpp"
#include "evidence/envelope.hpp"
#include "evidence/keys.hpp"
#include "file/io.hpp"
#include "text/json_writer.hpp"
#include "text/utc_time.hpp"

namespace immure::cli {
namespace {

evidence::BatchStatement statement_of(const Preparation& prepared, const Begun& begun) {
  evidence::BatchStatement statement{.subjects = {{std::string(evidence::kPlanSubject), begun.plan_sha256}},
                                     .predicate = {.batch_id = prepared.plan.id,
                                                   .began_on = prepared.plan.began_on,
                                                   .finished_on = text::utc_now(),
                                                   .runs = {}}};
  for (const BatchRun& run : begun.runs) {
    evidence::BatchedRun batched{.exit_code = {},
                                 .input = text::representable(run.entry.shown),
                                 .input_sha256 = run.record.input_sha256,
                                 .name = run.entry.name,
                                 .words = run.record.words};
    if (run.ended) batched.exit_code = run.record.code;
    if (run.ended && !run.record.evidence_sha256.empty())
      statement.subjects.push_back(
          {run.entry.name + std::string(evidence::kEvidenceEnding), run.record.evidence_sha256});
    statement.predicate.runs.push_back(std::move(batched));
  }
  std::ranges::sort(statement.subjects, {}, &evidence::Artifact::name);
  return statement;
}

Result<std::string> sealed(const std::string& body, const Preparation& prepared) {
  const Launch& common = prepared.common;
  // The place holds the file of the key that was looked at when the batch began.
  const auto check_same_key = [&](const std::string& id) {
    return id == prepared.key_id ? Result<void>()
                                 : fail(Code::kBadInput, *common.key, "is another key than when the batch began");
  };
  if (common.signer) {
    TRY(const evidence::PublicKey key, evidence::PublicKey::load(*common.key_place));
    CHECK_OK(check_same_key(key.key_id()));
    return evidence::seal_bytes(body, key, [&common](std::string_view message) {
      return attest::sign_by_command(*common.signer, message, {});
    });
  }
  TRY(const evidence::PrivateKeyFile file, evidence::PrivateKeyFile::open(*common.key_place));
  TRY(const evidence::PrivateKey key, file.read());
  CHECK_OK(check_same_key(key.public_key().key_id()));
  return evidence::seal_bytes(body, key);
}

}  // namespace

Result<void> check_manifest_size(const std::vector<BatchEntry>& entries) {
  constexpr std::size_t kForEach = 400, kMost = evidence::kMaxEnvelopeBytes / 4 * 3 - 4096;
  std::size_t bytes = 0;
  for (const BatchEntry& entry : entries)
    bytes += kForEach + 2 * text::to_json(entry.name).size() + text::to_json(entry.shown).size();
  if (bytes <= kMost) return {};
  return fail(Code::kBadInput, "the inputs",
              "are too many for one signed manifest: " + std::to_string(entries.size()) + " inputs need " +
                  std::to_string(bytes) + " bytes, and " + std::to_string(kMost) + " is the limit",
              "Make several batches.");
}

Result<void> write_manifest(const Preparation& prepared, const Begun& begun, const BatchStore& store) {
  constexpr unsigned kReadableByAll = 0644;
  evidence::BatchStatement statement = statement_of(prepared, begun);
  TRY(std::string envelope, sealed(evidence::batch_json(statement), prepared));
  // Without the messages, which the logs have too, the manifest is never too large (check_manifest_size()).
  if (envelope.size() > evidence::kMaxEnvelopeBytes) {
    for (evidence::BatchedRun& run : statement.predicate.runs) run.words.clear();
    TRY(envelope, sealed(evidence::batch_json(statement), prepared));
  }
  TRY(const file::Place place,
      file::place_in(store.own(), store.own_path(""), "manifest.json", store.own_path("manifest.json")));
  return file::write_whole(place, envelope, kReadableByAll);
}

}  // namespace immure::cli
