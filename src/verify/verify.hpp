/// The verifier: turns an evidence file into an attestation result (RFC 9334). The verifier works offline, executes
/// nothing and writes nothing.
#pragma once

#include "judge/judge.hpp"
#include "verify/request.hpp"
#include "verify/result.hpp"

namespace immure::verify {

/// Appraises the evidence of a request. Never fails: evidence that cannot be appraised gives kBlocked with a code.
[[nodiscard]] AttestationResult appraise(const Request& request);

/// The result if nothing was read: kBlocked for the one reason `finding`, and fourteen rows that say so.
[[nodiscard]] AttestationResult not_appraised(const judge::Finding& finding);
/// Takes an acceptance back: the result becomes kBlocked, and test #40 is not proved.
void withdraw(AttestationResult& result, const judge::Finding& finding);

}  // namespace immure::verify
