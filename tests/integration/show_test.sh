#!/bin/bash
# Tests `show`, which prints everything that evidence says, with the real program.
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"

mkdir in && echo text >in/a
"$immure" keygen host.key >.stdout
"$immure" keygen other.key >.stdout
if ! { "$immure" run --in in --out out --key host.key -- cp /in/a $'/out/\e[31mb' >.stdout 2>.stderr || [ $? = 5 ]; }; then
  skip ShowEvidence cell "no cell can be built here: $(<.stderr)"
  exit 0
fi
e=out.evidence.json

expect AKeyThatSignedIsNamed 0 '^signature: checked; made by key' "$immure" show $e --key host.pub
holds ItIsTheFirstLine [ "$(head -c 19 <<<"$out")" = 'signature: checked;' ]
expect AnyOfTheKeysWillDo 0 '^signature: checked' "$immure" show $e --key other.pub --key host.pub
expect WithoutAKeyItSaysSo 0 '^signature: NOT CHECKED' "$immure" show $e
expect AnotherKeyIsAnError 3 'signature-invalid: .*Name the key of the host' "$immure" show $e --key other.pub
holds AnotherKeyShowsNothing [ -z "$out" ]
sed 's/"payload":"\(....\)./"payload":"\1A/' $e >altered.json
expect AlteredEvidenceIsAnError 3 'signature-invalid' "$immure" show altered.json --key host.pub
expect AMissingFileIsNamed 64 'nothing.json: not found' "$immure" show nothing.json
expect WhatIsNoEvidenceIsAnError 3 'envelope-malformed' "$immure" show host.pub
expect TheMountsAreThere 0 '^inside +/out +[a-z]+ +.*rw$' "$immure" show $e
expect TheNamespacesAreThere 0 '^net +[0-9]+ +[0-9]+ +[0-9]+$' "$immure" show $e
expect TheNamesOfVariablesAreThere 0 '^variables of the program: HOME, LANG' "$immure" show $e
for call in execve socket connect 'write to /in' 'write outside of /out'; do
  expect "Denied/$call" 0 "^$call: [a-z0-9]+\(.*\) = -1, E[A-Z]+( |$)" "$immure" show $e
done
"$immure" show $e --key host.pub >words
holds TheTextIsSafeForATerminal eval '! LC_ALL=C grep -q $'"'\e'"' words'
holds NoLineIsWiderThanEightyColumns [ "$(LC_ALL=C.UTF-8 awk '{ if (length > most) most = length } END { print most }' words)" -le 80 ]
"$immure" show $e --key host.pub --json >json
holds JsonIsJson is_json <json
holds JsonHasTheSignedStatement cmp <(jq -S .statement json) <(jq -r .payload $e | base64 -d | jq -S .)
holds JsonHasTheDenials [ "$(jq -r '[.denials[].asked] | join(",")' json)" = 'execve,socket,connect,write to /in,write outside of /out' ]
holds JsonSaysThatTheSignatureWasChecked [ "$(jq -r .signature json)" = checked ]
finish
