#!/bin/bash
# Tests what `immure doctor` says of a machine that can hold a cell and of a machine that cannot, and that doctor leaves
# both machines as they were.
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"

# shellcheck source=tests/integration/dockerd.bash
source "$root/tests/integration/dockerd.bash"
start_dockerd

# A group's name begins with the number of its supervisor, and the kernel counts numbers up; so a group of this test's runs
# has a number between these two. The group of a living supervisor belongs to a test beside this one.
read -r _ _ _ _ first_number </proc/loadavg
groups() {
  local group number last
  read -r _ _ _ _ last </proc/loadavg
  find /sys/fs/cgroup -regex '.*/immure-[0-9]+-[0-9a-f]+' -type d 2>/dev/null | sort | while read -r group; do
    number=${group##*/immure-} number=${number%-*}
    [[ ! -d /proc/$number ]] || continue
    # After the largest number the kernel starts again with small numbers.
    if ((first_number <= last ? first_number < number && number <= last : first_number < number || number <= last)); then
      echo "$group"
    fi
  done
}
# Everything that a run could leave behind. Any command of rootless podman makes podman's own directories in the home of
# its user, as docs/packet.md says.
state() {
  grep -E "$here|immure|containers/storage" /proc/self/mountinfo
  find "$here/t" "$here/home" -not -path "$here/home/.config*" -not -path "$here/home/.local*" 2>/dev/null | sort
  groups
  find /var/lib/containers/storage/*-{containers,images} -mindepth 1 -maxdepth 1 2>/dev/null | sort
}
# nothing_left NAME: within ten seconds nothing may be left. In this time, short-lived things of tests beside this test
# go away too.
nothing_left() {
  local _
  for _ in {1..500}; do
    [[ $(state) == "$before" ]] && { ok "$1"; return; }
    sleep 0.02
  done
  not_ok "$1" "$(diff <(echo "$before") <(state))"
}

# The user of bubblewrap's entrypoint must be able to pass through this directory.
chmod 711 .
mkdir t home few
export TMPDIR=$here/t HOME=$here/home IMMURE_CACHE=$here/home/cache
before=$(state)
expect ACellHoldsHere 0 '^native: holds$' "$immure" doctor
echo "$out" >.doctor

# venue_holds VENUE KIND WHY CONDITION...: the venue must hold if the condition says that its programs are there.
venue_holds() {
  local venue=$1 kind=$2 why=$3
  shift 3
  if ! "$@"; then
    holds "AMissingVenueDoesNotHold/$venue" grep -qE "^$venue: does not hold" .doctor
    skip "TheVenueHolds/$venue" "$kind" "$why"
  elif [[ $venue == *crun && $(stat -fc %T /sys/fs/cgroup/unified 2>/dev/null) == cgroup2fs ]]; then
    holds "HybridControlGroupsAreReported/$venue" grep -A 1 -E "^$venue: does not hold" .doctor
    skip "TheVenueHolds/$venue" kernel 'crun refuses control groups v1 and v2 side by side'
  else
    expect "TheVenueHolds/$venue" 0 "^$venue: holds$" cat .doctor
    holding+=("$venue")
  fi
}
podman_can() { has podman && has runc && ((${#TMPDIR} < 24)) && { ((EUID == 0)) || grep -q "^$(id -un):" /etc/subuid; }; }
docker_can() { docker version >/dev/null 2>&1; }
holding=()
venue_holds native tool nothing true
venue_holds bubblewrap tool 'needs bwrap' has bwrap
venue_holds 'podman --runtime runc' tool 'needs podman, runc, a range in /etc/subuid and a short TMPDIR' podman_can
if ((EUID == 0)); then without=tool; else without=root; fi
venue_holds docker $without 'needs docker, and root to start a daemon' docker_can
venue_holds 'oci --runtime runc' tool 'needs runc' has runc
venue_holds 'oci --runtime crun' tool 'needs crun' has crun
nothing_left NothingIsLeftBehind
holds NoReasonIsThisProgramsFault bash -c '! grep -qE "fault of immure|longer than 50|x0a" .doctor'
if podman_can; then
  expect ARuntimeCanBeNamed 0 '^podman --runtime runc: holds$' "$immure" doctor --runtime runc
  holds AnotherRuntimeIsNotTried bash -c '! grep -q -- "--runtime crun" <<<"$0"' "$out"
  nothing_left ARuntimeLeavesNothingBehind
fi
mkdir "$TMPDIR/$(printf 'x%.0s' {1..20})"
TMPDIR=$(echo "$TMPDIR"/x*) expect ALongTmpdirIsReported 0 'BLOCKED: TMPDIR: is too long for podman.*Set TMPDIR to a shorter path' \
  "$immure" doctor
rmdir "$TMPDIR"/x*

# Kill doctor with all its trials, each of which is a separate process, while their scratch directories exist. Use
# bubblewrap alone, because immure cannot remove what an engine or a runtime makes at that moment (docs/venues.md).
mkdir walls
for program in bwrap env; do
  if type -P "$program" >/dev/null; then ln -s "$(type -P "$program")" walls/; fi
done
PATH=$here/walls "$immure" doctor >/dev/null 2>&1 &
doctor=$! digest=false
for _ in {1..300}; do
  compgen -G "$TMPDIR/immure-*/cache/images/digest-*" >/dev/null && digest=true && break
  kill -0 "$doctor" 2>/dev/null || break
  sleep 0.01
done
if $digest; then
  ok TheTrialHadMadeAnImage
elif has bwrap; then
  not_ok TheTrialHadMadeAnImage "bubblewrap's trial left no image to be seen"
else
  skip TheTrialHadMadeAnImage tool 'needs bwrap'
fi
mapfile -t trials < <(awk -v parent="$doctor" '$4 == parent { print $1 }' /proc/[0-9]*/stat 2>/dev/null)
kill -9 "$doctor" "${trials[@]}" 2>/dev/null
wait "$doctor" 2>/dev/null
nothing_left KilledItLeavesNothing

# If only the programs that these tests need are installed, each venue except native must say which package it needs.
for program in bash cat env grep id true unshare; do ln -s "$(type -P $program)" few/; done
own_path=$PATH
export PATH=$here/few
run "$immure" doctor --json
holds JsonSaysThatItHolds grep -q '"holds":true,"venues"' <<<"$out"
holds JsonSaysWhatLimits grep -q '"wall-clock":"timer"' <<<"$out"
holds JsonTellsTrialsFromFacts grep -qE '"checked":"trial","holds":true.*"checked":"facts","holds":false' <<<"$out"
holds WhatIsThereNeedsNoRemedy grep -vqE '"finding":"ok","found":"[^"]*","name":"[^"]*","needs":"[^"]*","remedy":"[^"]' <<<"$out"
for package in bubblewrap podman docker.io; do
  holds "ThePackageIsNamed/$package" grep -qE "\"remedy\":\"apt-get install $package\"" <<<"$out"
done

# A machine that forbids new namespaces. The setting holds for the test's own user namespace alone.
forbid='echo 0 >/proc/sys/user/max_net_namespaces; exec "$0" doctor "$@"'
if unshare -Ur true 2>/dev/null; then
  expect MissingNamespacesAreBlocked 3 '^native: does not hold$' unshare -Ur bash -c "$forbid" "$immure"
  holds TheSettingIsNamed grep -q 'to fix this: sysctl -w user.max_net_namespaces=10000' <<<"$out"
  holds TheEscalationIsPrinted grep -q 'tell the owner that this machine' <<<"$out"
  expect JsonSaysThatItDoesNot 3 '"holds":false,"venues"' unshare -Ur bash -c "$forbid" "$immure" --json
else
  skip MissingNamespacesAreBlocked tool 'needs unshare(1) and user namespaces'
fi
expect NoScratchDirectoryIsReported 3 'BLOCKED: .*nowhere.*TMPDIR' env TMPDIR="$here/nowhere" "$immure" doctor
expect ResultsThatCannotBeWrittenAreAnError 70 'No space left' bash -c "\"$immure\" doctor >/dev/full"
export PATH=$own_path

# Ask about one venue alone: the answer must be the same as among the others.
for venue in native bubblewrap podman docker oci; do
  wanted=3 verdict='does not hold'
  if [[ " ${holding[*]} " == *" $venue "* ]]; then wanted=0 verdict=holds; fi
  expect "OneVenueCanBeAskedFor/$venue" "$wanted" "^$venue( --runtime [a-z]+)?: $verdict" "$immure" doctor --venue "$venue"
  holds "TheOthersAreNotLookedAt/$venue" bash -c '! grep -E "^[a-z]+( --runtime [a-z]+)?: (holds|does not)" <<<"$1" | grep -v "^$2"' _ "$out" "$venue"
done
expect OneVenueCanBeAskedForAsJson 0 '"venue":"native"\}\]\}$' "$immure" doctor --venue native --json
expect AnUnknownVenueIsRefused 64 '--venue cannot be moon' "$immure" doctor --venue moon

# Hints are about the host, and make no answer fail. The test mounts a new /proc in its own namespace to show both
# cases.
with_proc() { unshare -m bash -c 'mount -t proc -o "$0" proc /proc && exec "$@"' "$1" "$immure" doctor --venue native; }
if ((EUID == 0)) && with_proc hidepid=2 >/dev/null 2>&1; then
  expect AnOpenProcIsHinted 0 '^hint: every user .*,hidepid=2 /proc$' with_proc hidepid=0
  expect AHiddenProcIsNot 0 '^native: holds$' with_proc hidepid=2
  holds AHiddenProcIsNot/ItIsNotHinted bash -c '! grep -q "^hint: every user" <<<"$0"' "$out"
else
  skip AnOpenProcIsHinted root 'needs root'
fi
if [[ -r /proc/sys/debug/exception-trace ]]; then
  run "$immure" doctor --venue native
  same=$(grep -c '^hint: debug.exception-trace' <<<"$out")
  holds TheTraceIsHintedWhereItIsOn [ "$same" -eq "$(($(</proc/sys/debug/exception-trace) != 0))" ]
fi

# Inside a cell everything is missing, so this shows that doctor can report each requirement as missing.
mkdir empty
expect InsideACellNothingHolds 3 '^native: does not hold$' "$immure" run --no-evidence --in empty --out inside -- "$immure" doctor
for what in 'new user.*namespaces' Landlock 'seccomp filters' 'mounts made read-only' 'paths resolved' 'processes held' ptrace; do
  holds "InsideACell/$what" grep -qE "^  missing  $what.*: (EPERM|ENOSYS)$" <<<"$out"
done
# A cell has a directory /proc with a few fixed files, which is no proc file system.
holds 'InsideACell//proc' grep -qE '^  missing  /proc.*: EINVAL$' <<<"$out"
for what in PR_SET_MDWE 'the mount table'; do holds "InsideACell/$what" grep -qE "^  less     $what.*: EPERM" <<<"$out"; done
holds InsideACell/TheFilterIsNamed [ "$(grep -c 'to fix this: leave the container or sandbox' <<<"$out")" -ge 6 ]

expect NoOperandIsTaken 64 'unexpected argument now' "$immure" doctor now

# A program may lie directly in the root of its image, beside the directories.
mkdir -p image/{in,out} input
cp "$immure" image/program
expect AProgramInTheRootRuns 0 '^immure [0-9]' "$immure" run --no-evidence --in input --out output --rootfs image -- \
  /program version
finish
