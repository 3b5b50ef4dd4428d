#!/bin/bash
# A sample of script/race-walk, the same each time: some of the operator's paths are exchanged before some of the calls.
# usage: race_walk_test.sh BIN_DIR
set -uo pipefail
bin=$(cd "${1:?usage: $0 BIN_DIR}" && pwd) || exit 64
if ((EUID != 0)); then
  echo 'skip race walk: only root can be both the operator and the attacker'
  exit 0
fi
log=$(mktemp -d)
trap 'rm -rf "$log"' EXIT
"$bin/immure-races" "$bin" --every 41 >"$log/root" 2>&1 &
root=$!
"$bin/immure-races" "$bin" --every 43 --as 65534 >"$log/user" 2>&1 &
user=$!
failed=0
# tell NAME LOG PROCESS
tell() {
  if wait "$3"; then
    echo "ok $1"
  else
    echo "not ok $1"
    cat "$2" >&2
    failed=1
  fi
}
tell ExchangedPathsGiveRootNothingFalse "$log/root" "$root"
tell ExchangedPathsGiveAnOrdinaryUserNothingFalse "$log/user" "$user"
exit "$failed"
