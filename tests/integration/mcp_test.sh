#!/bin/bash
# Tests `immure mcp` with a client of our own: what calls may name, what calls do, how the server reads hostile lines,
# and how calls end. usage: mcp_test.sh DIRECTORY-OF-PROGRAMS
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"
export LC_ALL=C.UTF-8 IMMURE_CACHE=$here/cache PYTHONDONTWRITEBYTECODE=1
limit=240

options() {
  mkdir -p allowed/in
  "$immure" keygen allowed/host.key >/dev/null
  "$immure" keygen outside.key >/dev/null
  expect Options/NeedsADirectory 64 '--allow or --allow-read is missing' "$immure" mcp
  expect Options/DirectoryThatIsNotThere 64 'nowhere' "$immure" mcp --allow nowhere
  expect Options/KeyWithinADirectory 64 'which calls may give to a program' "$immure" mcp --allow allowed --key allowed/host.key
  expect Options/KeyOutside 0 '' "$immure" mcp --allow allowed --key outside.key
  expect Options/TrustedKeyThatIsNotThere 64 'nowhere.pub' "$immure" mcp --allow allowed --trust nowhere.pub
  expect Options/Calls 64 'is not a number from 1 to 64' "$immure" mcp --allow allowed --calls 0
  expect Options/OutputLimit 64 'is no size from' "$immure" mcp --allow allowed --output-limit 1GiB
  expect Options/Profile 64 'no built-in profile|profile' "$immure" mcp --allow allowed --profile nowhere
  expect Options/SignerNeedsAKey 64 'needs --key' "$immure" mcp --allow allowed --signer true
}

# --untrusted-command by itself: the command line of a run may come from somebody whom the operator does not trust.
untrusted_command() {
  mkdir -p drop
  echo 'print("of the host")' >script.py
  local run=("$immure" run --in drop --no-evidence)
  expect UntrustedCommand/PacksNoScript 2 "can't open file" "${run[@]}" --out u1 --untrusted-command -- python3 script.py
  expect UntrustedCommand/TwinPacksTheScript 0 '^of the host' "${run[@]}" --out u2 -- python3 script.py
  if ! has node; then
    skip UntrustedCommand/ChoosesNoUnsafeProfile tool 'needs node'
    return
  fi
  expect UntrustedCommand/ChoosesNoUnsafeProfile 3 'widens the cell' "${run[@]}" --out u3 --untrusted-command -- node -e 1
  expect UntrustedCommand/TakesTheProfileOfTheOperator 0 '' "${run[@]}" --out u4 --untrusted-command --profile jit -- node -e 1
}

# client SCRIPT: runs a part of the test that is written in Python.
client() {
  local place=$here/${1%.py}
  mkdir "$place"
  timeout -k 5 "$limit" python3 "$root/tests/integration/$1" "$immure" "$place" || failures=$((failures + 1))
}

calls() { client mcp_calls.py; }
protocol() { client mcp_protocol.py; }

everybody options untrusted_command calls protocol
