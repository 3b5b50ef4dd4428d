#!/bin/bash
# Makes the same run in the walls of each venue that is installed: the output must be the same, the evidence must be
# ACCEPTED and name the venue, and the run must be BLOCKED if a layer of the cell is left out. As root, this test also
# tries the venues as an ordinary user.
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"

chmod 711 .
# Use a separate directory, so that the test does not count short-lived files of other runs. Other users must be able to
# pass through this directory.
mkdir -m 711 t
export TMPDIR=$here/t
# Rootless podman keeps files in this directory that are useless after the test.
mkdir -m 700 runtime
podmans_own=/tmp/podman-run-$EUID
[[ -e $podmans_own ]] && podmans_own=
export XDG_RUNTIME_DIR=$here/runtime
mkdir input
echo 'some text' >input/a.txt
mkdir -p input/sub && echo 'more' >input/sub/b.txt
chmod -R go+rX input
"$immure" keygen host.key >/dev/null 2>&1
sum=$(sha256sum <input/a.txt | cut -d' ' -f1)

# in_venue NAME VENUE RUNTIME: makes a run, verifies its evidence, and checks that nothing is left behind.
in_venue() {
  local name=$1 venue=$2 runtime=$3
  rm -rf report report.evidence.json
  local choice=(--venue "$venue")
  [[ -n $runtime ]] && choice+=(--runtime "$runtime")
  local before
  before=$(left_over)
  expect "$name/Runs" 0 "$sum  /in/a.txt" "$immure" run "${choice[@]}" --in input --out report --key host.key -- \
    sha256sum /in/a.txt
  expect "$name/IsAccepted" 0 '^ACCEPTED' "$immure" verify report.evidence.json --key host.pub
  holds "$name/EvidenceNamesTheVenue" bash -c \
    "'$immure' verify report.evidence.json --key host.pub --json | grep -q '\"venue\":\"$venue\"'"
  same_report "$name" "${choice[@]}"
  holds "$name/NothingIsLeftBehind" [ "$(left_over)" == "$before" ]
}

# same_report NAME CHOICE...: the inspector's report must not depend on the venue's walls, in any byte.
same_report() {
  local name=$1
  shift
  rm -rf inspected
  expect "$name/Inspects" 0 '' "$immure" inspect "$@" input -o inspected
  if [[ -d first-report ]]; then
    holds "$name/TheReportIsTheSame" diff -r first-report inspected
  else
    mv inspected first-report
    holds "$name/TheReportNamesTheFiles" grep -q "$sum" -r first-report
  fi
}

# without_layer NAME VENUE RUNTIME LAYER TEST: leaves out a layer of the cell inside walls that would hold the payload
# nevertheless. The probes must notice.
without_layer() {
  local name=$1 venue=$2 runtime=$3 layer=$4 test=$5
  local choice=(--venue "$venue")
  [[ -n $runtime ]] && choice+=(--runtime "$runtime")
  rm -rf report
  expect "$name/Without/$layer" 3 "BLOCKED: test #$test" env IMMURE_OMIT="$layer" "$bin/../tests/immure-mutant" run "${choice[@]}" \
    --no-evidence --in input --out report -- sha256sum /in/a.txt
}

# Give a venue's program less than immure asked for: a script of the same name, first in PATH, drops or replaces one word.
# without_wall NAME PROGRAM VENUE RUNTIME WORD REPLACEMENT EXPECTED
without_wall() {
  local name=$1 program=$2 venue=$3 runtime=$4 word=$5 replacement=$6 expected=$7
  local choice=(--venue "$venue") real
  [[ -n $runtime ]] && choice+=(--runtime "$runtime")
  real=$(command -v "$program")
  mkdir -p fake
  # shellcheck disable=SC2016 # words of the script that is written
  printf '#!/bin/bash\nwords=()\nfor word in "$@"; do\n  [[ $word == %s ]] && word=%q\n' "$word" "$replacement" >"fake/$program"
  # shellcheck disable=SC2016
  printf '  [[ -n $word ]] && words+=("$word")\ndone\nexec %q "${words[@]}"\n' "$real" >>"fake/$program"
  chmod 755 fake "fake/$program"
  rm -rf report
  expect "$name/Without/$word" 3 "BLOCKED: $expected" env PATH="$here/fake:$PATH" "$immure" run "${choice[@]}" \
    --no-evidence --in input --out report -- sha256sum /in/a.txt
  rm -r fake
}

# Do the same with a runtime, whose walls are listed in the bundle's config.json: the test removes one of the walls.
# without_setting NAME RUNTIME WHAT EDIT EXPECTED
without_setting() {
  local name=$1 runtime=$2 what=$3 edit=$4 expected=$5 real
  real=$(command -v "$runtime")
  mkdir -p fake
  cat >"fake/$runtime" <<END
#!/bin/bash
for word in "\$@"; do
  [[ -f \$word/config.json ]] || continue
  jq '$edit' "\$word/config.json" >"\$word/changed.json" && mv "\$word/changed.json" "\$word/config.json"
done
exec $real "\$@"
END
  chmod 755 fake "fake/$runtime"
  rm -rf report
  expect "$name/Without/$what" 3 "BLOCKED: $expected" env PATH="$here/fake:$PATH" "$immure" run --venue oci \
    --runtime "$runtime" --no-evidence --in input --out report -- sha256sum /in/a.txt
  rm -r fake
}

# Kill the supervisor while the payload runs. Nothing may stay behind.
killed() {
  local name=$1 venue=$2 runtime=$3
  local choice=(--venue "$venue") before i
  [[ -n $runtime ]] && choice+=(--runtime "$runtime")
  rm -rf report
  before=$(left_over)
  rm -f started
  setsid "$immure" run "${choice[@]}" --no-evidence --in input --out report -- tail -f /in/a.txt \
    >started 2>/dev/null </dev/null &
  local supervisor=$!
  for ((i = 0; i < 300; ++i)); do
    [[ -s started ]] && break
    sleep 0.1
  done
  holds "$name/Killed/WasRunning" grep -q 'some text' started
  kill -KILL "$supervisor"
  wait "$supervisor" 2>/dev/null
  for ((i = 0; i < 200; ++i)); do
    [[ $(left_over) == "$before" ]] && ! pgrep -f '[t]ail -f /in/a.txt' >/dev/null && break
    sleep 0.1
  done
  holds "$name/Killed/NoProcessIsLeft" bash -c '! pgrep -af "[t]ail -f /in/a.txt"'
  holds "$name/Killed/NothingIsLeftBehind" [ "$(left_over)" == "$before" ]
}

left_over() {
  find "$TMPDIR" -maxdepth 1 -name 'immure-*' 2>/dev/null | sort
  command -v podman >/dev/null && podman ps --all --quiet 2>/dev/null
  command -v docker >/dev/null && docker ps --all --quiet 2>/dev/null
}

missing() { skip "$1" "${3:-tool}" "needs $2"; }

same_report Native --venue native

# Tests what crun says on a host with both versions of control groups, and how immure calls crun.
golden=$root/tests/integration/golden
holds Crun/CommandLine diff "$golden/crun_command.txt" <("$immure" packet true | grep '^crun ')
if ! command -v crun >/dev/null; then
  missing Crun crun
elif [[ $(stat -fc %T /sys/fs/cgroup/unified 2>/dev/null) == cgroup2fs ]]; then
  expect Crun/HybridControlGroupsAreBlocked 3 'cannot build its walls' "$immure" run --venue oci --runtime crun \
    --no-evidence --in input --out report -- true
  holds Crun/ItsRefusalIsReported diff "$golden/crun_hybrid.txt" <(echo "$err")
  # crun starts if it sees only version 2, which root can arrange in a mount namespace.
  if ((EUID == 0)); then
    # shellcheck disable=SC2016 # words of the shell that is started
    expect Crun/RunsWhereV2IsAlone 0 "$sum  /in/a.txt" unshare -m bash -c \
      'mount -t cgroup2 none /sys/fs/cgroup && exec "$@"' - "$immure" run --venue oci --runtime crun --in input \
      --out crun.report --key host.key -- sha256sum /in/a.txt
    expect Crun/IsAcceptedThere 0 '^ACCEPTED' "$immure" verify crun.report.evidence.json --key host.pub
  fi
else
  in_venue Crun oci crun
fi

if command -v bwrap >/dev/null; then
  in_venue Bubblewrap bubblewrap ''
  without_layer Bubblewrap bubblewrap '' landlock-output 29
  without_layer Bubblewrap bubblewrap '' capabilities 35
  without_wall Bubblewrap bwrap bubblewrap '' --new-session --share-net 'test #24'
  without_wall Bubblewrap bwrap bubblewrap '' --remount-ro --chdir 'test #28'
  without_wall Bubblewrap/AnotherProgram bwrap bubblewrap '' /immure "" '.*'
  killed Bubblewrap bubblewrap ''
else
  missing Bubblewrap bwrap
fi

if command -v runc >/dev/null; then
  in_venue Runc oci runc
  without_setting Runc runc network 'del(.linux.namespaces[] | select(.type == "network"))' 'test #24'
  without_setting Runc runc read-only '.root.readonly = false' 'test #28'
  without_setting Runc runc no-new-privileges '.process.noNewPrivileges = false' 'test #35'
  without_setting Runc runc seccomp 'del(.linux.seccomp)' 'test #36'
  killed Runc oci runc
else
  missing Runc runc
fi

if ! command -v podman >/dev/null; then
  missing Podman podman
elif ((EUID != 0)) && ! grep -q "^$(id -un):" /etc/subuid 2>/dev/null; then
  missing Podman "a range of $(id -un) in /etc/subuid"
elif ! command -v runc >/dev/null; then
  missing Podman runc
else
  in_venue Podman podman runc
  without_layer Podman podman runc landlock-output 29
  without_wall Podman podman podman runc --network=none --network=host 'test #24'
  without_wall Podman podman podman runc --read-only '' 'test #28'
  without_wall Podman podman podman runc --cap-drop=ALL --cap-add=ALL 'test #35|podman: the entrypoint'
  without_wall Podman podman podman runc --security-opt=no-new-privileges '' 'test #35'
  without_wall Podman podman podman runc '--security-opt=seccomp=*' --security-opt=seccomp=unconfined 'test #36'
  killed Podman podman runc
  # Every command of rootless podman leaves a process that keeps podman's user namespace.
  ((EUID == 0)) || podman system migrate
  [[ -z $podmans_own ]] || rm -rf "$podmans_own"
fi

# shellcheck source=tests/integration/dockerd.bash
source "$root/tests/integration/dockerd.bash"
start_dockerd
if command -v docker >/dev/null && docker version >/dev/null 2>&1; then
  in_venue Docker docker ''
  without_wall Docker docker docker '' --network=none --network=host 'test #24'
  without_wall Docker docker docker '' --read-only '' 'test #28'
  without_wall Docker docker docker '' --cap-drop=ALL --cap-add=ALL 'test #35|docker: the entrypoint'
  without_wall Docker docker docker '' '--security-opt=seccomp=*' --security-opt=seccomp=unconfined 'test #36'
  without_wall Docker docker docker '' --security-opt=no-new-privileges '' 'test #35'
  killed Docker docker ''
else
  missing Docker 'docker and a daemon, or root to start one'
fi
stop_dockerd
holds Docker/TheDaemonIsGone [ -z "$(pgrep -f "$here/dockerd" || grep -o "$here/dockerd[^ ]*" /proc/self/mountinfo)" ]

expect UnknownVenuesAreNamed 64 '--venue cannot be jail. Choose auto, native, bubblewrap, podman, docker or oci' \
  "$immure" run --venue jail --in input --out report -- true
expect GVisorIsBlockedWithItsReason 3 'BLOCKED: oci: gVisor cannot make /out write-only' \
  "$immure" run --venue oci --runtime runsc --no-evidence --in input --out report -- true
expect AMissingProgramIsNamed 3 'BLOCKED: bubblewrap: bwrap is not installed. To fix this: apt-get install bubblewrap' \
  env PATH="$here" "$immure" run --venue bubblewrap --no-evidence --in input --out report -- /bin/true

# If namespaces are forbidden, immure cannot build the native venue, and `auto` must say what it tried instead.
if unshare -Ur true 2>/dev/null; then
  # shellcheck disable=SC2016
  expect AutoNamesEveryVenue 3 'Passed over.*bubblewrap.*podman.*docker' unshare -Ur bash -c \
    'echo 0 >/proc/sys/user/max_net_namespaces; exec "$@"' - env IMMURE_CACHE="$here/cache" TMPDIR="$here" "$immure" run --verbose --key host.key --evidence auto.json --in input --out report -- true
  holds AutoTellsItsOrder grep -q 'the first that can be built: native, bubblewrap, podman, docker$' <<<"$err"
  holds AutosReasonsAreInTheEvidence grep -qE '"fault":"[^"]*bubblewrap[^"]*podman[^"]*docker' \
    <(sed 's/.*"payload":"\([^"]*\)".*/\1/' auto.json | base64 -d)
else
  missing AutoNamesEveryVenue 'unshare(1) and user namespaces'
fi
finish
