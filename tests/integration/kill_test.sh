#!/usr/bin/env bash
# Kills every process of a run at every stage: soon nothing of the run may be left, and no file may be half written.
# usage: kill_test.sh DIRECTORY-OF-PROGRAMS
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"
export LC_ALL=C.UTF-8 IMMURE_CACHE=$here/cache
limit=60

lasting=$(payload lasting -static "$root/tests/integration/escape/lasting.c")
RANDOM=1
# Send the shell's own message about each killed job to a file.
exec 2>"$here/.shell"
[ "$(id -u)" -ne 0 ] && rounds=8 || rounds=14

fixtures() {
  mkdir in
  echo text >in/a
  "$immure" keygen host.key >/dev/null
  # Pack the image once, so that the cache is warm.
  expect Warm 0 '' "$immure" run --in in --out warm --no-evidence -- /bin/true
}

# Lists the processes with the mark in their command line. The cell's first process has a copy of its supervisor's
# memory, so it has the same command line.
marked() { grep -l -f "$here/mark" /proc/[0-9]*/cmdline 2>/dev/null | cut -d/ -f3; }
# look PID: sets $inner (the process's number in its innermost pid namespace) and $levels (in how many pid namespaces it
# is). The shell reads these numbers itself, because starting a program would take too long.
look() {
  local line
  inner='' levels=0
  [[ -r /proc/$1/status ]] || return 0
  while read -r line; do
    case $line in
      NSpid:*)
        # shellcheck disable=SC2086 # words
        set -- $line
        levels=$(($# - 1)) inner=${!#}
        return
        ;;
    esac
  done 2>/dev/null <"/proc/$1/status"
}
look $$
own_levels=$levels led=0
mounts() { cut -d" " -f3- /proc/self/mountinfo | sort; }
cgroups_of() { find /sys/fs/cgroup -name "immure-$1-*" -type d 2>/dev/null; }

# children_of PID: puts the children of the process's first thread into $children, the youngest last.
children_of() {
  children=
  [[ ! -r /proc/$1/task/$1/children ]] || read -r children <"/proc/$1/task/$1/children"
} 2>/dev/null

# find_target WHO SUPERVISOR: puts the pid of process WHO into $target, or nothing if there is no such process (yet).
# The supervisor is the process that the test started, or a child of this process. The first process is the supervisor's
# child in a new pid namespace; the payload is the last child of the first process.
find_target() {
  local pid above children first=''
  target=
  [[ $1 != supervisor ]] || { target=$2; return; }
  children_of "$2"
  for above in $2 $children; do
    [[ $above == "$2" ]] || led=$above
    children_of "$above"
    for pid in $children; do
      look "$pid"
      if ((levels > own_levels)) && [[ $inner == 1 ]]; then first=$pid; fi
    done
  done
  [[ -n $first ]] || return
  children_of "$first"
  target=$first
  [[ $1 != payload ]] || target=${children##* }
}

# pause MILLISECONDS: waits without starting a process.
exec {never}<> <(:)
pause() { [[ $1 -eq 0 ]] || read -r -t "$(printf '0.%03d' "$1")" -u "$never"; }

# end_of NAME SUPERVISOR: waits for the supervisor, but not for ever, and puts its exit code into $code.
end_of() {
  local i
  for ((i = 0; i < 400; i++)); do
    kill -0 "$2" 2>/dev/null || break
    sleep 0.05
  done
  kill -9 "$2" 2>/dev/null && not_ok "$1: the supervisor did not end within 20 seconds"
  wait "$2" 2>/dev/null
  code=$?
}

# gone NAME SUPERVISOR: within two seconds no process and no control group of the run may be left.
gone() {
  local i left=
  for ((i = 0; i < 40; i++)); do
    left=$(marked)
    [[ -z $left ]] && left=$(cgroups_of "$2"; cgroups_of "$led")
    [[ -z $left ]] && { ok "$1/NothingIsLeft"; return; }
    sleep 0.05
  done
  # shellcheck disable=SC2046,SC2086 # lists of words
  not_ok "$1: left after two seconds" "$left" "$(cat $(printf '/proc/%s/wchan ' $left) 2>/dev/null)"
  # Leave nothing behind for the next trial.
  for i in $(marked); do kill -9 "$i"; done
  for i in $(cgroups_of "$2"; cgroups_of "$led"); do rmdir "$i"; done
}

# files NAME: there must be no temporary file, and each file must be complete.
files() {
  same "$1/NoTemporaryFiles" "" "$(find out in . -maxdepth 1 -name '.immure*' 2>/dev/null; ls -A tmp)"
  if [[ -e evidence.json ]]; then
    run "$immure" verify evidence.json --key host.pub
    # The evidence of a refused run says so, and says how the run ended. No evidence is cut short.
    if [[ $code -eq 0 || $out == BLOCKED*$'\nended '* || $out == *REJECTED* ]]; then
      ok "$1/EvidenceIsWhole"
    else
      not_ok "$1/EvidenceIsWhole" "$code" "$out" "$err"
    fi
  fi
  # If the payload was killed before its first byte, its output is an empty file.
  if [[ -s out/started ]]; then same "$1/OutputIsWhole" started "$(<out/started)"; fi
}

options=()  # options of the runs
# trial WHO MILLISECONDS|started: makes one run and kills one process of it.
trial() {
  local who=$1 when=$2 name=$1-$2 supervisor target i inner levels ended
  # Forget what an earlier run has said, so that nothing takes it for what this run says.
  rm -rf out evidence.json tmp .run.out .run.err
  mkdir tmp
  : >.run.out
  echo "mark-$$-$RANDOM-$who" >mark
  TMPDIR=$here/tmp "$immure" run "${options[@]}" --in in --out out --key host.key --evidence evidence.json -- "$lasting" "$(<mark)" \
    >.run.out 2>.run.err &
  supervisor=$!
  if [[ $when == started ]]; then
    for ((i = 0; i < 1500; i++)); do grep -q STARTED .run.out && break; sleep 0.02; done
    grep -q STARTED .run.out || not_ok "$name: never started" "$(<.run.err)"
  else
    [[ $who != supervisor ]] || pause "$when"
  fi
  # Kill the process as soon as it exists, or MILLISECONDS later.
  for ((i = 0; i < 1000; i++)); do
    find_target "$who" "$supervisor"
    [[ -z $target ]] || break
    kill -0 "$supervisor" 2>/dev/null || break
  done
  [[ $who == supervisor || $when == started ]] || pause "$when"
  if [[ -n $target ]] && kill -9 "$target" 2>/dev/null; then
    ((hit += 1))
    # For a moment, the last child of the first process is the child that ran the controls. If this child had finished
    # its work when it was killed, the payload starts nevertheless and keeps running. On a busy machine the payload
    # starts late, so look again until the run is over.
    for ((i = 0; i < 500; i++)); do
      kill -0 "$supervisor" 2>/dev/null || break
      pause 20
      [[ $who == payload && $((i % 25)) -eq 24 ]] || continue
      find_target payload "$supervisor"
      [[ -z $target ]] || kill -9 "$target" 2>/dev/null
      target=${target:-gone}
    done
  else
    # The process did not exist yet or any more: end the run by killing its supervisor, which must work as well.
    target=
    kill -9 "$supervisor" 2>/dev/null
  fi
  end_of "$name" "$supervisor"
  ended=$code
  gone "$name" "$supervisor"
  files "$name"
  [[ -n $target ]] || return
  local started=no
  grep -q STARTED .run.out && started=yes
  case $who in
    supervisor) same "$name/ExitCode" 137 "$ended" ;;
    *)
      # Between its exec and its first line of output, the payload runs although it has not printed STARTED.
      if [[ $started == yes && $ended -ne 137 ]] || [[ $ended -ne 3 && $ended -ne 137 ]]; then
        not_ok "$name: exit code $ended, started: $started" "$(<.run.err)"
      else
        ok "$name/ExitCode"
      fi
      if [[ -s evidence.json ]]; then ok "$name/Evidence"; else not_ok "$name: no evidence" "$ended" "$(<.run.err)"; fi
      if [[ $ended -eq 3 ]]; then
        same "$name/NoOutputDirectory" "" "$(ls -d out 2>/dev/null)"
        same "$name/OneSentence" 1 "$(grep -c 'immure: BLOCKED: ' .run.err)"
      fi
      ;;
  esac
}

stages() {
  local who i before
  before=$(mounts)
  for who in supervisor first payload; do
    hit=0
    for ((i = 0; i < rounds; i++)); do trial "$who" $((RANDOM % 50)); done
    trial "$who" started
    trial "$who" started
    if [[ $hit -ge 2 ]]; then ok "$who/KillsMetTheirProcess"; else not_ok "$who: only $hit kills met their process"; fi
  done
  same MountsAreAsBefore "$before" "$(mounts)"
}

# While root copies an input, immure makes files as another user, and then the kernel forgets that immure must end together
# with its parent.
staged() {
  options=(--stage)
  trial supervisor started
  trial supervisor started
  options=()
}

# Kill the supervisor during the harvest: each output is complete or absent, and there is no evidence of only some of
# the outputs.
harvest() {
  local i bad supervisor ended
  make_script many.sh <<'END'
#!/bin/sh
i=0
while [ $i -lt 300 ]; do echo "0123456789012345678901234567890123456789" >/out/$i; i=$((i + 1)); done
END
  for ((i = 0; i < rounds; i++)); do
    rm -rf out evidence.json
    echo "mark-$$-$RANDOM-harvest" >mark
    "$immure" run --in in --out out --key host.key --evidence evidence.json -- ./many.sh "$(<mark)" >.run.out \
      2>.run.err &
    supervisor=$!
    pause $((40 + RANDOM % 60))
    kill -9 "$supervisor" 2>/dev/null
    end_of "harvest-$i" "$supervisor"
    ended=$code
    gone "harvest-$i" "$supervisor"
    bad=$(find out -type f \( -name '.*' -o ! -size 41c \) 2>/dev/null)
    same "harvest-$i/FilesAreWhole" "" "$bad"
    if [[ $ended -eq 137 && -e evidence.json ]] || [[ $ended -eq 0 ]]; then
      expect "harvest-$i/EvidenceIsWhole" 0 '^ACCEPTED' "$immure" verify evidence.json --key host.pub --artifacts out
    fi
  done
}

# Kill the supervisor while it packs the image: the next run packs the image again and removes the leftovers.
packing() {
  local i supervisor
  for ((i = 0; i < 4; i++)); do
    rm -rf out fresh
    echo "mark-$$-$RANDOM-packing" >mark
    IMMURE_CACHE=$here/fresh "$immure" run --in in --out out --no-evidence -- "$lasting" "$(<mark)" >.run.out \
      2>.run.err &
    supervisor=$!
    pause $((RANDOM % 15))
    kill -9 "$supervisor" 2>/dev/null
    end_of "packing-$i" "$supervisor"
    gone "packing-$i" "$supervisor"
    rm -rf out
    expect "packing-$i/NextRunIsWell" 0 '' env IMMURE_CACHE="$here/fresh" "$immure" run --in in --out out \
      --no-evidence -- ./many.sh
    same "packing-$i/NothingHalfPacked" "" "$(find fresh -name '.building-*' 2>/dev/null)"
  done
}

# Kill a whole process group, as test runners do.
group() {
  local i leader
  for ((i = 0; i < 2; i++)); do
    rm -rf out leader .run.out
    echo "mark-$$-$RANDOM-group" >mark
    # Start a shell that leads a group and becomes the supervisor.
    setsid --fork bash -c 'echo $$ >leader; exec "$@" >.run.out 2>.run.err' - \
      "$immure" run --in in --out out --no-evidence -- "$lasting" "$(<mark)"
    sleep "0.$((RANDOM % 3 + 1))"
    leader=$(<leader)
    [[ $leader =~ ^[0-9]+$ ]] || { not_ok "group-$i: never started"; continue; }
    kill -9 -- "-$leader" 2>/dev/null
    gone "group-$i" "$leader"
  done
}

everybody fixtures stages staged harvest packing group
