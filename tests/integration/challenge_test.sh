#!/bin/bash
# Tests challenges with the real program: a run must answer a challenge in time and for its audience, and a verifier
# accepts the answer once.
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"

mkdir in && echo text >in/a
"$immure" keygen host.key >.stdout
# answer CHALLENGE NAME [OPTIONS]: makes the evidence NAME.evidence.json by a small run.
answer() {
  local challenge=$1 name=$2
  shift 2
  "$immure" run --in in --out "$name" --key host.key --challenge "$challenge" "$@" -- true >.stdout 2>.stderr
}
if ! "$immure" run --in in --out try --no-evidence -- true >.stdout 2>.stderr; then
  skip ChallengesAreAnswered cell "no cell can be built here: $(<.stderr)"
  exit 0
fi
verify() { "$immure" verify "$@" --key host.pub; }
# made NAME ISSUED EXPIRES: makes a challenge with these times.
made() {
  local nonce
  nonce=$(head -c 32 /dev/urandom | basenc --base64url | tr -d '=')
  printf '{"audience":"ci","expiresOn":"%s","issuedOn":"%s","nonce":"%s","version":1}\n' \
    "$(date -u -d "$3" +%FT%TZ)" "$(date -u -d "$2" +%FT%TZ)" "$nonce" >"$1"
}

expect ChallengeIsMade 0 'expires on: 20' "$immure" challenge --audience ci --valid 10m -o c.json
expect ChallengeIsNeverOverwritten 64 'exists already' "$immure" challenge --audience ci -o c.json
expect AudienceIsNeeded 64 '--audience is missing' "$immure" challenge -o d.json
expect ValidityIsATime 64 'not a time' "$immure" challenge --audience ci --valid soon -o d.json
holds ChallengeIsJson is_json <c.json

holds RunAnswersAChallenge answer c.json one
expect AnswerIsAccepted 0 '^ACCEPTED' verify one.evidence.json --challenge c.json
expect WithoutStateItSaysSo 0 'not accepted before: without --state' verify -v one.evidence.json --challenge c.json
expect WithoutANonceFreshnessIsByTimeOnly 0 'you asked for no nonce' verify -v one.evidence.json
expect NonceIsAcceptedOnce 0 '^ACCEPTED' verify one.evidence.json --challenge c.json --state state.json
expect SecondTimeIsRefused 1 '^\[nonce-used\]|^REJECTED: .*\[nonce-used\]' verify one.evidence.json --challenge c.json --state state.json
expect SecondTimeIsRefusedInJson 1 '"code":"nonce-used"' verify one.evidence.json --challenge c.json --state state.json --json

# The verifier must refuse these command lines before it reads anything.
expect ChallengeAndNonceContradict 64 'challenge: cannot be combined with --nonce and --audience' verify one.evidence.json --challenge c.json --nonce x
expect ChallengeAndAudienceContradict 64 'challenge: cannot be combined with --nonce and --audience' verify one.evidence.json --challenge c.json --audience x
expect StateNeedsAChallenge 64 '--state: needs --challenge' verify one.evidence.json --state state.json
expect RunTakesNoNonceBeside 64 'challenge: cannot be combined with --nonce and --audience' "$immure" run --in in --out o --key host.key --challenge c.json --nonce x true
expect RunTakesNoAudienceBeside 64 'challenge: cannot be combined with --nonce and --audience' "$immure" run --in in --out o --key host.key --challenge c.json --audience x true
expect RunNeedsAKeyToAnswer 64 '--challenge: has no effect, because no evidence will be written' "$immure" run --in in --out o --challenge c.json true
expect ChallengeThatIsMissing 3 'challenge-unusable' verify one.evidence.json --challenge nowhere.json
sed 's/}$/,"x":1}/' c.json >bad.json
expect ChallengeWithAnUnknownKey 3 'bad.json:/x: an unknown key.*challenge-unusable' verify one.evidence.json --challenge bad.json
expect RunRefusesABadChallenge 3 'bad.json:/x' "$immure" run --in in --out o --key host.key --challenge bad.json true

# Another challenge, another audience, another time.
"$immure" challenge --audience ci -o other.json >.stdout
expect AnotherNonceIsRefused 3 '\[nonce-mismatch\]' verify one.evidence.json --challenge other.json --state state.json
sed 's/"audience":"ci"/"audience":"me"/' c.json >me.json
expect AnotherAudienceIsRefused 3 '\[audience-mismatch\]' verify one.evidence.json --challenge me.json
made old.json '1 hour ago' '1 minute ago'
expect RunRefusesAnExpiredChallenge 3 'old.json: expired on' "$immure" run --in in --out o --key host.key --challenge old.json true
sed -E 's/"expiresOn":"[^"]*"/"expiresOn":"2020-01-02T00:00:00Z"/; s/"issuedOn":"[^"]*"/"issuedOn":"2020-01-01T00:00:00Z"/' c.json >late.json
expect ExpiredIsRefused 3 '\[challenge-expired\]' verify one.evidence.json --challenge late.json
sed -E "s/\"issuedOn\":\"[^\"]*\"/\"issuedOn\":\"$(date -u -d '9 minutes' +%FT%TZ)\"/" c.json >future.json
expect RunBeforeTheChallengeIsRefused 3 '\[challenge-later\]' verify one.evidence.json --challenge future.json

# A state file that cannot be read never leads to an acceptance, and stays as it is.
answer other.json two
for damage in 'truncate -s 0' 'truncate -s -5' 'sed -i s/nonce/Nonce/'; do
  cp state.json broken.json
  # shellcheck disable=SC2086 # the words are the command
  $damage broken.json
  cp broken.json before.json
  expect "CorruptStateIsAnError/${damage// /-}" 3 '\[state-unusable\]' \
    verify two.evidence.json --challenge other.json --state broken.json
  holds "CorruptStateIsKept/${damage// /-}" cmp broken.json before.json
done

# Only an acceptance uses up a nonce.
expect RefusedEvidenceUsesNothing 3 '\[evidence-unreadable\]' verify nowhere.json --challenge other.json --state fresh.json
holds NothingWasWritten [ ! -e fresh.json ]
expect AfterARefusalItIsStillAccepted 0 '^ACCEPTED' verify two.evidence.json --challenge other.json --state fresh.json

# Eight verifiers at once: exactly one accepts.
for round in 1 2 3; do
  for i in 1 2 3 4 5 6 7 8; do
    verify two.evidence.json --challenge other.json --state "race$round.json" >"race.$i" 2>&1 </dev/null &
  done
  wait
  accepted=$(grep -l '^ACCEPTED' race.? | wc -l) rejected=$(grep -l 'nonce-used' race.? | wc -l)
  holds "OneOfEightIsAccepted/$round" [ "$accepted $rejected" = '1 7' ]
done

# If a verifier is killed at any moment, the state file has either its old or its new content, and no second verifier
# accepts after a printed acceptance.
good=1 twice=1 told=0 recorded=0
for i in $(seq 60); do
  rm -f killed.json
  # Empty the output file here, because a verifier that is killed at once has not emptied it.
  : >kill.out
  "$immure" verify two.evidence.json --key host.pub --challenge other.json --state killed.json >kill.out 2>&1 </dev/null &
  pid=$!
  # The moment of the kill moves through the whole appraisal, which takes milliseconds.
  sleep "0.00$(printf '%02d' $((i % 20 * 5)))"
  kill -9 "$pid" 2>.stderr
  wait "$pid" 2>.stderr
  [[ -e killed.json ]] && recorded=$((recorded + 1))
  verify two.evidence.json --challenge other.json --state killed.json >kill.second 2>&1
  grep -qE 'accepted\]|nonce-used\]' kill.second || good=0
  if grep -q '^ACCEPTED' kill.out; then
    told=$((told + 1))
    grep -q 'nonce-used' kill.second || twice=0
  fi
done
holds KilledVerifiersLeaveAGoodState [ "$good" = 1 ]
holds KilledVerifiersAcceptOnce [ "$twice" = 1 ]
echo "    killed 60 times: $recorded had recorded, $told had told" >&2

# A challenge may expire while the verifier waits for the lock, and then the verifier must not accept the answer. On a
# busy machine a run may take longer than the challenge is valid, so the test tries longer times.
noticed=false
for seconds in 3 9 27; do
  rm -f short.json
  "$immure" challenge --audience ci --valid ${seconds}s -o short.json >.stdout
  answer short.json three-$seconds || continue
  flock waiting.json.lock sleep $((seconds + 1)) &
  until ! flock -n waiting.json.lock true; do sleep 0.01; done
  run verify three-$seconds.evidence.json --challenge short.json --state waiting.json
  wait
  if grep -q 'challenge-expired\]' <<<"$out"; then noticed=true; fi
  break
done
holds ExpiryWhileWaitingIsNoticed $noticed

# The verifier must not accept evidence if it cannot write the state file.
if [[ $(id -u) != 0 ]]; then
  mkdir ro && touch ro/state.json.lock && chmod a-w ro
  expect UnwritableStateIsNoAcceptance 3 '\[state-unwritten\]' verify two.evidence.json --challenge other.json --state ro/state.json
fi
finish
