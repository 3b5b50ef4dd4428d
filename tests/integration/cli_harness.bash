# What the tests of the command line share. Each test prints one line: ok NAME, not ok NAME or skip NAME.
# shellcheck shell=bash

bin=$(cd "${1:?usage: $0 BIN_DIR}" && pwd) || exit 64
immure=$bin/immure
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export NO_COLOR=1
unset IMMURE_CACHE
here=$(mktemp -d)
# Every login has such a directory. Without it, rootless podman makes directories in TMPDIR with any command.
XDG_RUNTIME_DIR=$(mktemp -d)
export XDG_RUNTIME_DIR
runtime=$XDG_RUNTIME_DIR
trap 'chmod -R u+rwX "$here" "$runtime"; rm -rf "$here" "$runtime"' EXIT
cd "$here" || exit 70
failures=0

ok() { echo "ok $1"; }
not_ok() {
  echo "not ok $1"
  failures=$((failures + 1))
  shift
  printf '    %s\n' "$@" >&2
}

# run COMMAND...: puts the command's exit code into $code, its output into $out and $err.
run() {
  "$@" >.stdout 2>.stderr </dev/null
  code=$?
  out=$(<.stdout) err=$(<.stderr)
}

# expect NAME CODE PATTERN COMMAND...: the exit code must match CODE, and both outputs together must match PATTERN. Both are
# extended regular expressions.
expect() {
  local name=$1 wanted=$2 pattern=$3
  shift 3
  run "$@"
  if [[ ! $code =~ ^($wanted)$ ]]; then
    not_ok "$name" "exit code $code, not $wanted, of: $*" "$out" "$err"
  elif ! grep -qE -- "$pattern" <<<"$out"$'\n'"$err"; then
    not_ok "$name" "nothing like /$pattern/ from: $*" "$out" "$err"
  else
    ok "$name"
  fi
}

# holds NAME COMMAND...: the command succeeds.
holds() {
  local name=$1
  shift
  if "$@" >.stdout 2>.stderr; then ok "$name"; else not_ok "$name" "$*" "$(<.stdout)" "$(<.stderr)"; fi
}

is_json() { python3 -c 'import json,sys; json.loads(sys.stdin.read().splitlines()[-1])'; }
finish() { exit $((failures > 0 ? 1 : 0)); }
