#!/bin/bash
# Hides a text in every kind of container that this machine can make, in every place. The inspector finds the text, or
# says that the inspection is incomplete, and where.
# usage: inspect_kinds_test.sh DIRECTORY-OF-PROGRAMS
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"
limit=240
export LC_ALL=C.UTF-8 IMMURE_CACHE=$here/cache

if ! "$immure" doctor >/dev/null 2>&1; then
  skip InACell cell 'no cell holds on this machine'
  finish
fi
mkdir drop rules
printf 'rule hidden_text { strings: $text = "EICAR-STANDARD-ANTIVIRUS-TEST-FILE" condition: $text }\n' >rules/own.yar
expect KindsAreMade 0 ' kinds; not here: ' python3 "$root/tests/integration/inspect_kinds.py" make drop
kinds=${out%% *}
if ((kinds >= 60)); then ok AtLeast60Kinds; else not_ok AtLeast60Kinds "$out"; fi
expect KindsAreInspected 2 'NOT all inspected' "$immure" inspect drop -o report --no-evidence --rules rules
expect NothingIsPassedOver 0 ' 0 passed over' python3 "$root/tests/integration/inspect_kinds.py" judge report/report.json
# The property above would also hold if the inspector opened nothing and only said so.
holds MostIsFound bash -c "grep -oE '^[0-9]+' <<<'$out' | awk '{ exit !(\$1 > 10 * $kinds) }'"
finish
