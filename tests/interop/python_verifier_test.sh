#!/bin/bash
# Compares the Python verifier (verifier/python) with `immure verify`: on the vectors, on evidence of real runs with many
# options, and on changed evidence that was signed again.
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"

# The first Python that is new enough and has the one package that the verifier needs.
python=
for candidate in /usr/bin/python3 python3; do
  if "$candidate" -c 'import sys, cryptography; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    python=$candidate
    break
  fi
done
if [[ -z $python ]]; then
  skip PythonVerifier tool 'there is no python3 from 3.11 on with python3-cryptography'
  finish
fi
export PYTHONDONTWRITEBYTECODE=1
compare=("$python" "$root/tests/interop/python_verifier.py")
mutant=$bin/../tests/immure-mutant

# said COMMAND...: passes the lines on, and counts those that begin with `not ok`.
said() {
  "$@" >.said 2>&1 || grep -q '^not ok ' .said || echo "not ok $2 ended with $?" >>.said
  cat .said
  failures=$((failures + $(grep -c '^not ok ' .said)))
}

# --- The vectors
said "${compare[@]}" vectors "$immure" "$root/tests/vectors" | grep -v '^ok '
failures=$((failures + $(grep -c '^not ok ' .said)))
holds VectorsAgree [ "$(grep -c '^ok ' .said)" -gt 150 ]
said "${compare[@]}" vectors "$immure" "$root/tests/vectors/recorded" | grep -v '^ok '
failures=$((failures + $(grep -c '^not ok ' .said)))
holds RecordedRunsAgree [ "$(grep -c '^ok ' .said)" -gt 15 ]

# --- Keys, envelopes, signatures, statements and outputs, most of which are malformed
said "${compare[@]}" files "$immure" "$root/tests/vectors/good.json"

# --- The command line
verifier() { PYTHONPATH=$root/verifier/python "$python" -m immure_verifier "$@"; }
key=(--key "$root/tests/vectors/attester.pub")
expect Accepted 0 '^ACCEPTED: .*\[accepted\]$' verifier verify "$root/tests/vectors/good.json" "${key[@]}"
expect Rejected 1 '^REJECTED: .*#25.*\[probe-leaked\]$|^REJECTED: .*\[probe-leaked\]$' \
  verifier verify "$root/tests/vectors/probe_leaked_fail.json" "${key[@]}"
expect Blocked 3 '"code": "evidence-unreadable"' verifier verify nowhere.json "${key[@]}" --json
expect RejectedAmongSeveral 1 'ACCEPTED' \
  verifier verify "$root"/tests/vectors/{good,probe_none_fail,seccomp_off_fail}.json "${key[@]}"
expect WrongUsage 64 'unrecognized arguments: --passed' verifier verify nowhere.json --passed

# --- The package, installed from a copy of the tree
if /usr/bin/python3 -c 'import setuptools, wheel, pip' 2>/dev/null; then
  mkdir -p tree/verifier && cp -r "$root/spec" tree/ && cp -r "$root/verifier/python" tree/verifier/
  holds Installs /usr/bin/python3 -m pip install -q --no-build-isolation --no-deps --no-index \
    --disable-pip-version-check --root-user-action=ignore --target installed tree/verifier/python
  rm -rf tree
  holds InstalledHasTheTables cmp "$root/spec/constants.json" installed/immure_verifier/spec/constants.json
  installed() { (cd installed && "$python" -m immure_verifier "$@"); }
  expect InstalledVerifies 0 '^ACCEPTED' installed verify "$root/tests/vectors/good.json" "${key[@]}"
else
  skip Installs tool 'python3-pip, python3-setuptools or python3-wheel is not installed'
fi

# --- Evidence of real runs, as root and as an ordinary user
mkdir runs
# real NAME CODE COMMAND...: the command makes runs/NAME.json and its outputs in runs/NAME.
real() {
  local name=$1 wanted=$2
  shift 2
  run "$@"
  if [[ ! $code =~ ^($wanted)$ || ! -s runs/$name.json ]]; then
    not_ok "Run/$name" "exit code $code, not $wanted: $*" "$err"
  fi
}
# of NAME CODE OPTIONS... PROGRAM...: a run of this name.
of() {
  local name=$1 wanted=$2 signer=host
  shift 2
  [[ $name == p256* ]] && signer=p256
  real "$name" "$wanted" "${as[@]}" "$program" run --out "runs/$name" --evidence "runs/$name.json" \
    --key "$where/$signer.key" "$@"
}
make_files() {
  mkdir -p "$1/in/sub"
  echo text >"$1/in/a" && echo more >"$1/in/sub/b" && ln -s a "$1/in/link" && echo one >"$1/one.txt"
  printf '[limits]\noutput_bytes = "1MiB"\noutput_files = 20\n' >"$1/small.toml"
  printf 'base = "python"\n[limits]\nmemory = "64MiB"\n' >"$1/memory.toml"
  printf 'unsafe_syscalls = ["uname"]\n' >"$1/wide.toml"
}
mkdir place && make_files place
"$immure" keygen place/host.key >.stdout
"$immure" keygen place/p256.key --type p256 >.stdout
cp place/*.pub runs
as=() program=$immure where=place
run "$immure" run --in place/in --out runs/plain --evidence runs/plain.json --key place/host.key -- cp /in/a /out/a
if [[ $code != 0 ]]; then
  skip RealRuns cell "no cell can be built here: $err"
  finish
fi
crash=$(payload python_verifier_crash -x c - <<<'#include <stdlib.h>
int main(void) { abort(); }')

of failing 1 --in place/in -- cat /in/nowhere
of signal '128|134' --in place/in -- "$crash"
of timeout 124 --in place/in --timeout 1s -- sleep 60
of limit '[0-9]+' --in place/in --profile place/small.toml -- dd if=/dev/zero of=/out/big bs=64K count=100
of memory '[0-9]+' --in place/in --profile place/memory.toml -- python3 -c 'x = bytearray(1 << 28)'
of python 0 --in place/in -- python3 -c 'print(1)'
of scratch 0 --in place/in --tmp 1MiB -- cp /in/a /tmp/a
of readback 0 --in place/in --read-back -- cp /in/a /out/a
of pairs 0 --in place/in --socket-pairs -- cp /in/a /out/a
of gifts 0 --in place/in --socket-pairs --tmp 1MiB --read-back -- cp /in/a /out/a
of helpers 0 --in place/in --exec gzip -- cp /in/a /out/a
of helpers-and-gifts 0 --in place/in --exec image --socket-pairs --tmp 1MiB --read-back -- cp /in/a /out/a
of parts 0 --in place/one.txt --in x=place/in --workdir /in -- cat one.txt
of staged 0 --in place/in --stage -- cat /in/a
of input 0 --in place/in --stdin place/one.txt --stdout stdout.txt -- cat
of captured 0 --in place/in --capture -- cat /in/a
of answer 0 --in place/in --nonce "$(printf 'A%.0s' {1..43})" --audience ops -- cat /in/a
of environment 0 --in place/in --env A=1 --env B= -- cat /in/a
of unobserved 0 --in place/in --no-observer -- cat /in/a
of p256 0 --in place/in -- cp /in/a /out/a
if has bwrap; then
  run "$immure" run --in place/in --out runs/bwrap --evidence runs/bwrap.json --key place/host.key --venue bubblewrap \
    -- cat /in/a
  [[ $code == 0 ]] || skip Run/bwrap cell "no cell can be built in bubblewrap here: ${err%%$'\n'*}"
fi
if (($(id -u) == 0)); then
  mkdir mine && make_files mine && cp "$immure" place/*.key mine/ && chmod 755 "$here" && mkdir runs/ordinary
  chown -R $ordinary:$ordinary mine runs
  as=(setpriv "--reuid=$ordinary" "--regid=$ordinary" --clear-groups env -u IMMURE_CACHE "HOME=$here/mine" "TMPDIR=$here/mine")
  program=$here/mine/immure where=mine
  of ordinary-plain 0 --in mine/in -- cp /in/a /out/a
  of ordinary-gifts 0 --in mine/in --socket-pairs --tmp 1MiB -- cp /in/a /out/a
  of ordinary-helpers 0 --in mine/in --exec gzip -- cp /in/a /out/a
  of ordinary-limit '[0-9]+' --in mine/in --profile mine/small.toml -- dd if=/dev/zero of=/out/big bs=64K count=100
  rmdir runs/ordinary
fi
# Runs that were BLOCKED, because one wall of their cell was left out.
if [[ -x $mutant ]]; then
  as=() where=place
  while read -r omission _; do
    program=$mutant IMMURE_OMIT=$omission of "without-$omission" 3 --in place/in -- cat /in/a
  done < <(IMMURE_OMIT=list "$mutant" | awk '$2 == "always" && NR % 6 == 1')
fi
said "${compare[@]}" runs "$immure" runs

# --- Changed evidence, signed again
# The key of the vectors: 32 bytes `a`.
{
  echo '-----BEGIN PRIVATE KEY-----'
  echo 'MC4CAQAwBQYDK2VwBCIEIGFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFh'
  echo '-----END PRIVATE KEY-----'
} >vectors.key
cp "${key[1]}" vectors.pub
said "${compare[@]}" corners "$immure" plain runs/plain.json place/host.key place/host.pub
mutants() {
  said "${compare[@]}" mutants "$immure" "$1" "$2" "$3" "${3%.key}.pub" "$4" 1 "${@:5}"
}
mutants plain runs/plain.json place/host.key 60
mutants gifts runs/gifts.json place/host.key 50 --accept work
mutants parts runs/parts.json place/host.key 20
mutants input runs/input.json place/host.key 20
mutants p256 runs/p256.json place/p256.key 20
for vector in aarch64 edition_3; do
  mutants "$vector" "$root/tests/vectors/$vector.json" vectors.key 25 --oldest-edition 1
done
[[ ! -s runs/bwrap.json ]] || mutants bwrap runs/bwrap.json place/host.key 30
[[ ! -s runs/ordinary-plain.json ]] || mutants ordinary runs/ordinary-plain.json place/host.key 20
finish
