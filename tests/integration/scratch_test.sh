#!/usr/bin/env bash
# Tests what a plan may give a program beyond the packet's tests: temporary files, reading back, pairs of sockets. Also
# tests that a verifier accepts evidence of such a run only on request.
# usage: scratch_test.sh DIRECTORY-OF-PROGRAMS
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"
export LC_ALL=C.UTF-8 IMMURE_CACHE=$here/cache
limit=300
program=$(payload scratch "$root/tests/integration/scratch.c")
cd "$here" || exit 70
mkdir in && echo text >in/a
"$immure" keygen host.key >/dev/null 2>&1

# give NAME [OPTIONS...]: makes a signed run of the program, and keeps the program's output in $said and immure's
# messages in $err.
give() {
  local name=$1
  shift
  rm -rf "out-$name"
  run "$immure" run --in in --out "out-$name" --key host.key --evidence "$name.json" --replace "$@" -- "$program"
  said=$out
  same "$name/Runs" 0 "$code"
  [ "$code" -eq 0 ] || not_ok "$name/Says" "$out" "$err"
}

# answers NAME: compares the program's output with a table of words and answers on standard input.
answers() {
  local what answer
  while read -r what answer; do
    if grep -qx "$what $answer" <<<"$said"; then ok "$1/$what"; else
      not_ok "$1/$what" "not $answer: $(grep "^$what " <<<"$said")"
    fi
  done
}

without() {
  give packet
  answers packet <<'TABLE'
list-scratch ENOENT
write-scratch ENOENT
write-output ok
read-output EACCES
list-output EACCES
pair EPERM
socket EPERM
TABLE
  same packet/NoNote "" "$(grep 'acceptance profile' <<<"$err")"
  expect packet/IsAccepted 0 '^acceptance profile: packet$' "$immure" verify -v packet.json --key host.pub
  same packet/EvidenceSaysNothingNew "" "$(statement packet.json | grep -o '"acceptance":{')"
}

scratch() {
  give scratch --tmp 1MiB
  answers scratch <<'TABLE'
list-scratch 0
write-scratch ok
read-scratch ok
unnamed-scratch ok
chmod-executable ok
set-uid EPERM
map-executable EPERM
fifo EPERM
symlink EPERM
write-output ok
move-in EXDEV
exchange-in EXDEV
link-in EPERM
move-out ok
read-moved EACCES
rename-scratch ok
write-renamed ok
read-renamed ok
false-scratch ok
write-false ok
read-false EACCES
read-output EACCES
list-output EACCES
pair EPERM
TABLE
  # immure takes out no scratch file, wherever the program moved the scratch directory, but takes out a file that the
  # program moved out of the scratch directory.
  same scratch/Outputs ".immure-scratch/c moved secret " "$(cd out-scratch && find . -type f -printf '%P\n' | sort | tr '\n' ' ')"
  only_named_files scratch out-scratch scratch.json
  same scratch/Note 'immure: note: this run claims the acceptance profile "work", because the program has a directory for temporary files (verify with --accept work)' \
    "$(grep 'acceptance profile' <<<"$err")"
  expect scratch/IsNotAcceptedUnasked 1 '^REJECTED: every test of the acceptance profile work holds, but you accept only$' \
    "$immure" verify scratch.json --key host.pub
  expect scratch/IsAcceptedIfAsked 0 '^#47 holds' "$immure" verify -v scratch.json --key host.pub --accept work --artifacts out-scratch
  expect scratch/EveryOtherTestIsThePackets 0 '^#25 holds' "$immure" verify -v scratch.json --key host.pub --accept work
}

back() {
  give back --read-back
  answers back <<'TABLE'
list-scratch ENOENT
write-output ok
read-output ok
list-output 2
pair EPERM
TABLE
  expect back/IsNotAcceptedUnasked 1 '\[acceptance-not-asked\]' "$immure" verify back.json --key host.pub
  expect back/IsAcceptedIfAsked 0 'profile work \[accepted\]' "$immure" verify back.json --key host.pub --accept work
}

pairs() {
  give pairs --socket-pairs
  answers pairs <<'TABLE'
pair ok
send ok
receive ok
send-message EPERM
datagrams ok
send-to-host EPERM
connect-to-host EPERM
other-pair EPERM
socket EPERM
read-output EACCES
TABLE
  expect pairs/IsAcceptedIfAsked 0 '^#48 holds' "$immure" verify -v pairs.json --key host.pub --accept work
  expect pairs/OutputIsThePackets 0 '^#29 holds' "$immure" verify -v pairs.json --key host.pub --accept work
}

all_at_once() {
  printf 'base = "dynamic"\nscratch = "1MiB"\noutput = "private"\nsocket_pairs = true\n' >all.toml
  give all --profile ./all.toml
  answers all <<'TABLE'
read-scratch ok
move-in ok
move-out ok
read-moved ok
pair ok
TABLE
  expect all/IsAcceptedIfAsked 0 '^#48 holds' "$immure" verify -v all.json --key host.pub --accept work
  expect all/PlanSaysWhatItClaims 0 '^claims +the acceptance profile work' "$immure" run --in in --out none --dry-run \
    --profile ./all.toml -- "$program"
  printf 'version = 1\naccept = ["work"]\n' >accept.toml
  expect all/APolicyAccepts 0 '^ACCEPTED' "$immure" verify all.json --key host.pub --policy accept.toml
  printf 'version = 1\ntests = [29]\naccept = ["work"]\n' >tests.toml
  expect all/APolicyThatWantsAnotherTestDoesNot 3 'policy-test' "$immure" verify all.json --key host.pub --policy tests.toml
  local format
  for format in json junit sarif markdown; do
    expect "all/Shown/$format" 0 'acceptance.*work|work.*acceptance|Acceptance profile: work' \
      "$immure" verify all.json --key host.pub --accept work --format $format
  done
  expect all/Report 0 '' "$immure" report all.json --key host.pub --accept work -o page.html
  holds all/Shown/html grep -q 'Acceptance profile <code>.*work' page.html
}

strict() {
  expect strict/RefusesWhatIsGiven 3 'BLOCKED.*--strict.*"work"' "$immure" run --in in --out none --no-evidence --strict \
    --tmp 1MiB -- "$program"
  expect strict/RefusesAProfile 3 'BLOCKED.*--strict.*"work"' "$immure" run --in in --out none --no-evidence --strict \
    --profile ./all.toml -- "$program"
  same strict/NothingWasMade "" "$(ls -d none 2>/dev/null)"
  expect strict/LetsOthersRun 0 '' "$immure" run --in in --out strict --no-evidence --strict -- "$program"
  expect NoSize 64 'is no size' "$immure" run --in in --out none --no-evidence --tmp much -- "$program"
  expect UnknownProfile 64 'packet, work or build' "$immure" verify packet.json --key host.pub --accept other
}

# One file system has both limits. If the scratch directory is full, the run has reached a limit.
limits() {
  make_script fill <<'SCRIPT'
#!/bin/sh
i=0; line=0123456789abcdef
while [ $i -lt 13 ]; do line=$line$line; i=$((i + 1)); done
i=0
while printf %s "$line" >"/tmp/$i" 2>&- && [ $i -lt 64 ]; do i=$((i + 1)); done
echo "$i"
SCRIPT
  printf 'base = "dynamic"\nscratch = "1MiB"\n[limits]\noutput_bytes = "1MiB"\n' >small.toml
  run "$immure" run --in in --out full --no-evidence --profile ./small.toml -- ./fill
  same limits/TheKernelStopsIt yes "$([ "${out:-99}" -le 16 ] && [ "$out" -ge 8 ] && echo yes)"
  expect limits/IsReported 5 'limit reached: scratch-bytes' "$immure" run --in in --out full2 --no-evidence --profile ./small.toml -- ./fill
  make_script outputs <<'SCRIPT'
#!/bin/sh
i=0; line=0123456789abcdef
while [ $i -lt 13 ]; do line=$line$line; i=$((i + 1)); done
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do printf %s "$line" >"/out/$i" || exit 1; done
SCRIPT
  expect limits/OutputsHaveTheirOwn 5 'all of the file, because the outputs would be larger than `output_bytes`' \
    "$immure" run --in in --out full3 --no-evidence --profile ./small.toml -- ./outputs
}

# Runs real programs, each with the one option that it needs, and checks their results.
real_programs() {
  if has sqlite3; then
    expect Real/sqlite3 0 '^2$' "$immure" run --in in --out db --no-evidence --read-back -- /usr/bin/sqlite3 /out/n.db \
      'create table logs(night int); insert into logs values (1), (2); select count(*) from logs;'
    same Real/sqlite3/Rows 2 "$(sqlite3 db/n.db 'select count(*) from logs')"
  else skip Real/sqlite3 tool 'needs sqlite3'; fi
  seq 200000 | shuf --random-source=<(yes) >in/numbers
  expect Real/sort 0 '' "$immure" run --in in --out sorted --no-evidence --tmp 16MiB -- /usr/bin/sort -n -S 1M -T /tmp -o /out/s /in/numbers
  same Real/sort/Lines "$(seq 200000 | sha256sum)" "$(sha256sum <sorted/s)"
  rm in/numbers
  printf 'import asyncio\nasync def main():\n    await asyncio.sleep(0.01)\n    print("slept")\nasyncio.run(main())\n' >in/s.py
  expect Real/asyncio 0 '^slept$' "$immure" run --in in --out slept --no-evidence --socket-pairs -- /usr/bin/python3 /in/s.py
  rm in/s.py
}

# --publish takes temporary files out, and --workdir may be the directory for temporary files.
published() {
  local program="import os; w = lambda p, t: open(p, 'w').write(t)
w('/tmp/report', 'lamp'); os.mkdir('/tmp/d'); w('/tmp/d/page', 'keel'); w('/tmp/other', 'rest'); w('/out/taken', 'old'); w('/tmp/taken', 'new')"
  expect Published/Works 0 '' "$immure" run --in in --out published --key host.key --evidence p.json --replace --tmp 1MiB \
    --publish /tmp/report --publish /var/tmp/d -- /usr/bin/python3 -c "$program"
  same Published/Report lamp "$(cat published/report)"
  same Published/Directory keel "$(cat published/d/page)"
  same Published/NothingElse 'd d/page report taken' "$(cd published && find . -mindepth 1 | sed 's,^./,,' | sort | tr '\n' ' ' | sed 's/ $//')"
  expect Published/IsAccepted 0 '^ACCEPTED' "$immure" verify p.json --key host.pub --artifacts published --accept work
  expect Published/WhatIsNotThereIsReported 5 'left out of missing: /tmp/nowhere: was not among the temporary files' \
    "$immure" run --in in --out missing --no-evidence --tmp 1MiB --publish /tmp/nowhere -- /usr/bin/python3 -c "$program"
  expect Published/ReplacesNoOutput 5 'left out of again: /tmp/taken: .*an output of the same name' \
    "$immure" run --in in --out again --no-evidence --tmp 1MiB --publish /tmp/taken -- /usr/bin/python3 -c "$program"
  same Published/TheOutputStays old "$(cat again/taken)"
  expect Published/EachNameOnce 64 'second output of the name a' "$immure" run --in in --out none --no-evidence --tmp 1MiB \
    --publish /tmp/a --publish /tmp/d/a -- /bin/true
  expect Published/NeedsTmp 64 'needs --tmp' "$immure" run --in in --out none --no-evidence --publish /tmp/a -- /bin/true
  expect Published/NeedsAPlaceInTmp 64 'not the path of a temporary file' "$immure" run --in in --out none --no-evidence --tmp 1MiB \
    --publish /out/a -- /bin/true
  expect LeftBehind/IsTold 0 'note: the program wrote nothing to lost, and its temporary files are gone: /tmp/d, /tmp/report. .*--publish /tmp/d' \
    "$immure" run --in in --out lost --no-evidence --tmp 1MiB -- /usr/bin/python3 -c "import os
os.mkdir('/tmp/d'); open('/tmp/empty', 'w').close(); open('/tmp/report', 'w').write('lamp')"
  expect LeftBehind/NotBesideAnOutput 0 '' "$immure" run --in in --out kept --no-evidence --tmp 1MiB -- \
    /usr/bin/python3 -c "open('/tmp/report', 'w').write('lamp'); open('/out/report', 'w').write('lamp')"
  hasnt LeftBehind/NotBesideAnOutput 'temporary files are gone' "$said"
  expect Workdir/IsTmp 0 '^/out/.immure-scratch$' "$immure" run --in in --out there --key host.key --evidence w.json --replace \
    --tmp 1MiB --workdir /tmp -- /usr/bin/python3 -c 'import os; open("here", "w").close(); print(os.getcwd())'
  expect Workdir/IsTmp/IsAccepted 0 '^ACCEPTED' "$immure" verify w.json --key host.pub --accept work
}

# A program that the catalogue knows gets what it needs, and immure shows this. A relying party who accepts `packet`
# alone rejects such a run.
known_programs() {
  if ! has sqlite3; then
    skip Known/sqlite3 tool 'needs sqlite3'
    return
  fi
  local make='create table logs(night int); insert into logs values (1), (2); select count(*) from logs;'
  expect Known/Works 0 '^2$' "$immure" run --in in --out known --key host.key --evidence known.json --replace -- sqlite3 /out/n.db "$make"
  has_line Known/IsReported 'note: sqlite3 .*; so it gets --read-back$' "$err"
  has_line Known/ClaimIsReported 'claims the acceptance profile "work".*--accept work' "$err"
  same Known/Rows 2 "$(sqlite3 known/n.db 'select count(*) from logs')"
  expect Known/IsNotAcceptedUnasked 1 'acceptance-not-asked' "$immure" verify known.json --key host.pub --artifacts known
  expect Known/IsAcceptedIfAsked 0 '^ACCEPTED' "$immure" verify known.json --key host.pub --artifacts known --accept work
  expect Known/DryRunTells 0 'temporary|can read what it wrote' "$immure" run --in in --out none --dry-run -- sqlite3 /out/n.db
  expect Known/StrictRefuses 3 'BLOCKED.*--strict' "$immure" run --in in --out none --no-evidence --strict -- sqlite3 /out/n.db "$make"
  same Known/StrictMadeNothing "" "$(ls -d none 2>/dev/null)"
  cp "$(readlink -f "$(command -v sqlite3)")" sqlite3
  run "$immure" run --in in --out foreign --key host.key --evidence foreign.json --replace -- ./sqlite3 /out/n.db "$make"
  same Known/AForeignProgramOfThatNameGetsNothing "" "$(grep 'so it gets' <<<"$err")"
  expect Known/ItsClaimIsThePacket 0 '^acceptance profile: packet' "$immure" verify -v foreign.json --key host.pub
  printf 'base = "dynamic"\n' >plain.toml
  run "$immure" run --in in --out alone --no-evidence --profile ./plain.toml -- sqlite3 /out/n.db "$make"
  same Known/AProfileFileDecidesAlone "1 " "$code $(grep 'so it gets' <<<"$err")"
}

everybody without scratch back pairs all_at_once strict limits real_programs published known_programs
