/// An attestation result in the formats that other programs read. All are pure and deterministic; nothing of the
/// evidence stands in them but escaped (judge/text.hpp) and quoted for the format.
#pragma once

#include <string>

#include "verify/result.hpp"

namespace immure::render {

/// JUnit XML as CI systems take it: a suite for the sandbox's tests and one for the evidence's. A test that does not
/// hold is a failure, one that is not proved an error; what no row says (a signature that does not verify) is a case of
/// its own, so that no report without failures can belong to anything but ACCEPTED.
[[nodiscard]] std::string result_junit(const verify::AttestationResult& result);

/// SARIF 2.1.0 (OASIS): a result for each finding, its rule the acceptance test; the verdict as well unless ACCEPTED.
[[nodiscard]] std::string result_sarif(const verify::AttestationResult& result);

/// GitHub-flavoured Markdown, for a pull request or a job's summary: verdict, tests, what was not proved.
[[nodiscard]] std::string result_markdown(const verify::AttestationResult& result);

}  // namespace immure::render
