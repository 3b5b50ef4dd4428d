#!/bin/bash
# Another user of the host cannot block a run: neither by connecting to the socket of a venue before the entrypoint
# does, nor by starting and ending containers during the run.
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"

attacks=$root/tests/attack
mkdir -m 1777 tmp
mkdir input
chmod 755 . input
export TMPDIR=$here/tmp IMMURE_CACHE=$here/cache
cc -O1 -Wall -Wextra -o connect_first "$attacks/connect_first.c" || exit 70
bystander=
end_beside() { [[ -z $bystander ]] || kill "$bystander"; }
at_exit+=(end_beside)

# beside_bystander NAME USER COMMAND...: runs with a program of USER's that connects to every socket that it can reach.
beside_bystander() {
  local name=$1 user=$2
  shift 2
  coproc flood { exec setpriv --reuid="$user" --regid="$user" --clear-groups ./connect_first "$TMPDIR"; }
  bystander=$flood_PID
  read -r -u "${flood[0]}" _
  expect "$name" 0 '^finished$' "$@"
  kill "$bystander"
  wait "$bystander" 2>/dev/null
  bystander=
}

# sockets_of VENUE OPTION...: tries this as root, whose entrypoint is another user, and as an ordinary user, whose other
# programs are bystanders too.
sockets_of() {
  local venue=$1
  shift
  local run=("$immure" run --venue "$venue" "$@" --no-evidence --in input --out)
  if ((EUID == 0)); then
    beside_bystander "AStrangerOnTheSocketBlocksNoRun/$venue" 1005 "${run[@]}" out -- echo finished
    mkdir -p ordinary && chown 65534:65534 ordinary
    beside_bystander "AStrangerBlocksNoOrdinaryUsersRun/$venue" 1005 setpriv --reuid=65534 --regid=65534 --clear-groups \
      env IMMURE_CACHE="$here/ordinary/cache" "${run[@]}" ordinary/out -- echo finished
    beside_bystander "AProgramOfTheSameUserBlocksNoRun/$venue" 65534 setpriv --reuid=65534 --regid=65534 --clear-groups \
      env IMMURE_CACHE="$here/ordinary/cache" "${run[@]}" ordinary/out -- echo finished
    rm -rf ordinary/out
  fi
  rm -rf out
}

if ((EUID != 0)); then
  skip AStrangerOnTheSocketBlocksNoRun root 'needs root, which alone can be two users'
else
  if command -v bwrap >/dev/null; then sockets_of bubblewrap; else skip AStrangerOnTheSocketBlocksNoRun/bubblewrap tool 'needs bwrap'; fi
  if command -v runc >/dev/null; then sockets_of oci --runtime runc; else skip AStrangerOnTheSocketBlocksNoRun/oci tool 'needs runc'; fi
fi

# Containers that come and go. The test programs pretend to be a container, so that no container engine is needed.
cc -O1 -Wall -Wextra -o container "$attacks/container.c" && cc -O1 -Wall -Wextra -o end_meanwhile "$attacks/end_meanwhile.c" ||
  exit 70
mkdir -p mounts "$XDG_RUNTIME_DIR/runc/gone"
# ended WHEN: runs immure while a container ends; sets $code to the exit code.
ended() {
  coproc container { exec ./container "$here/mounts"; }
  bystander=$container_PID
  local pid start
  read -r -u "${container[0]}" pid start
  echo "{\"init_process_pid\":$pid,\"init_process_start\":$start}" >"$XDG_RUNTIME_DIR/runc/gone/state.json"
  rm -rf out
  run ./end_meanwhile "$pid" "$1" "$immure" run --venue native --no-evidence --in input --out out -- echo finished
  kill "$bystander" 2>/dev/null
  wait "$bystander" 2>/dev/null
  bystander=
}
if ((EUID != 0)); then
  skip ANumberOfAnEndedContainersNamespaceBlocksNoRun root 'needs root'
else
  ended 0
  if ((code == 0)); then ok ANumberOfAnEndedContainersNamespaceBlocksNoRun; else
    not_ok ANumberOfAnEndedContainersNamespaceBlocksNoRun "code $code" "$err"
  fi
  for ((when = 1; when < 100; ++when)); do
    ended "$when"
    ((code == 0)) || break
  done
  if ((code == 77 && when > 5)); then ok AContainerThatEndsAtAnyMomentBlocksNoRun; else
    not_ok AContainerThatEndsAtAnyMomentBlocksNoRun "code $code when it ends before look $when" "$err"
  fi
fi

# A stranger makes the directory in which an engine would keep the caller's containers. The test touches no other user's
# directory.
strangers=/tmp/podman-run-$EUID
if ((EUID != 0)); then
  skip AStrangersDirectoryOfStateBlocksNoRun root 'needs root'
elif ! mkdir "$strangers" 2>/dev/null; then
  skip AStrangersDirectoryOfStateBlocksNoRun busy "$strangers is there already"
else
  ln -s runc "$strangers/runc"
  chown -h 65534 "$strangers" "$strangers/runc"
  rm -rf out
  run "$immure" run --venue native --no-evidence --in input --out out -- echo finished
  if ((code == 0)); then ok AStrangersDirectoryOfStateBlocksNoRun; else
    not_ok AStrangersDirectoryOfStateBlocksNoRun "code $code" "$err"
  fi
  rm -rf "$strangers"
fi

# A stranger gives his own control group a name such as engines give to the groups of containers, and mounts the
# victim's input in this group. A user who runs immure then sees a "container" that shares the input.
hierarchy=/sys/fs/cgroup
[[ -d $hierarchy/pids ]] && hierarchy=$hierarchy/pids
pretended=$hierarchy/$(printf 'ab%.0s' {1..32})
if ((EUID != 0)); then
  skip AStrangersControlGroupBlocksNoRun root 'needs root, which alone can be two users'
elif ! mkdir "$pretended" 2>/dev/null; then
  skip AStrangersControlGroupBlocksNoRun machine "no control group can be made in $hierarchy"
else
  chown -R 1005:1005 "$pretended"
  chmod 755 "$here"
  # The shell enters the group as root, since another user's shell may not leave root's group.
  coproc stranger {
    echo "$BASHPID" >"$pretended/cgroup.procs"
    exec setpriv --reuid=1005 --regid=1005 --clear-groups unshare -Urm bash -c 'mount --bind "$0" /mnt && echo ready && exec sleep 600' "$here"
  }
  bystander=$stranger_PID
  read -r -u "${stranger[0]}" said
  same AStrangersControlGroupBlocksNoRun/IsReady ready "$said"
  mkdir -p ordinary && chown 65534:65534 ordinary
  rm -rf ordinary/out
  expect AStrangersControlGroupBlocksNoRun 0 '^finished$' setpriv --reuid=65534 --regid=65534 --clear-groups \
    env IMMURE_CACHE="$here/ordinary/cache" XDG_RUNTIME_DIR=/nowhere "$immure" run --venue native --no-evidence --in input \
    --out ordinary/out -- echo finished
  # Root looks in every user's directories of state. One of these directories is unreadable, so root looks at control
  # groups too.
  mkdir -p "/run/user/1005/runc" 2>/dev/null && chown 1005:1005 /run/user/1005 /run/user/1005/runc
  made=$(stat -c %u /run/user/1005)
  (cd /run/user/1005/runc && seq -f '%05g' 4200 | xargs mkdir)
  rm -rf out
  same AStrangersControlGroupBlocksNoRun/PlaceIsThere 1005 "$made"
  expect AStrangersControlGroupBlocksNoRunOfRoot 0 '^finished$' "$immure" run --venue native --no-evidence --in input \
    --out out -- echo finished
  rm -rf /run/user/1005 out
  kill "$bystander"
  wait "$bystander" 2>/dev/null
  bystander=
  rmdir "$pretended"
fi
finish
