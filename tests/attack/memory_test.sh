#!/usr/bin/env bash
# A payload takes all the memory it can, in ways that the kernel attributes to no process, and as many processes as it
# can. The run must end with evidence that says which limit was met, and leave nothing behind.
# usage: memory_test.sh DIRECTORY-OF-PROGRAMS
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"
attacks=$root/tests/attack
user=65534

mkdir in tmp && echo text >in/a
chmod 755 "$here"
chmod 1777 tmp
cp "$immure" immure
export TMPDIR=$here/tmp
for program in oomkill fillout membomb forkbomb selfsignal reserve refused_memory; do
  cc -std=gnu17 -O1 -Wall -Werror -static -o "$program" "$attacks/$program.c" || exit 70
done
processes=24
room=$((processes - 2)) # the cell's first process and the program itself count as well
cat >limits.toml <<END
base = "static"
[limits]
memory = "96MiB"
output_bytes = "1GiB"
wall = "30s"
processes = $processes
END
"$immure" keygen host.key >/dev/null

# as WHO COMMAND...: runs the command as root or as an ordinary user.
as() {
  local who=$1
  shift
  if [ "$who" = root ]; then "$@"; else setpriv --reuid=$user --regid=$user --clear-groups "$@"; fi
}
# Lists the processes that have the mark in their command line. grep reads the mark from a file, so that grep's own
# command line does not hold the mark.
marked() { grep -lzxF -f "$here/mark" /proc/[0-9]*/cmdline 2>/dev/null | cut -d/ -f3; }

# Lists control groups of runs, also groups that were there before this test, because their run and its cleanup process
# were killed.
groups() { find /sys/fs/cgroup -type d -regex '.*/immure-[0-9]+-[0-9a-f]+' 2>/dev/null | sort; }
groups_before=$(groups)

statement() { sed 's/.*"payload":"\([^"]*\)".*/\1/' "$place/e.json" | base64 -d; }
# limited_by LIMIT BY: the evidence must say that BY enforces the limit.
limited_by() { statement | grep -qE "\{\"by\":\"$2\",\"limit\":\"$1\"|\{\"by\":\"$2\",\"name\":\"$1\""; }
# peaked NAME LEAST MOST: the evidence must give a peak of the cell's memory from LEAST to MOST MiB.
peaked() {
  local peak
  peak=$(statement | grep -oE '"peakMemoryBytes":[0-9]+' | cut -d: -f2)
  if [ -n "$peak" ] && [ "$peak" -ge $(($2 << 20)) ] && [ "$peak" -le $(($3 << 20)) ]; then ok "$1/Peak"; else
    not_ok "$1/Peak" "peakMemoryBytes: $peak, not $2 to $3 MiB"
  fi
}

# attack WHO NAME PATTERN PROGRAM...: the run must end, its evidence must be accepted and match PATTERN, and no process
# may be left.
attack() {
  local who=$1 name=$1/$2 pattern=$3 mark group number printed
  shift 3
  place=$(mktemp -d -p "$here")
  # Each run gets another mark, by which the test finds its processes.
  mark="mark-$$-$RANDOM-$RANDOM"
  echo "$mark" >"$here/mark"
  cp host.key "$place/host.key"
  [ "$who" = root ] || chown -R $user:$user "$place"
  run as "$who" env IMMURE_CACHE="$place/cache" timeout -k 5 120 "$here/immure" run --in in --out "$place/out" --profile limits.toml \
    --key "$place/host.key" --evidence "$place/e.json" -- "$@" "$mark"
  [ -s "$place/e.json" ] || { not_ok "$name/EvidenceExists" "exit code $code" "$out" "$err"; return; }
  ok "$name/EvidenceExists"
  local statement
  statement=$(statement | grep -o '"payload":{[^}]*}')
  if grep -qE "$pattern" <<<"$statement"; then ok "$name/EvidenceSaysWhy"; else
    not_ok "$name/EvidenceSaysWhy" "$statement" "exit code $code" "$out" "$err"
  fi
  printed=$out
  expect "$name/Accepted" 0 '^ACCEPTED' "$immure" verify "$place/e.json" --key host.pub
  local i left=
  for ((i = 0; i < 60; i++)); do
    left=$(marked)
    while read -r group; do
      number=${group##*/immure-}
      [ -z "$group" ] || [ -d "/proc/${number%-*}" ] || left+=" $group"
    done <<<"$(comm -13 <(echo "$groups_before") <(groups))"
    [ -z "$left" ] && break
    sleep 0.05
  done
  out=$printed
  if [ -z "$left" ]; then ok "$name/NothingIsLeft"; else not_ok "$name/NothingIsLeft" "$left"; fi
}

# verdict_with LIST: prints the verdict on the last run under a policy whose `limits_by` is LIST.
verdict_with() {
  printf 'version = 1\nlimits_by = %s\n' "$1" >policy.toml
  "$immure" verify "$place/e.json" --key host.pub --policy policy.toml | grep -oE '^[A-Z]+' | head -n 1
}
# same_output NAME TEXT: the last run must have printed TEXT.
same_output() { if [ "$out" = "$2" ]; then ok "$1"; else not_ok "$1" "$out"; fi; }

mounts=$(wc -l </proc/self/mountinfo)
# Each attack has a twin: the same program takes nearly as much, and the cell allows that.
if [ "$(id -u)" -eq 0 ] && "$immure" doctor | grep -q 'limits: .*memory by cgroup'; then
  attack root SharedMemoryThatNobodyHas '"limitsHit":\["memory"\]' ./oomkill 90 2
  peaked root/SharedMemoryThatNobodyHas 90 96
  attack root ManyWithSharedMemory '"limitsHit":\["memory"\]' ./oomkill 90 20
  attack root SharedMemoryWithinTheLimit '"exitCode":0,.*"limitsHit":\[\]' ./oomkill 30 2
  same_output root/SharedMemoryWithinTheLimitIsHeld 'HELD 2 REFUSED 0'
  peaked root/SharedMemoryWithinTheLimit 60 96
  attack root MoreOutputThanMemory '"limitsHit":\["memory"\]' ./fillout 200
  attack root MemoryOfManyProcesses '"exitCode":70,.*"limitsHit":\["memory"\]' ./membomb 12 60
  same_output root/OnlyOneHoldsItsMemory 'HELD 1 REFUSED 0'
  peaked root/MemoryOfManyProcesses 90 96
  attack root MemoryWithinTheLimit '"exitCode":0,.*"limitsHit":\[\]' ./membomb 4 15
  same_output root/MemoryWithinTheLimitIsHeld 'HELD 4 REFUSED 0'
  peaked root/MemoryWithinTheLimit 60 96
  attack root MoreProcessesThanAllowed '"exitCode":0,.*"limitsHit":\["processes"\]' ./forkbomb
  same_output root/TheRestIsRefused "REFUSED after $room"
  attack root AsManyProcessesAsAllowed '"exitCode":0,.*"limitsHit":\[\]' ./forkbomb $room
  same_output root/AsManyProcessesAsAllowedStart "STARTED $room"
  # A program may reserve address space beyond the limit, because address space is not memory.
  attack root AddressSpaceIsFree '"exitCode":0,.*"limitsHit":\[\]' ./reserve 64
  holds root/AGroupIsDemanded test "$(verdict_with "['cgroup1', 'cgroup2']")" = ACCEPTED
  attack root SelfMadeCpuSignal '"limitsHit":\[\],.*"signal":24' ./selfsignal 24
  attack root SelfMadeFileSizeSignal '"limitsHit":\[\],.*"signal":25' ./selfsignal 25
else
  skip "root/*" root 'a control group, which needs root and a place for one'
fi
# Nobody has delegated a control group to this user.
if [ "$(id -u)" -eq 0 ]; then
  attack ordinary MemoryOfManyProcesses '"limitsHit":\["memory"\],.*"signal":9' ./membomb 12 60
  holds ordinary/AWatchCountsIt limited_by memory watch
  attack ordinary MemoryWithinTheLimit '"exitCode":0,.*"limitsHit":\[\]' ./membomb 4 15
  same_output ordinary/MemoryWithinTheLimitIsHeld 'HELD 4 REFUSED 0'
  attack ordinary MoreOutputThanMemory '"limitsHit":\["memory"\],.*"signal":9' ./fillout 200
  attack ordinary MemoryThatNobodyHasIsRefused '"exitCode":0,.*"limitsHit":\[\]' ./oomkill 90 20
  same_output ordinary/EachIsRefused 'HELD 0 REFUSED 20'
  # The kernel counts no refusal here either, but the supervisor sees that nearly all memory was used.
  attack ordinary MemoryIsRefusedAndTheProgramGoesOn '"exitCode":0,.*"limitsHit":\["memory"\]' ./refused_memory
  same_output ordinary/TheProgramGoesOn REFUSED
  # The kernel refuses the process and counts no refusal, so the evidence cannot name the limit.
  attack ordinary MoreProcessesThanAllowed '"exitCode":0,.*"limitsHit":\[\]' ./forkbomb
  same_output ordinary/TheRestIsRefused "REFUSED after $room"
  attack ordinary AsManyProcessesAsAllowed '"exitCode":0,.*"limitsHit":\[\]' ./forkbomb $room
  same_output ordinary/AsManyProcessesAsAllowedStart "STARTED $room"
  holds ordinary/AWatchIsNoGroup test "$(verdict_with "['cgroup1', 'cgroup2']")" = REJECTED
  holds ordinary/AWatchIsEnough test "$(verdict_with "['watch', 'rlimit']")" = ACCEPTED
else
  skip "ordinary/*" root 'another user, which needs root'
fi
holds MountsAreAsBefore [ "$mounts" -eq "$(wc -l </proc/self/mountinfo)" ]
holds NoTemporaryFiles [ -z "$(ls -A tmp)" ]
finish
