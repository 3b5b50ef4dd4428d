#!/usr/bin/env bash
# Tests what a program finds in the cell, and which of its outputs immure takes out.
# usage: run_behaviour_test.sh DIRECTORY-OF-PROGRAMS
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"
export LC_ALL=C.UTF-8 IMMURE_CACHE=$here/cache
limit=60

program=$(payload run_behaviour "$root/tests/integration/run_behaviour.c")

# go NAME CODE OPTIONS... -- COMMAND...: makes an unsigned run on `in`.
go() {
  local name=$1 wanted=$2
  shift 2
  rm -rf out
  expect "$name" "$wanted" '' "$immure" run --in in --out out --no-evidence "$@"
}
# signed NAME OPTIONS... -- COMMAND...: makes a signed run, which must end with 0, and whose evidence must be accepted;
# puts the program's output into $said.
signed() {
  local name=$1
  shift
  rm -rf out e.json
  expect "$name" 0 '' "$immure" run --in in --out out --key host.key --evidence e.json "$@"
  said=$out
  expect "$name/EvidenceIsAccepted" 0 '^ACCEPTED' "$immure" verify e.json --key host.pub --artifacts out
}

fixtures() {
  mkdir in
  echo text >in/a
  "$immure" keygen host.key >/dev/null
  "$immure" keygen other.key >/dev/null
}

ends() {
  go ExitCodeZero 0 -- "$program" exit 0
  go ExitCodeSeven 7 -- "$program" exit 7
  go ExitCode255 255 -- "$program" exit 255
  go SignalIsPassedOn 139 -- "$program" segfault
  same SignalIsReported yes "$(grep -q SIGSEGV <<<"$err" && echo yes)"
  go StreamsAreRelayed 0 -- "$program" both
  same StandardOutput 'to stdout' "$out"
  same StandardError 'to stderr' "$err"
  rm -rf out
  same ABigStreamIsWhole 16777216 "$("$immure" run --in in --out out --no-evidence -- "$program" fill 16 | wc -c)"
  rm -rf out
  # Writing a terabyte would take hours. The program ends within the time limit of 20 seconds only because its pipe is
  # closed.
  run bash -c '"$@" 2>/dev/null | head -c 1 >/dev/null; exit "${PIPESTATUS[0]}"' - \
    "$immure" run --in in --out out --no-evidence --timeout 20 -- "$program" fill 1000000
  same AClosedReaderEndsIt 141 "$code"
  rm -rf out
  # The controls must not touch the caller's terminal, and the terminal must not change their answers. Use two commands, so
  # that the shell leads the session and not immure.
  run script -qec "'$immure' run --in in --out out --no-evidence -- '$program' exit 7; exit \$?" /dev/null
  same ATerminalMakesNoDifference 7 "$code"
  rm -rf out
  same StandardInputIsNull 'read 0 character-device 1' \
    "$(echo secret | "$immure" run --in in --out out --no-evidence -- "$program" input)"
}

# fed NAME: prints the member NAME of what the evidence of the last signed run says about the standard input.
fed() { statement e.json | python3 -c 'import json,sys; print(json.load(sys.stdin)["predicate"]["input"]["standardInput"][sys.argv[1]])' "$1"; }
standard_input() {
  printf 'one\ntwo\n' >text
  signed InputFromAFile --stdin text -- /bin/cat
  same InputFromAFile/Bytes $'one\ntwo' "$said"
  same InputFromAFile/Digest "$(sha256sum <text | cut -d ' ' -f 1) 8 8 True text" \
    "$(fed sha256) $(fed bytes) $(fed taken) $(fed whole) $(fed name)"
  # The harness gives every command an empty standard input.
  rm -rf out e.json
  said=$(printf 'from a pipe' | "$immure" run --in in --out out --key host.key --evidence e.json --stdin - -- /bin/cat)
  same InputFromAStream/Bytes 'from a pipe' "$said"
  same InputFromAStream/Digest "$(printf 'from a pipe' | sha256sum | cut -d ' ' -f 1) True" "$(fed sha256) $(fed whole)"
  head -c 20000000 /dev/urandom >large
  signed ALargeInput --stdin large -- "$(command -v sha256sum)"
  same ALargeInput/Bytes "$(sha256sum <large)" "$said"
  # The evidence has the digest of the whole file, and says how little of the file the program read.
  signed InputThatNobodyReads --stdin large -- "$program" exit 0
  same InputThatNobodyReads/Digest "$(sha256sum <large | cut -d ' ' -f 1) 20000000 True" "$(fed sha256) $(fed bytes) $(fed whole)"
  holds InputThatNobodyReads/LittleIsTaken [ "$(fed taken)" -eq 0 ]
  mkfifo endless && exec 9<>endless
  rm -rf out e.json
  "$immure" run --in in --out out --key host.key --evidence e.json --stdin - -- "$program" exit 0 <&9
  same AnInputThatNeverEnds 0 $?
  same AnInputThatNeverEnds/IsNotWhole 'False 0' "$(fed whole) $(fed bytes)"
  exec 9>&-
  : >empty
  signed EmptyFile --stdin empty -- /bin/cat
  same EmptyFile/IsWhole 'True 0' "$(fed whole) $(fed bytes)"
  go InputIsMissing 3 --stdin nothing -- /bin/cat
  go InputIsADirectory 3 --stdin in -- /bin/cat
  go InputIsAFifo 3 --stdin endless -- /bin/cat
  expect InputIsTheKey 3 'is the private key' "$immure" run --in in --out out --key host.key --stdin host.key -- /bin/cat
  # The program could read nothing from the standard input that its user meant to give it: immure must tell the user.
  rm -rf out
  mkfifo stream
  expect UnreadInputIsReported 0 'standard input is empty.*--stdin -' \
    bash -c 'exec 8<>stream; echo text >&8; "$@" <&8' - "$immure" run --in in --out out --no-evidence -- /bin/cat
  rm -rf out
  # shellcheck disable=SC2016 # for the inner shells
  expect UnreadInputThatComesLateIsReported 0 'standard input is empty.*--stdin -' bash -c '
    exec 8<>stream
    "$@" <&8 >started &
    until grep -q STARTED started; do kill -0 $! || exit; sleep 0.02; done
    echo text >&8
    kill -USR1 $!
    wait $!' - \
    "$immure" run --in in --out out --no-evidence -- /bin/bash -c 'trap "exit 0" USR1; echo STARTED; while :; do :; done'
  rm -rf out
  "$immure" run --in in --out out --no-evidence -- /bin/cat </dev/null 2>.told
  same NothingToReadIsNotTold '' "$(grep 'standard input' .told)"
  rm -rf large text endless empty stream started
}

# forwarded SIGNAL CODE: sends SIGNAL to the supervisor when the payload is ready.
forwarded() {
  # Forget what an earlier run has said, so that nothing takes it for what this run says.
  rm -rf out .trap
  : >.trap
  "$immure" run --in in --out out --no-evidence -- "$program" trap >.trap 2>/dev/null </dev/null &
  local supervisor=$! i
  for ((i = 0; i < 600; i++)); do grep -q READY .trap && break; sleep 0.05; done
  kill "-$1" "$supervisor"
  wait "$supervisor"
  same "$1IsForwarded" "$2" "$?"
}
signals() {
  forwarded TERM 5
  forwarded HUP 129
  forwarded USR1 138
}

started() {
  go OddArguments 0 -- "$program" arguments '' ' ' $'a\nb' $'\xff\xfe' '--in' "'\"\\" '$(id)' 'ä' '*'
  same OddArguments/Bytes "$(for text in '' ' ' $'a\nb' $'\xff\xfe' '--in' "'\"\\" '$(id)' 'ä' '*'; do
      printf '%s.\n' "$(printf %s "$text" | od -An -v -tx1 | tr -d ' \n')"
    done)" "$out"
  local usual=$'HOME=/\nLANG=C.UTF-8\nPATH=/usr/local/bin:/usr/bin:/bin'
  SECRET=leaked go EnvironmentIsTheUsualOne 0 -- "$program" environment
  same EnvironmentIsTheUsualOne/Names "$usual" "$(sort <<<"$out")"
  SECRET=leaked go EnvironmentIsDeclared 0 --env A=1 --env 'B=with space and =' --env EMPTY= -- "$program" environment
  same EnvironmentIsDeclared/Names $'A=1\nB=with space and =\nEMPTY=\n'"$usual" "$(sort <<<"$out")"
  printf 'base = "dynamic"\n[environment]\nFROM = "profile"\nA = "profile"\n' >env.toml
  go ProfileAndOption 0 --profile ./env.toml --env A=option -- "$program" environment
  same ProfileAndOption/OptionWins $'A=option\nFROM=profile\n'"$usual" "$(sort <<<"$out")"
  go Place 0 -- "$program" place
  same Place/Facts 'cwd / uid 1000 1000 gid 1000 1000 pid-is-one 0' "$out"
}

# Prints whether the evidence says that processes of the program still ran.
left_running() { statement e.json | python3 -c 'import json, sys; print(json.load(sys.stdin)["predicate"]["payload"].get("leftRunning"))'; }
processes() {
  local endless='(while :; do :; done) &'
  go LeftRunning/IsNoFailure 0 -- sh -c "$endless echo done"
  has_line LeftRunning/IsReported 'note: processes of the program still ran when the program ended, and were killed' "$err"
  signed LeftRunning/Signed -- sh -c "$endless echo done"
  has_line LeftRunning/IsInTheVerdict 'its processes still ran when the program ended' "$out"
  same LeftRunning/IsInTheEvidence True "$(left_running)"
  # Neither an orphan that ended before the program, nor an ended child for which nobody waited, counts as a process
  # that still ran.
  signed NoneLeftRunning -- sh -c '(exit 0) & (exit 0) & wait; echo done'
  same NoneLeftRunning/IsInTheEvidence None "$(left_running)"
  same NoneLeftRunning/IsNotTold '' "$(grep 'still ran' <<<"$out")"
  # On a busy machine, the task of the positive controls may still be ending when a short program has ended.
  local i round
  for round in 1 2 3 4; do
    for i in 1 2 3 4 5 6 7 8; do
      "$immure" run --in in --out "busy-$i" --no-evidence --replace -- true 2>"busy-$round-$i.err" &
    done
    wait
  done
  same NoneLeftRunning/OnABusyMachine '' "$(grep -h 'still ran' busy-*.err)"
}

outputs() {
  rm -rf out
  expect OutputOnAFullDiskIsAnError 70 'cannot be passed on: No space left' \
    bash -c '"$1" run --in in --out out --no-evidence -- /bin/echo hi >/dev/full' _ "$immure"
  signed Nested -- "$program" nested
  only_named_files Nested out e.json
  same Nested/Names "$(printf '%s\n' empty one one/two one/two/narrow one/two/plain one/wide 'with space' ä日)" \
    "$(cd out && find . -mindepth 1 -printf '%P\n' | LC_ALL=C sort)"
  same Nested/BelongToTheCaller "" "$(find out \( ! -uid "$(id -u)" -o ! -gid "$(id -g)" \) -print)"
  same Nested/Bytes abcde "$(cat out/one/wide out/one/two/narrow out/one/two/plain 'out/with space' out/ä日)"
  signed Many -- "$program" many 2000
  same Many/Files 2000 "$(find out -type f | wc -l)"
  only_named_files Many out e.json
  signed Heavy -- "$program" heavy 200
  same Heavy/Bytes 13107200 "$(cat out/* | wc -c)"
  only_named_files Heavy out e.json
  signed Large -- "$program" large 64
  same Large/Bytes 67108864 "$(stat -c %s out/large)"
  only_named_files Large out e.json
  mkdir -p prepared
  expect OutputDirectoryThatIsThere 0 '' "$immure" run --in in --out prepared --no-evidence -- "$program" many 3
  same OutputDirectoryThatIsThere/Files 3 "$(find prepared -type f | wc -l)"
}

inputs() {
  mv in plain
  mkdir in
  signed EmptyInput -- "$program" list
  same EmptyInput/Nothing '' "$said"
  (cd in && seq 5000 | split -l 1 -a 4 -d - part)
  signed FiveThousandFiles -- "$program" list
  same FiveThousandFiles/Lines 5000 "$(grep -c ' ok ' <<<"$said")"
  rm -rf in && mkdir in in/deep
  ln -s /etc/hostname in/absolute
  ln -s ../../../etc/hostname in/relative
  ln -s "$here/plain/a" in/host
  ln -s deep/file in/inside
  ln -s self in/self
  echo x >in/deep/file
  signed LinksOutOfTheInput -- "$program" list
  same LinksOutOfTheInput/Dangle "$(printf '%s\n' '/in/absolute ENOENT -1' '/in/deep/file ok 2' '/in/host ENOENT -1' \
    '/in/inside ok -1' '/in/relative ENOENT -1' '/in/self ELOOP -1')" "$said"
  rm -rf in && mkdir in "in/a b" $'in/new\nline' in/ä
  touch "in/a b/c d" $'in/new\nline/x' in/ä/日本 'in/*' 'in/"quoted"' $'in/\xff\xfe' 'in/-rf' in/.hidden
  signed OddNames -- "$program" list
  same OddNames/Lines 8 "$(grep -c ' ok 0$' <<<"$said")"
  rm -rf in
  mv plain in
}

interpreters() {
  # These programs ask for something that the cell denies, and go on when they get an error that they know.
  rm -rf out
  run "$immure" run --in in --out out --no-evidence -- ls -la /in
  same ListingAsksForAttributes '0 ' "$code $err"
  if command -v xz >/dev/null; then
    rm -rf out
    same CompressingSetsFlags text "$("$immure" run --in in --out out --no-evidence -- xz -c /in/a | xz -d)"
  else
    skip CompressingSetsFlags tool 'no xz'
  fi
  printf '#!/bin/sh\nread -r line </in/a\necho "sh says $line"\necho "$1" >/out/x\n' | make_script say.sh
  signed ShellScript -- ./say.sh argument
  same ShellScript/Output 'sh says text argument' "$said $(<out/x)"
  if [ -x /usr/bin/python3 ]; then
    make_script say.py <<'END'
#!/usr/bin/python3
import json, sys
print(json.dumps([open("/in/a").read(), sys.argv[1]]))
open("/out/y", "w").write("py")
END
    signed PythonScript --profile python -- ./say.py argument
    same PythonScript/Output '["text\n", "argument"] py' "$said $(<out/y)"
  else
    skip PythonScript tool 'no /usr/bin/python3'
  fi
}

rootfs() {
  mkdir root root/in root/out root/bin
  payload static_behaviour -static "$root/tests/integration/run_behaviour.c" >/dev/null
  cp "$(payload static_behaviour)" root/bin/show
  signed RootDirectory --rootfs root -- /bin/show list
  same RootDirectory/Output '/in/a ok 5' "$said"
  go ProgramIsNotInTheRoot 3 --rootfs root -- /bin/none
  go ProgramOfTheHostIsNotInTheRoot 3 --rootfs root -- "$program"
}

options() {
  signed Capture --capture -- "$program" both
  local stream
  for stream in stdout stderr; do
    same "Capture/$stream" "$(echo "to $stream" | sha256sum | cut -d' ' -f1)  $stream" \
      "$(subjects e.json | grep "  $stream\$")"
  done
  rm -f ./*.json
  go NoEvidence 0 -- "$program" both
  same NoEvidence/NoFile '' "$(find . -maxdepth 1 -name '*.json')"
  go DryRun 0 --dry-run -- "$program" many 3
  same DryRun/NothingIsMade '' "$(ls -d out 2>/dev/null)"
  same DryRun/NamesTheProgram yes "$(grep -qF "$program" <<<"$out" && echo yes)"
}

nonces() {
  local nonce other
  nonce=$(head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n')
  other=$(head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n')
  rm -rf out
  expect Nonce 0 '' "$immure" run --in in --out out --key host.key --evidence n.json --nonce "$nonce" -- \
    "$program" many 3
  expect Nonce/IsAccepted 0 '^ACCEPTED' "$immure" verify n.json --key host.pub --nonce "$nonce" --artifacts out
  expect Nonce/AnotherIsRefused '[13]' 'nonce' "$immure" verify n.json --key host.pub --nonce "$other"
  expect Nonce/NoneIsExpected '[013]' '' "$immure" verify n.json --key host.pub
  expect Audience/AnotherIsRefused '[13]' 'audience' "$immure" verify n.json --key host.pub --nonce "$nonce" \
    --audience somebody
}

# with_payload BODY: prints the evidence with this payload. sed reads the payload from a file, because an argument has
# room for only 128 KiB.
with_payload() { sed -f <(printf 's|"payload":"[^"]*"|"payload":"%s"|\n' "$1") n.json; }

# altered NAME: writes the evidence to tampered.json, after one change inside its payload.
altered() {
  local body
  body=$(statement n.json | sed "$2" | base64 -w 0)
  with_payload "$body" >"$1.json"
  cmp -s n.json "$1.json" && not_ok "$1: nothing was changed"
  expect "$1" 3 BLOCKED "$immure" verify "$1.json" --key host.pub
}
# with_outputs NAME: verifies the evidence after the outputs have changed.
with_outputs() { expect "$1" '[13]' "$2" "$immure" verify n.json --key host.pub --nonce "$nonce" --artifacts changed; }

tampering() {
  local nonce
  nonce=$(statement n.json | sed 's/.*"nonce":"\([^"]*\)".*/\1/')
  # The twin: the same decoding and encoding, with nothing changed, is accepted.
  local body
  body=$(statement n.json | base64 -w 0)
  with_payload "$body" >again.json
  expect TamperingsTwinIsAccepted 0 '^ACCEPTED' "$immure" verify again.json --key host.pub --nonce "$nonce" \
    --artifacts out
  altered TamperedDigest 's/"sha256":"[0-9a-f]/"sha256":"x/'
  altered TamperedErrno 's/"errno":1,/"errno":13,/'
  altered TamperedRunId 's/"runId":"./"runId":"z/'
  altered TamperedSpace 's/^{/{ /'
  expect AnotherKey 3 BLOCKED "$immure" verify n.json --key other.pub
  head -c 500 n.json >cut.json
  expect EvidenceCutShort 3 BLOCKED "$immure" verify cut.json --key host.pub
  : >empty.json
  expect EvidenceIsEmpty 3 BLOCKED "$immure" verify empty.json --key host.pub
  cp -a out changed && echo x >>changed/0001
  with_outputs OutputChanged 0001
  rm -rf changed && cp -a out changed && rm changed/0002
  with_outputs OutputMissing 0002
  rm -rf changed && cp -a out changed && touch changed/more
  with_outputs OutputAdded more
  rm -rf changed && cp -a out changed && mv changed/0000 changed/renamed
  with_outputs OutputRenamed renamed
  rm -rf changed && cp -a out changed && rm changed/0001 && ln -s ../out/0001 changed/0001
  with_outputs OutputIsALink 0001
}

everybody fixtures ends standard_input signals started processes outputs inputs interpreters rootfs options nonces tampering
