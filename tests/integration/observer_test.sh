#!/usr/bin/env bash
# Tests that a run reports calls that could not succeed: on standard error, in the evidence and in the verdict.
# usage: observer_test.sh DIRECTORY-OF-PROGRAMS
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"
export LC_ALL=C.UTF-8 IMMURE_CACHE=$here/cache
limit=300

program=$(payload observer "$root/tests/integration/observer.c")
cd "$here" || exit 70
mkdir in && echo text >in/a
"$immure" keygen host.key >/dev/null

# refusals EVIDENCE: prints `COUNT WHAT PATH` for each refusal. Reads the evidence without immure.
refusals() {
  statement "$1" | python3 -c 'import json, sys
for one in json.load(sys.stdin)["predicate"]["payload"].get("refused", [{"count": "nobody", "what": "observed", "path": ""}]):
  print(one["count"], one["what"], one["path"])'
}

observed() {
  expect Refused/Runs 0 '' "$immure" run --in in --out refused --key host.key --evidence e.json --replace -- "$program"
  same Refused/TheKernelAnswers "tmp ENOENT
tmp ENOENT
tmp ENOENT
shm ENOENT
read-write EACCES
set-uid EPERM
input EROFS
dots EROFS
elsewhere EROFS
relative EROFS
below EROFS
terminal ENOENT
bad-address EFAULT" "$out"
  same Refused/Evidence '1 device /dev/full
1 elsewhere /etc/\x1b[31mred
1 input /in/a
1 input /in/here
1 input /in/new
1 input /in/there
1 read-back /out/b
1 scratch /dev/shm/d
3 scratch /tmp/scratch' "$(refusals e.json)"
  same Refused/Sentences 'immure: note: the program could not write temporary files (4 times), for example /dev/shm/d
immure: note: Give the program a directory for them: --tmp 256MiB.
immure: note: the program could not read or list what it wrote to /out, for example /out/b
immure: note: Give the program this right: --read-back.
immure: note: the program could not use a device, for example /dev/full
immure: note: The cell does not have this device.
immure: note: the program could not write in its input (4 times), for example /in/a
immure: note: A program that only reads goes on without that. Let a program that changes files write to /out.
immure: note: the program could not write outside of /out, for example /etc/\x1b[31mred
immure: note: Name a file in /out, if the program lets you.' "$(grep '^immure: note:' <<<"$err" | grep -v 'no --key')"
  expect Refused/Verdict 0 '11 calls could not succeed' "$immure" verify e.json --key host.pub
  expect Refused/VerboseVerdict 0 '^refused: 11 calls of the program could not succeed' "$immure" verify -v e.json --key host.pub
  expect Refused/VerdictAccepts 0 '^ACCEPTED' "$immure" verify e.json --key host.pub
  expect Refused/VerdictInJson 0 '"refusedCalls":11' "$immure" verify e.json --key host.pub --format json
  expect FailOnRefused/IsFive 5 '' "$immure" run --in in --out failed --no-evidence --fail-on-refused -- "$program"
  expect FailOnRefused/InJson 5 '"exitCode":5.*"refusedCalls":11' "$immure" run --in in --out json --no-evidence --json --fail-on-refused -- "$program"
  # shutil.make_archive() opens the archive for reading and writing, and for writing alone if that fails.
  expect FailOnRefused/AFallbackIsNone 0 '' "$immure" run --in in --out fallen --no-evidence --fail-on-refused -- \
    /usr/bin/python3 -c 'import shutil; shutil.make_archive("/out/all", "zip", "/in")'
  # Python takes a directory that it may not list for an empty one.
  expect FailOnRefused/AListing 5 'could not read or list what it wrote to /out, for example /out/pages' "$immure" run --in in \
    --out listed --no-evidence --fail-on-refused -- /usr/bin/python3 -c 'import os
os.mkdir("/out/pages"); open("/out/pages/a", "w").close(); print(sum(len(files) for _, _, files in os.walk("/out/pages")))'
  expect FailOnRefused/EnteringIsNone 0 '' "$immure" run --in in --out entered --no-evidence --fail-on-refused -- mkdir -p /out/a/b/c
  expect FailOnRefused/NothingWasRefused 0 '' "$immure" run --in in --out fine --key host.key --evidence fine.json --replace --fail-on-refused -- "$program" nothing
  same NothingRefused/Answers $'write ok\nread ok\nmkdir ok' "$out"
  same NothingRefused/NoNote "" "$(grep 'note: the program could' <<<"$err")"
  same NothingRefused/Evidence "" "$(refusals fine.json)"
  expect NoObserver/Runs 0 '' "$immure" run --in in --out unseen --key host.key --evidence unseen.json --replace --no-observer -- "$program"
  same NoObserver/NoNote "" "$(grep 'note: the program could' <<<"$err")"
  same NoObserver/Evidence "nobody observed " "$(refusals unseen.json)"
  expect NoObserver/IsAccepted 0 '^ACCEPTED' "$immure" verify unseen.json --key host.pub
}

# Calls for something that the run gives to the program are not refusals.
given() {
  expect Given/Runs 0 '' "$immure" run --in in --out given --key host.key --evidence given.json --replace --tmp 1MiB \
    --read-back -- "$program"
  same Given/Evidence '1 device /dev/full
1 elsewhere /etc/\x1b[31mred
1 input /in/a
1 input /in/here
1 input /in/new
1 input /in/there' "$(refusals given.json)"
}

handed_out() {
  statement "$1" | python3 -c 'import json, sys
for one in json.load(sys.stdin)["predicate"]["payload"]["devices"]: print(one["count"], one["path"])'
}

# device NAME COUNT-AND-PATH COMMAND...: the program must work, and the evidence must say which devices the program got.
device() {
  local name=$1 wanted=$2
  shift 2
  rm -rf device
  expect "Device/$name/Works" 0 '' "$immure" run --in in --out device --key host.key --evidence device.json --replace --fail-on-refused -- "$@"
  said=$out
  same "Device/$name/IsInTheEvidence" "$wanted" "$(handed_out device.json)"
  expect "Device/$name/IsAccepted" 0 '^ACCEPTED' "$immure" verify device.json --key host.pub
}

devices() {
  device sort '1 /dev/null' sort -o /dev/null /in/a
  device tee '1 /dev/stderr
1 /dev/stdout' tee /dev/stdout /dev/stderr
  device dd '1 /dev/null' dd if=/in/a of=/dev/null status=none
  device shell '2 /dev/null' sh -c 'echo hidden >/dev/null; echo more >/dev/null; echo shown'
  same Device/shell/Output shown "$said"
  device nothing '' cat /dev/null
  if has /usr/bin/python3; then device python '1 /dev/null' /usr/bin/python3 -c 'print(open("/dev/null", "w").write("lost"), open("/dev/null").read() == "")'; fi
  if has perl; then device perl '' perl -e 'print 6 * 7, "\n"'; fi
  expect Device/NoObserver 1 'Read-only file system' "$immure" run --in in --out none --no-evidence --no-observer -- dd if=/in/a of=/dev/null
}

# Programs end with exit code 0 although their work failed: immure must say so.
silent_programs() {
  if has clamscan; then
    printf 'Immure.Lighthouse:0:*:%s\n' "$(printf lighthouse | od -An -tx1 | tr -d ' \n')" >in/sig.ndb
    echo 'the lighthouse stands' >in/infected
    # A profile file alone decides what a program gets, so clamscan does not get what the catalogue says.
    printf 'base = "dynamic"\n' >plain.toml
    expect Silent/clamscan 5 'could not write temporary files.*, for example /tmp/' "$immure" run --in in --out clam \
      --no-evidence --fail-on-refused --profile ./plain.toml -- clamscan -d /in/sig.ndb --no-summary /in/infected
    expect Silent/clamscanWithItsDirectory 1 'infected: .*FOUND' "$immure" run --in in --out clam-found --no-evidence \
      -- clamscan -d /in/sig.ndb --no-summary /in/infected
  else
    skip Silent/clamscan program 'needs clamscan'
  fi
}

everybody observed given devices silent_programs
