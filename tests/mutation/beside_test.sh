#!/bin/bash
# Some checks make a difference only when something happens beside the run. This test leaves out each of these checks
# while such a thing happens. The verifier must not accept the evidence, and must name the number of the right test.
# Each case has a twin with nothing left out.
# usage: beside_test.sh DIRECTORY-OF-PROGRAMS
#
# One claim cannot be tested in this way: `input.held`: `leases`. The supervisor holds the leases, the leases leave no
# trace outside of the supervisor, and the evidence has nothing but the supervisor's word for them
# (docs/evidence-format.md, "Know what only the attester can say"). tests/attack/input_test.sh shows that the supervisor
# takes the leases: in that test, somebody writes to the input during the run.
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"

mutant=$bin/../tests/immure-mutant
mkdir -m 711 tmp
mkdir input
chmod 755 . input
export TMPDIR=$here/tmp IMMURE_CACHE=$here/cache
"$immure" keygen host.key >/dev/null 2>&1
neighbour=
end_beside() { [[ -z $neighbour ]] || kill "$neighbour"; }
at_exit+=(end_beside)
# mutant OMISSION VENUE [PREFIX...]: a run with evidence, in which the mutant leaves something out.
mutant() {
  local omission=$1 venue=$2
  shift 2
  rm -rf out out.evidence.json
  "$@" /usr/bin/env IMMURE_OMIT="$omission" "$mutant" run --venue "$venue" --in input --out out --key host.key -- echo STARTED
}
# judged NAME CODE PATTERN: checks what the verifier says of the last run's evidence.
judged() { expect "$1" "$2" "$3" "$immure" verify out.evidence.json --key host.pub; }

# The mutant does not look at the image again when the program has ended. That look comes too late to refuse the run,
# but early enough to refuse the evidence.
expect ImageSecondLook/Twin 0 STARTED mutant nothing native
judged ImageSecondLook/Twin/Accepted 0 '^ACCEPTED'
expect ImageSecondLook/IsMissed 5 "no longer holds after the run: test #30 " mutant image-second-look native
judged ImageSecondLook/Refused 3 '^BLOCKED: test #30 '

# immure knows the namespaces of a container by their numbers alone, and the kernel may give the same numbers to the
# cell when the container has ended.
attacks=$root/tests/attack
cc -O1 -Wall -Wextra -o container "$attacks/container.c" && cc -O1 -Wall -Wextra -o end_meanwhile "$attacks/end_meanwhile.c" ||
  exit 70
mkdir -p mounts "$XDG_RUNTIME_DIR/runc/gone"
# beside_container OMISSION: makes a run during whose start a container ends.
beside_container() {
  local pid start
  coproc container { exec ./container "$here/mounts"; }
  neighbour=$container_PID
  read -r -u "${container[0]}" pid start
  echo "{\"init_process_pid\":$pid,\"init_process_start\":$start}" >"$XDG_RUNTIME_DIR/runc/gone/state.json"
  mutant "$1" native ./end_meanwhile "$pid" 0
  local result=$?
  kill "$neighbour" 2>/dev/null
  wait "$neighbour" 2>/dev/null
  neighbour=
  rm "$XDG_RUNTIME_DIR/runc/gone/state.json"
  return $result
}
# beside_containers OMISSION: repeats such runs until the cell gets a namespace number of the container. Another process
# that makes a namespace at the same moment may get the number first, and then the run shows nothing.
beside_containers() {
  local tries result
  for ((tries = 0; tries < 10; tries++)); do
    beside_container "$1"
    result=$?
    ((result != 3)) || break
  done
  return "$result"
}
if ((EUID != 0)); then
  skip NeighbourNamespaces root 'needs root'
else
  expect NeighbourNamespaces/Twin 0 STARTED beside_container nothing
  judged NeighbourNamespaces/Twin/Accepted 0 '^ACCEPTED'
  expect NeighbourNamespaces/NotHeld 3 'BLOCKED: test #37 .*container-shared' beside_containers neighbour-namespaces
  judged NeighbourNamespaces/Refused 1 '^REJECTED: test #37 '
fi

# A stranger, who is not the entrypoint's user, connects to a venue's socket first, with the same program and outside of
# the venue's walls. The venue's program waits until the stranger has been sent away or has built a cell.
if ((EUID != 0)) || ! command -v bwrap >/dev/null || ! unshare -m true 2>/dev/null; then
  skip EntrypointOwner kernel 'needs root, bwrap and a mount namespace'
  finish
fi
mkdir -m 777 meeting
mkdir fake
cat >fake/bwrap <<END
#!/bin/bash
[[ \$1 == --version ]] && exec $(command -v bwrap) "\$@"
touch $here/meeting/asked
until [[ -e $here/meeting/answered ]]; do sleep 0.01; done
exec $(command -v bwrap) "\$@"
END
chmod 755 fake fake/bwrap
cp "$mutant" enter
# The stranger is root in the namespaces of the host, except for a mount namespace in which the socket lies at its usual
# path.
stranger() {
  until [[ -e meeting/asked ]]; do sleep 0.01; done
  mount -t tmpfs run /run && mkdir /run/immure && mount --bind "$here"/tmp/immure-*/socket /run/immure || return 1
  ./enter enter 2>meeting/said &
  local entered=$!
  while [[ -d /proc/$entered && -z $(cat /proc/$entered/task/$entered/children 2>/dev/null) ]]; do sleep 0.01; done
  touch meeting/answered
  wait "$entered"
}
# beside_stranger OMISSION: makes a run while the stranger waits for the socket.
beside_stranger() {
  rm -f meeting/*
  unshare -m bash -c stranger >/dev/null 2>&1 &
  neighbour=$!
  PATH=$here/fake:$PATH IMMURE_OMIT=$1 mutant "$1" bubblewrap
  local result=$?
  touch meeting/asked
  wait "$neighbour"
  neighbour=
  return $result
}
export -f stranger
export here
expect EntrypointOwner/Twin 0 STARTED beside_stranger nothing
judged EntrypointOwner/Twin/Accepted 0 '^ACCEPTED'
expect EntrypointOwner/NotAsked 3 'BLOCKED: test #24 .*outer' beside_stranger entrypoint-owner
judged EntrypointOwner/Refused 1 '^REJECTED: test #24 '
finish
