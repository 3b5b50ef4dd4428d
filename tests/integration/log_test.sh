#!/bin/bash
# Tests `immure log` and `immure verify --log`: a log of evidence, in which no entry can be changed or removed unseen.
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"
export LC_ALL=C.UTF-8 IMMURE_CACHE=$here/cache

fixtures() {
  mkdir in
  echo text >in/a
  local name
  for name in host log other; do "$immure" keygen $name.key >/dev/null; done
  "$immure" keygen --type p256 curve.key >/dev/null
  for name in 1 2 3 4; do
    "$immure" run --in in --out "out$name" --key host.key -- cp /in/a /out/a 2>/dev/null
    mv "out$name.evidence.json" "$name.json"
  done
}
log() {
  local action=$1 key=log.pub
  shift
  [ "$action" != add ] || key=log.key
  "$immure" log "$action" runs "$@" --key $key
}
# copy_of_log: puts the log back as it was when the test made the copy.
copy_of_log() { rm -rf runs && cp -a runs.copy runs; }

the_log_grows() {
  expect Add/NeedsAName 64 'is not a log yet' log add 1.json
  expect Add/MakesTheLog 0 '1 added; example.com/runs: 1 entry' log add 1.json --origin example.com/runs
  cp runs/checkpoint first
  expect Add/TakesSeveral 0 '2 added; example.com/runs: 3 entries' log add 2.json 3.json
  expect Add/AddsNothingTwice 0 '0 added; example.com/runs: 3 entries' log add 2.json 3.json
  expect Add/OfAnotherName 64 'is not the name of this log' log add 4.json --origin example.org/other
  expect Add/OfAnotherKey 3 'no signature of this key' "$immure" log add runs 4.json --key other.key
  expect Add/TakesEd25519Alone 64 'must be an Ed25519 key' "$immure" log add fresh 4.json --key curve.key --origin a
  expect Add/TakesEvidenceAlone 64 'in/a' log add in/a
  mkdir full && touch full/file
  expect Add/KeepsOutOfOtherDirectories 64 'is not empty' "$immure" log add full 4.json --key log.key --origin a
  expect Verify 0 'the log holds: example.com/runs: 3 entries' log verify
  expect Verify/Since 0 'the log holds' log verify --since first
  expect Verify/AllFiles 0 'the log holds' log verify 1.json 2.json 3.json
  expect Verify/FileThatIsNotThere 1 '4.json is not in the log' log verify 1.json 2.json 3.json 4.json
  expect Verify/FileThatIsMissing 1 'is in the log, and you did not name it' log verify 1.json 3.json
  expect Verify/WithAnotherKey 3 'no signature of this key' "$immure" log verify runs --key other.pub
  expect Ls 0 "sha256 $(sha256sum <3.json | cut -d' ' -f1)" log ls
  cp -a runs runs.copy
}

nothing_is_changed_unseen() {
  local file seen=0 files=0
  # The tiles of the log when it had one entry are no longer part of it.
  for file in $(cd runs && find . -type f ! -name .lock ! -name 1); do
    files=$((files + 1))
    printf 'x' | dd of="runs/$file" bs=1 seek=3 conv=notrunc 2>/dev/null
    ! log verify >/dev/null 2>&1 && seen=$((seen + 1))
    copy_of_log
    rm "runs/$file"
    ! log verify >/dev/null 2>&1 && seen=$((seen + 1))
    copy_of_log
    ln -sf "$here/in/a" "runs/$file"
    ! log verify >/dev/null 2>&1 && seen=$((seen + 1))
    copy_of_log
  done
  holds ALogHasFiles [ "$files" -ge 3 ]
  same EachChangeIsSeen $((3 * files)) $seen
  # A log that was made again with the same key has no earlier checkpoint of the first log.
  rm -rf runs
  log add 1.json 3.json 4.json --origin example.com/runs >/dev/null
  cp runs.copy/checkpoint old
  expect AnotherLogIsNoContinuation 1 'does not continue the checkpoint old' log verify --since old
  copy_of_log
}

evidence_is_in_the_log() {
  local verify=("$immure" verify --key host.pub --log-key log.pub)
  expect Evidence/IsThere 0 '^ACCEPTED' "${verify[@]}" 2.json --log runs
  expect Evidence/IsNotThere 1 'log-missing' "${verify[@]}" 4.json --log runs
  expect Evidence/ByAnotherKey 3 'log-unusable' "$immure" verify --key host.pub --log-key other.pub 2.json --log runs
  expect Evidence/WithoutALog 3 'log-unusable' "${verify[@]}" 2.json --log nowhere
  expect Evidence/NeedsTheKey 64 'belong together' "$immure" verify --key host.pub 2.json --log runs
  expect Proof 0 'entry 1 of 3' log prove 2.json -o 2.proof
  expect Proof/OfWhatIsNotThere 1 'is not in the log' log prove 4.json -o 4.proof
  expect Proof/IsTaken 0 '^ACCEPTED' "${verify[@]}" 2.json --log 2.proof
  expect Proof/OfAnotherFile 3 'proof of another evidence file' "${verify[@]}" 3.json --log 2.proof
  sed 's/^index 1$/index 2/' 2.proof >moved.proof
  expect Proof/Changed 3 'log-unusable' "${verify[@]}" 2.json --log moved.proof
  rm runs/tile/0/*/3
  expect Evidence/OfABrokenLog 3 'log-unusable' "${verify[@]}" 2.json --log runs
  copy_of_log
}

# Kill `log add` at many moments. The log must be the one before or the one after, and the command can be repeated.
killed() {
  local i broken=0
  for i in $(seq 1 40); do
    copy_of_log
    "$immure" log add runs 4.json --key log.key >/dev/null 2>&1 &
    sleep "0.00$(printf '%02d' "$i")"
    kill -9 $! 2>/dev/null
    wait $! 2>/dev/null
    log verify --since runs.copy/checkpoint >/dev/null 2>&1 || broken=$((broken + 1))
    log add 4.json >/dev/null 2>&1 || broken=$((broken + 1))
    log verify 1.json 2.json 3.json 4.json >/dev/null 2>&1 || broken=$((broken + 1))
  done
  same KilledLogsHold 0 $broken
  copy_of_log
}

# Several writers at once: each waits for the others.
together() {
  local i
  for i in 1 2 3 4; do "$immure" log add together "$i.json" --key log.key --origin a >/dev/null 2>&1 & done
  wait
  expect Together 0 'a: 4 entries' "$immure" log verify together 1.json 2.json 3.json 4.json --key log.pub
}

everybody fixtures the_log_grows nothing_is_changed_unseen evidence_is_in_the_log killed together
