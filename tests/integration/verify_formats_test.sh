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
sed 's/"sig":"./"sig":"!/' report.evidence.json >broken.json

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
  expect "$name/GithubTakesTheSarif" 0 '' python3 "$root/tests/interop/github_sarif.py" out.sarif
}

verdict Accepted 0 --key host.pub
verdict Rejected 1 --key host.pub --artifacts report
cp out.sarif rejected.sarif
verdict Blocked 3 --key other.pub
# The checker finds each thing that GitHub would refuse.
while IFS=: read -r wrong change; do
  jq "$change" rejected.sarif >wrong.sarif
  expect "GithubRefuses/$wrong" 1 "$wrong" python3 "$root/tests/interop/github_sarif.py" wrong.sarif
done <<'END'
artifactLocation.uri:del(.runs[0].results[0].locations[0].physicalLocation.artifactLocation.uri)
neither a path below:.runs[0].results[0].locations[0].physicalLocation.artifactLocation.uri = "../e.json"
startLine:del(.runs[0].results[0].locations[0].physicalLocation.region)
no location:.runs[0].results[0].locations = []
executionSuccessful:.runs[0].invocations[0].executionSuccessful = false
automationDetails:del(.runs[0].automationDetails)
help.text:del(.runs[0].tool.driver.rules[0].help)
security-severity:del(.runs[0].tool.driver.rules[0].properties)
primaryLocationLineHash:del(.runs[0].results[0].partialFingerprints)
ruleIndex:.runs[0].results[0].ruleIndex = 0
ruleId:.runs[0].results[0].ruleId = "another"
no level:.runs[0].results[0].level = "fatal"
END
holds MarkdownSaysTheVerdict grep -q '^# immure: BLOCKED$' out.markdown
"$immure" verify report.evidence.json --key host.pub --json >out.again
"$immure" verify report.evidence.json --key host.pub --format json >out.json
holds JsonFlagAndFormatAreOne cmp out.again out.json
expect UnknownFormatNamesTheFive 64 '--format cannot be pdf. Choose text, json, junit, sarif or markdown' \
  "$immure" verify e --key k --format pdf
expect TwoFormatsContradict 64 '--json: contradicts --format junit' "$immure" verify e --key k --json --format junit

# The text is short, and fits the terminal. Without a terminal, a line has 80 columns, and there are no colours.
text() { "$immure" verify report.evidence.json --key host.pub "$@" >out.text; }
longest() { awk '{ if (length($0) > most) most = length($0) } END { print most }' "$1"; }
text
holds TextIsShort [ "$(wc -l <out.text)" -le 10 ]
holds TextBeginsWithTheVerdict grep -q '^ACCEPTED: ' out.text
holds TextHasEightyColumns [ "$(LC_ALL=C.UTF-8 longest out.text)" -le 80 ]
for label in run program input outputs ended attention 'not proved'; do
  holds "TextSays/$label" grep -q "^$label " out.text
done
holds TextSaysHowTheProgramEnded grep -q '^ended  *exit code 0' out.text
text -v
holds VerboseHasARowForEachTest [ "$(grep -c '^#[234][0-9] ' out.text)" -ge 19 ]
holds VerboseHasEightyColumns [ "$(LC_ALL=C.UTF-8 longest out.text)" -le 80 ]
text -q
holds QuietPrintsNothing [ ! -s out.text ]
run "$immure" verify -q report.evidence.json --key other.pub
holds QuietAnswersByItsExitCode [ "$code,$out,$err" = 3,, ]
run "$immure" verify -q report.evidence.json broken.json --key host.pub
holds QuietAboutSeveralFiles [ "$code,$out,$err" = 3,, ]
expect QuietHasNoFormat 64 '--quiet: prints nothing' "$immure" verify -q --json e --key k
expect VerboseIsForTheText 64 '--verbose: is for the text' "$immure" verify -v --json e --key k
# on_terminal COLUMNS: prints the answer as a terminal of that width gets it.
on_terminal() {
  env -u NO_COLOR TERM=xterm script -qec "stty cols $1; '$immure' verify report.evidence.json --key host.pub" /dev/null </dev/null |
    tr -d '\r'
}
on_terminal 60 >out.narrow
holds ATerminalGetsColours grep -q $'^\e\\[1;32mACCEPTED\e\\[0m: ' out.narrow
holds ATerminalsWidthIsKept [ "$(sed $'s/\e\\[[0-9;]*m//g' out.narrow | LC_ALL=C.UTF-8 longest /dev/stdin)" -le 60 ]
holds ANarrowTerminalGetsTenLines [ "$(wc -l <out.narrow)" -le 10 ]

# Verify several files in one sandbox.
expect SeveralFilesAreReported 3 '^2 files = 1 ACCEPTED \+ 0 REJECTED \+ 1 BLOCKED$' "$immure" verify report.evidence.json broken.json --key host.pub
expect EachHasItsLine 3 '^BLOCKED broken.json: .*signature-malformed' "$immure" verify report.evidence.json broken.json --key host.pub
"$immure" run --in drop --out lossy --key host.key -- sh -c 'echo a >/tmp/b; mkfifo /out/c; echo a >/out/stdout; :' >/dev/null 2>&1
expect AttentionIsUnderItsFile 0 '^  attention: [0-9]+ ' "$immure" verify report.evidence.json lossy.evidence.json --key host.pub
expect AllAccepted 0 '^2 files = 2 ACCEPTED' "$immure" verify report.evidence.json report.evidence.json --key host.pub
holds SeveralAsJson [ "$("$immure" verify report.evidence.json broken.json --key host.pub --json | jq -r '.file + " " + .result.verdict' | tr '\n' ' ')" = 'report.evidence.json ACCEPTED broken.json BLOCKED ' ]
expect WhatIsAboutOneRunIsRefused 64 'is about one run' "$immure" verify report.evidence.json broken.json --key host.pub --artifacts report
finish
