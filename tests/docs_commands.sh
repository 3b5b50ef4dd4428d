#!/bin/bash
# Runs every ```sh block of README.md and docs/, in order. The blocks of one file run in the same temporary directory,
# and the built programs are on PATH. The line above a block says how the test runs the block:
#   <!-- run -->                      the block must end with 0
#   <!-- run: 3 -->                   the block must end with 3
#   <!-- run in the repository -->    the block runs in the repository's own directory
#   <!-- not run: REASON -->          the test does not run the block
# A block without such a line is a failure, because what the documents show has to work.
# usage: docs_commands.sh BIN_DIR
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/harness.bash"
export PATH=$bin:$PATH
work=$here

# blocks FILE: writes the blocks as numbered files and prints a line `number how` for each.
blocks() {
  awk -v into="$work/blocks" '
    inside && /^```/ { inside = 0; close(file) }
    inside { print > file }
    /^```sh$/ {
      inside = 1; file = into "/" ++count; printf "" > file
      how = above ~ /^<!-- (not )?run.* -->$/ ? substr(above, 6, length(above) - 9) : "unmarked"
      print count, how
    }
    NF { above = $0 }' "$1"
}

for document in "$root"/README.md "$root"/docs/*.md "$root"/docs/decisions/*.md; do
  [[ -f $document ]] || continue
  name=${document#"$root/"}
  [[ ! -e $work/here ]] || chmod -R u+rwX "$work/here"
  rm -rf "$work/blocks" "$work/here"
  mkdir -p "$work/blocks" "$work/here"
  # Write all blocks before the first one runs, so that none runs before its file is complete.
  blocks "$document" >"$work/list"
  while read -r number how; do
    wanted=0 where=$work/here
    case $how in
      run) ;;
      'run in the repository') where=$root ;;
      'run: '*) wanted=${how#run: } ;;
      'not run: '*)
        skip "$name/$number" document "${how#not run: }"
        continue
        ;;
      *)
        not_ok "$name/$number" "the line above the block does not say how to run it"
        continue
        ;;
    esac
    code=0
    (cd "$where" && bash -euo pipefail "$work/blocks/$number" </dev/null) >"$work/output" 2>&1 || code=$?
    if ((code == wanted)); then
      ok "$name/$number"
    else
      not_ok "$name/$number" "exit code $code, not $wanted" "$(<"$work/blocks/$number")" "$(tail -n 30 "$work/output")"
    fi
  done <"$work/list"
done
finish
