#!/bin/bash
# Tests `verify --sign-result`: the result as a signed statement for each verdict, which keys may sign it, and that the
# file is written completely or not at all.
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"

mkdir in && echo text >in/a
for name in host verifier other; do "$immure" keygen $name.key >.stdout; done
if ! "$immure" run --in in --out out --key host.key -- cp /in/a /out/a >.stdout 2>.stderr; then
  skip ResultsAreSigned cell "no cell can be built here: $(<.stderr)"
  exit 0
fi
verify=("$immure" verify out.evidence.json --key host.pub)
sign=(--sign-result result.json --result-key verifier.key)

# statement FILE EXPRESSION: prints what jq finds in the signed bytes, after openssl has verified them.
statement() {
  jq -r .payload "$1" | base64 -d >body
  jq -r '.signatures[0].sig' "$1" | base64 -d >signature
  { printf 'DSSEv1 28 application/vnd.in-toto+json %d ' "$(stat -c %s body)"; cat body; } >pae
  openssl pkeyutl -verify -pubin -inkey verifier.pub -rawin -in pae -sigfile signature >.openssl 2>&1 || echo 'signature is bad'
  jq -cr "$2" body
}
said() { if [[ $(statement "$3" "$4") == "$2" ]]; then ok "$1"; else not_ok "$1" "$(statement "$3" "$4")"; fi; }

if command -v jq >/dev/null && command -v openssl >/dev/null; then
  expect AcceptedIsWritten 0 '^ACCEPTED' "${verify[@]}" --artifacts out "${sign[@]}"
  said AcceptedIsPassed PASSED result.json .predicate.verificationResult
  said SubjectsAreTheOutputs "a $(sha256sum <out/a | cut -d' ' -f1)" result.json '.subject[] | .name + " " + .digest.sha256'
  said EvidenceIsNamed "$(sha256sum <out.evidence.json | cut -d' ' -f1)" result.json .predicate.inputAttestations[0].digest.sha256
  said LevelsAreTests ACCEPT_T44 result.json .predicate.verifiedLevels[-2]
  cp -r out changed && echo more >changed/extra
  expect RejectedIsWritten 1 '^REJECTED' "${verify[@]}" --artifacts changed "${sign[@]}" --result-type test-result
  said RejectedIsFailed '["immure/44","immure/verdict"]' result.json .predicate.failedTests
  expect BlockedIsWritten 3 '^BLOCKED' "$immure" verify out.evidence.json --key other.pub "${sign[@]}"
  said BlockedIsFailed '["FAILED"]' result.json .predicate.verifiedLevels
  said UnsignedSubjectsAreNotRepeated out.evidence.json result.json .subject[].name
  printf 'version = 1\n[[keys]]\npath = "host.pub"\nroles = ["attester"]\n' >policy.toml
  expect PolicyIsObeyed 0 '^ACCEPTED' "$immure" verify out.evidence.json --policy policy.toml "${sign[@]}"
  said PolicyIsNamed "$(sha256sum <policy.toml | cut -d' ' -f1)" result.json .predicate.policy.digest.sha256
  # The verifier must not take a result for evidence.
  expect AResultIsNotEvidence 3 '\[predicate-type\]|\[statement-malformed\]' "$immure" verify result.json --key verifier.pub
else
  skip ResultsAreReadByOthers tool 'jq or openssl is missing'
fi
rm -f result.json

# Which keys may sign
expect AttestersKeyIsRefused 64 'key of an attester' "${verify[@]}" --sign-result result.json --result-key host.key
policy_with() { printf 'version = 1\n[[keys]]\npath = "host.pub"\nroles = %s\n%s' "$1" "${2:-}" >policy.toml; }
under=("$immure" verify out.evidence.json --policy policy.toml --sign-result result.json --result-key)
policy_with '["attester"]'
expect AttesterOfThePolicyIsRefused 64 'to an attester, not to a verifier' "${under[@]}" host.key
holds ARefusedResultIsNotWritten [ ! -e result.json ]
policy_with '["attester", "verifier"]'
expect AKeyWithBothRolesIsAccepted 0 '^ACCEPTED' "${under[@]}" host.key
expect AnotherThanThePolicysVerifierIsRefused 64 'allows only other keys to sign results' "${under[@]}" verifier.key
policy_with '["attester"]' $'[[keys]]\npath = "verifier.pub"\nroles = ["verifier"]\nuntil = "2020-01-01T00:00:00Z"\n'
expect ExpiredVerifierIsRefused 64 "does not allow this key at this time" "${under[@]}" verifier.key
policy_with '["attester"]' $'[[keys]]\npath = "verifier.pub"\nroles = ["verifier"]\n'
expect VerifierOfThePolicyIsTaken 0 '^ACCEPTED' "${under[@]}" verifier.key

# The result is written completely or not at all, and replaces no other file
rm -f result.json
echo 'version = 2' >broken.toml
expect UnreadPolicyIsBlockedAndNothingSigned 3 'policy-unusable' "$immure" verify out.evidence.json --policy broken.toml "${sign[@]}"
expect MissingEvidenceIsBlockedAndNothingSigned 3 'evidence-unreadable' "$immure" verify nowhere --key host.pub "${sign[@]}"
holds NothingIsSigned [ ! -e result.json ]
expect MissingKeyIsNamed 64 'nowhere.key: not found' "${verify[@]}" --sign-result result.json --result-key nowhere.key
chmod 644 other.key
expect OpenKeyIsRefused 64 'chmod 600 other.key' "${verify[@]}" --sign-result result.json --result-key other.key
expect AKeyIsNeeded 64 '--result-key is missing' "${verify[@]}" --sign-result result.json
expect AFileIsNeeded 64 '--result-key: needs --sign-result' "${verify[@]}" --result-key verifier.key
expect UnknownTypeNamesTheTwo 64 'Choose vsa or test-result' "${verify[@]}" "${sign[@]}" --result-type pdf
expect TheEvidenceIsNotReplaced 64 'the same file as' "${verify[@]}" --sign-result ./out.evidence.json --result-key verifier.key
expect TheKeyIsNotReplaced 64 'the same file as' "${verify[@]}" --sign-result verifier.key --result-key verifier.key
expect TheResultIsNoArtifact 64 'lies inside out' "${verify[@]}" --artifacts out --sign-result out/r.json --result-key verifier.key
echo old >old.json && ln -s old.json link.json
expect ALinkIsRefused 64 'link.json: is not a regular file' "${verify[@]}" --sign-result link.json --result-key verifier.key
holds NothingHalfIsLeft [ -z "$(find . -name '.immure*' -o -name result.json)" ]
# The verifier accepts an answer to a challenge only once, also with a signed result.
"$immure" challenge --audience me -o challenge.json >.stdout
"$immure" run --in in --out once --key host.key --challenge challenge.json -- cp /in/a /out/a >.stdout
once=("$immure" verify once.evidence.json --key host.pub --challenge challenge.json --state state.json "${sign[@]}")
expect AnAnswerIsAccepted 0 '^ACCEPTED' "${once[@]}"
expect AnAnswerIsAcceptedOnce 1 '\[nonce-used\]' "${once[@]}"
finish
