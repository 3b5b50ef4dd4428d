/// The verifier: evidence file -> attestation result (RFC 9334), offline, with nothing executed or written.
#pragma once

#include "judge/judge.hpp"
#include "verify/request.hpp"
#include "verify/result.hpp"

namespace immure::verify {

/// Appraises. Never fails: what cannot be appraised is kBlocked with a code.
[[nodiscard]] AttestationResult appraise(const Request& request);

/// kBlocked before anything was read, for the one reason of `finding`; fourteen rows that say so.
[[nodiscard]] AttestationResult not_appraised(const judge::Finding& finding);
/// Takes an acceptance back: kBlocked, and test #40 is not proved.
void withdraw(AttestationResult& result, const judge::Finding& finding);

}  // namespace immure::verify
