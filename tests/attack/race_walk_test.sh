#!/bin/bash
# A sample of script/race-walk, the same each time: some of the operator's paths are exchanged before some of the calls.
# usage: race_walk_test.sh BIN_DIR
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"
if ((EUID != 0)); then
  skip RaceWalk root 'only root can be both the operator and the attacker'
  finish
fi
"$bin/../tests/immure-races" "$bin" --every 41 >"$here/root" 2>&1 &
roots=$!
"$bin/../tests/immure-races" "$bin" --every 43 --as 65534 >"$here/user" 2>&1 &
users=$!
# tell NAME LOG PROCESS
tell() { if wait "$3"; then ok "$1"; else not_ok "$1" "$(tail -n 40 "$2")"; fi; }
tell ExchangedPathsGiveRootNothingFalse "$here/root" "$roots"
tell ExchangedPathsGiveAnOrdinaryUserNothingFalse "$here/user" "$users"
finish
