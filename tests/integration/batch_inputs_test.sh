#!/bin/bash
# The inputs of `immure batch` are directories, files that a pattern matches, or the paths of a list. Each run has a name
# that no other run has, and reads the input that the batch looked at.
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"

export IMMURE_CACHE=$here/cache
mkdir -p docs/old "docs/a dir" more
for name in one.txt two.txt 'three words.txt' other.pdf .hidden.txt old/one.txt; do echo "$name" >"docs/$name"; done
echo deep >"docs/a dir/file" && echo more >more/one.txt

# made NAME COMMAND...: the command must make its runs, and then `seen` has the output files with their contents.
made() {
  local name=$1
  shift
  rm -rf out
  expect "$name" 0 ' 0 with another code \+ 0 BLOCKED \+ 0 not started' "$immure" batch --out out --no-evidence "$@"
  seen=$(cd out && find . -path ./immure-batch -prune -o -type f -exec grep -H . {} + | sort)
}
refused() {
  local name=$1 wanted=$2 pattern=$3
  shift 3
  rm -rf out
  expect "$name" "$wanted" "$pattern" "$immure" batch --out out --no-evidence "$@"
  [[ ! -e out ]] || not_ok "$name/NothingIsMade" "$(ls -R out)"
}

# --- Files of a directory
made FilesAreChosenByAPattern --in docs --each '*.txt' --as in.txt -- cp /in/in.txt /out/copy
same EachFileHasARun "./one.txt/copy:one.txt
./three words.txt/copy:three words.txt
./two.txt/copy:two.txt" "$seen"
holds WhatIsLeftOutIsSaid grep -q 'note: --each leaves out 4 entries of docs' <(echo "$err")
made AFileKeepsItsNameBelowIn --in docs --each 'one.*' -- cp /in/one.txt /out/copy
same TheFileIsBelowIn './one.txt/copy:one.txt' "$seen"
made DirectoriesMatchToo --in docs --each 'a *' -- cp /in/file /out/copy
same ADirectoryIsTheWholeInput './a dir/copy:deep' "$seen"
refused FilesNeedAPattern 3 'docs/.hidden.txt: is not a directory.*--each' --in docs -- cp /in/file /out/copy
refused NothingMatches 3 'docs: holds nothing that matches \*.zip' --in docs --each '*.zip' -- cp /in/file /out/copy

# --- A list
printf '%s\n' docs/one.txt '' "docs/a dir" >list
made AListHasFilesAndDirectories --from list --as file -- cp /in/file /out/copy
same EachLineHasARun './a dir/copy:deep
./one.txt/copy:one.txt' "$seen"
printf 'docs/two.txt\0docs/three words.txt\0' >list0
made AListMayHaveNulBytes --from list0 --as file -- cp /in/file /out/copy
same EachPathHasARun './three words.txt/copy:three words.txt
./two.txt/copy:two.txt' "$seen"
rm -rf out
if echo docs/one.txt | "$immure" batch --from - --out out --no-evidence -- cp /in/one.txt /out/copy 2>.said; then
  ok AListCanComeFromAPipe
else not_ok AListCanComeFromAPipe "$(<.said)"; fi
echo docs/missing.txt >missing && : >empty && printf 'docs/one.txt\nlink' >linked && ln -s docs/one.txt link
refused AMissingInputIsNamed 3 'docs/missing.txt: does not exist' --from missing -- cp /in/file /out/copy
refused AnEmptyListIsRefused 3 'empty: names no input' --from empty -- cp /in/file /out/copy
refused ALinkIsRefused 3 'link: is neither a directory nor a regular file' --from linked -- cp /in/file /out/copy
refused AMissingListIsRefused 3 'no-list: cannot be read' --from no-list -- cp /in/file /out/copy
refused AListHasNoDirectory 64 '--from: contradicts --in' --from list --in docs -- cp /in/file /out/copy
refused APatternNeedsADirectory 64 '--each: needs --in' --from list --each '*' -- cp /in/file /out/copy
refused ANameBelowInNeedsFiles 64 '--as: needs --each or --from' --in docs --as x -- cp /in/file /out/copy
refused InputsAreNeeded 64 '--in' -- cp /in/file /out/copy
refused ANameBelowInIsOneName 64 '--as: is not the name of a file: a/b' --from list --as a/b -- cp /in/file /out/copy

# --- Names of runs
printf '%s\n' docs/one.txt docs/old/one.txt more/one.txt >same
echo docs/one.txt >one
refused ANameForTwoRunsIsRefused 3 'and (docs/old/one.txt|more/one.txt) would both give their runs the name one.txt.*--name' \
  --from same -- cp /in/one.txt /out/copy
made ATemplateGivesNames --from same --name '{n}-{parent}-{stem}.{ext}.d' -- cp /in/one.txt /out/copy
same TheNamesFollowTheTemplate './1-docs-one.txt.d/copy:one.txt
./2-old-one.txt.d/copy:old/one.txt
./3-more-one.txt.d/copy:more' "$seen"
refused AnUnknownWordIsRefused 64 'there is no word \{nam\}' --from same --name '{nam}' -- cp /in/one.txt /out/copy
refused ANameCannotLeaveOut 3 'gives its run a name with a slash: \.\./one' --from list --name '../{stem}' -- cp /in/one.txt /out/copy
refused ANameIsNoOption 3 'gives its run the name -one.txt' --from list --name '-{name}' -- cp /in/one.txt /out/copy
refused ANameIsNotTheJournals 3 "has the name of the directory in which" --from one --name immure-batch -- cp /in/one.txt /out/copy
mkdir control && touch $'control/a\nb'
refused ANameIsPrintable 3 'not printable' --in control --each '*' -- cp /in/one.txt /out/copy

# --- The input is the one that the batch looked at
mkdir -p swap && echo first >swap/1.txt && echo second >swap/2.txt && echo third >other.txt
"$immure" batch -j 1 --in swap --each '*.txt' --as file --out swapped --no-evidence -- \
  perl -e 'open I, "/in/file"; open O, ">/out/copy"; print O <I>; sleep 2' 2>.said &
batch=$!
for _ in {1..400}; do [[ -e swapped/immure-batch/logs/1.txt.stdout ]] && break || sleep 0.02; done
cp other.txt swap/new && mv swap/new swap/2.txt
wait $batch
same AReplacedInputIsBlocked 3 $?
holds TheReplacedInputIsNamed grep -q '2.txt: ended with 3: BLOCKED: swap/2.txt: was changed or replaced' .said
same TheOtherRunIsMade first "$(cat swapped/1.txt/copy)"
[[ ! -e swapped/2.txt ]] && ok TheReplacedInputHasNoOutput || not_ok TheReplacedInputHasNoOutput
finish
