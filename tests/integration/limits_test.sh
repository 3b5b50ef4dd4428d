#!/usr/bin/env bash
# Tests that a run reports each limit that it met, what raises the limit, which outputs may be cut off, and how the
# program ended.
# usage: limits_test.sh DIRECTORY-OF-PROGRAMS
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"
export LC_ALL=C.UTF-8 IMMURE_CACHE=$here/cache
limit=120

# told NAME CODE PATTERN OPTIONS... -- COMMAND...: makes a signed run, whose evidence must be accepted.
told() {
  local name=$1 wanted=$2 pattern=$3
  shift 3
  rm -rf out e.json
  expect "$name" "$wanted" "$pattern" "$immure" run --in in --out out --key host.key --evidence e.json "$@"
  said=$err
  expect "$name/EvidenceIsAccepted" 0 '^ACCEPTED' "$immure" verify -v e.json --key host.pub --artifacts out
  # verify breaks its lines to the width of a terminal.
  verdict=$(tr -s ' \n' ' ' <<<"$out")
}
has_line() { holds "$1" grep -qE -- "$2" <<<"$3"; }

fixtures() {
  mkdir in
  head -c 3000000 /dev/urandom >in/large
  "$immure" keygen host.key >/dev/null
  printf '[limits]\noutput_bytes = "1MiB"\noutput_files = 20\n' >small.toml
  printf 'base = "python"\n[limits]\nmemory = "64MiB"\n' >memory.toml
  printf 'base = "python"\n[limits]\nprocesses = 16\n' >processes.toml
  printf '[limits]\ncpu = "4s"\n' >cpu.toml
}

# The shell's own writes fail, but the script goes on and ends with 0: only immure can say that output is missing.
bytes() {
  told OutputBytes 5 'limit reached: output-bytes, 1 MiB of output: .*set `output_bytes` higher in \./small\.toml' --profile ./small.toml -- \
    bash -c 'exec 2>&-; trap "" XFSZ; printf "%2000000s" x >/out/half; echo whole >/out/line; exit 0'
  has_line OutputBytes/TheHalfFileIsNamed 'these files of out may be cut short: half, line$' "$said"
  has_line OutputBytes/TheEvidenceNamesIt '"perhapsCut":\["half","line"\]' "$(statement e.json)"
  has_line OutputBytes/VerifySaysSo 'ended exit code 0; .* attention limit hit: output-bytes;' "$verdict"
  has_line OutputBytes/VerifyDoesNotPromise '- That 2 outputs are complete: /out was full' "$verdict"
  told AFileThatIsCopiedHalf 153 'the program was killed by SIGXFSZ' --profile ./small.toml -- dd if=/in/large of=/out/copy
  has_line AFileThatIsCopiedHalf/IsNamed 'may be cut short: copy$' "$said"
  told OutputThatFits 0 '' -- cp /in/large /out/copy
  same OutputThatFits/NothingIsReported '' "$said"
  same OutputThatFits/NothingIsMarked '' "$(statement e.json | grep -o perhapsCut)"
}

files() {
  told OutputFiles 5 'limit reached: output-files, 20 files in /out: .*`output_files`' --profile ./small.toml -- \
    bash -c 'for i in {1..30}; do : >/out/$i; done; exit 0'
}

streams() {
  told StandardOutput 5 'limit reached: output-bytes, 1 MiB of output' --profile ./small.toml -- bash -c 'trap "" PIPE; printf "%2000000s" x; exit 0'
  has_line StandardOutput/IsCut 'standard output and standard error: cut at the limit' "$said"
}

time_is_up() {
  told Time 124 'limit reached: wall-clock, 30 s of time: .*--timeout TIME' --timeout 30s -- sleep 1000
  has_line Time/TheProgramWasEnded 'was ended at its time limit; what it left in out may be incomplete' "$said"
  has_line Time/VerifySaysSo 'ended killed by signal 9 \(SIGKILL\); .* attention limit hit: wall-clock' "$verdict"
  told Processor 152 'limit reached: cpu, 4 s of processor time: .*`cpu`' --profile ./cpu.toml -- bash -c 'while :; do :; done'
}

memory() {
  # If there is a control group, the OOM killer ends the program; otherwise immure also limits the address space.
  if [ "$(id -u)" -ne 0 ] || ! "$immure" run --in in --out probe --no-evidence --dry-run -- true >/dev/null; then return; fi
  told Memory '137|1|5' 'limit reached: memory, 64 MiB of memory, /out included: .*`memory` higher in' --profile ./memory.toml -- \
    /usr/bin/python3 -c 'x = b"a" * 200_000_000; print(len(x))'
  told Processes 0 'limit reached: processes, 16 processes and threads: .*`processes`' --profile ./processes.toml -- \
    /usr/bin/python3 -c '
import os, time
for _ in range(40):
    try:
        if os.fork() == 0:
            time.sleep(1000)
    except OSError:
        break
'
}

ends() {
  told AnExitCode 1 'the program ended with exit code 1$' -- bash -c 'exit 1'
  has_line AnExitCode/VerifySaysSo 'ended exit code 1; ' "$verdict"
  told ASignal 139 'the program was killed by SIGSEGV; what it left in out may be incomplete' -- bash -c 'kill -SEGV $$'
  has_line ASignal/VerifySaysSo 'ended killed by signal 11 \(SIGSEGV\); ' "$verdict"
  has_line ASignal/VerifyDoesNotPromise 'That the program did its work: a signal ended the program' "$verdict"
}

everybody fixtures bytes files streams time_is_up memory ends
