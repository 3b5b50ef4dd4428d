/// What a relying party asks about a piece of evidence.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tlog/files.hpp"
#include "verify/challenge.hpp"
#include "verify/policy.hpp"

namespace immure::verify {

/// The caller computes the manifest before the verifier restricts itself, because the input's files are not the
/// verifier's.
struct InputAtHand {
  std::string name;
  std::string manifest_sha256;  ///< empty if the input cannot be read
  std::string problem;          ///< why the input cannot be read
};

struct Request {
  std::string evidence_path;
  /// Trusted public keys, at least one; obey() adds the keys of the policy.
  std::vector<std::string> key_paths;
  std::optional<std::string> nonce;  ///< the expected nonce: base64url of 32 bytes
  std::optional<std::string> audience;
  /// A challenge in place of nonce and audience; appraise_locked_down() reads the file.
  std::optional<std::string> challenge_path;
  std::optional<Challenge> challenge;  ///< contents of the challenge file; set by answer_to()
  /// With a challenge: the nonce store into which an accepted nonce is written.
  std::optional<std::string> state_path;
  /// List of launchers to accept (verify/launchers.hpp); appraise_locked_down() reads the file.
  std::optional<std::string> launchers_path;
  /// Policy file; appraise_locked_down() reads the file.
  std::optional<std::string> policy_path;
  std::optional<Policy> policy;  ///< contents of the policy file; set by obey()
  /// True if the nonce store has the nonce already; set by appraise_locked_down().
  bool nonce_used = false;
  /// Directory of the outputs, which are compared with the subjects: missing, extra, different, links.
  std::optional<std::string> artifacts_dir;
  /// Maximum age in seconds; 0: any age, which the result mentions.
  std::uint64_t max_age_s = 0;
  /// The oldest edition that is accepted (judge/edition.hpp); 0: only the present one.
  int oldest_edition = 0;
  /// The acceptance profiles that are accepted besides `packet` (judge/claim.hpp); obey() adds the profiles of the
  /// policy.
  std::vector<std::string> accept;
  /// The program, arguments and exit code that the run must have.
  Expectation expected;
  /// The input at hand, which must be the one that the run read.
  std::optional<InputAtHand> input;
  /// The log that must have the evidence: its directory, or the file of an inclusion proof.
  std::optional<std::string> log_path;
  std::string log_key_path;  ///< the public key of the log
  /// The directory of the log, open; set by appraise_locked_down().
  std::shared_ptr<const tlog::Files> log_files;
  std::int64_t now = 0;  ///< Unix seconds
};

/// Makes the request demand an answer to `challenge`: its nonce, its audience, its time.
void answer_to(Request& request, Challenge challenge);

/// Makes the request demand what `policy` says: adds its keys, and takes the shorter age and the later edition.
void obey(Request& request, Policy policy);

}  // namespace immure::verify
