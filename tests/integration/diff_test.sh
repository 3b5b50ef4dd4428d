#!/bin/bash
# Tests `diff`, which compares two runs by their evidence, with the real program.
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"

mkdir in && echo text >in/a
"$immure" keygen host.key >.stdout
"$immure" keygen other.key >.stdout
# run_as NAME PROGRAM...: makes a run with the same output directory each time, because the plan names this directory.
run_as() {
  local name=$1
  shift
  "$immure" run --in in --out out --key host.key --evidence "$name" -- "$@" >.stdout 2>.stderr || [ $? = 5 ] || return 1
  rm -rf out
}
if ! run_as a.json cp /in/a /out/a; then
  skip DiffTellsRunsApart cell "no cell can be built here: $(<.stderr)"
  exit 0
fi
run_as b.json cp /in/a /out/a || not_ok ASecondRun
run_as c.json cp /in/a $'/out/\e[31mb' || not_ok AThirdRun

expect SameEvidenceIsTheSame 0 '^same$' "$immure" diff a.json a.json --all
expect TheSameRunAgainIsTheSame 0 '^same; [0-9]+ more differ' "$immure" diff a.json b.json --key host.pub
expect AllNamesWhatIsOfOneRun 1 '^runId: [0-9a-f]{32} \| [0-9a-f]{32}$' "$immure" diff a.json b.json --all
expect AnotherRunDiffers 1 '^payload.argv: ' "$immure" diff a.json c.json
expect WithoutAKeyNothingWasChecked 1 '^signatures were not checked' "$immure" diff a.json c.json
"$immure" diff a.json c.json --json >json
"$immure" diff a.json c.json >words
if is_json <json; then ok JsonIsJson; else not_ok JsonIsJson; fi
for form in json words; do
  holds "NoEscapeReachesATerminal/$form" [ -z "$(tr -d '\n -~' <$form)" ]
done

expect AnotherKeyIsBlocked 3 'signature-invalid' "$immure" diff a.json b.json --key other.pub
sed 's/"payload":"e/"payload": "e/' b.json >blank.json
expect EachIsReadStrictly 3 'blank.json: .*envelope-malformed' "$immure" diff a.json blank.json
expect TheFirstIsReadStrictlyToo 3 'blank.json: .*envelope-malformed' "$immure" diff blank.json a.json
head -c 500 a.json >short.json
expect CutOffIsBlocked 3 'envelope-malformed' "$immure" diff a.json short.json
expect MissingIsNamed 64 'nowhere: not found' "$immure" diff a.json nowhere
ln -s a.json link.json
expect LinksAreNotFollowed 64 'link.json: is a link' "$immure" diff a.json link.json
expect TwoAreNeeded 64 'EVIDENCE EVIDENCE is missing' "$immure" diff a.json
finish
