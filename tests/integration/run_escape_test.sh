#!/usr/bin/env bash
# Runs a payload that tries every way out of its cell, and tries to take more than its share.
# usage: run_escape_test.sh DIRECTORY-OF-PROGRAMS
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"
export LC_ALL=C.UTF-8 IMMURE_CACHE=$here/cache
limit=60

parts=("$root"/tests/integration/escape/{escape,files,output,process,kernel,numbers,exec}.c)
static=$(payload escape_static -static "${parts[@]}")
dynamic=$(payload escape_dynamic "${parts[@]}")

make_input() {
  mkdir input input/sub
  echo 'some text' >input/a
  echo 'more text' >input/victim
  cp "$static" input/prog
  cp "$static" input/suid
  chmod 4755 input/suid
  printf '#!/bin/sh\necho STARTED AGAIN\n' | make_script input/script
  ln -s /etc/hostname input/lnk
  mkdir special
  cp -a input/. special/
  mkfifo special/fifo
  [ "$(id -u)" -ne 0 ] || mknod special/null c 1 3
  "$immure" keygen host.key >/dev/null
}

# Lists everything of the input that could be changed from inside.
state_of() {
  (cd "$1" && find . -printf '%M %U:%G %s %T@ %C@ %p %l\n' | sort -k6 &&
    find . -type f -print0 | sort -z | xargs -0 sha256sum)
}

# fits ID ANSWER PROFILE: true if escape/expected.tsv allows this answer.
declare -a patterns in_static in_dynamic
while IFS=$'\t' read -r pattern first second _; do
  case $pattern in '#'*) continue ;; esac
  patterns+=("$pattern") in_static+=("$first") in_dynamic+=("$second")
done <"$root/tests/integration/escape/expected.tsv"
fits() {
  local wanted=EPERM i
  for i in "${!patterns[@]}"; do
    # shellcheck disable=SC2053 # a pattern it is
    if [[ $1 == ${patterns[i]} ]]; then
      if [[ $3 == static ]]; then wanted=${in_static[i]}; else wanted=${in_dynamic[i]}; fi
      break
    fi
  done
  [[ "|$wanted|" == *"|$2|"* ]] && return
  answer_wanted=$wanted
  return 1
}

# judge NAME PROFILE: checks the lines that the payload printed, in $out.
judge() {
  local id ret answer
  while read -r id ret answer; do
    if fits "$id" "$answer" "$2"; then ok "$1/$id"; else not_ok "$1/$id: answered $answer ($ret), not $answer_wanted"; fi
  done <<<"$out"
  same "$1/CameToItsEnd" 'end 0 ok' "$(tail -n 1 <<<"$out")"
}

# attempt PROFILE WHAT INPUT OPTIONS...: runs the payload under a profile, then checks its outputs and its evidence.
attempt() {
  local profile=$1 what=$2 input=$3 name=$1-$2-$3
  shift 3
  local program=$static before
  [ "$profile" = static ] || program=$dynamic
  local argument=$profile
  [ "$what" = calls ] || argument=/app/$(basename "$program")
  before=$(state_of "$input")
  run "$immure" run --in "$input" --out "out-$name" --key host.key --evidence "$name.json" "$@" -- \
    "$program" "$what" "$argument"
  same "$name/ExitCode" 0 "$code"
  judge "$name" "$profile"
  same "$name/InputIsUntouched" "$before" "$(state_of "$input")"
  expect "$name/EvidenceIsAccepted" 0 '^ACCEPTED' "$immure" verify "$name.json" --key host.pub --artifacts "out-$name"
  # Check the named files only if there are outputs: without outputs, the plan is the only subject.
  [ "$what" != calls ] || only_named_files "$name" "out-$name" "$name.json"
}

escapes() {
  make_input
  attempt static calls input
  attempt static calls special --stage
  attempt dynamic calls input
  attempt static exec input
  attempt dynamic exec input
}

# --- More than its share

profile() {
  cat >small.toml <<END
base = "static"
[limits]
memory = "${1:-64MiB}"
processes = 20
files = 32
output_bytes = "1MiB"
output_files = 10
cpu = "${2:-60s}"
END
}

# bomb WHAT CODE LINES...: checks what the payload says of the limit that it met.
bomb() {
  local what=$1 wanted=$2 line
  shift 2
  rm -rf bombed bomb.json
  run "$immure" run --in input --out bombed --key host.key --evidence bomb.json --profile ./small.toml -- \
    "$static" "$what"
  if [[ ! $code =~ ^($wanted)$ ]]; then not_ok "bomb/$what: exit code $code, not $wanted" "$out" "$err"; else ok "bomb/$what"; fi
  for line in "$@"; do
    if grep -qxE "$line" <<<"$out"; then ok "bomb/$what/$line"; else not_ok "bomb/$what: no line $line" "$out" "$err"; fi
  done
  expect "bomb/$what/EvidenceIsAccepted" 0 '^ACCEPTED' "$immure" verify bomb.json --key host.pub --artifacts bombed
}

# True if a run here has a control group.
in_a_group() {
  rm -rf plain plain.evidence.json
  "$immure" run --in input --out plain --key host.key -- "$static" descriptors >/dev/null 2>&1
  statement plain.evidence.json | grep -q '"by":"cgroup[12]","name":"memory"'
}

bombs() {
  profile
  # The limit of 20 processes includes the payload and the cell's first process.
  bomb fork-bomb 0 'bomb/processes -1 EAGAIN' 'bomb/children 1[0-9] ok'
  # A control group's limit ends the program; a limit of address space gives the program an error.
  if in_a_group; then
    bomb memory-bomb 137
  else
    bomb memory-bomb 0 'bomb/memory -1 ENOMEM' 'bomb/mebibytes (5[0-9]|6[0-3]) ok'
  fi
  bomb output-bomb 5 'bomb/output -1 ENOSPC' 'bomb/bytes 1048576 ok' 'bomb/one-file -1 EFBIG'
  only_named_files bomb/output-bomb bombed bomb.json
  bomb file-bomb 5 'bomb/files -1 ENOSPC' 'bomb/made 10 ok'
  same bomb/file-bomb/Files 10 "$(find bombed -type f | wc -l)"
  bomb descriptors 0 'bomb/descriptors -1 EMFILE' 'bomb/duplicates 29 ok'
  bomb crash 139 'crash/child -1 SIGSEGV' 'crash/core 0 none'
  same bomb/crash/NoCoreFile "" "$(find . -path ./ordinary -prune -o -name '*core*' -print)"
  profile 64MiB 1s
  bomb spin 152
  if in_a_group; then
    profile 100MiB
    bomb memory-bombs '0|5|137' 'bomb/living [0-2] ok'
  else
    skip TheMemoryOfAllProcessesTogether kernel 'no control group may be made here'
  fi
  profile
  expect bomb/wall-clock 124 'wall-clock' "$immure" run --in input --out endless --key host.key --timeout 1 -- \
    "$static" spin
  expect bomb/wall-clock/EvidenceIsAccepted 0 '^ACCEPTED' "$immure" verify endless.evidence.json --key host.pub
}

everybody escapes bombs
