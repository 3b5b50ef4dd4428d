#!/bin/bash
# The shipped programs have no word of what the mutation tests leave out, and nothing that would take it.
# usage: shipped_test.sh BIN_DIR
set -uo pipefail
bin=$(cd "${1:?usage: $0 BIN_DIR}" && pwd) || exit 64
mutant=$bin/../tests/immure-mutant
# These names are words of immure too: keys of the evidence, probes, codes.
ordinary=' oom-score capabilities securebits session-keyring descriptor-limit memory-limit shared-memory process-limit
  personality signals groups landlock filter '
words=(IMMURE_OMIT AWS_SECRET_ACCESS_KEY=leaked 'there is no layer')
while read -r name _; do
  [[ $ordinary == *[[:space:]]"$name"[[:space:]]* ]] || words+=("$name")
done < <(IMMURE_OMIT=list "$mutant")
failed=0
check() {
  if [[ -z $2 ]]; then echo "ok $1"; else
    echo "not ok $1"
    printf '    %s\n' "$2" >&2
    failed=1
  fi
}
# words_of PROGRAM: each of the words that is in the data of the program.
words_of() {
  local word data
  data=$(strings -d "$1") || return
  for word in "${words[@]}"; do
    if grep -qF -- "$word" <<<"$data"; then echo "$word"; fi
  done
}
check TheMutantTellsWhatItLeavesOut "$( ((${#words[@]} > 35)) || echo "only ${#words[@]} words")"
# The twin: in the mutant every word is found.
check TheMutantHasEveryWord "$(diff <(printf '%s\n' "${words[@]}") <(words_of "$mutant"))"
for program in immure immure-inspect; do
  check "TheShippedProgramHasNone/$program" "$(words_of "$bin/$program")"
done
check OnlyShippedProgramsAreInTheirDirectory "$(find "$bin" -type f -executable ! -name immure ! -name immure-inspect)"
exit "$failed"
