/// Writes an attestation result in formats for other programs. All functions are pure and deterministic. Everything
/// from the evidence is escaped (judge/text.hpp) and quoted for the format.
#pragma once

#include <string>
#include <string_view>

#include "verify/result.hpp"

namespace immure::render {

/// JUnit XML for CI systems: one suite for the tests of the sandbox and one for the tests of the evidence. A test that
/// does not hold is a failure, and a test that is not proved is an error. A problem without a row, such as an invalid
/// signature, becomes a case of its own, so that only ACCEPTED gives a report without failures.
[[nodiscard]] std::string result_junit(const verify::AttestationResult& result);

/// SARIF 2.1.0 (OASIS), as GitHub's code scanning takes it: one result for each finding, with the acceptance test as
/// its rule and the first line of `evidence_path` as its place. The verdict is a result too, unless it is ACCEPTED.
[[nodiscard]] std::string result_sarif(const verify::AttestationResult& result, std::string_view evidence_path);

/// GitHub-flavoured Markdown for a pull request or the summary of a job: verdict, tests, and what was not proved.
[[nodiscard]] std::string result_markdown(const verify::AttestationResult& result);

}  // namespace immure::render
