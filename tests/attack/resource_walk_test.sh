#!/bin/bash
# A sample of script/resource-walk, the same each time: some of the steps of each climb, and some of the kills.
# usage: resource_walk_test.sh BIN_DIR
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"
if ((EUID != 0)); then
  skip ResourceWalk root 'only root can mount the small file systems'
  finish
fi
"$bin/../tests/immure-resources" "$bin" --every 29 >"$here/root" 2>&1 &
roots=$!
"$bin/../tests/immure-resources" "$bin" --every 31 --as 65531 >"$here/user" 2>&1 &
users=$!
# tell NAME LOG PROCESS
tell() { if wait "$3"; then ok "$1"; else not_ok "$1" "$(tail -n 40 "$2")"; fi; }
tell TooLittleGivesRootNothingFalse "$here/root" "$roots"
tell TooLittleGivesAnOrdinaryUserNothingFalse "$here/user" "$users"
finish
