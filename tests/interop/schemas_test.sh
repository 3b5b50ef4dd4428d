#!/bin/bash
# Checks what commands print with --json, and what they read, by the JSON Schemas of spec/.
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"
if ! /usr/bin/python3 -c 'import jsonschema; jsonschema.Draft202012Validator' 2>/dev/null; then
  skip Schemas tool 'python3-jsonschema is not installed'
  finish
fi
export PYTHONDONTWRITEBYTECODE=1
printed=()

# prints SCHEMA NAME CODE COMMAND...: what the command prints must be as the schema says.
prints() {
  local schema=$1 name=$2 wanted=$3
  shift 3
  run "$@"
  if [[ ! $code =~ ^($wanted)$ ]]; then
    not_ok "Prints/$name" "exit code $code, not $wanted: $*" "$err"
    return
  fi
  grep -E '^[{[]' .stdout | tail -n 2 >"$name.out"
  is_right "$schema" "$name.out"
}
# is_right SCHEMA FILE: the JSON in the file must be as the schema says.
is_right() {
  printed+=("$1")
  /usr/bin/python3 "$root/tests/interop/schemas.py" "$1" "$2" >.checked 2>&1 || failures=$((failures + 1))
  if grep -qE '^(not )?ok ' .checked; then cat .checked; else not_ok "Schema/$1" "$(<.checked)"; fi
}

mkdir -p in/sub drops/one drops/two && echo text >in/a && echo one >drops/one/a && echo two >drops/two/a
vectors=$root/tests/vectors
key=(--key "$vectors/attester.pub")

# --- Commands that need no cell
prints keygen keygen 0 "$immure" keygen host.key --json
prints error usage 64 "$immure" keygen --json
prints error bad-input 64 "$immure" manifest nowhere --json
prints manifest manifest 0 "$immure" manifest in --json
prints matrix matrix 0 "$immure" matrix --json
prints probe-list probe-list 0 "$immure" probe --list --json
prints probe-show probe-show 0 "$immure" probe show exec/execve --json
prints profile-show profile-show 0 "$immure" profile show static --json
prints profile-diff profile-diff '0|1' "$immure" profile diff static dynamic --json
"$immure" challenge --audience ops@example.org -o challenge.json >.stdout
is_right challenge challenge.json
for vector in good over_mount_fail probe_none_fail faulted_fail payload_ended_by_signal statement_float_fail base64_junk_fail; do
  prints verify "verify-$vector" '0|1|3' "$immure" verify "$vectors/$vector.json" "${key[@]}" --json
done
prints verify verify-several 3 "$immure" verify "$vectors"/{good,statement_null_fail}.json "${key[@]}" --json
prints verify verify-nothing 3 "$immure" verify nowhere.json "${key[@]}" --json
for run in native work_fail shared_ipc_fail; do
  prints verify "verify-recorded-$run" '0|1|3' "$immure" verify "$vectors/recorded/$run.json" "${key[@]}" --json
done
prints show show 0 "$immure" show "$vectors/good.json" "${key[@]}" --json
prints diff diff 1 "$immure" diff "$vectors/good.json" "$vectors/payload_ended_by_signal.json" "${key[@]}" --json
prints bundle bundle 0 "$immure" bundle "$vectors/good.json" -o bundle.json --json
prints log-add log-add 0 "$immure" log add runs "$vectors/good.json" --key host.key --origin a --json
prints log-verify log-verify 0 "$immure" log verify runs --key host.pub --json
prints log-verify log-wrong 1 "$immure" log verify runs "$vectors/payload_ended_by_signal.json" --key host.pub --json
prints log-prove log-prove 0 "$immure" log prove runs "$vectors/good.json" --key host.pub -o proof --json
prints log-ls log-ls 0 "$immure" log ls runs --key host.pub --json
for vector in good edition_1 edition_5 aarch64 recorded/native recorded/work; do
  statement "$vectors/$vector.json" >"${vector##*/}.statement"
  is_right statement "${vector##*/}.statement"
done
statement "$vectors/statement_key_unknown_fail.json" >unknown.statement
holds ASchemaFindsWhatIsWrong eval \
  '! /usr/bin/python3 "$root/tests/interop/schemas.py" statement unknown.statement >.checked'

# --- Commands that build cells
prints doctor doctor '0|3' "$immure" doctor --json
prints probe probe '0|1' "$immure" probe --json
run "$immure" run --in in --out first --key host.key --json -- cp /in/a /out/a
if [[ $code == 0 ]]; then
  grep '^{' .stdout >run.out
  is_right run run.out
  prints run run-failing 1 "$immure" run --in in --out failing --no-evidence --json -- cat /in/nowhere
  prints run run-pipeline 1 "$immure" run --in in --out pipeline --key host.key --json -- seq 1 3 '|' false
  prints verify verify-pipeline 0 "$immure" verify pipeline.evidence.json --key host.pub --json
  prints run run-timeout 124 "$immure" run --in in --out timeout --key host.key --timeout 1s --json -- sleep 60
  prints verify verify-own 0 "$immure" verify first.evidence.json --key host.pub --artifacts first --json
  prints explain explain '[0-9]+' "$immure" explain --in in --json -- cat /etc/hostname
  prints batch batch 0 "$immure" batch --in drops --out reports --key host.key --json -- cat /in/a
  prints image-list image-list 0 "$immure" image ls --json
  prints image-show image-show 0 "$immure" image show "$(jq -r '.images[0].key' image-list.out)" --json
else
  skip Cells cell "no cell can be built here: ${err%%$'\n'*}"
  printed+=(run explain batch image-list image-show)
fi
same EverySchemaIsTested "$(cd "$root/spec" && find . -name '*.schema.json' -printf '%f\n' | sed 's/\.schema\.json//' | sort)" \
  "$(printf '%s\n' "${printed[@]}" | sort -u)"
finish
