# What every shell test shares. A test prints one line for each fact: `ok NAME`, `not ok NAME` or `skip NAME: KIND: WHY`.
# Indented lines below `not ok` say what was seen. script/test counts these lines.
# shellcheck shell=bash

bin=$(cd "${1:?usage: $0 BIN_DIR}" && pwd) || exit 64
immure=$bin/immure
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# The path of the running test, relative to the repository.
this=$(realpath --relative-to="$root" "$0")
ordinary=65534
export NO_COLOR=1
unset IMMURE_CACHE
here=$(mktemp -d)
# Every login session has such a directory. Without this directory, any command of rootless podman makes directories in
# TMPDIR.
XDG_RUNTIME_DIR=$(mktemp -d)
export XDG_RUNTIME_DIR
runtime=$XDG_RUNTIME_DIR
# A configuration file of the developer must not change what the tests see.
[ ! -e "${XDG_CONFIG_HOME:-${HOME:-/}/.config}/immure/config.toml" ] || export XDG_CONFIG_HOME=$here/config
failures=0
# Seconds that a command of `run` may take; empty: no limit. With a limit, the command must be a program.
limit=

# Commands that run when the test ends, however it ends: at_exit+=(NAME).
at_exit=()
leave() {
  # A subshell that is killed in its first moments would run this function too.
  [[ $BASHPID == "$$" ]] || return 0
  local command
  for command in "${at_exit[@]}"; do "$command"; done
  # The image cache holds directories that even their owner may not write.
  chmod -R u+rwX "$here" "$runtime"
  rm -rf "$here" "$runtime"
}
trap leave EXIT
cd "$here" || exit 70

ok() { echo "ok $1"; }
# not_ok NAME [SEEN...]: prints only the first lines of what was seen, because a program may print for ever.
not_ok() {
  echo "not ok $1"
  failures=$((failures + 1))
  shift
  local text line count
  for text in "$@"; do
    count=40
    while IFS= read -r line && ((count-- > 0)); do printf '    %s\n' "${line:0:400}"; done <<<"$text"
  done
}
# skip NAME KIND WHY: KIND is what is missing. script/test lists the kinds that may be missing in continuous integration.
skip() { echo "skip $1: $2: $3"; }
# finish: ends the test, with 1 if a fact does not hold.
finish() { exit $((failures > 0 ? 1 : 0)); }

# The commands below need no program in PATH, which a test may change.
# run COMMAND...: puts the command's exit code into $code, its output into $out and $err.
run() {
  ${limit:+timeout -k 5 "$limit"} "$@" >"$here/.stdout" 2>"$here/.stderr" </dev/null
  code=$?
  # The shell leaves NUL bytes out, and warns.
  { out=$(<"$here/.stdout") err=$(<"$here/.stderr"); } 2>/dev/null
}

# expect NAME CODE PATTERN COMMAND...: the exit code must match CODE, and a line of both outputs together must match PATTERN.
# Both are extended regular expressions.
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

# holds NAME COMMAND...: the command must succeed.
holds() {
  local name=$1
  shift
  if "$@" >"$here/.stdout" 2>"$here/.stderr"; then ok "$name"; else
    not_ok "$name" "$*" "$(<"$here/.stdout")" "$(<"$here/.stderr")"
  fi
}

# same NAME WANTED SEEN: the two texts must be the same.
same() { if [[ $2 == "$3" ]]; then ok "$1"; else not_ok "$1" "wanted: $2" "seen:   $3"; fi; }

is_json() { python3 -c 'import json,sys; json.loads(sys.stdin.read().splitlines()[-1])'; }
has() { command -v "$1" >/dev/null; }
# on_a_disk DIR: true if the directory lies on a disk of this machine. immure copies an input that lies elsewhere.
on_a_disk() {
  local source
  source=$(df --output=source "$1") && [[ $source =~ /dev/ && ! $source =~ /dev/(loop|nbd|rbd|drbd) ]] &&
    [[ $(stat -f -c %T "$1") =~ ^(ext2/ext3|xfs|btrfs|f2fs)$ ]]
}

# payload NAME FLAGS... FILES...: compiles a program, once for both users, and prints its path.
payload() {
  local name=$1
  shift
  [ -x "$bin/payloads/$name" ] && { echo "$bin/payloads/$name"; return; }
  mkdir -p "$here/payloads"
  [ -x "$here/payloads/$name" ] || gcc -std=gnu17 -O1 -Wall -Wextra -o "$here/payloads/$name" "$@" || exit 70
  echo "$here/payloads/$name"
}

# make_script NAME: writes standard input into an executable script.
make_script() { cat >"$1" && chmod 755 "$1"; }

# statement EVIDENCE: prints the signed text.
statement() { sed 's/.*"payload":"\([^"]*\)".*/\1/' "$1" | base64 -d; }

# subjects EVIDENCE: prints the outputs that the evidence names, `DIGEST  NAME` a line. Reads the evidence without
# immure.
subjects() {
  statement "$1" | sed 's/.*"subject"://' |
    grep -o '{"digest":{"sha256":"[0-9a-f]*"},"name":"[^"]*"}' |
    sed 's/{"digest":{"sha256":"\([0-9a-f]*\)"},"name":"\([^"]*\)"}/\1  \2/' | sort -k2
}

# only_named_files NAME DIR EVIDENCE: DIR must hold exactly the files that the evidence names, as regular files with one
# link and plain modes.
only_named_files() {
  local odd
  odd=$(find "$2" \( ! -type f -a ! -type d -o -type f -links +1 -o -perm /7000 -o ! -uid "$(id -u)" \) \
    -printf '%M %p\n')
  same "$1/OnlyPlainFiles" "" "$odd"
  same "$1/Digests" "$(subjects "$3")" "$(cd "$2" && find . -type f -printf '%P\n' | sort | xargs -d '\n' -r sha256sum)"
}

# as_ordinary_user: runs this script once more as an ordinary user, with copies of what the script needs, and prefixes
# its lines. Nothing may be left in the user's TMPDIR.
as_ordinary_user() {
  local place=$here/ordinary
  mkdir -p "$place/bin" "$place/tests" "$place/tmp"
  chmod 755 "$here"
  cp "$immure" "$place/bin/"
  [ ! -d "$here/payloads" ] || cp -r "$here/payloads" "$place/bin/"
  cp -r "$root"/tests/{harness.bash,integration,attack} "$place/tests/"
  cp -r "$root/bindings" "$place/"
  chown -R "$ordinary:$ordinary" "$place"
  (cd "$place" && setpriv --reuid=$ordinary --regid=$ordinary --clear-groups \
    env -u XDG_RUNTIME_DIR -u IMMURE_CACHE TMPDIR="$place/tmp" HOME="$place" bash "$this" "$place/bin" 2>&1) |
    sed -E 's/^(ok|not ok|skip) /&AsAnOrdinaryUser\//'
  [ "${PIPESTATUS[0]}" -eq 0 ] || failures=$((failures + 1))
  same AsAnOrdinaryUser/NothingIsLeft "" "$(ls -A "$place/tmp")"
}

# everybody FUNCTION...: runs the functions that make up a test, as this user and, if this user is root, as an ordinary
# user too.
everybody() {
  local test
  for test in "$@"; do "$test"; done
  [ "$(id -u)" -ne 0 ] || as_ordinary_user
  finish
}
