#!/bin/bash
# Runs every ```sh block of README.md and docs/, file by file, in order, each file's blocks in one temporary directory with the built
# programs on PATH. The line above a block says how:
#   <!-- run -->                      it must end with 0
#   <!-- run: 3 -->                   it must end with 3
#   <!-- run in the repository -->    in the repository's own directory
#   <!-- not run: REASON -->          not at all
# A block without such a line is a failure: what the documents show has to work.
# usage: docs_commands.sh BIN_DIR
set -uo pipefail

bin=$(cd "${1:?usage: $0 BIN_DIR}" && pwd) || exit 64
root=$(cd "$(dirname "$0")/.." && pwd) || exit 70
export PATH=$bin:$PATH NO_COLOR=1
failures=0
work=$(mktemp -d)
# The image cache holds directories that even their owner may not write.
trap 'chmod -R u+rwX "$work"; rm -rf "$work"' EXIT
# As every login has one: without it rootless podman makes directories in TMPDIR whatever it is asked.
export XDG_RUNTIME_DIR=$work/runtime
mkdir -m 700 "$XDG_RUNTIME_DIR"

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
  while read -r number how; do
    wanted=0 where=$work/here
    case $how in
      run) ;;
      'run in the repository') where=$root ;;
      'run: '*) wanted=${how#run: } ;;
      'not run: '*)
        echo "skip $name/$number: ${how#not run: }"
        continue
        ;;
      *)
        echo "not ok $name/$number: it is not said how to run it"
        failures=$((failures + 1))
        continue
        ;;
    esac
    code=0
    (cd "$where" && bash -euo pipefail "$work/blocks/$number" </dev/null) >"$work/output" 2>&1 || code=$?
    if ((code == wanted)); then
      echo "ok $name/$number"
    else
      echo "not ok $name/$number: exit code $code, not $wanted"
      failures=$((failures + 1))
      cat "$work/blocks/$number" "$work/output" >&2
    fi
  done < <(blocks "$document")
done
exit $((failures > 0 ? 1 : 0))
