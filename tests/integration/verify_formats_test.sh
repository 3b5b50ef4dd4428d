#!/bin/bash
# Tests the answer of `immure verify` as other programs read it: JSON, JUnit, SARIF and Markdown, for each verdict.
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"

mkdir drop
echo text >drop/a
"$immure" keygen host.key >/dev/null
"$immure" keygen other.key >/dev/null
"$immure" run --in drop --out report --key host.key -- sha256sum /in/a >/dev/null || echo "not ok ARunToVerify"
echo more >>report/extra

# failures_of FILE: prints how many cases did not pass, as a parser counts them and as the file itself says.
failures_of() {
  python3 - "$1" <<'END'
import sys, xml.etree.ElementTree as tree
root = tree.parse(sys.argv[1]).getroot()
found = len(root.findall('.//failure')) + len(root.findall('.//error'))
said = sum(int(suite.get('failures')) + int(suite.get('errors')) for suite in root.findall('testsuite'))
cases = len(root.findall('.//testcase'))
assert found == said and cases == int(root.get('tests')), (found, said, cases)
print(found)
END
}

sarif_results() {
  python3 - "$1" <<'END'
import json, sys
log = json.load(open(sys.argv[1]))
assert log['version'] == '2.1.0'
run = log['runs'][0]
rules = {rule['id'] for rule in run['tool']['driver']['rules']}
for result in run['results']:
    assert result['ruleId'] in rules and result['message']['text'] and result['locations'], result
print(len(run['results']))
END
}

# verdict NAME CODE ARGUMENTS...: checks the exit code with every format, and whether each format says the same as the
# exit code.
verdict() {
  local name=$1 wanted=$2 format
  shift 2
  for format in text json junit sarif markdown; do
    "$immure" verify report.evidence.json --format "$format" "$@" >"out.$format"
    code=$?
    holds "$name/$format/ExitCode" [ "$code" -eq "$wanted" ]
  done
  if ((wanted == 0)); then
    holds "$name/JunitHasNoFailure" [ "$(failures_of out.junit)" -eq 0 ]
    holds "$name/SarifHasNoResult" [ "$(sarif_results out.sarif)" -eq 0 ]
  else
    holds "$name/JunitHasAFailure" [ "$(failures_of out.junit)" -gt 0 ]
    holds "$name/SarifHasAResult" [ "$(sarif_results out.sarif)" -gt 0 ]
  fi
  holds "$name/JsonIsJson" is_json <out.json
}

verdict Accepted 0 --key host.pub
verdict Rejected 1 --key host.pub --artifacts report
verdict Blocked 3 --key other.pub
holds MarkdownSaysTheVerdict grep -q '^# immure: BLOCKED$' out.markdown
"$immure" verify report.evidence.json --key host.pub --json >out.again
"$immure" verify report.evidence.json --key host.pub --format json >out.json
holds JsonFlagAndFormatAreOne cmp out.again out.json
expect UnknownFormatNamesTheFive 64 '--format cannot be pdf. Choose text, json, junit, sarif or markdown' \
  "$immure" verify e --key k --format pdf
expect TwoFormatsContradict 64 '--json: contradicts --format junit' "$immure" verify e --key k --json --format junit
# Verify several files in one sandbox.
sed 's/"sig":"./"sig":"!/' report.evidence.json >broken.json
expect SeveralAreTold 3 '^2 files = 1 ACCEPTED \+ 0 REJECTED \+ 1 BLOCKED$' "$immure" verify report.evidence.json broken.json --key host.pub
expect EachHasItsLine 3 '^BLOCKED broken.json: .*signature-malformed' "$immure" verify report.evidence.json broken.json --key host.pub
expect AllAccepted 0 '^2 files = 2 ACCEPTED' "$immure" verify report.evidence.json report.evidence.json --key host.pub
holds SeveralAsJson [ "$("$immure" verify report.evidence.json broken.json --key host.pub --json | jq -r '.file + " " + .result.verdict' | tr '\n' ' ')" = 'report.evidence.json ACCEPTED broken.json BLOCKED ' ]
expect WhatIsAboutOneRunIsRefused 64 'is about one run' "$immure" verify report.evidence.json broken.json --key host.pub --artifacts report
finish
