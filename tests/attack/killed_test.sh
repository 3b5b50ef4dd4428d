#!/bin/bash
# A supervisor that is killed at the worst moment leaves nothing behind. The worst moment is while the venue's runtime
# is starting, because the runtime then makes directories again that were removed already.
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"

chmod 755 .
mkdir -m 711 tmp slow
mkdir input
export TMPDIR=$here/tmp IMMURE_CACHE=$here/cache

# An output directory that the run made disappears with the run; a directory that existed before the run stays.
echo STARTED >input/line
# killed OUT: kills a supervisor whose program runs, and waits until OUT is gone or a while has passed.
killed() {
  local supervisor
  "$immure" run --venue native --no-evidence --in input --out "$1" -- tail -f /in/line >shown 2>/dev/null &
  supervisor=$!
  for _ in {1..1000}; do
    grep -q STARTED shown && break
    sleep 0.01
  done
  kill -KILL "$supervisor"
  wait "$supervisor" 2>/dev/null
  for _ in {1..300}; do
    [[ -d $1 ]] || break
    sleep 0.01
  done
}
killed made
holds TheProgramRanUntilItsSupervisorWasKilled grep -q STARTED shown
holds AKilledSupervisorLeavesNoOutputDirectory [ ! -e made ]
mkdir there
killed there
holds ADirectoryThatWasThereStays [ -d there ]
"$immure" run --venue native --no-evidence --in input --out kept -- true
holds ARunWithoutOutputsKeepsItsDirectory [ -d kept ]

real=$(type -P runc || type -P /usr/sbin/runc)
if [[ -z $real ]]; then
  skip AKilledSupervisorLeavesNoStateOfItsRuntime tool 'needs runc'
  finish
fi
# A runtime that is slow to start: the runtime continues when its directory is gone, or after a while.
cat >slow/runc <<END
#!/bin/bash
[[ \$1 == --root ]] || exec $real "\$@"
[[ \$3 == run ]] || exec $real "\$@"
echo \$\$ >$here/started.new && mv $here/started.new $here/started
for ((i = 0; i < 200; ++i)); do
  [[ -e \${2%/*} ]] || break
  sleep 0.01
done
# This is what runc does right after it has read its configuration (libcontainer.New).
mkdir -p "\$2"
exec $real "\$@"
END
chmod 755 slow/runc
PATH=$here/slow:$PATH "$immure" run --venue oci --runtime runc --no-evidence --in input --out out -- true >/dev/null 2>&1 &
supervisor=$!
for _ in {1..500}; do
  [[ -e started ]] && break
  sleep 0.01
done
holds TheRuntimeWasStarting [ -e started ]
kill -KILL "$supervisor"
wait "$supervisor" 2>/dev/null
runtime_process=$(<started)
# Wait until the runtime and the directory are gone, or until a while has passed.
for _ in {1..1500}; do
  [[ -d /proc/$runtime_process ]] || [[ -n $(ls -A tmp) ]] || break
  sleep 0.01
done
holds AKilledSupervisorLeavesNoStateOfItsRuntime [ -z "$(find tmp -mindepth 1)" ]
holds AKilledSupervisorLeavesNoProcessOfItsRuntime [ ! -d "/proc/$runtime_process" ]
finish
