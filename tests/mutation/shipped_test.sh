#!/bin/bash
# The shipped programs contain no name of an omission of the mutation tests, and nothing that would read such a name.
# usage: shipped_test.sh BIN_DIR
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"
mutant=$bin/../tests/immure-mutant
# These names are words of immure too: keys of the evidence, probes, codes.
ordinary=' oom-score control-group capabilities securebits session-keyring descriptor-limit memory-limit shared-memory process-limit
  personality signals groups landlock filter '
words=(IMMURE_OMIT AWS_SECRET_ACCESS_KEY=leaked 'there is no layer')
while read -r name _; do
  [[ $ordinary == *[[:space:]]"$name"[[:space:]]* ]] || words+=("$name")
done < <(IMMURE_OMIT=list "$mutant")
# nothing_in NAME TEXT: TEXT must be empty; otherwise TEXT tells what is wrong.
nothing_in() { if [[ -z $2 ]]; then ok "$1"; else not_ok "$1" "$2"; fi; }
# words_of PROGRAM: prints each of the words that is in the data of the program.
words_of() {
  local word data
  data=$(strings -d "$1") || return
  for word in "${words[@]}"; do
    if grep -qF -- "$word" <<<"$data"; then echo "$word"; fi
  done
}
nothing_in TheMutantTellsWhatItLeavesOut "$( ((${#words[@]} > 35)) || echo "only ${#words[@]} words")"
# The twin: this test finds every word in the mutant.
nothing_in TheMutantHasEveryWord "$(diff <(printf '%s\n' "${words[@]}") <(words_of "$mutant"))"
for program in immure immure-inspect; do
  nothing_in "TheShippedProgramHasNone/$program" "$(words_of "$bin/$program")"
done
nothing_in OnlyShippedProgramsAreInTheirDirectory "$(find "$bin" -type f -executable ! -name immure ! -name immure-inspect)"
finish
