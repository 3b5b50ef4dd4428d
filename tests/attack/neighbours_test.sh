#!/bin/bash
# Other users write false state files of containers. These files must not influence root's run: neither which processes
# count as containers, nor how long the run takes. Each false file has a true twin, which must count. Everything happens
# in a mount namespace with its own /run.
if ((EUID != 0)) || ! unshare -m true 2>/dev/null; then
  skip Neighbours root 'needs root and a mount namespace'
  exit 0
fi
[[ ${IMMURE_TEST_APART:-} == yes ]] || IMMURE_TEST_APART=yes exec unshare -m bash "$0" "$@"
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"

mount -t tmpfs -o mode=755 run /run
liar=65534 other=1005
mkdir -m 755 input shared
echo words >input/a.txt
chmod 755 .
export IMMURE_CACHE=$here/cache
neighbour=
end_neighbour() { [[ -z $neighbour ]] || { kill -KILL "$neighbour"; wait "$neighbour"; } 2>/dev/null; neighbour=; }
at_exit+=(end_neighbour)

# A process that has the input mounted a second time, like a container that shares the input with the host.
cat >sharer.c <<'END'
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <unistd.h>
/* sharer USER INPUT PLACE: as root in a mount namespace, or as USER in a user namespace of his own. */
int main(int count, char** words) {
  const uid_t user = count == 4 ? (uid_t)atoi(words[1]) : 0;
  if (count != 4 || (user != 0 && (setgid(user) != 0 || setuid(user) != 0))) return 64;
  if (unshare((user != 0 ? CLONE_NEWUSER : 0) | CLONE_NEWNS) != 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 ||
      mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) != 0 || mount(words[2], words[3], NULL, MS_BIND, NULL) != 0) {
    perror("sharer");
    return 1;
  }
  puts("ready");
  fflush(stdout);
  for (;;) pause();
}
END
# A process whose command line claims that the process is a cell.
cat >claim.c <<'END'
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>
int main(void) {
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return 1;
  puts("ready");
  fflush(stdout);
  for (;;) pause();
}
END
cc -O1 -Wall -o sharer sharer.c && cc -O1 -Wall -static -o claim claim.c || exit 70

# start COMMAND...: starts a neighbour, and waits until it is ready.
start() {
  end_neighbour
  rm -f ready
  "$@" >ready &
  neighbour=$!
  until grep -qs ready ready; do kill -0 "$neighbour" 2>/dev/null || return 1; sleep 0.01; done
}
# written_by USER DIRECTORY: USER writes in DIRECTORY that the neighbour is a container.
written_by() {
  rm -rf /run/user /run/runc
  mkdir -p "$2"
  echo "{\"init_process_pid\":$neighbour}" >"$2/state.json"
  [[ $1 == 0 ]] || chown -R "$1:$1" "/run/user/$1"
}
run_beside() { rm -rf out; "$immure" run --venue native --no-evidence --in input --out out -- cat /in/a.txt; }
shared='the input is shared with the running container [a-z]'
export -f run_beside
export immure

start ./sharer 0 input shared
written_by 0 /run/runc/truth
expect WhatRootWroteDownCounts 3 "$shared" run_beside
written_by $liar /run/user/$liar/runc/lie
expect AUsersClaimAboutRootsProcessDoesNotCount 0 '^words$' run_beside
written_by $liar /run/user/$liar/docker/runtime-runc/moby/lie
expect AUsersDockerClaimAboutRootsProcessDoesNotCount 0 '^words$' run_beside

if ! start ./sharer $liar input shared; then
  skip AClaimAboutTheUsersOwnProcessCounts kernel 'this machine gives ordinary users no user namespace'
else
  written_by $liar /run/user/$liar/runc/truth
  # Any user can make such a process and such a file, so immure records them but does not refuse the run.
  "$immure" keygen host.key >/dev/null
  expect AClaimAboutTheUsersOwnProcessIsNoReasonToRefuse 0 '^words$' "$immure" run --venue native --in input --out out2 \
    --key host.key -- cat /in/a.txt
  looked=$(jq -r .payload out2.evidence.json | base64 -d | jq -c '.predicate.neighbours | [.looked, [.containers[].id]]')
  holds AClaimAboutTheUsersOwnProcessIsRecorded \
    grep -q "container of user $liar: truth: shares the input.*\"user $liar: truth\"" <<<"$looked"
  holds ItsEvidenceIsAccepted "$immure" verify out2.evidence.json --key host.pub
  # A word such as `run` in a venue's command line is not the name of the container that the venue starts.
  mv "/run/user/$liar/runc/truth" "/run/user/$liar/runc/run"
  expect AWordOfTheCommandLineIsNoContainerName 0 '^words$' run_beside
  # Make more claims than any user has containers.
  for i in {1..300}; do cp -r "/run/user/$liar/runc/run" "/run/user/$liar/runc/copy$i"; done
  chown -R $liar:$liar /run/user/$liar
  expect OnlySomeOfManyClaimsAreChecked 0 '^words$' "$immure" run --venue native --in input --out out3 \
    --key host.key -- cat /in/a.txt
  looked=$(jq -r .payload out3.evidence.json | base64 -d | jq -c '.predicate.neighbours.looked')
  holds TheRestOfTheClaimsIsCounted grep -q '64 running; 237 more names not looked at' <<<"$looked"
  written_by $other /run/user/$other/runc/lie
  expect AClaimAboutAnotherUsersProcessDoesNotCount 0 '^words$' run_beside
fi

# Files that no engine wrote. immure must neither wait for such a file nor read it to its end.
start ./sharer 0 input shared
written_by $liar /run/user/$liar/runc/lie
for kind in fifo link holes directory; do
  place=/run/user/$liar/runc/$kind
  mkdir "$place"
  case $kind in
    fifo) mkfifo "$place/state.json" ;;
    link) ln -s /dev/zero "$place/state.json" ;;
    holes) truncate -s 1P "$place/state.json" ;;
    directory) mkdir "$place/state.json" ;;
  esac
done
chown -hR $liar:$liar /run/user/$liar
expect NoFileOfAUserHoldsARunUp 0 '^words$' timeout 60 bash -c run_beside

# A user holds a write lease on such a file: a process that opens the file must wait for this user.
written_by $liar /run/user/$liar/crun/leased
mv "/run/user/$liar/crun/leased/state.json" "/run/user/$liar/crun/leased/status"
cc -O1 -Wall -o write_lease "$root/tests/attack/write_lease.c" || exit 70
start ./write_lease "/run/user/$liar/crun/leased/status"
expect NoLeaseOfAUserHoldsARunUp 0 '^words$' timeout 20 bash -c run_beside

# An executable of terabytes, nearly all of which are holes, claims to be a cell.
if ! truncate -s 8T claim 2>/dev/null && ! truncate -s 1T claim 2>/dev/null; then
  skip AHugeExecutableIsNotHashed kernel 'this file system holds no file of a terabyte'
else
  start bash -c 'exec -a /immure ./claim enter'
  written_by 0 /run/runc/claim
  holds ItClaimsToBeACell cmp <(printf '/immure\0enter\0') "/proc/$neighbour/cmdline"
  expect AHugeExecutableIsNotHashed 0 '^words$' timeout 60 bash -c run_beside
fi
end_neighbour
finish
