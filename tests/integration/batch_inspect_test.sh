#!/bin/bash
# `immure batch --inspect` inspects each input as `immure inspect` does.
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"

export IMMURE_CACHE=$here/cache
"$immure" keygen host.key >/dev/null
mkdir -p drops/clean drops/fifo && echo text >drops/clean/note.txt && mkfifo drops/fifo/pipe
printf '\x7fELF' >drops/program.txt

expect EachInputIsInspected '0|1' '2 runs = [0-2] ended with 0 \+ [0-2] with another code \+ 0 BLOCKED' \
  "$immure" batch --inspect --in drops --each '[cf]*' --out reports --key host.key
for name in clean fifo; do
  [[ -s reports/$name/report.json ]] && ok "ReportIsThere/$name" || not_ok "ReportIsThere/$name" "$(ls -R reports)" "$err"
  "$immure" inspect drops/$name -o single.$name --key host.key >/dev/null 2>&1
done
# What the cell cannot show is in the report, as in that of a single inspection.
for name in clean fifo; do
  python3 - "single.$name/report.json" "reports/$name/report.json" <<'PY' >.said 2>&1 && ok "ReportIsThatOfInspect/$name" || not_ok "ReportIsThatOfInspect/$name" "$(<.said)"
import json, sys
one, two = (json.load(open(name)) for name in sys.argv[1:])
rules = [sorted((f.get("rule", f.get("ruleId")), f.get("path")) for f in report["findings"]) for report in (one, two)]
print(rules)
assert rules[0] == rules[1]
PY
done
holds TheFifoIsFound grep -q 'pipe' reports/fifo/report.json
expect InspectionsAreVerified 0 '^2 inputs: 2 ACCEPTED$' "$immure" batch verify reports --key host.pub --expect-program immure-inspect
expect AFileIsInspected '0|1' '1 runs = ' "$immure" batch --inspect --in drops --each '*.txt' --out file --no-evidence -- --fail-on critical
[[ -s file/program.txt/report.json ]] && ok ReportOfAFileIsThere || not_ok ReportOfAFileIsThere "$err" "$(cat file/immure-batch/logs/*)"
expect InspectionsGoOn '0|1' '2 of 2 runs had ended before' \
  "$immure" batch --resume --inspect --in drops --each '[cf]*' --out reports --key host.key
expect AnotherOptionIsAnotherPlan 3 'had another plan: the program was' \
  "$immure" batch --resume --inspect --in drops --each '[cf]*' --out reports --key host.key -- --fail-on low
expect AProfileHasNoEffect 64 '--profile: has no effect with --inspect' \
  "$immure" batch --inspect --profile static --in drops --out made --no-evidence
expect WithoutInspectAProgramIsNeeded 64 'PROGRAM is missing' "$immure" batch --in drops --out made --no-evidence
finish
