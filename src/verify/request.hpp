/// What a relying party asks of a piece of evidence.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "verify/challenge.hpp"
#include "verify/policy.hpp"

namespace immure::verify {

struct Request {
  std::string evidence_path;
  std::vector<std::string> key_paths;  ///< trusted public keys, at least one; the policy's are added by obey()
  std::optional<std::string> nonce;    ///< expected; base64url of 32 bytes
  std::optional<std::string> audience;
  std::optional<std::string> challenge_path;  ///< instead of nonce and audience; read by appraise_locked_down()
  std::optional<Challenge> challenge;         ///< what was in it; set by answer_to()
  std::optional<std::string> state_path;   ///< with a challenge: the nonce store in which an accepted nonce is written
  std::optional<std::string> policy_path;  ///< read by appraise_locked_down()
  std::optional<Policy> policy;            ///< what was in it; set by obey()
  bool nonce_used = false;                 ///< the nonce store has it already; set by appraise_locked_down()
  std::optional<std::string>
      artifacts_dir;            ///< the outputs, compared with the subjects: missing, extra, differing, links
  std::uint64_t max_age_s = 0;  ///< 0: any age (and reported as such)
  int oldest_edition = 0;       ///< that is taken (judge/edition.hpp); 0: the present one alone
  std::int64_t now = 0;         ///< Unix seconds
};

/// Demands an answer to `challenge`: its nonce, its audience, its time.
void answer_to(Request& request, Challenge challenge);

/// Demands what `policy` says: adds its keys, and takes the shorter of the two ages and the later of the two editions.
void obey(Request& request, Policy policy);

}  // namespace immure::verify
