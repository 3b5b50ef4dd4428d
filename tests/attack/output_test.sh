#!/bin/bash
# Attacks on the results of a run: the output directory, the evidence, standard output and standard error. The owner of
# the directory exchanges its contents while root writes there. The program makes outputs that are too large, too many
# or too deep, or that a terminal would obey.
# usage: output_test.sh DIRECTORY-OF-PROGRAMS
set -uo pipefail
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"

attacks=$root/tests/attack
chmod 755 "$here"
export IMMURE_CACHE=$here/cache
mkdir in
echo hello >in/a
cc -O1 -Wall -Wextra -o attack "$attacks/output_attacks.c" || exit 70
cc -O1 -Wall -Wextra -o racer "$attacks/output_racer.c" || exit 70
"$immure" keygen host.key >/dev/null
printf '[limits]\noutput_bytes = "1MiB"\n' >small.toml

# attack NAME OPTIONS... -- WHAT...: runs the attacking program with the output NAME. Leaves its result where `run`
# does.
attack() {
  local name=$1 options=()
  shift
  while [[ $1 != -- ]]; do options+=("$1") && shift; done
  shift
  run timeout 120 "$immure" run --in in --out "$name" --key host.key "${options[@]}" -- ./attack "$@"
}
accepted() { holds "$1" "$immure" verify "$2.evidence.json" --key host.pub --artifacts "$2"; }
size_of() { find "$1" -type f -printf '%s\n' | awk '{sum += $1} END {print sum + 0}'; }

# begin_waiting OPTIONS...: begins a run that waits for SIGUSR1. Returns when the program runs; $run_pid is the process
# of the run.
begin_waiting() {
  coproc waiting { exec "$immure" run --in in --key host.key "$@" -- ./attack wait 2>waiting.err; }
  # shellcheck disable=SC2154 # coproc assigns this variable
  run_pid=$waiting_PID
  read -r -t 60 -u "${waiting[0]}" _
}
end_waiting() {
  kill -USR1 "$run_pid"
  wait "$run_pid"
  code=$?
  err=$(<waiting.err)
}

# --- another user owns the directory ---------------------------------------------------------------------------------

the_owner_exchanges_directories() {
  local round written=''
  install -d -o "$ordinary" -g "$ordinary" owned
  install -d -m 0700 victim victim/cron.d
  for round in 1 2 3; do
    rm -rf owned/out
    install -d -o "$ordinary" -g "$ordinary" owned/out
    "$immure" run --in in --out owned/out --no-evidence -- ./attack directories 6000 >/dev/null 2>race.err &
    ./racer "$here/owned/out" "$here/victim" "$ordinary" $! 2>>race.err
    wait $!
    code=$? err=$(<race.err)
    [[ ! -e victim/cron.d/evil ]] || written="in round $round root wrote into the victim's directory"
    rm -f victim/cron.d/evil
  done
  same HarvestFollowsNoLinkOfTheOwner "" "$written"
  same HarvestSaysThatADirectoryWasReplaced 70 "$code"
}

the_owner_of_the_parent_exchanges_the_output() {
  rm -rf owned && install -d -o "$ordinary" -g "$ordinary" owned
  begin_waiting --out owned/out --evidence evidence.replaced
  setpriv --reuid=$ordinary --regid=$ordinary --clear-groups sh -c 'mv owned/out owned/aside && mkdir owned/out'
  end_waiting
  same AReplacedOutputGetsNothing "" "$(ls -A owned/out)"
  same TheHeldOutputGetsAll "result" "$(ls -A owned/aside)"
}

the_owner_exchanges_the_directory_of_the_evidence() {
  rm -rf owned && install -d -o "$ordinary" -g "$ordinary" owned owned/place
  begin_waiting --out plain --evidence owned/place/evidence.json
  setpriv --reuid=$ordinary --regid=$ordinary --clear-groups sh -c "mv owned/place owned/aside && ln -s $here/victim owned/place"
  end_waiting
  same EvidenceFollowsNoLinkOfTheOwner "cron.d" "$(ls -A victim)"
  same EvidenceGoesIntoTheHeldDirectory "evidence.json" "$(ls -A owned/aside)"
  # Remove `plain`, because the next tests make this directory again.
  rm -rf plain owned
}

a_link_of_somebody_else_is_not_followed() {
  install -d -o "$ordinary" -g "$ordinary" owned
  setpriv --reuid=$ordinary --regid=$ordinary --clear-groups ln -s "$here/victim" owned/link
  expect OutputThroughALinkOfSomebodyElse 3 'symbolic link link of user' \
    "$immure" run --in in --out owned/link/out --no-evidence -- /bin/true
  expect EvidenceThroughALinkOfSomebodyElse 3 'symbolic link link of user' \
    "$immure" run --in in --out plain --key host.key --evidence owned/link/e.json -- /bin/true
  expect KeyThroughALinkOfSomebodyElse 64 'symbolic link link of user' "$immure" keygen owned/link/new.key
  expect BundleThroughALinkOfSomebodyElse 64 'symbolic link link of user' "$immure" export oci owned/link/bundle /bin/true
  expect ImageThroughALinkOfSomebodyElse 64 'symbolic link link of user' "$immure" pack -o owned/link/image /bin/true
  same NothingIsMadeThere "cron.d" "$(ls -A victim)"
  # The allowed twin: immure follows a link of its own user.
  mkdir real && ln -s real own
  expect OutputThroughALinkOfOurOwn 0 '' "$immure" run --in in --out own/out --no-evidence -- /bin/true
  holds OutputIsWhereTheLinkLeads test -d real/out
}

if [ "$(id -u)" -eq 0 ]; then
  the_owner_exchanges_directories
  the_owner_of_the_parent_exchanges_the_output
  the_owner_exchanges_the_directory_of_the_evidence
  a_link_of_somebody_else_is_not_followed
else
  skip HarvestFollowsNoLinkOfTheOwner root "only root writes into a directory of somebody else"
fi

# --- sizes -----------------------------------------------------------------------------------------------------------

attack sparse --profile small.toml -- sparse 500 1048576
same SparseOutputsCountAsLargeAsTheyRead 5 "$code"
holds SparseOutputsStayWithinTheLimit [ "$(size_of sparse)" -le 1048576 ]
holds TheLimitIsInTheEvidence grep -q '"limitsHit":\["output-bytes"\]' <(statement sparse.evidence.json)
accepted SparseOutputsAreAccepted sparse

attack holes -- hole
same AHoleIsNoError 0 "$code"
holds AHoleStaysAHole [ "$(du -k holes/hole | cut -f1)" -lt 256 ]
same AHoleKeepsItsSize 16777216 "$(size_of holes)"
accepted AHoleIsDigestedAsZeros holes

"$immure" run --in in --out flood --key host.key --profile small.toml -- ./attack flood 50000000 >flood.out 2>flood.err
code=$? err=$(<flood.err)
same AFloodOfOutputEndsAtTheLimit 1048576 "$(stat -c %s flood.out)"
same AFloodOfOutputEndsWithExitCodeFive 5 "$code"
holds AFloodIsInTheEvidence grep -q '"limitsHit":\["output-bytes"\]' <(statement flood.evidence.json)

# --- names -----------------------------------------------------------------------------------------------------------

attack names -- long-names 6000
same OutputsThatTheEvidenceCannotNameAreLeftOut 5 "$code"
accepted EvidenceOfManyLongNamesIsRead names
holds EvidenceOfManyLongNamesIsSmall [ "$(stat -c %s names.evidence.json)" -lt 16777216 ]

for shape in '400 8' '40 200' '1200 250'; do
  # shellcheck disable=SC2086 # two words
  attack "deep.${shape// /.}" -- deep $shape
  same "DeepOutputsAreLeftOut/${shape// /x}" 5 "$code"
  accepted "DeepOutputsLeaveTheOthers/${shape// /x}" "deep.${shape// /.}"
  same "DeepOutputsLeaveTheOthersThere/${shape// /x}" beside "$(cd "deep.${shape// /.}" && ls beside)"
done

attack left -- refused
same AnOutputLeftOutEndsWithExitCodeFive 5 "$code"
expect TheJsonNamesAnOutputThatWasLeftOut 5 '"exitCode":5.*"refusedOutputs":\["stdout: has the name that evidence gives to a stream of the program; let the program use another name"\]' \
  "$immure" run --json --in in --out left.json --no-evidence -- ./attack refused

# --- terminals -------------------------------------------------------------------------------------------------------

if command -v script >/dev/null; then
  script -qec "$immure run --in in --out terminal --no-evidence -- ./attack controls" terminal.log </dev/null >/dev/null
  same NoControlReachesATerminal 'A\x9b1mB\xc2\x9b2mC\xe2\x80\xaeDéE\xc2\x9b3mF' "$(grep -a -o '^A.*F' terminal.log)"
else
  skip NoControlReachesATerminal tool "script is not installed"
fi
expect NoControlInThePlan 0 'echo .*\\xc2\\x9b2m.*\\xe2\\x80\\xae' \
  "$immure" run --dry-run --in in --out plan --no-evidence -- /bin/echo $'\xc2\x9b2m\xe2\x80\xae'

# --- modes, lock, evidence -------------------------------------------------------------------------------------------

modes() { (umask "$1" && attack "modes.$1" -- modes); stat -c %a "modes.$1" "modes.$1/open" "modes.$1/open/file" | xargs; }
same ModesFollowTheUmask/027 '750 750 750' "$(modes 027)"
same ModesFollowTheUmask/077 '700 700 700' "$(modes 077)"
same NobodyElseMayWrite '755 755 755' "$(modes 000)"

mkdir shared
begin_waiting --out shared
expect ASecondRunIntoOneOutputIsRefused 3 'another process holds its lock' \
  "$immure" run --in in --out shared --no-evidence -- /bin/true
end_waiting
same TheFirstRunGoesOn 0 "$code"
same TheFirstRunHasItsOutput result "$(ls shared)"

expect AFirstRun 0 '' "$immure" run --in in --out first --key host.key --evidence kept.json -- /bin/true
before=$(sha256sum <kept.json)
expect EvidenceIsNotOverwritten 3 'kept.json: exists already' \
  "$immure" run --in in --out second --key host.key --evidence kept.json -- /bin/true
same EvidenceIsStillTheFirst "$before" "$(sha256sum <kept.json)"
holds NothingWasStarted [ ! -e second ]
expect EvidenceIsReplacedWithReplace 0 '' \
  "$immure" run --in in --out second --key host.key --evidence kept.json --replace -- /bin/true
holds EvidenceIsTheSecond [ "$before" != "$(sha256sum <kept.json)" ]
# Another process makes a file with the name of the evidence after the run has started.
begin_waiting --out third --evidence late.json
echo '{"mine": 1}' >late.json
end_waiting
same EvidenceThatAppearsMeanwhileIsAnError 70 "$code"
same EvidenceThatAppearsMeanwhileIsKept '{"mine": 1}' "$(<late.json)"
begin_waiting --out fourth --evidence late.json --replace
end_waiting
same LateEvidenceIsReplacedWithReplace '0 payload' "$code $(grep -o payload late.json | head -n 1)"

# Outputs whose modes keep their owner out, and, at the end, a reader of standard output that reads too little.
cat >closed.c <<'END'
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
int main(void) {
  umask(0);
  const int closed = open("/out/closed", O_WRONLY | O_CREAT, 0);
  if (closed < 0 || write(closed, "text", 4) != 4 || mkdir("/out/shut", 0) != 0) return 1;
  return 0;
}
END
cc -O1 -o closed closed.c || exit 70
expect OutputsClosedToTheirOwnerComeOut 0 '' "$immure" run --in in --out closed.out --key host.key -- ./closed
holds AClosedOutputIsThere [ -e closed.out/closed ]
holds AClosedDirectoryIsThere [ -d closed.out/shut ]

# The program closes /out itself.
cat >closes.c <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
int main(int count, char** values) {
  FILE* file = fopen("/out/file", "w");
  if (count != 2 || file == NULL || fputs("text", file) < 0 || fclose(file) != 0) return 1;
  return chmod("/out", strtol(values[1], NULL, 8)) != 0;
}
END
cc -O1 -static -o closes closes.c || exit 70
for mode in 0 100 300 500 777; do
  expect "ClosedOutput/$mode" 0 '' "$immure" run --in in --out "closed$mode" --key host.key -- ./closes $mode
  same "ClosedOutput/$mode/File" text "$(cat "closed$mode/file")"
  accepted "ClosedOutput/$mode/Evidence" "closed$mode"
done
mkdir many && head -c 300000 /dev/zero >many/bytes
mkfifo unread.pipe
exec 7<>unread.pipe
run bash -c '"$1" run --in many --out unread --capture --timeout 2s --key host.key -- cat /in/bytes >unread.pipe || echo "code $?" >&2' - "$immure"
exec 7>&-
if grep -q 'code 124' <<<"$err" && ! statement unread.evidence.json | grep -q '"name":"stdout"'; then ok AStreamThatNobodyReadIsNoSuccess; else
  not_ok AStreamThatNobodyReadIsNoSuccess "$err"
fi

[ "$(id -u)" -ne 0 ] || as_ordinary_user
finish
