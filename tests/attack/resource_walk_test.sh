#!/bin/bash
# A sample of script/resource-walk, the same each time: some of the steps of each climb, and some of the kills.
# usage: resource_walk_test.sh BIN_DIR
set -uo pipefail
bin=$(cd "${1:?usage: $0 BIN_DIR}" && pwd) || exit 64
if ((EUID != 0)); then
  echo 'skip resource walk: only root can mount the small file systems'
  exit 0
fi
log=$(mktemp -d)
trap 'rm -rf "$log"' EXIT
"$bin/immure-resources" "$bin" --every 29 >"$log/root" 2>&1 &
root=$!
"$bin/immure-resources" "$bin" --every 31 --as 65531 >"$log/user" 2>&1 &
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
tell TooLittleGivesRootNothingFalse "$log/root" "$root"
tell TooLittleGivesAnOrdinaryUserNothingFalse "$log/user" "$user"
exit "$failed"
