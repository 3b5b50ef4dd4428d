#include "verify/log_check.hpp"

#include "file/io.hpp"

namespace immure::verify {
namespace {

/// A proof has one hash for each doubling of the log, and a checkpoint.
constexpr std::uint64_t kMaxProofBytes = 2 * tlog::kMaxNoteBytes;

std::pair<Verdict, judge::Finding> unusable(const Request& request, const Error& error) {
  return {Verdict::kBlocked, {"log-unusable", *request.log_path, "a log with a valid checkpoint", to_text(error)}};
}

}  // namespace

std::optional<std::pair<Verdict, judge::Finding>> check_log(const Request& request, const tlog::Entry& entry) {
  if (!request.log_path) return std::nullopt;
  const auto key = evidence::PublicKey::load(request.log_key_path);
  if (!key) return unusable(request, key.error());
  if (!request.log_files) {
    const auto proof = file::read_whole(*request.log_path, kMaxProofBytes);
    if (!proof) return unusable(request, proof.error());
    if (const auto checked = tlog::check_proof(*proof, entry, *key, *request.log_path); !checked)
      return unusable(request, checked.error());
    return std::nullopt;
  }
  const auto log = tlog::Log::read(*request.log_files, *key);
  if (!log) return unusable(request, log.error());
  if (log->find(entry.evidence_sha256)) return std::nullopt;
  return std::pair(Verdict::kRejected, judge::Finding{"log-missing", *request.log_path, "an entry for this evidence",
                                                      std::to_string(log->entries().size()) + " other entries"});
}

}  // namespace immure::verify
