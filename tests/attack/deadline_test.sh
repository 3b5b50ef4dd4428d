#!/usr/bin/env bash
# The time limit and the operator's signals end every phase of a run, even if hostile inputs and outputs make the phase
# long. Usage: deadline_test.sh BIN_DIR
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"

mkdir huge many one
truncate -s 60G huge/big
(cd many && seq 60000 | xargs touch)
echo one >one/a
"$immure" keygen host.key >/dev/null
export IMMURE_CACHE=$here/cache
for closure in package elf; do
  "$immure" run --in one --out warm-$closure --no-evidence --closure $closure -- sleep 0 || exit 70
done

# nothing NAME FILE...: none of the files may exist.
nothing() {
  local name=$1 found
  shift
  found=$(ls -d "$@" 2>/dev/null)
  if [ -z "$found" ]; then ok "$name"; else not_ok "$name" "$found"; fi
}

# with_pending SIGNAL COMMAND...: starts the command with the signal already pending.
with_pending() {
  python3 - "$@" <<'END'
import os, signal, sys
number = getattr(signal, "SIG" + sys.argv[1])
signal.pthread_sigmask(signal.SIG_BLOCK, [number])
os.kill(os.getpid(), number)
os.execv(sys.argv[2], sys.argv[2:])
END
}

# ends_by NAME CODE PATTERN PID: the process must end soon, with this code and message.
ends_by() {
  local i
  for ((i = 0; i < 1000; i++)); do
    kill -0 "$4" 2>/dev/null || break
    sleep 0.01
  done
  if kill -9 "$4" 2>/dev/null; then not_ok "$1" "still runs after ten seconds"; wait "$4" 2>/dev/null; return; fi
  wait "$4"
  code=$?
  if [ "$code" != "$2" ]; then not_ok "$1" "exit code $code, not $2" "$(<.err)"
  elif ! grep -qE -- "$3" .err; then not_ok "$1" "nothing like /$3/" "$(<.err)"
  else ok "$1"; fi
}

# Each phase has the whole time limit. Packing takes less time than listing many files, so double the limit until immure
# can pack within the limit.
for milliseconds in 1 2 4 8 16 32 64; do
  run timeout 20 "$immure" run --in many --out out1 --key host.key --timeout ${milliseconds}ms --closure elf -- sleep 5
  [[ $err == *'while the program was packed'* ]] || break
done
if [[ $code -eq 124 && $err == *'time limit: '*' while the input was listed'* ]]; then
  ok TimeLimitWhileListing
else
  not_ok TimeLimitWhileListing "$code" "$err"
fi
for signal in INT:130 TERM:143 HUP:129 QUIT:131; do
  expect "SignalWhileListing/${signal%:*}" "${signal#*:}" "SIG${signal%:*} arrived while the (program was packed|input was listed)" \
    with_pending "${signal%:*}" "$immure" run --in many --out out1 --key host.key -- sleep 0
done
nothing NoRunNothingWritten out1 out1.evidence.json

expect TimeLimitWhileHashing 124 'time limit: 1 s .* hashed, after the program had ended: there is no evidence' \
  timeout 20 "$immure" run --in huge --out out2 --key host.key --timeout 1s -- sleep 0
"$immure" run --in huge --out out2 --key host.key -- echo ran >.out 2>.err &
run=$!
until grep -qs ran .out || ! kill -0 $run; do sleep 0.01; done
# The first signals may reach the program, which may be ending already. A later signal interrupts the long hashing after
# the program's end.
for ((i = 0; i < 200; i++)); do
  kill -INT $run 2>/dev/null || break
  sleep 0.05
done
ends_by SignalWhileHashing 130 'SIGINT arrived while .*: there is no evidence' $run
nothing NoEvidenceOfHalfARun out2.evidence.json

cat >counts.c <<'END'
#include <signal.h>
#include <stdio.h>
#include <unistd.h>
static volatile sig_atomic_t got;
static void count(int signal) { (void)signal; got++; }
int main(void) {
  const int all[] = {SIGUSR1, SIGUSR2, SIGHUP, SIGINT};
  for (int i = 0; i < 4; i++) signal(all[i], count);
  puts("ready");
  fflush(stdout);
  for (int last = 0; got < 8;) {
    pause();
    if (got != last) printf("%d\n", last = got), fflush(stdout);
  }
  return 7;
}
END
cc -O1 -static -o counts counts.c || exit 70

# lines N: waits until the program in the cell has printed N lines.
lines() {
  local i
  for ((i = 0; i < 1000; i++)); do
    [ "$(wc -l <.out)" -ge "$1" ] && return
    sleep 0.01
  done
}

# Two of each of these signals reach the program. The first SIGINT reaches the program too; the second SIGINT ends the
# cell.
# Empty the files first: the shell empties them in the background, and `lines` must not count what an earlier test left.
: >.out
: >.err
"$immure" run --in one --out out3 --no-evidence --profile dynamic -- ./counts >.out 2>.err &
run=$!
lines 1
sent=1
for signal in USR1 USR1 USR2 USR2 HUP HUP INT; do
  kill -"$signal" $run
  lines $((++sent))
done
if [ "$(wc -l <.out)" = 8 ]; then ok SecondHarmlessSignalIsForwarded; else not_ok SecondHarmlessSignalIsForwarded "$(<.out)" "$(<.err)"; fi
# The program ignores the first SIGINT. After three seconds immure tells its user what to do.
for ((i = 0; i < 1000; i++)); do
  grep -q 'has got SIGINT and still runs' .err && break
  sleep 0.01
done
if grep -q 'Send the signal once more' .err; then ok AProgramThatGoesOnIsTold; else not_ok AProgramThatGoesOnIsTold "$(<.err)"; fi
kill -INT $run
ends_by SecondInterruptEndsTheCell 137 'SIGKILL|killed' $run

# there FILE...: true if one of the files exists and is not empty.
there() {
  local file
  for file in "$@"; do [ -s "$file" ] && return; done
  return 1
}

# interrupted NAME PATTERN FILE COMMAND...: waits until FILE (a pattern of the shell) exists and is not empty or the
# command has ended, then interrupts the command until it ends. The first signals may reach the program, which may be
# ending already; later signals interrupt the long work after the program's end.
interrupted() {
  local name=$1 pattern=$2 sign=$3 pid i
  shift 3
  : >.out
  : >.err
  "$@" >.out 2>.err &
  pid=$!
  until there $sign || ! kill -0 $pid; do sleep 0.01; done 2>/dev/null
  for ((i = 0; i < 200; i++)); do
    kill -INT $pid 2>/dev/null || break
    sleep 0.05
  done
  ends_by "$name" 130 "$pattern" $pid
}

# started PID: waits until the command has started a process, or ended.
started() {
  until pgrep -P "$1" >/dev/null || ! kill -0 "$1"; do :; done 2>/dev/null
}

# Packing: immure hashes every byte of a directory with 15 GiB of holes. The cache must hold no incomplete image.
mkdir big
truncate -s 15G big/holes
printf '[image]\ninclude = ["%s/big"]\n' "$here" >big.toml
expect TimeLimitWhilePacking 124 'time limit: 1 s had passed while the program was packed' \
  timeout 60 "$immure" run --in one --out out9 --key host.key --profile ./big.toml --timeout 1s -- sleep 0
nothing NothingHalfPacked/TimeLimit out9 "$IMMURE_CACHE"/images/.building-*
interrupted SignalWhilePacking 'SIGINT arrived while the program was packed' "$IMMURE_CACHE/images/.building-*" \
  "$immure" run --in one --out out9 --key host.key --profile ./big.toml -- sleep 0
nothing NothingHalfPacked/Signal out9 "$IMMURE_CACHE"/images/.building-*
interrupted SignalWhilePackCommand 'SIGINT arrived while the program was packed' packed/app \
  "$immure" pack --include "$here/big" --output packed sleep
nothing NothingHalfPacked/PackCommand packed
# Another process is stopped while it builds an image. immure must not wait for that process longer than the limit.
flock "$IMMURE_CACHE/images/.lock" sleep 1000 &
holder=$!
until ! flock -n "$IMMURE_CACHE/images/.lock" true; do sleep 0.01; done
expect TimeLimitWhileWaitingForTheCache 124 'time limit: 1 s had passed while the program was packed' \
  timeout 60 "$immure" run --in one --out out9 --no-evidence --profile ./big.toml --timeout 1s -- sleep 0
pkill -P $holder
wait $holder 2>/dev/null

# immure hashes a root directory with 15 GiB of holes, and lists a root directory with many files.
mkdir -p rootfs/{in,out} full/{in,out,many}
cp counts rootfs/ && cp counts full/
truncate -s 15G rootfs/holes
(cd full/many && seq 20000 | xargs touch)
expect TimeLimitWhileHashingTheRoot 124 'time limit: 1 s had passed while the root directory was hashed' \
  timeout 60 "$immure" run --in one --out out9 --no-evidence --rootfs rootfs --timeout 1s -- /counts
expect TimeLimitWhileListingTheRoot 124 'time limit: 0.001 s had passed while the root directory was hashed' \
  timeout 60 "$immure" run --in one --out out9 --no-evidence --rootfs full --timeout 1ms -- /counts
expect SignalWhileHashingTheRoot 130 'SIGINT arrived while the root directory was hashed' \
  with_pending INT "$immure" run --in one --out out9 --no-evidence --rootfs rootfs -- /counts
nothing NoRunOfAnUnreadRoot out9
rm -rf big rootfs full

# Staging: immure hashes the holes of a copy, although it writes nothing for the holes.
expect TimeLimitWhileStaging 124 'time limit: 1 s .* while the input was staged' \
  timeout 20 "$immure" run --in huge --stage --out out4 --key host.key --timeout 1s -- sleep 0
"$immure" run --in huge --stage --out out4 --key host.key -- sleep 0 >.out 2>.err &
run=$!
started $run
kill -INT $run
ends_by SignalWhileStaging 130 'SIGINT arrived while the (program was packed|input was listed|cell was started|input was staged)' $run
nothing NoRunOfHalfACopy out4 out4.evidence.json

# The start of a cell. Whenever the signal arrives, even when the program runs already, the signal must end the run.
for ((round = 0; round < 5; round++)); do
  "$immure" run --in one --out out5 --no-evidence -- sleep 1000 >.out 2>.err &
  run=$!
  started $run
  kill -INT $run
  ends_by "SignalWhileTheCellStarts/$round" 130 'SIGINT' $run
  rm -rf out5
done

# Staging of data without holes.
mkdir dense
head -c 600M /dev/zero >dense/data
expect TimeLimitWhileStagingData 124 'time limit: 0.050 s had passed while the input was staged' \
  timeout 60 "$immure" run --in dense --stage --out out4 --key host.key --timeout 50ms -- sleep 0
nothing NoRunOfHalfTheData out4 out4.evidence.json
rm -rf dense

# A venue's program hangs: at once, or only when it should build the walls. If root runs this test, an ordinary user
# runs the second case.
chmod 711 "$here"
mkdir -p hangs tmp
printf '#!/bin/sh\nexec sleep 1000\n' >hangs/podman
printf '#!/bin/sh\n[ "$1" = --version ] && exec echo bubblewrap 0.8.0\nexec sleep 1000\n' >hangs/bwrap
chmod 755 hangs hangs/*
for venue in podman bubblewrap; do
  expect "TimeLimitWhileAVenueHangs/$venue" 124 'time limit: 10 s had passed while the cell was started' \
    timeout 60 env PATH="$here/hangs:$PATH" TMPDIR="$here/tmp" \
    "$immure" run --in one --out out5 --no-evidence --venue $venue --timeout 1s -- sleep 0
  PATH="$here/hangs:$PATH" TMPDIR="$here/tmp" \
    "$immure" run --in one --out out5 --no-evidence --venue $venue -- sleep 0 >.out 2>.err &
  run=$!
  started $run
  kill -TERM $run
  ends_by "SignalWhileAVenueHangs/$venue" 143 'SIGTERM arrived while the cell was started' $run
  nothing "AHangingVenueLeavesNothing/$venue" out5 tmp/*
done

# The harvest: 30 GiB of holes in the outputs.
cat >holes.c <<'END'
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
int main(void) {
  for (char name[] = "/out/a"; name[5] <= 'c'; name[5]++) {
    int file = open(name, O_WRONLY | O_CREAT, 0644);
    if (file < 0 || ftruncate(file, 10LL << 30)) return 1;
  }
  puts("ran");
  return 0;
}
END
cc -O1 -static -o holes holes.c || exit 70
printf '[limits]\noutput_bytes = "64GiB"\n' >holes.toml
expect TimeLimitWhileHarvesting 124 'time limit: 1 s .* while the outputs were collected, after the program had ended: there is no evidence' \
  timeout 60 "$immure" run --in one --out out6 --key host.key --profile ./holes.toml --timeout 1s -- ./holes
nothing NothingHalfHarvested/TimeLimit out6/* out6/.[!.]* out6.evidence.json
rm -rf out6
interrupted SignalWhileHarvesting 'SIGINT arrived while .*: there is no evidence' .out \
  "$immure" run --in one --out out6 --key host.key --profile ./holes.toml -- ./holes
nothing NothingHalfHarvested/Signal out6/* out6/.[!.]* out6.evidence.json

# The harvest of many files.
cat >files.c <<'END'
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
int main(void) {
  char name[32];
  for (int i = 0; i < 48000; i++) {
    snprintf(name, sizeof name, "/out/%d", i);
    int file = open(name, O_WRONLY | O_CREAT, 0644);
    if (file < 0 || write(file, name, 6) != 6 || close(file)) return 1;
  }
  puts("ran");
  return 0;
}
END
cc -O1 -static -o files files.c || exit 70
printf '[limits]\noutput_files = 50000\n' >files.toml
interrupted SignalWhileHarvestingFiles 'SIGINT arrived while the outputs were collected.*: there is no evidence' .out \
  "$immure" run --in one --out out6 --key host.key --profile ./files.toml -- ./files
nothing NoEvidenceOfHalfAHarvest out6.evidence.json
rm -rf out6

# The listing of the drop, before the inspector runs.
expect InspectTimeLimitWhileListing 124 'time limit: .* while the drop was listed' \
  timeout 20 "$immure" inspect many --output out7 --key host.key --timeout 1ms
expect InspectSignalWhileListing 130 'SIGINT arrived while the drop was listed' \
  with_pending INT "$immure" inspect many --output out7 --key host.key
nothing NoInspectionNothingWritten out7 out7.evidence.json

# A batch: each run has its own time limit, and a signal ends all runs.
mkdir -p batch/a batch/b
truncate -s 60G batch/a/big batch/b/big
expect BatchTimeLimitWhileHashing '[1-9][0-9]*' 'a: ended with 124' \
  timeout 60 "$immure" batch --in batch --out out8 --key host.key --timeout 1s -- sleep 0
nothing BatchLeavesNoEvidence/TimeLimit out8/*.evidence.json
rm -rf out8
interrupted SignalToABatch '2 runs' 'out8/immure-batch/logs/*' "$immure" batch --in batch --out out8 --key host.key -- echo ran
nothing BatchLeavesNoEvidence/Signal out8/*.evidence.json

# File systems that stop answering: no signal ends a process that waits for such a file system, not even SIGKILL. The
# test mounts the file system at $stalls_at, before the run starts or, with $stalls_after, once the run has opened the
# directory $stalls_after. stall NAME CODE PATTERN SIGNAL REQUEST N FLAGS...: the file system never answers the Nth
# REQUEST or a later one. The run must end nevertheless, by its time limit or by SIGNAL (`-` for none) once the run
# waits. After the server's end nothing of the run may be left.
stalls_at=mnt
stalls_after=
stall() {
  local name=$1 wanted=$2 pattern=$3 signal=$4 server run i
  : >.fs
  unshare --mount ./stalling_fs served "$here/$stalls_at" "$5" "$6" $stalls_after >.fs 2>&1 &
  server=$!
  shift 6
  until grep -qsE 'ready|waits' .fs || ! kill -0 $server; do sleep 0.01; done 2>/dev/null
  TMPDIR="$here/tmp" nsenter --target $server --mount env --chdir="$here" "$immure" run --out stalled "$@" >.out 2>.err &
  run=$!
  until grep -qs stalled .fs || ! kill -0 $run; do sleep 0.01; done 2>/dev/null
  [ "$signal" = - ] || kill -"$signal" $run
  for ((i = 0; i < 4000; i++)); do
    kill -0 $run 2>/dev/null || break
    sleep 0.01
  done
  if kill -0 $run 2>/dev/null; then not_ok "$name" "still runs after forty seconds"; kill -9 $run $server; fi
  wait $run
  code=$?
  if [ "$code" != "$wanted" ]; then not_ok "$name" "exit code $code, not $wanted" "$(<.err)"
  elif ! grep -qE -- "$pattern.*a file system did not answer" .err; then not_ok "$name" "nothing like /$pattern/" "$(<.err)"
  else ok "$name"; fi
  kill -9 $server 2>/dev/null
  wait $server 2>/dev/null
  # The processes that waited in the kernel end now, and then immure cleans up.
  held=$(grep -oE 'process [0-9]+' .err | cut -d' ' -f2)
  for ((i = 0; i < 1000; i++)); do
    [ -z "$(ls tmp)" ] && { [ -z "$held" ] || ! kill -0 "$held" 2>/dev/null; } && break
    sleep 0.01
  done
  nothing "$name/LeavesNothing" stalled stalled.evidence.json tmp/* "$IMMURE_CACHE"/images/.building-* ${held:+/proc/"$held"}
  rm -rf stalled
}

cc -O1 -Wall -Wextra -static -o stalling_fs "$root/tests/attack/stalling_fs.c" || exit 70
mkdir -p served mnt tmp
echo one >served/a
cp counts served/program
cp host.key served/key && chmod 600 served/key
if [ "$(id -u)" != 0 ]; then
  skip StalledFileSystems root 'only root mounts a file system'
elif [ ! -c /dev/fuse ]; then
  skip StalledFileSystems kernel 'there is no /dev/fuse'
elif ! unshare --mount true; then
  skip StalledFileSystems kernel 'there are no new mount namespaces here'
else
  limited='time limit: 2 s had passed while'
  stall StallWhileListing 124 "$limited the input was listed" - readdir 0 --in mnt --no-evidence --timeout 2s -- sleep 0
  stall StallWhileLookingUp 124 "$limited the input was listed" - lookup 0 --in mnt --no-evidence --timeout 2s -- sleep 0
  stall StallWhileStaging 124 "$limited the input was staged" - read 0 --in mnt --key host.key --timeout 2s -- sleep 0
  stall StallAfterTheProgram 124 "$limited the input was listed once more" - readdir 2 \
    --in mnt --key host.key --timeout 2s -- sleep 0
  stall StallWhileReadingTheProgram 124 "$limited the program was packed" - read 0 \
    --in one --no-evidence --timeout 2s -- mnt/program
  stall StallWhilePackingTheProgram 124 "$limited the program was packed" - read 12 \
    --in one --no-evidence --timeout 2s -- mnt/program
  for signal in INT:130 TERM:143; do
    arrived="SIG${signal%:*} arrived while"
    stall "SignalDuringAStall/Listing/$signal" "${signal#*:}" "$arrived the input was listed" "${signal%:*}" readdir 0 \
      --in mnt --no-evidence -- sleep 0
    stall "SignalDuringAStall/Staging/$signal" "${signal#*:}" "$arrived the input was staged" "${signal%:*}" read 0 \
      --in mnt --key host.key -- sleep 0
  done
  stall SignalDuringAStall/Signing 130 'SIGINT arrived while the evidence was signed' INT read 2 \
    --in one --key mnt/key --evidence stalled.evidence.json -- sleep 0
  # The file system is mounted after immure has begun: the input is open already, and packing a large file takes a
  # while.
  mkdir -p late/sub packed
  truncate -s 200M packed/holes
  printf '[image]\ninclude = ["%s/packed"]\n' "$here" >packed.toml
  stalls_at=late/sub stalls_after=late
  stall StallOfAFileSystemThatComesLater 124 'time limit: 15 s had passed while the input was listed' - readdir 0 \
    --in late --no-evidence --timeout 15s --profile ./packed.toml -- sleep 0
fi

finish
