#!/bin/bash
# Tests what `immure doctor` says of a machine that can hold a cell and of a machine that cannot, and that doctor leaves
# both machines as they were.
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"

# Lists everything that a run could leave behind. Rootless podman makes some directories in a home with any command; they
# are podman's own, and docs/packet.md says so.
state() {
  cat /proc/self/mountinfo
  find "$here/t" "$here/home" -not -path "$here/home/.config*" -not -path "$here/home/.local*" 2>/dev/null | sort
  find /sys/fs/cgroup -name 'immure-*' -type d 2>/dev/null | sort
  find /var/lib/containers/storage/*-{containers,images} -mindepth 1 -maxdepth 1 2>/dev/null | sort
}

mkdir t home few
export TMPDIR=$here/t HOME=$here/home IMMURE_CACHE=$here/home/cache
before=$(state)
expect ACellHoldsHere 0 '^native: holds$' "$immure" doctor
echo "$out" >.doctor
for venue in native bubblewrap podman docker 'oci --runtime runc' 'oci --runtime crun'; do
  holds "EachVenueIsNamed/$venue" grep -qE "^$venue( --runtime [a-z]+)?: (holds|does not hold)" .doctor
done
holds NothingIsLeftBehind [ "$(state)" == "$before" ]
holds NoReasonIsThisProgramsFault bash -c '! grep -qE "fault of immure|longer than 50|x0a" .doctor'
if ((${#TMPDIR} < 24)) && command -v podman >/dev/null && command -v runc >/dev/null && { ((EUID == 0)) || grep -q "^$(id -un):" /etc/subuid; }; then
  holds PodmanIsTried grep -qE '^podman( --runtime runc)?: holds$' .doctor
  expect ARuntimeCanBeNamed 0 '^podman --runtime runc: holds$' "$immure" doctor --runtime runc
  holds TheOtherIsNotTried bash -c '! grep -q -- "--runtime crun" <<<"$0"' "$out"
  holds ARuntimeLeavesNothingBehind [ "$(state)" == "$before" ]
else
  skip PodmanIsTried tool "needs podman, runc and a short TMPDIR"
fi
mkdir "$TMPDIR/$(printf 'x%.0s' {1..20})"
TMPDIR=$(echo "$TMPDIR"/x*) expect ALongTmpdirIsSaid 0 'BLOCKED: TMPDIR: is too long for podman.*Set TMPDIR to a shorter path' \
  "$immure" doctor
rmdir "$TMPDIR"/x*

# Kill doctor with all its trials, each of which is a process of its own, while their scratch directories are there. Use
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
if $digest; then ok SomethingWasThere; else skip SomethingWasThere tool "no venue but native was tried'; f"
mapfile -t trials < <(awk -v parent="$doctor" '$4 == parent { print $1 }' /proc/[0-9]*/stat 2>/dev/null)
kill -9 "$doctor" "${trials[@]}" 2>/dev/null
wait "$doctor" 2>/dev/null
for _ in {1..500}; do
  [[ $(state) == "$before" ]] && break
  sleep 0.02
done
if [[ $(state) == "$before" ]]; then ok KilledItLeavesNothing; else not_ok KilledItLeavesNothing "$(diff <(echo "$before") <(state))"; fi

# With nothing installed but what these tests need, each venue but native says which package it wants.
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
  holds TheSettingIsNamed grep -q 'to mend it: sysctl -w user.max_net_namespaces=10000' <<<"$out"
  holds TheEscalationIsSaid grep -q 'escalate to the owner' <<<"$out"
  expect JsonSaysThatItDoesNot 3 '"holds":false,"venues"' unshare -Ur bash -c "$forbid" "$immure" --json
else
  skip MissingNamespacesAreBlocked tool "needs unshare(1) and user namespaces"
fi
expect NoScratchDirectoryIsSaid 3 'BLOCKED: .*nowhere.*TMPDIR' env TMPDIR="$here/nowhere" "$immure" doctor
expect ResultsThatCannotBeWrittenAreAnError 70 'No space left' bash -c "\"$immure\" doctor >/dev/full"
export PATH=$own_path

# One venue alone.
for venue in native bubblewrap podman docker oci; do
  expect "OneVenueCanBeAskedFor/$venue" '0|3' "^$venue( --runtime [a-z]+)?: (holds|does not hold)" "$immure" doctor --venue "$venue"
  holds "TheOthersAreNotLookedAt/$venue" bash -c '! grep -E "^[a-z]+( --runtime [a-z]+)?: (holds|does not)" <<<"$1" | grep -v "^$2"' _ "$out" "$venue"
done
expect OneVenueCanBeAskedForAsJson 0 '"venue":"native"\}\]\}$' "$immure" doctor --venue native --json
expect AVenueThatIsNone 64 'there is no venue moon' "$immure" doctor --venue moon

# Hints are about the host, and fail nothing. The test mounts a new /proc in a namespace of its own to show both cases.
with_proc() { unshare -m bash -c 'mount -t proc -o "$0" proc /proc && exec "$@"' "$1" "$immure" doctor --venue native; }
if ((EUID == 0)) && with_proc hidepid=2 >/dev/null 2>&1; then
  expect AnOpenProcIsHinted 0 '^hint: every user .*,hidepid=2 /proc$' with_proc hidepid=0
  expect AHiddenProcIsNot 0 '^native: holds$' with_proc hidepid=2
  holds AHiddenProcIsNot/ItIsNotHinted bash -c '! grep -q "^hint: every user" <<<"$0"' "$out"
else
  skip AnOpenProcIsHinted tool "needs root"
fi
if [[ -r /proc/sys/debug/exception-trace ]]; then
  run "$immure" doctor --venue native
  same=$(grep -c '^hint: debug.exception-trace' <<<"$out")
  holds TheTraceIsHintedWhereItIsOn [ "$same" -eq "$(($(</proc/sys/debug/exception-trace) != 0))" ]
fi

# Inside a cell everything is missing, so each requirement is seen to say so.
mkdir empty
expect InsideACellNothingHolds 3 '^native: does not hold$' "$immure" run --no-evidence --in empty --out inside -- "$immure" doctor
for what in 'new user.*namespaces' Landlock 'seccomp filters' 'mounts made read-only' 'paths resolved' 'processes held' ptrace /proc; do
  holds "InsideACell/$what" grep -qE "^  missing  $what.*: (EPERM|ENOSYS)$" <<<"$out"
done
for what in PR_SET_MDWE 'the mount table'; do holds "InsideACell/$what" grep -qE "^  less     $what.*: EPERM" <<<"$out"; done
holds InsideACell/TheFilterIsNamed [ "$(grep -c 'to mend it: leave the container or sandbox' <<<"$out")" -ge 6 ]

expect NoOperandIsTaken 64 'nothing is to follow here' "$immure" doctor now

# A program that lies directly in the root of its image, which is a file among directories.
mkdir -p image/{in,out} input
cp "$immure" image/program
expect AProgramInTheRootRuns 0 '^immure [0-9]' "$immure" run --no-evidence --in input --out output --rootfs image -- \
  /program version
finish
