#!/usr/bin/env bash
# Tests that `immure explain` says what stood in a program's way, and that explain refuses all that run refuses.
# usage: explain_test.sh DIRECTORY-OF-PROGRAMS
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"
export LC_ALL=C.UTF-8 IMMURE_CACHE=$here/cache
limit=300

program=$(payload explain "$root/tests/integration/explain.c" -pthread)
cd "$here" || exit 70
mkdir in && echo text >in/a

explain() { run "$immure" explain --in in "$@"; }
# first: the first finding and its lines. said WORDS: a line of the explanation, with blanks made one.
first() { sed -n '/^1\. /,/^$/p' <<<"$out" | tr -s ' \n' ' '; }
# finding NAME PATTERN: the first finding, as one line, must match the pattern.
finding() {
  local seen
  seen=$(first)
  if [[ $seen =~ $2 ]]; then ok "$1"; else not_ok "$1" "wanted: $2" "seen: $seen" "$out" "$err"; fi
}
# of_json EXPRESSION: prints a Python expression about `it`, the explanation in JSON, and `found`, its findings.
of_json() { python3 -c 'import json,sys; it=json.load(sys.stdin); found=it["findings"]; print(eval(sys.argv[1]))' "$1" <<<"$out"; }

culprits() {
  explain -- "$program" tmp socket fail
  same Socket/ExitCode 3 "$code"
  finding Socket/IsFirst 'socket \(AF_INET, SOCK_STREAM\) refused 1 time, to the program itself, process [0-9]+ \(explain\).*"no sockets", test #25.*Nothing will: this is the boundary.*the last refusal before the program failed'
  explain -- "$program" socket exec fail
  finding Exec/IsFirst 'execve \(/usr/bin/id\).*"no second exec", test #33.*--exec id.*acceptance profile build'
  expect Exec/TheOptionWorks 0 '^uid=1000' "$immure" explain --in in --exec id -- "$program" exec
  explain -- "$program" tmp fail
  finding Scratch/Helps 'write /tmp/work.*--tmp 256MiB'
  expect Scratch/TheOptionWorks 3 '^tmp ok$' "$immure" explain --in in --tmp 256MiB -- "$program" tmp fail
  explain -- "$program" back fail
  finding ReadBack/Helps 'open for reading /out/a.*--read-back'
  explain -- "$program" pair fail
  finding Pair/Helps 'socketpair \(AF_UNIX, SOCK_STREAM\).*--socket-pairs'
  expect Pair/TheOptionWorks 3 '^pair ok$' "$immure" explain --in in --socket-pairs -- "$program" pair fail
  explain -- "$program" code fail
  finding Code/Helps 'mmap \(PROT_READ\|PROT_WRITE\|PROT_EXEC\).*--profile jit'
  explain -- "$program" input fail
  finding Input/IsABoundary 'write to the input /in/new.*"read-only input", test #26.*Nothing will'
  explain -- "$program" etc fail
  finding Elsewhere/IsABoundary 'write /etc/new.*"single writable place", test #28'
  explain -- "$program" nowhere fail
  finding Nowhere/IsNamed 'look for /in/nowhere.*The input does not have it'
  explain -- "$program" call fail
  finding Call/IsMerelyNotInTheProfile 'msync.*merely not in the profile dynamic.*unsafe_syscalls = \["msync"\]'
  explain -- "$program" link fail
  finding Link/IsABoundary 'symlinkat.*"write-only output", test #29.*Nothing will'
  explain -- "$program" stdout fail
  finding Stdout/Helps 'make or replace /dev/stdout.*--stdout FILE'
  explain -- "$program" relative fail
  finding Relative/Helps 'write /here.*--workdir /out'
  expect Relative/TheOptionWorks 3 '^relative ok$' "$immure" explain --in in --workdir /out -- "$program" relative fail
  explain -- "$program" mounts
  holds Harmless/IsOneLine grep -q '^Also refused or missing, and harmless here: look for /proc/mounts' <<<"$out"
  explain -- "$program" bad-address fail
  finding BadAddress/IsTold 'execve .*test #33'
  explain -- "$program" red fail
  finding Red/IsVisible 'write /etc/\\x1b\[31mred'
  explain -- "$program"
  same Nothing/ExitCode 0 "$code"
  if [[ $out == *'refused it nothing that matters'* ]]; then ok Nothing/IsSaid; else not_ok Nothing/IsSaid "$out"; fi
  if [[ -e /usr/share/common-licenses/GPL-3 ]]; then
    explain -- "$program" missing fail
    finding Missing/Helps 'look for /usr/share/common-licenses/GPL-3.*--include /usr/share/common-licenses/GPL-3'
    expect Missing/TheOptionWorks 3 '^missing ok$' "$immure" explain --in in --include /usr/share/common-licenses/GPL-3 -- "$program" missing fail
  else
    skip Missing file 'this host has no /usr/share/common-licenses/GPL-3'
  fi
}

# What run refuses, explain refuses with the same answers.
same_answers() {
  local words=(socket exec pair tmp input etc back missing nowhere call code null bad-address red forks threads race)
  run "$immure" run --in in --out same --no-evidence -- "$program" "${words[@]}"
  local wanted=$out
  explain -- "$program" "${words[@]}"
  same SameAnswers/AsRun "$wanted" "$(grep -E '^[a-z-]+ (ok|E[A-Z]+)$' <<<"$err")"
  same SameAnswers/Count "${#words[@]}" "$(wc -l <<<"$wanted")"
}

many() {
  explain --json -- "$program" threads forks fail
  same Threads/AreCounted 400 "$(of_json '[f["count"] for f in found if f["call"] == "socket"][0]')"
  same Threads/AreOneProcess False "$(of_json '[f["otherProcesses"] for f in found if f["call"] == "socket"][0]')"
  same Forks/AreCounted 3 "$(of_json '[f["count"] for f in found if f["call"] == "ptrace"][0]')"
  same Forks/AreChildren 'False True' "$(of_json '" ".join(str(x) for f in found if f["call"] == "ptrace" for x in (f["process"]["isProgram"], f["otherProcesses"]))')"
  explain --json -- "$program" flood exec fail
  same Flood/ExitCode 3 "$code"
  same Flood/TheCulpritIsFirst execve "$(of_json 'found[0]["call"]')"
  same Flood/SocketsAreCounted 20000 "$(of_json '[f["count"] for f in found if f["call"] == "socket"][0]')"
  same Flood/IsBounded True "$(of_json 'len(found) < 1200 and it["uncounted"] > 1000')"
  same Flood/EveryRequestIsCounted 2000 "$(of_json 'sum(f["count"] for f in found if f["call"] == "ioctl")')"
  explain -- "$program" flood exec fail
  same Flood/Columns '' "$(awk 'length > 80' <<<"$out")"
  holds Flood/IsTold grep -q 'too many different kinds' <<<"$out"
}

profiles() {
  explain --write need.toml -- "$program" tmp pair call back fail
  same Profile/ExitCode 3 "$code"
  same Profile/Text '# What `immure explain` found that this program needs: '"$program"' tmp pair call back fail
base = "dynamic"
scratch = "256MiB"
output = "private"
socket_pairs = true
unsafe_syscalls = [
  "msync",
]' "$(sed -E '2,$ { /^ *#/d }' need.toml)"
  same Profile/EachLineHasAComment 5 "$(grep -cE '^ *# (refused 1x|[a-z])' need.toml)"
  expect Profile/RunAccepts 3 '^call ok$' "$immure" run --in in --out accepted --no-evidence --profile ./need.toml -- "$program" tmp pair call back fail
  same Profile/GivesAll $'tmp ok\npair ok\ncall ok\nback ok' "$out"
  # A profile file with three quotes may have characters beyond ASCII nowhere.
  explain --write quotes.toml -- sh -c "echo é >/tmp/a # '''"
  expect Profile/WithQuotesAndLetters 0 '' "$immure" run --in in --out quoted --no-evidence --profile ./quotes.toml -- true
  expect Profile/IsNotReplaced 64 'exists' "$immure" explain --in in --write need.toml -- "$program" tmp fail
  expect Profile/OfAProfile 3 '' "$immure" explain --in in --profile ./need.toml --write more.toml -- "$program" tmp pair call back exec fail
  same Profile/KeepsWhatItHad "$(sed '/#/d' need.toml)" "$(sed '/#/d' more.toml)"
}

# explain signs nothing, keeps nothing and leaves nothing.
nothing_is_kept() {
  "$immure" keygen host.key >/dev/null
  local before after
  before=$(ls -A . "${TMPDIR:-/tmp}" | grep -v '^cache$')
  expect Kept/OptionsOfRunAreTaken 3 'note: explain signs and keeps nothing, and does not use --key, --evidence' \
    "$immure" explain --in in --out output --key host.key --evidence e.json -- "$program" socket fail
  after=$(ls -A . "${TMPDIR:-/tmp}" | grep -v '^cache$')
  same Kept/Nothing "$before" "$after"
  expect Kept/Blocked 3 'BLOCKED' "$immure" explain --in nosuch -- "$program"
  expect Kept/ASignal 137 '' "$immure" explain --in in --timeout 60s -- "$program" socket die
}

# A run that fails names the command that explains it, and the command works as it stands.
suggestion() {
  local line
  expect Suggested/Once 3 "^immure: hint: to see what the cell refused: immure explain --in in --out 'some out' --no-evidence --env 'A=it'" \
    "$immure" run --in in --out 'some out' --no-evidence --env "A=it's" -- "$program" socket fail
  line=$(sed -n 's/^immure: hint: to see what the cell refused: //p' <<<"$err")
  PATH=$bin:$PATH run bash -c "$line"
  same Suggested/Works 3 "$code"
  finding Suggested/Explains 'socket \(AF_INET'
  expect Suggested/AfterASignal 134 '^immure: hint: to see what the cell refused: immure explain' \
    "$immure" run --in in --out aborts --no-evidence -- "$program" pair abort
  PATH=$bin:$PATH run bash -c "$(sed -n 's/^immure: hint: to see what the cell refused: //p' <<<"$err")"
  finding Suggested/NamesSocketPairs 'socketpair.*--socket-pairs'
  expect Suggested/AnotherWorkdir 3 '^immure: hint: the program could not write to its working directory.*--workdir /out' \
    "$immure" run --in in --out relative --no-evidence -- "$program" relative fail
  run "$immure" run --in in --out json --no-evidence --json -- "$program" fail
  same Suggested/NotWithJson '' "$(grep 'immure explain' <<<"$err")"
  run "$immure" run --in in --out fine --no-evidence -- "$program" socket
  same Suggested/NotAfterSuccess '' "$(grep 'immure explain' <<<"$err")"
}

real_programs() {
  echo text >in/b && tar -cf in/b.tar -C in b && rm in/b
  explain -- tar -xf /in/b.tar
  finding Real/tar-x 'write /b .*--workdir /out'
  rm in/b.tar
  explain -- cp /in/a /dev/stdout
  finding Real/cp 'make or replace /dev/stdout.*--stdout FILE'
  if [[ -x /usr/bin/python3 ]]; then
    explain --write tempfile.toml -- /usr/bin/python3 -c 'import tempfile; tempfile.NamedTemporaryFile()'
    finding Real/tempfile 'write /(var/)?tmp/.*--tmp 256MiB'
    same Real/TempfileNeedsOneKey 'scratch = "256MiB"' "$(sed '/^#/d; /^base/d' tempfile.toml)"
    expect Real/TempfileWorks 0 '' "$immure" run --in in --out tempfile --no-evidence --profile ./tempfile.toml -- /usr/bin/python3 -c 'import tempfile; tempfile.NamedTemporaryFile()'
  fi
  explain -- sh -c '/usr/bin/id'
  finding Real/sh 'execve \(/usr/bin/id\)'
  explain -- cat /in/nothing
  finding Real/cat 'look for /in/nothing'
  if has gzip; then
    explain -- tar czf /out/x.tgz /in
    finding Real/tar 'execve \(.*\).*a child of the program'
  fi
  if [[ -x /usr/bin/python3 ]]; then
    explain -- /usr/bin/python3 -c 'import socket; socket.create_connection(("127.0.0.1", 80))'
    finding Real/python 'socket \(AF_INET, SOCK_STREAM\).*test #25'
  fi
}

# The walls of another program change nothing of what explain sees.
other_venues() {
  if ! has bwrap; then skip Bubblewrap machine 'needs bwrap'; return; fi
  explain --venue bubblewrap -- "$program" tmp socket fail
  if [[ $code == 3 && $err == *BLOCKED* ]]; then skip Bubblewrap machine "${err%%$'\n'*}"; return; fi
  finding Bubblewrap/Explains 'socket \(AF_INET, SOCK_STREAM\).*test #25'
}

everything() {
  culprits
  other_venues
  same_answers
  many
  profiles
  nothing_is_kept
  suggestion
  real_programs
}
everybody everything
finish
