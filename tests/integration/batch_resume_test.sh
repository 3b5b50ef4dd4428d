#!/bin/bash
# A batch that was killed goes on with --resume: no run that has ended is made again, no result is lost, and a batch with
# another plan is refused.
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"

export IMMURE_CACHE=$here/cache
"$immure" keygen host.key >/dev/null && "$immure" keygen other.key >/dev/null
mkdir -p drops && for i in {1..12}; do mkdir "drops/d$i" && echo "text $i" >"drops/d$i/a"; done
everything='12 runs = 12 ended with 0 \+ 0 with another code \+ 0 BLOCKED \+ 0 not started'
# The control groups whose supervisor has ended. Another test may run at the same time, with groups of its own.
left() {
  local group count=0
  while IFS= read -r group; do
    [[ -e /proc/$(cut -d- -f2 <<<"${group##*/}") ]] || count=$((count + 1))
  done < <(find /sys/fs/cgroup -name "immure-[0-9]*" -newer host.key 2>/dev/null)
  echo "$count"
}

# --- Killed at any time
slow=(batch -j 2 --in drops --key host.key --out killed -- perl -e 'open I, "/in/a"; open O, ">/out/b"; print O <I>; select undef, undef, undef, 0.3')
"$immure" "${slow[@]}" 2>.said &
batch=$!
for _ in {1..500}; do [[ $(find killed -maxdepth 1 -name '*.evidence.json' 2>/dev/null | wc -l) -ge 3 ]] && break || sleep 0.02; done
kill -KILL $batch
wait $batch 2>/dev/null
same TheBatchWasKilled 137 $?
ended=(killed/*.evidence.json)
[[ ${#ended[@]} -ge 3 && ${#ended[@]} -lt 12 ]] && ok SomeRunsHadEnded || not_ok SomeRunsHadEnded "${ended[@]}"
sha256sum "${ended[@]}" >.ended
expect WithoutResumeNothingBegins 3 'is not empty.*--resume' "$immure" "${slow[@]}"
expect TheBatchGoesOn 0 "$everything" "$immure" batch --resume "${slow[@]:1}"
holds NoRunIsMadeTwice sha256sum --quiet -c .ended
holds AllEvidenceIsAccepted "$immure" verify killed/*.evidence.json --key host.pub
for i in {1..12}; do cmp -s "drops/d$i/a" "killed/d$i/b" || not_ok "OutputIsThere/d$i" "$(ls -R killed)"; done
same NothingElseIsThere 26 "$(find killed -maxdepth 1 | wc -l)"
[[ ! -e killed/immure-batch/work && ! -e killed/immure-batch/attempts ]] && ok NothingIsLeftOver || not_ok NothingIsLeftOver "$(ls -R killed/immure-batch)"
expect ABatchThatHasEndedHasNothingToDo 0 '12 of 12 runs had ended before' "$immure" batch --resume "${slow[@]:1}"
holds NothingWasMadeAgain sha256sum --quiet -c .ended
for _ in {1..100}; do [[ $(left) == 0 ]] && break || sleep 0.05; done
same NoControlGroupIsLeft 0 "$(left)"

# --- Ended by a signal
slow[8]=ended
"$immure" "${slow[@]}" 2>.said &
batch=$!
for _ in {1..500}; do [[ -e ended/d1.evidence.json ]] && break || sleep 0.02; done
kill -TERM $batch
wait $batch 2>/dev/null
same ASignalEndsTheBatch 143 $?
holds TheWayToGoOnIsSaid grep -q 'the same command with --resume' .said
expect TheBatchGoesOnAfterASignal 0 "$everything" "$immure" batch --resume "${slow[@]:1}"

# --- The journal is cut at every byte
mkdir -p two/a two/b && echo a >two/a/f && echo b >two/b/f
cut=(batch --resume --in two --out cut --key host.key -- /bin/cp /in/f /out/copy)
expect ABatchBeginsWithResume 0 '2 runs = 2 ended with 0' "$immure" "${cut[@]}"
cp cut/immure-batch/journal whole && cp -r cut cut.kept
failed=
# Where each line begins, and where the last line ends.
mapfile -t lines < <(grep -b '' whole | cut -d: -f1 && stat -c %s whole)
for ((byte = 0; byte <= lines[3]; byte++)); do
  rm -rf cut && cp -a cut.kept cut && head -c "$byte" whole >cut/immure-batch/journal
  # A record that is still whole keeps its run. The results of the other runs move to `attempts`.
  keeps=$((byte >= lines[3] ? 2 : byte >= lines[2] ? 1 : 0))
  "$immure" "${cut[@]}" 2>.said || failed+=" $byte:code"
  grep -q '2 runs = 2 ended with 0' .said || failed+=" $byte:sum"
  same_files=0
  for run in a b; do cmp -s cut/$run.evidence.json cut.kept/$run.evidence.json && same_files=$((same_files + 1)); done
  [[ $same_files == "$keeps" ]] || failed+=" $byte:kept-$same_files-of-$keeps"
  [[ $(find cut -name '*.evidence.json' | wc -l) == $((4 - keeps)) ]] || failed+=" $byte:lost"
  cmp -s two/a/f cut/a/copy && cmp -s two/b/f cut/b/copy || failed+=" $byte:output"
done
same TheJournalMayBeCutAtEveryByte '' "$failed"
holds EvidenceAfterACutIsAccepted "$immure" verify cut/*.evidence.json --key host.pub
rm -rf cut && cp -a cut.kept cut && sed -i '2s/"code":0/"code":1/' cut/immure-batch/journal
expect AChangedRecordIsRefused 3 'journal: was changed: behind byte [0-9]+' "$immure" "${cut[@]}"
rm -rf cut && cp -a cut.kept cut && rm cut/immure-batch/journal
expect ALostJournalLosesNothing 0 '2 runs = 2 ended with 0' "$immure" "${cut[@]}"
same TheResultsAreMovedAside 2 "$(find cut/immure-batch/attempts -name '*.evidence.json' | wc -l)"

# --- Crashed between the record and the names
rm -rf cut && cp -a cut.kept cut && mkdir cut/immure-batch/work && mv cut/a cut/a.evidence.json cut/immure-batch/work/
expect TheLastStepIsFinished 0 '2 of 2 runs had ended before' "$immure" "${cut[@]}"
holds TheResultsHaveTheirNames cmp cut/a.evidence.json cut.kept/a.evidence.json
cmp -s cut/a/copy two/a/f && ok TheOutputHasItsName || not_ok TheOutputHasItsName
rm -rf cut && cp -a cut.kept cut && mkdir cut/immure-batch/work && mv cut/a.evidence.json cut/immure-batch/work/
expect HalfOfTheLastStepIsFinished 0 '2 of 2 runs had ended before' "$immure" "${cut[@]}"
holds TheEvidenceHasItsName cmp cut/a.evidence.json cut.kept/a.evidence.json
mkdir -p cut/immure-batch/work/b && touch cut/immure-batch/work/b/half
expect HalfAnOutputIsDropped 3 'cut/b: is there already' "$immure" "${cut[@]}"

# --- Another plan is refused
# changed NAME PATTERN COMMAND...: the batch must be refused, and the pattern must match what has changed.
changed() {
  local name=$1 pattern=$2
  shift 2
  expect "$name" 3 "BLOCKED: --resume: the batch of .* had another plan: $pattern" "$@"
}
rm -rf cut && cp -a cut.kept cut
plan=(--resume --in two --out cut --key host.key)
does=(-- /bin/cp /in/f /out/copy)
expect TheSamePlanIsTaken 0 '2 of 2 runs had ended before' "$immure" batch "${plan[@]}" "${does[@]}"
expect JobsAreNoPartOfThePlan 0 '2 of 2' "$immure" batch -j 1 --retry 1 --max-failures 9 --print -v "${plan[@]}" "${does[@]}"
changed AnotherOption '--timeout was not given, and is 5m' "$immure" batch --timeout 5m "${plan[@]}" "${does[@]}"
changed AnotherVariable '--env was not given, and is a value of digest' "$immure" batch --env A=b "${plan[@]}" "${does[@]}"
changed AnotherProgram 'the program was .*cp.*, and is .*cat' "$immure" batch "${plan[@]}" -- /bin/cat /in/f
changed AnotherArgument 'the program was .*copy.*, and is .*other' "$immure" batch "${plan[@]}" -- /bin/cp /in/f /out/other
changed AnotherKey 'the key was [0-9a-f]+, and is [0-9a-f]+' "$immure" batch --resume --in two --out cut --key other.key "${does[@]}"
changed NoEvidence '(the key|--no-evidence) was' "$immure" batch --resume --in two --out cut --no-evidence "${does[@]}"
mkdir two/c && changed AnotherInput 'the input two/c was not there' "$immure" batch "${plan[@]}" "${does[@]}"
rmdir two/c && echo more >>two/a/f
changed AChangedInput 'the input two/a has changed since' "$immure" batch "${plan[@]}" "${does[@]}"
mv two/b b && changed AMissingInput 'the input two/(a has changed|b is missing)' "$immure" batch "${plan[@]}" "${does[@]}"
mv b two/b
printf 'base = "dynamic"\n' >p.toml && echo one >add
more=(batch --resume --in two --out profiled --no-evidence --profile ./p.toml --include add "${does[@]}")
expect ABatchHasAProfile 0 '2 runs = 2 ended with 0' "$immure" "${more[@]}"
expect TheSameProfileIsTaken 0 '2 of 2' "$immure" "${more[@]}"
printf 'base = "dynamic"\nunsafe_syscalls = ["mlock"]\n' >p.toml
changed AnotherFilter '(the profile|the filter) was' "$immure" "${more[@]}"
printf 'base = "dynamic"\n' >p.toml && echo two >add
changed AnotherImage 'the image was [0-9a-f]+, and is' "$immure" "${more[@]}"

# --- Failed runs
mkdir -p some/good some/bad && touch some/good/f
expect AFailedRunIsKept 1 '1 ended with 0 \+ 1 with another' "$immure" batch --in some --out some.out --key host.key "${does[@]}"
sha256sum some.out/good.evidence.json >.good
expect AFailedRunIsNotMadeAgain 1 '2 of 2 runs had ended before' "$immure" batch --resume --in some --out some.out --key host.key "${does[@]}"
expect AFailedRunIsMadeAgainIfAsked 1 '1 of 2 runs had ended before|bad: ended with 1' \
  "$immure" batch --resume --retry 1 --in some --out some.out --key host.key "${does[@]}"
holds ItsFirstEvidenceIsKept "$immure" verify --key host.pub some.out/immure-batch/attempts/1/bad.evidence.json some.out/bad.evidence.json
holds TheGoodRunIsNotMadeAgain sha256sum --quiet -c .good
expect ItIsMadeNoMoreThanAsked 1 '2 of 2 runs had ended before' \
  "$immure" batch --resume --retry 1 --in some --out some.out --key host.key "${does[@]}"

# --- Not a batch
mkdir filled && touch filled/file
expect ADirectoryWithoutABatchIsRefused 3 'filled: is not empty: it holds file' \
  "$immure" batch --resume --in two --out filled --no-evidence "${does[@]}"
mkdir -p strange/immure-batch && echo '{}' >strange/immure-batch/plan.json
expect AStrangePlanIsRefused 3 'plan.json: is not the plan of a batch' \
  "$immure" batch --resume --in two --out strange --no-evidence "${does[@]}"
finish
