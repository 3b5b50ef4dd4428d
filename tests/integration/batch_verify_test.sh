#!/bin/bash
# `immure batch verify` accepts a batch only if every input has the evidence that the batch made for it: a run that is
# missing, extra, exchanged or listed twice is named.
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"

export IMMURE_CACHE=$here/cache
"$immure" keygen host.key >/dev/null && "$immure" keygen other.key >/dev/null
mkdir -p drops && for i in {1..5}; do mkdir "drops/d$i" && echo "text $i" >"drops/d$i/a"; done
expect ABatchIsMade 0 '5 runs = 5 ended with 0' "$immure" batch --in drops --out whole --key host.key -- /bin/cp /in/a /out/b
verify=("$immure" batch verify batch --key host.pub)

# verified NAME CODE PATTERN [OPTION...]: the copy `batch` must have this verdict. Makes a new copy afterwards.
fresh() { rm -rf batch && cp -a whole batch; }
verified() {
  local name=$1 wanted=$2 pattern=$3
  shift 3
  expect "$name" "$wanted" "$pattern" "${verify[@]}" "$@"
  fresh
}
fresh
verified AWholeBatchIsAccepted 0 '^5 inputs: 5 ACCEPTED$'
verified EachRunIsListedIfAsked 0 '^d3 +ACCEPTED +0' -v
verified DemandsHoldForEachRun 0 '^5 inputs: 5 ACCEPTED$' --expect-program cp --expect-args '/in/a /out/b' --expect-exit 0 --max-age 1d
verified AnotherProgramIsRejected 1 '^5 inputs: 5 REJECTED \(d1, d2, d3, d4, d5\)$' --expect-program cat
verified QuietPrintsNothing 0 '^$' --quiet
run "${verify[@]}" --quiet && same QuietSaysNothing '' "$out$err"

# --- A lost run is never overlooked
rm batch/d2.evidence.json
verified MissingEvidenceIsNamed 3 '^5 inputs: 4 ACCEPTED, 1 missing \(d2\)$'
rm -r batch/d2 batch/d2.evidence.json
verified AMissingRunIsNamed 3 '^5 inputs: 4 ACCEPTED, 1 missing \(d2\)$'
rm -r batch/d2
verified AMissingOutputIsNamed 3 '^5 inputs: 4 ACCEPTED, 1 BLOCKED \(d2\)$'
rm batch/d2/b
verified AMissingFileIsRejected 1 '^5 inputs: 4 ACCEPTED, 1 REJECTED \(d2\)$'
echo more >>batch/d2/b
verified AChangedOutputIsRejected 1 '^d2 +REJECTED .*artifact'

# --- Extra, exchanged, doubled
cp -r batch/d2 batch/d6 && cp batch/d2.evidence.json batch/d6.evidence.json
verified AnExtraRunIsNamed 3 '^5 inputs: 5 ACCEPTED, 2 extra \(d6, d6.evidence.json\)$'
touch batch/.note
verified AnExtraFileIsNamed 3 '1 extra \(.note\)'
for file in d1 d1.evidence.json; do mv batch/$file kept && mv batch/${file/1/2} batch/$file && mv kept batch/${file/1/2}; done
verified ExchangedRunsAreNamed 3 '^5 inputs: 3 ACCEPTED, 2 BLOCKED \(d1, d2\)$'
cp batch/d1.evidence.json batch/d2.evidence.json && cp batch/d1/b batch/d2/b
verified ADoubledRunIsNamed 3 'd2 +BLOCKED .*exchanged or changed'
"$immure" run --in drops/d3 --out again --key host.key -- /bin/cp /in/a /out/b && cp again.evidence.json batch/d3.evidence.json
verified ALaterRunIsNoRunOfTheBatch 3 'd3 +BLOCKED .*exchanged or changed'
"$immure" batch --in drops --out second --key host.key -- /bin/cp /in/a /out/b 2>/dev/null
cp second/immure-batch/manifest.json batch/immure-batch/
verified TheManifestOfAnotherBatch 3 'BLOCKED: .*plan.json: is not the plan'
cp second/immure-batch/* batch/immure-batch/ 2>/dev/null
verified ABatchOfOtherRuns 3 '^5 inputs: 5 BLOCKED'

# --- The manifest
sed -i 's/"payload":"./"payload":"A/' batch/immure-batch/manifest.json
verified AChangedManifestIsRefused 3 'BLOCKED: .*(signature-invalid|malformed)'
rm batch/immure-batch/manifest.json
verified WithoutAManifestNothingIsAccepted 3 'BLOCKED: .*manifest.json: cannot be read.*--resume'
rm -r batch/immure-batch
verified AnyDirectoryIsNoBatch 3 'BLOCKED: .*manifest.json'
echo >>batch/immure-batch/plan.json
verified AChangedPlanIsRefused 3 'BLOCKED: .*plan.json: is not the plan'
cp whole/d1.evidence.json batch/immure-batch/manifest.json
verified EvidenceIsNoManifest 3 'BLOCKED: .*(statement-malformed|predicate-type)'
expect AnotherKeyIsRefused 3 'BLOCKED: .*signature-invalid' "$immure" batch verify batch --key other.pub
expect AKeyIsNeeded 64 '--key' "$immure" batch verify batch
expect ADirectoryIsNeeded 64 'nothing' "$immure" batch verify nothing --key host.pub
"$immure" verify batch/immure-batch/manifest.json --key host.pub >.said 2>&1
same AManifestIsNoEvidence 3 $?

# --- Batches that are not whole
rm drops/d4/a
"$immure" batch --max-failures 1 -j 1 --in drops --out stopped --key host.key -- /bin/cp /in/a /out/b 2>/dev/null
expect RunsThatWereNotMadeAreMissing 3 '^5 inputs: [0-9] ACCEPTED, 1 missing \(d5\)$' "$immure" batch verify stopped --key host.pub
"$immure" batch --resume --in drops --out stopped --key host.key -- /bin/cp /in/a /out/b 2>/dev/null
expect AProgramThatFailedIsNoMissingRun 0 '^5 inputs: 5 ACCEPTED$' "$immure" batch verify stopped --key host.pub
expect AFailedProgramIsRejectedIfAsked 1 '1 REJECTED \(d4\)' "$immure" batch verify stopped --key host.pub --expect-exit 0
mkfifo drops/d4/a
"$immure" batch --in drops --out blocked --key host.key -- /bin/cp /in/a /out/b 2>/dev/null
expect ABlockedRunIsNamed 3 '^5 inputs: 4 ACCEPTED, 1 BLOCKED \(d4\)$' "$immure" batch verify blocked --key host.pub
expect TheReasonIsSigned 3 'd4 +BLOCKED +3 .*left no evidence: BLOCKED: .*FIFO|fifo|pipe' "$immure" batch verify blocked --key host.pub
cp -r whole/d4 blocked/ && cp whole/d4.evidence.json blocked/
expect EvidenceForABlockedRunIsExtra 3 'extra \(d4.evidence.json\)' "$immure" batch verify blocked --key host.pub
rm drops/d4/a && echo 'text 4' >drops/d4/a
"$immure" batch --in drops --out unsigned --no-evidence -- /bin/cp /in/a /out/b 2>/dev/null
expect ABatchWithoutEvidenceIsNotAccepted 3 'BLOCKED: .*manifest.json' "$immure" batch verify unsigned --key host.pub
"$immure" batch --in drops --out signer --key host.pub --signer 'cat >message; openssl pkeyutl -sign -rawin -in message -inkey host.key' \
  -j 1 -- /bin/cp /in/a /out/b 2>.said
expect ASignerSignsTheManifestToo 0 '^5 inputs: 5 ACCEPTED$' "$immure" batch verify signer --key host.pub

# --- Formats
fresh && rm batch/d2.evidence.json && echo '<b>&' >'batch/<b>'
run "${verify[@]}" --format json
same ALineOfJsonForEachRun '6 missing' "$(python3 -c 'import json,sys
rows = [json.loads(line) for line in sys.stdin]
print(len(rows), next(row["state"] for row in rows if row["name"] == "d2"))' <<<"$out")"
run "${verify[@]}" --format junit
same JUnitHasEachRun '6 0 2 d2' "$(python3 -c 'import sys, xml.etree.ElementTree as tree
suite = tree.fromstring(sys.stdin.read())[0]
print(suite.get("tests"), suite.get("failures"), suite.get("errors"), suite.find("testcase[error]").get("name"))' <<<"$out")"
run "${verify[@]}" --format html
holds ThePageNamesTheMissingRun grep -q 'data-state="missing"><td><bdi class="v">d2' <(echo "$out")
holds ThePageEscapesNames grep -q '&lt;b&gt;' <(echo "$out")
! grep -q '<b>' <<<"$out" && ok ThePageHasNoForeignMarkup || not_ok ThePageHasNoForeignMarkup
holds ThePageAllowsOnlyItsOwnScript python3 - <(echo "$out") <<'PY'
import base64, hashlib, re, sys
page = open(sys.argv[1], newline="").read().removesuffix("\n")
policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1]
scripts = re.findall(r"<script>(.*?)</script>", page, re.S)
assert len(scripts) == 1 and page.count("<script") == 1, len(scripts)
digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
assert f"script-src 'sha256-{digest}';" in policy.replace("&#43;", "+"), policy
assert "http" not in page.replace("http-equiv", ""), "loads something"
PY

# --- What the batch leaves itself
for report in report.html junit.xml runs.jsonl; do [[ -s whole/immure-batch/$report ]] && ok "ReportIsThere/$report" || not_ok "ReportIsThere/$report"; done
same TheLinesHaveEachRun 5 "$(grep -c '"exitCode":0,.*"state":"ended"' whole/immure-batch/runs.jsonl)"
holds JUnitIsXml python3 -c 'import sys, xml.etree.ElementTree as tree; tree.parse(sys.argv[1])' blocked/immure-batch/junit.xml
holds TheBlockedRunIsAnError grep -q '<error type="BLOCKED"' blocked/immure-batch/junit.xml
finish
