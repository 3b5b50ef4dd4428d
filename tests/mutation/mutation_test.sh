#!/usr/bin/env bash
# Leaves out every layer once. The right test of the matrix must refuse the run, before the payload starts.
# usage: mutation_test.sh DIRECTORY-OF-PROGRAMS
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"
mutant=$bin/../tests/immure-mutant
work=$here
# immure copies an input that does not lie on a disk: the copy has no submount, and other mount options than the input.
if ! on_a_disk "$work"; then
  work=$(mktemp -d /var/tmp/immure-mutation-XXXXXX) || exit 70
  remove_work() { chmod -R u+rwX "$work" && rm -rf "$work"; }
  at_exit+=(remove_work)
  if ! on_a_disk "$work"; then
    skip everything kernel 'needs a temporary directory on a disk of this machine'
    finish
  fi
fi
chmod 755 "$work"

# Name of an omission, where it can be noticed, numbers of the tests that must notice it; a line for each.
list=$(IMMURE_OMIT=list "$mutant") || exit 70
# System calls that the filter lets through, by number, whatever their arguments.
list+="
call-202 always 34
call-28 always 34
call-157 always 34
call-163 always 36
call-53 always 25"

# The option that gives the program something, by the word that says where an omission is noticed.
declare -A gifts=([scratch]='--tmp 1MiB' [back]=--read-back [pairs]=--socket-pairs [helpers]='--exec gzip')
gift=
# The words behind the program that make a pipeline of it.
behind=()

# Groups that existed before this test belong to other runs. A group's name begins with the process number of its
# supervisor, so the name tells whether the run is over.
groups_of_ours() {
  local group number
  find /sys/fs/cgroup -regex '.*/immure-[0-9]+-[0-9a-f]+' -type d 2>/dev/null | while read -r group; do
    number=${group##*/immure-}
    [ -d "/proc/${number%-*}" ] || echo "$group"
  done
}
groups=$(groups_of_ours)

# try OMISSION NUMBER [PREFIX...]: runs one mutant under one user. PREFIX changes the user.
try() {
  local omission=$1 number=$2 name=$mode/Without/$1/$2 out
  shift 2
  rm -rf "$dir/out" "$dir/e.json"
  mkdir "$dir/out"
  [ "$(id -u)" -ne 0 ] || [ $# -eq 0 ] || chown "$user:$user" "$dir/out"
  # shellcheck disable=SC2086 # the option and its value are two words
  out=$("$@" env IMMURE_OMIT="$omission" IMMURE_CACHE="$dir/cache" "$mutant" run --in "$dir/in" --out "$dir/out" $gift \
    --key "$dir/host.key" --evidence "$dir/e.json" --replace -- "$dir/payload" "${behind[@]}" 2>&1)
  local code=$?
  if [ "$code" -ne 3 ]; then not_ok "$name" "exit code $code, not 3" "$out"; return; fi
  if [[ $out == *STARTED* ]]; then not_ok "$name" "the payload ran"; return; fi
  if [[ $out != *"test #$number "* ]]; then not_ok "$name" "no word of test #$number" "$out"; return; fi
  [ -s "$dir/e.json" ] || { not_ok "$name" "no evidence of the refusal"; return; }
  "$immure" verify "$dir/e.json" --key "$dir/host.pub" --accept work --accept build >"$dir/verdict" 2>&1
  code=$?
  if [ "$code" -eq 0 ]; then not_ok "$name" "the evidence was ACCEPTED"; return; fi
  if compgen -G "$dir/in/*immure*" >/dev/null || compgen -G "$dir/in/.immure*" >/dev/null; then not_ok "$name" "something was left in the input"; return; fi
  local group
  # Groups of other runs on this machine go away by themselves.
  for _ in {1..100}; do
    group=$(groups_of_ours | grep -v /immure-walk- | grep -vxF "$groups")
    [ -n "$group" ] || break
    sleep 0.1
  done
  if [ -n "$group" ]; then not_ok "$name" "$group was left behind"; groups=$(groups_of_ours); return; fi
  ok "$name"
}

# try_all WHERE [PREFIX...]: tries every mutant that is noticed at WHERE.
try_all() {
  local omission where number numbers wanted=$1
  shift
  while read -r omission where numbers; do
    [ "$where" = "$wanted" ] || continue
    for number in $numbers; do try "$omission" "$number" "$@"; done
  done <<<"$list"
}

everything() {
  mode=$1
  shift
  dir=$work/$mode
  mkdir "$dir" "$dir/in" "$dir/in/sub"
  echo text >"$dir/in/file"
  chmod 755 "$dir/in/file"
  cat >"$dir/payload" <<'SCRIPT'
#!/bin/sh
echo STARTED
SCRIPT
  chmod 755 "$dir/payload"
  "$immure" keygen "$dir/host.key" >/dev/null 2>&1
  [ "$(id -u)" -ne 0 ] || [ $# -eq 0 ] || chown -R "$user:$user" "$dir"
  # The allowed twin: with nothing left out the same command starts the payload.
  mkdir "$dir/out"
  [ "$(id -u)" -ne 0 ] || [ $# -eq 0 ] || chown "$user:$user" "$dir/out"
  local out
  out=$("$@" env IMMURE_OMIT=nothing IMMURE_CACHE="$dir/cache" "$mutant" run --in "$dir/in" --out "$dir/out" \
    --key "$dir/host.key" --evidence "$dir/e.json" --replace -- "$dir/payload" 2>&1)
  if [ "$out" = STARTED ]; then ok "$mode/NothingLeftOut"; else not_ok "$mode/NothingLeftOut" "$out"; fi
  try_all always "$@"
  local where
  for where in scratch back pairs helpers; do try_with "$where" "$@"; done
}

# try_with WHERE [PREFIX...]: makes a run whose program gets something, first with nothing left out, then with each
# mutant that is noticed at WHERE.
try_with() {
  local where=$1 out
  shift
  gift=${gifts[$where]}
  rm -rf "$dir/out"
  mkdir "$dir/out"
  [ "$(id -u)" -ne 0 ] || [ $# -eq 0 ] || chown "$user:$user" "$dir/out"
  # shellcheck disable=SC2086 # the option and its value are two words
  out=$("$@" env IMMURE_OMIT=nothing IMMURE_CACHE="$dir/cache" "$mutant" run --in "$dir/in" --out "$dir/out" $gift \
    --key "$dir/host.key" --evidence "$dir/e.json" --replace -- "$dir/payload" 2>"$dir/notes")
  if [ "$out" = STARTED ] && "$immure" verify "$dir/e.json" --key "$dir/host.pub" --accept work --accept build >/dev/null; then
    ok "$mode/NothingLeftOut/$where"
  else
    not_ok "$mode/NothingLeftOut/$where" "$out" "$(cat "$dir/notes")"
  fi
  try_all "$where" "$@"
  gift=
}

# A submount below the input that stays writable: only root can make one that an unprivileged cell then gets.
submount() {
  mode=submount
  dir=$work/submount
  mkdir "$dir" "$dir/in" "$dir/in/sub"
  cp "$work/own/payload" "$dir/payload"
  "$immure" keygen "$dir/host.key" >/dev/null 2>&1
  if ! unshare -m true 2>/dev/null; then skip submount kernel 'needs a mount namespace'; return; fi
  # Use a new mount namespace, so that nothing stays mounted whatever happens.
  export -f try try_all ok not_ok submounted groups_of_ours
  export failures bin groups list mutant immure dir mode gift
  unshare -m bash -c submounted || failures=$((failures + 1))
}
submounted() {
  # A file system in memory would be copied into the cell, and then no mount would be left to protect.
  mkdir "$dir/below" && touch "$dir/below/x" && mount --bind "$dir/below" "$dir/in/sub"
  try_all submount
  rm -rf "$dir/out" && mkdir "$dir/out"
  out=$(IMMURE_OMIT=nothing IMMURE_CACHE="$dir/cache" "$mutant" run --in "$dir/in" --out "$dir/out" --key "$dir/host.key" \
    --evidence "$dir/e.json" --replace -- "$dir/payload" 2>&1)
  if [ "$out" = STARTED ] && "$immure" verify "$dir/e.json" --key "$dir/host.pub" >/dev/null; then ok submount/NothingLeftOut; else not_ok submount/NothingLeftOut "$out"; fi
  return $((failures > 0))
}

# The filter allows one call that does not exist. No probe can notice this omission, but the filter in the kernel
# differs from the plan's filter. The kernel shows its filter to root, unless another filter is in force already.
read_back() {
  dir=$work/own
  rm -rf "$dir/out"
  local out code
  out=$(IMMURE_OMIT=call-404 IMMURE_CACHE="$dir/cache" "$mutant" run --in "$dir/in" --out "$dir/out" --no-evidence --venue native -- "$dir/payload" 2>&1)
  code=$?
  if [ "$code" -eq 3 ] && [[ $out == *"another seccomp filter than the plan's"* ]]; then ok own/Without/call-404; else not_ok own/Without/call-404 "exit code $code" "$out"; fi
}

# A supervisor that lets a denied call continue while the run is explained.
explained() {
  dir=$work/own
  local out code omission where numbers number
  out=$(IMMURE_OMIT=nothing IMMURE_CACHE="$dir/cache" "$mutant" explain --in "$dir/in" -- "$dir/payload" 2>&1)
  code=$?
  if [ "$code" -eq 0 ] && [[ $out == *STARTED* ]]; then ok own/NothingLeftOut/explain; else not_ok own/NothingLeftOut/explain "exit code $code" "$out"; fi
  while read -r omission where numbers; do
    [ "$where" = explain ] || continue
    out=$(IMMURE_OMIT=$omission IMMURE_CACHE="$dir/cache" "$mutant" explain --in "$dir/in" -- "$dir/payload" 2>&1)
    code=$?
    for number in $numbers; do
      if [ "$code" -eq 3 ] && [[ $out != *STARTED* && $out == *"test #$number "* ]]; then ok "own/Without/$omission/$number"; else
        not_ok "own/Without/$omission/$number" "exit code $code" "$out"
      fi
    done
  done <<<"$list"
}

# A pipeline whose first stage lacks a wall, while the stages behind it have all walls.
pipeline() {
  local out code number where omission numbers
  dir=$work/own
  behind=('|' "$dir/payload" '|' "$dir/payload")
  rm -rf "$dir/out"
  out=$(IMMURE_OMIT=nothing IMMURE_CACHE="$dir/cache" "$mutant" run --in "$dir/in" --out "$dir/out" --key "$dir/host.key" \
    --evidence "$dir/e.json" --replace -- "$dir/payload" "${behind[@]}" 2>&1)
  if [[ $out == STARTED* ]] && "$immure" verify "$dir/e.json" --key "$dir/host.pub" >/dev/null; then ok pipeline/NothingLeftOut; else not_ok pipeline/NothingLeftOut "$out"; fi
  export IMMURE_OMIT_STAGE
  mode=first-stage IMMURE_OMIT_STAGE=1
  try_all always
  # One wall of each kind in the middle stage.
  mode=middle-stage IMMURE_OMIT_STAGE=2
  for omission in network-namespace landlock filter capabilities close-descriptors input-read-only; do
    read -r _ where numbers <<<"$(grep "^$omission " <<<"$list")"
    try "$omission" "${numbers%% *}"
  done
  unset IMMURE_OMIT_STAGE
  out=$(IMMURE_OMIT=stages-together IMMURE_CACHE="$dir/cache" "$mutant" run --in "$dir/in" --out "$dir/shared" --no-evidence -- "$dir/payload" "${behind[@]}" 2>&1)
  code=$?
  if [ "$code" -eq 3 ] && [[ $out != *STARTED* && $out == *'test #37'*namespaces/uts* ]]; then ok pipeline/Without/stages-together; else not_ok pipeline/Without/stages-together "exit code $code" "$out"; fi
  behind=()
}

unknown=$(grep -vE '^[a-z0-9-]+ (always|group|root|ordinary|submount|beside|explain|scratch|back|pairs|helpers|pipeline) ' <<<"$list")
if [ -z "$unknown" ]; then ok EachOmissionIsTried; else not_ok EachOmissionIsTried "no test here tries: $unknown"; fi
everything own
explained
pipeline
if "$immure" doctor | grep -q 'limits: .*memory by cgroup'; then try_all group; else
  skip own/Without/control-group kernel 'no control group may be made here'
fi
if [ "$(id -u)" -eq 0 ] && grep -qx 'Seccomp:[[:space:]]*0' /proc/self/status; then read_back; else
  skip own/Without/call-404 root 'needs root under no filter, to read the filter back'
fi
if [ "$(id -u)" -eq 0 ]; then
  user=65534
  dir=$work/own mode=own
  try_all root
  everything ordinary setpriv --reuid="$user" --regid="$user" --clear-groups
  # If a control group counts shared memory, the cell does not deny such memory, so there is nothing to leave out.
  try_all ordinary setpriv --reuid="$user" --regid="$user" --clear-groups
  submount
else
  skip submount root 'needs root, to mount something below the input'
fi
finish
