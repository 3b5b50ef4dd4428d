#!/usr/bin/env bash
# Attacks the observer from inside the cell: only the kernel decides what a program may do, and no program can hold up
# the supervisor.
# usage: observer_test.sh DIRECTORY-OF-PROGRAMS
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"
export LC_ALL=C.UTF-8 IMMURE_CACHE=$here/cache
limit=300

program=$(payload observer_attacks "$root/tests/attack/observer_attacks.c" -lpthread)
cd "$here" || exit 70
mkdir in && echo text >in/a
"$immure" keygen host.key >/dev/null

# attack MODE PATTERN: the run must end by itself, its program must print the pattern, and its evidence must be
# accepted.
attack() {
  expect "$1/Ends" 0 "$2" "$immure" run --in in --out "out-$1" --key host.key --evidence "$1.json" --replace -- "$program" "$1"
  said=$out
  expect "$1/EvidenceIsAccepted" 0 '^ACCEPTED' "$immure" verify "$1.json" --key host.pub --artifacts "out-$1"
}

refused() {
  statement "$1" | python3 -c 'import json, sys
refused = json.load(sys.stdin)["predicate"]["payload"]["refused"]
print(len(refused), sum(one["count"] for one in refused), max(len(one["path"]) for one in refused))'
}

attacks() {
  attack die '^survived$'
  attack flood '^flooded$'
  read -r entries calls longest <<<"$(refused flood.json)"
  if ((entries <= 100 && longest <= 200)); then ok flood/EvidenceIsBounded; else not_ok flood/EvidenceIsBounded "$entries entries"; fi
  same flood/EachCallCounts 16000 "$calls"
  attack vfork '^vforked$'
  attack swap '^swapped$'
  same swap/OnlyOutputsWereMade x "$(ls out-swap)"
  same swap/TheInputIsAsBefore text "$(cat in/a)"
  attack listener '^found 0, made -1$'
  attack halt '^halted 0$'
  attack leave '^left$'
  attack unreadable '^no-directory EBADF$'
  same unreadable/TheKernelAnswers $'long ENAMETOOLONG\nnull EFAULT\nkernel EFAULT\nno-directory EBADF' "$said"
}

devices() {
  local before
  before=$(stat -c '%y %z' /dev/null)
  attack null '^bounded$'
  same null/Harmless "devices 103 103
write ok
read 0
times EROFS
times-of-input EROFS
mode EROFS
map ENODEV
new EEXIST
nameless ENOTDIR
zero ENOENT
memory ENOENT
input-for-writing ENOENT
fourth ENOENT
long-way ok
bounded" "$said"
  attack swap-device '^got 0$'
  same null/TheHostsDeviceIsAsBefore "$before" "$(stat -c '%y %z' /dev/null)"
}

# A program that has no number left for a descriptor gets EMFILE from the kernel. The cell has refused nothing.
no_number_left() {
  attack full '^EMFILE after [0-9]+$'
  same full/NothingWasRefused 0 "$(statement full.json | python3 -c 'import json, sys
print(len(json.load(sys.stdin)["predicate"]["payload"]["refused"]))')"
  expect full/IsNoRefusedCall 0 '' "$immure" run --in in --out out-full-2 --no-evidence --fail-on-refused -- "$program" full
}

threads() {
  attack thread '^joined$'
  same thread/EachOpensTheStreams $'/dev/stdout\n/dev/fd/1\n/proc/self/fd/1\njoined' "$said"
}

# Stops and continues every process of immure while the program opens a device: the kernel then interrupts what the
# supervisor waits for.
stopped_supervisor() {
  "$immure" run --in in --out out-opens --no-evidence -- "$program" opens >opens.said 2>opens.err &
  local leader=$! child i
  for ((i = 0; i < 100; ++i)); do
    for child in $leader $(cat "/proc/$leader/task/$leader/children" 2>/dev/null); do
      kill -STOP "$child" 2>/dev/null && kill -CONT "$child" 2>/dev/null
    done
    sleep 0.02
  done
  wait "$leader"
  same stopped/EachOpeningGivesADescriptor 'wrong 0' "$(cat opens.said)"
}

# Kills the supervisor while the program makes notified calls: nothing of the cell may be left.
supervisor_dies() {
  "$immure" run --in in --out gone --no-evidence -- "$program" halt >/dev/null 2>&1 &
  local run=$!
  until pgrep -P "$run" >/dev/null || ! kill -0 "$run" 2>/dev/null; do :; done
  kill -KILL "$run" 2>/dev/null
  wait "$run" 2>/dev/null
  for _ in {1..600}; do
    pgrep -f "observer_attacks halt" >/dev/null || break
    sleep 0.1
  done
  same SupervisorDies/NoProcessIsLeft "" "$(pgrep -f "observer_attacks halt")"
}

everybody attacks devices threads no_number_left stopped_supervisor supervisor_dies
