#!/bin/bash
# `immure batch` makes a separate run for each of many inputs, whatever happens to the other runs. A batch that is ended
# early leaves nothing behind. batch_inputs_test.sh chooses inputs, batch_resume_test.sh goes on after a crash.
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"

export IMMURE_CACHE=$here/cache
"$immure" keygen host.key >/dev/null
mkdir -p drops && for i in {1..7}; do mkdir "drops/d$i" && echo "text $i" >"drops/d$i/a"; done
mkdir 'drops/a name' && echo 'text 8' >'drops/a name/a'
# The control groups whose supervisor has ended. Another test may run at the same time, with groups of its own.
left() {
  local group count=0
  while IFS= read -r group; do
    [[ -e /proc/$(cut -d- -f2 <<<"${group##*/}") ]] || count=$((count + 1))
  done < <(find /sys/fs/cgroup -name "immure-[0-9]*" -newer host.key 2>/dev/null)
  echo "$count"
}

# --- Each input has its run, its output and its evidence
expect EveryInputIsRun 0 '^immure: 8 runs = 8 ended with 0 \+ 0 with another code \+ 0 BLOCKED \+ 0 not started$' \
  "$immure" batch --in drops --out reports --key host.key -j 3 cp /in/a /out/b
for name in d1 d7 'a name'; do
  holds "OutputIsTheInputs/$name" cmp "drops/$name/a" "reports/$name/b"
  holds "EvidenceIsAccepted/$name" "$immure" verify "reports/$name.evidence.json" --key host.pub --artifacts "reports/$name"
done
holds AllEvidenceIsAccepted "$immure" verify reports/*.evidence.json --key host.pub
expect NoEvidenceOfAnother 1 'REJECTED|artifact' "$immure" verify reports/d1.evidence.json --key host.pub --artifacts reports/d2
[[ $(find reports -maxdepth 1 | wc -l) == 18 && -d reports/immure-batch && ! -e reports/immure-batch/work ]] && ok NothingElseIsThere || not_ok NothingElseIsThere "$(ls reports)"
expect JsonHasEveryRun 0 '"endedWell":8,"notStarted":0,"runs":\[\{"exitCode":0,"name":"a name"\},\{"exitCode":0,"name":"d1"\}' \
  "$immure" batch --json --in drops --out json.out --no-evidence -- cp /in/a /out/b
run "$immure" batch --json --in drops --out json2.out --no-evidence -- cp /in/a /out/b
if is_json <<<"$out"; then ok JsonIsJson; else not_ok JsonIsJson "$out"; fi

# --- A run that fails or is BLOCKED does not stop the others
rm drops/d3/a
expect OneThatFailsIsCounted 1 '8 runs = 7 ended with 0 \+ 1 with another code \+ 0 BLOCKED' \
  "$immure" batch --in drops --out failed.out --no-evidence -- cp /in/a /out/b
holds OneThatFailsIsNamed grep -q "^immure: d3: ended with 1: .*/in/a.*No such file" <(echo "$err")
mkfifo drops/d5/fifo
expect OneThatIsBlockedIsCounted 3 '8 runs = 6 ended with 0 \+ 1 with another code \+ 1 BLOCKED' \
  "$immure" batch --in drops --out blocked.out --key host.key cp /in/a /out/b
holds OneThatIsBlockedIsNamed grep -q '^immure: d5: ended with 3: BLOCKED: .*fifo' <(echo "$err")
holds TheWordsOfTheBlockedOneAreKept grep -q 'BLOCKED: .*fifo' blocked.out/immure-batch/logs/d5.stderr
holds TheOthersAreAccepted "$immure" verify blocked.out/d6.evidence.json --key host.pub --artifacts blocked.out/d6
holds TheBlockedOneHasNoOutput [ ! -e blocked.out/d5 ]
rm drops/d5/fifo && echo 'text 3' >drops/d3/a

# --- Refused before anything starts
refused() {
  local name=$1 wanted=$2 pattern=$3
  shift 3
  rm -rf made
  expect "$name" "$wanted" "$pattern" "$immure" batch "$@"
  if [[ -e made ]]; then not_ok "$name/NothingIsMade" "$(ls -R made)"; fi
}
mkdir empty loose named && touch loose/file && mkdir -p named/a named/a.evidence.json outer
refused NeedsAKeyOrNone 64 'takes either --key or --no-evidence' --in drops --out made cp /in/a /out/b
refused NeverBoth 64 'takes either --key or --no-evidence' --in drops --out made --key host.key --no-evidence cp /in/a /out/b
refused InputIsEmpty 3 'empty: holds no directory' --in empty --out made --no-evidence cp /in/a /out/b
refused InputHoldsAFile 3 'loose/file: is not a directory' --in loose --out made --no-evidence cp /in/a /out/b
refused InputIsCalledAsEvidence 3 'named/a.evidence.json: has the name that the evidence of another run will get' --in named --out made --no-evidence cp /in/a /out/b
refused InputIsMissing 3 'nothing: does not exist' --in nothing --out made --no-evidence cp /in/a /out/b
refused OutputIsInTheInput 3 'drops' --in drops --out drops/made --no-evidence cp /in/a /out/b
refused OutputIsNotEmpty 3 'is not empty' --in drops --out loose --no-evidence cp /in/a /out/b
refused JobsAreANumber 64 'is not a number from 1 to 64: many' --in drops --out made --jobs many --no-evidence cp /in/a /out/b
refused JobsAreFew 64 'is not a number from 1 to 64: 65' --in drops --out made -j 65 --no-evidence cp /in/a /out/b
refused NoSuchProgram 3 'no-such-program: is not found in PATH' --in drops --out made --no-evidence no-such-program
refused KeyIsMissing 3 'missing.key: not found' --in drops --out made --key missing.key cp /in/a /out/b
refused RetriesAreANumber 64 'is not a number from 0 to 100: -1' --in drops --out made --retry -1 --no-evidence cp /in/a /out/b
refused FailuresAreANumber 64 'is not a number from 1 to 1000000: 0' --in drops --out made --max-failures 0 --no-evidence cp /in/a /out/b

# --- What the programs print is kept for each run
expect NothingIsPrintedInBetween 0 '^immure: 8 runs' "$immure" batch --in drops --out kept --no-evidence -- cat /in/a
same StandardOutputIsLeftToTheResult '' "$out"
same EachRunsOutputIsKept "$(cat drops/d4/a)" "$(cat kept/immure-batch/logs/d4.stdout)"
[[ ! -e kept/immure-batch/logs/d4.stderr ]] && ok AnEmptyLogIsNotKept || not_ok AnEmptyLogIsNotKept "$(ls kept/immure-batch/logs)"
expect EachLineHasItsRunsName 0 '^a name: text 8$' "$immure" batch --print --in drops --out printed --no-evidence -- cat /in/a
same AllLinesArePrinted 8 "$(grep -c ': text [1-8]$' <<<"$out")"

# --- Failures
rm drops/d2/a drops/d6/a
expect ARunIsTriedAgain 1 '^immure: d2: ended with 1, and is tried again: ' \
  "$immure" batch --retry 2 --in drops --out again --key host.key cp /in/a /out/b
same ARunIsTriedAsOftenAsAsked 6 "$(grep -cE '^immure: d[26]: ended with 1' <<<"$err")"
holds NoAttemptIsLost "$immure" verify again/immure-batch/attempts/[12]/d[26].evidence.json again/d[26].evidence.json --key host.pub
expect ABatchStopsAfterTooManyFailures 1 '8 runs = [2-4] ended with 0 \+ 1 with another code \+ 0 BLOCKED \+ [3-5] not started' \
  "$immure" batch --max-failures 1 -j 1 --in drops --out stopped --no-evidence cp /in/a /out/b
expect ABatchThatWasStoppedGoesOn 1 '8 runs = 6 ended with 0 \+ 2 with another code \+ 0 BLOCKED \+ 0 not started' \
  "$immure" batch --resume --in drops --out stopped --no-evidence cp /in/a /out/b
echo 'text 2' >drops/d2/a && echo 'text 6' >drops/d6/a

# --- Ended early
# ended NAME SIGNAL CODE PATTERN: sends SIGNAL to a batch while two of its runs sleep.
ended() {
  local name=$1 signal=$2 wanted=$3 pattern=$4 out=$here/$1.out batch code
  "$immure" batch --in drops --out "$out" -j 2 --no-evidence -- sleep 60 2>.stderr &
  batch=$!
  for _ in {1..500}; do
    [[ $(pgrep -c -P "$batch") == 2 && $(pgrep -fc "^[^ ]*sleep 60$") -ge 2 ]] && break
    sleep 0.02
  done
  kill -s "$signal" "$batch"
  wait "$batch" 2>/dev/null
  code=$?
  for _ in {1..500}; do
    pgrep -f "^[^ ]*sleep 60$" >/dev/null || [[ $(left) != 0 ]] || break
    sleep 0.02
  done
  if [[ $code == "$wanted" && $(<.stderr) =~ $pattern ]] && ! pgrep -f "^[^ ]*sleep 60$" >/dev/null; then ok "$name"; else
    not_ok "$name" "code $code" "$(<.stderr)" "$(pgrep -af 'sleep 60')"
  fi
}
if command -v pgrep >/dev/null; then
  ended ASignalReachesTheRuns TERM 143 '8 runs = 0 ended with 0 \+ 2 with another code \+ 0 BLOCKED \+ 6 not started'
  ended RunsEndWithTheirBatch KILL 137 ''
  [[ $(left) == 0 ]] && ok NothingIsLeft || not_ok NothingIsLeft "$(left) control groups"
else
  skip ASignalReachesTheRuns tool 'needs pgrep'
fi
finish
