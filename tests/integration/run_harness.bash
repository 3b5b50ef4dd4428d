# What the tests of real runs share. A script defines what it tests as functions, and ends with `everybody NAME
# FUNCTION...`: as root they run twice, the second time as an ordinary user.
# shellcheck shell=bash

bin=$(cd "${1:?usage: $0 BIN_DIR}" && pwd) || exit 64
sources=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
immure=$bin/immure
ordinary=65534
export NO_COLOR=1 LC_ALL=C.UTF-8
work=$(mktemp -d)
export IMMURE_CACHE=$work/cache
chmod 755 "$work"
# Check the process, because a subshell that is killed in its first moments would run this too.
trap '[ "$BASHPID" != "$$" ] || { chmod -R u+rwX "$work"; rm -rf "$work"; }' EXIT
cd "$work" || exit 70
passed=0 failed=0 skipped=0
limit=${IMMURE_TEST_SECONDS:-60}

ok() { passed=$((passed + 1)); }
not_ok() {
  failed=$((failed + 1))
  printf 'FAILED: %s\n' "$1"
  shift
  local text
  for text in "$@"; do head -n 6 <<<"$text" | cut -c -400 | sed 's/^/    /'; done
}
skip() {
  skipped=$((skipped + 1))
  echo "SKIPPED: $*"
}

# run COMMAND...: puts the command's exit code into $code, its output into $out and $err. A time limit ends the command.
run() {
  timeout -k 5 "$limit" "$@" >"$work/.stdout" 2>"$work/.stderr" </dev/null
  code=$?
  out=$(tr -d '\0' <"$work/.stdout") err=$(tr -d '\0' <"$work/.stderr")
}

# expect NAME CODE PATTERN COMMAND...: CODE is an extended regular expression for the exit code, PATTERN one that both
# outputs together must hold.
expect() {
  local name=$1 wanted=$2 pattern=$3
  shift 3
  run "$@"
  if [[ ! $code =~ ^($wanted)$ ]]; then
    not_ok "$name" "exit code $code, not $wanted, of: $*" "$out" "$err"
  elif [[ -n $pattern ]] && ! grep -qE -- "$pattern" <<<"$out"$'\n'"$err"; then
    not_ok "$name" "nothing like /$pattern/ from: $*" "$out" "$err"
  else
    ok
  fi
}

# holds NAME COMMAND...: the command succeeds.
holds() {
  local name=$1
  shift
  if "$@" >"$work/.holds" 2>&1; then ok; else not_ok "$name" "$*" "$(<"$work/.holds")"; fi
}

# same NAME WANTED SEEN
same() { if [[ $2 == "$3" ]]; then ok; else not_ok "$1" "wanted: $2" "seen:   $3"; fi; }

# payload NAME FLAGS... FILES...: compiles a program, once for both users, and says where it is.
payload() {
  local name=$1
  shift
  [ -x "$bin/payloads/$name" ] && { echo "$bin/payloads/$name"; return; }
  mkdir -p "$work/payloads"
  [ -x "$work/payloads/$name" ] || gcc -std=gnu17 -O1 -Wall -Wextra -o "$work/payloads/$name" "$@" || exit 70
  echo "$work/payloads/$name"
}

# script NAME: a shell script from standard input.
script() { cat >"$1" && chmod 755 "$1"; }

# statement EVIDENCE: the signed text.
statement() { sed 's/.*"payload":"\([^"]*\)".*/\1/' "$1" | base64 -d; }

# What the evidence says of the outputs, `DIGEST  NAME` a line, read without the program under test.
subjects() {
  statement "$1" | sed 's/.*"subject"://' |
    grep -o '{"digest":{"sha256":"[0-9a-f]*"},"name":"[^"]*"}' |
    sed 's/{"digest":{"sha256":"\([0-9a-f]*\)"},"name":"\([^"]*\)"}/\1  \2/' | sort -k2
}

# only_named_files NAME DIR EVIDENCE: regular files with one link and plain modes, exactly those that the evidence
# names.
only_named_files() {
  local odd
  odd=$(find "$2" \( ! -type f -a ! -type d -o -type f -links +1 -o -perm /7000 -o ! -uid "$(id -u)" \) \
    -printf '%M %p\n')
  same "$1/OnlyPlainFiles" "" "$odd"
  same "$1/Digests" "$(subjects "$3")" "$(cd "$2" && find . -type f -printf '%P\n' | sort | xargs -d '\n' -r sha256sum)"
}

as_ordinary_user() {
  local place=$work/ordinary name result
  name=$(basename "$0")
  mkdir -p "$place/bin" "$place/tests" "$place/tmp"
  cp "$bin/immure" "$place/bin/"
  [ ! -d "$work/payloads" ] || cp -r "$work/payloads" "$place/bin/"
  cp -r "$sources"/run_* "$sources"/kill_test.sh "$sources"/escape "$place/tests/"
  chown -R "$ordinary:$ordinary" "$place"
  result=$(cd "$place" && setpriv --reuid=$ordinary --regid=$ordinary --clear-groups \
    env TMPDIR="$place/tmp" HOME="$place" bash "$place/tests/$name" "$place/bin" 2>&1)
  sed '$d' <<<"$result" | sed 's/^\(FAILED\|SKIPPED\): /&as an ordinary user: /'
  local count
  if count=$(tail -n 1 <<<"$result" | grep -oE '[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$'); then
    passed=$((passed + $(cut -d' ' -f1 <<<"$count")))
    failed=$((failed + $(cut -d' ' -f3 <<<"$count")))
    skipped=$((skipped + $(cut -d' ' -f5 <<<"$count")))
  else
    not_ok "as an ordinary user: no result" "$result"
  fi
  same "as an ordinary user: NothingIsLeft" "" "$(ls -A "$place/tmp")"
}

everybody() {
  local name=$1
  shift
  local test
  for test in "$@"; do "$test"; done
  [ "$(id -u)" -ne 0 ] || as_ordinary_user
  echo "$name: $passed passed, $failed failed, $skipped skipped"
  exit $((failed > 0 ? 1 : 0))
}
