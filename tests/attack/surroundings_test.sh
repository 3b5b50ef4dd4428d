#!/bin/bash
# immure starts in odd surroundings: under low limits, with odd descriptors, signals, directories and variables, as the
# first process, under a tracer, in a container. If immure cannot start, it says the true reason and what to do, in one
# line. As root this test tries everything twice, the second time as an ordinary user.
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"

chmod 755 .
mkdir -m 755 input && echo words >input/a.txt
if ((EUID == 0)); then as_ordinary_user; fi
mkdir -m 711 tmp
export TMPDIR=$here/tmp IMMURE_CACHE=$here/cache
run=("$immure" run --venue native --no-evidence --in input --out out -- cat /in/a.txt)
walled=("$immure" run --venue bubblewrap --no-evidence --in input --out out -- cat /in/a.txt)
"${run[@]}" >/dev/null 2>&1 # so that the image is in the cache
rm -rf out

# works NAME COMMAND...: the run must work as usual.
works() {
  local name=$1
  shift
  expect "$name" 0 '^words$' "$@"
  rm -rf out
}
# refused NAME REASON COMMAND...: immure must say BLOCKED for this reason, in one line that blames neither immure nor
# Yama.
refused() {
  local name=$1 reason=$2
  shift 2
  expect "$name" 3 "^immure: BLOCKED: .*$reason" "$@"
  if [[ $(grep -c . <<<"$err") == 1 && $err != *'\x0a'* && $err != *'fault of immure'* && $err != *'terminate called'* ]]; then
    ok "$name/InOneLine"
  else
    not_ok "$name/InOneLine" "$err"
  fi
  holds "$name/NothingIsLeft" [ -z "$(ls -A tmp)" ]
  rm -rf out
}
# with_ignored SIGNAL COMMAND..., with_blocked: starts the command as a parent that ignores or blocks the signal would.
with_ignored() { python3 -c 'import os, signal, sys
signal.signal(getattr(signal, sys.argv[1]), signal.SIG_IGN)
os.execv(sys.argv[2], sys.argv[2:])' "$@"; }
with_blocked() { python3 -c 'import os, signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
os.execv(sys.argv[1], sys.argv[1:])' "$@"; }

# Limits.
works WithoutCoreDumps prlimit --core=0:0 "${run[@]}"
works WithTheLimitsOfAHardenedHost prlimit --core=0:0 --nofile=1024:4096 --nproc=4096:4096 --memlock=65536:65536 "${run[@]}"
works WithLowSoftLimits prlimit --core=0:1 --nofile=24: --fsize=100: "${run[@]}"
works WithASmallStack prlimit --stack=524288:524288 "${run[@]}"
works WithoutLockedMemoryAndPendingSignals prlimit --memlock=0:0 --sigpending=0:0 --msgqueue=0:0 "${run[@]}"
if [[ $(setpriv --dump | grep -c sys_resource) == 0 || $EUID != 0 ]]; then
  # Root with all its capabilities can raise these limits.
  refused WithFewProcesses 'hard limit of processes is 5, .*ulimit -H -u 6[45]' prlimit --nproc=5:5 "${run[@]}"
  refused WithFewDescriptors 'hard limit of open files is 64, .*ulimit -H -n' prlimit --nofile=64:64 "${run[@]}"
  refused WithSmallFiles 'hard limit of file sizes is 1000, .*ulimit -H -f' prlimit --fsize=1000:1000 "${run[@]}"
  refused WithLittleData 'hard limit of data is 100000000, .*ulimit -H -d' prlimit --data=100000000:100000000 "${run[@]}"
  refused WithLittleTime 'hard limit of processor time is 9, .*ulimit -H -t' prlimit --cpu=9:9 "${run[@]}"
fi
for count in 3 8 16 24; do
  refused "WithTooFewDescriptors/$count" '(EMFILE|EBADF).*ulimit -' prlimit --nofile=$count:$count "${run[@]}"
done
refused WithLittleMemory 'limit of data.*ulimit -H -d' prlimit --data=1200000:1200000 "${run[@]}"
expect AFileThatMayNotGrowIsNoSignal '3|70' 'EFBIG.*ulimit -f' prlimit --fsize=4096:4096 env IMMURE_CACHE="$here/other" "${run[@]}"
rm -rf out

# Directories and variables.
works WithoutHome env -u HOME -u XDG_CACHE_HOME "${run[@]}"
works WithoutAnyVariable env -i IMMURE_CACHE="$IMMURE_CACHE" "${run[@]}"
works WithUmask0777 bash -c 'umask 0777; exec "$@"' _ "${run[@]}"
mkdir gone
works InADirectoryThatIsGone bash -c 'cd gone && rmdir ../gone && exec "$@"' _ \
  "$immure" run --venue native --no-evidence --in "$here/input" --out "$here/out" -- cat /in/a.txt
if command -v bwrap >/dev/null; then
  works WithARelativeTmpdir env TMPDIR=tmp "${walled[@]}"
  ln -s tmp link
  works WithATmpdirThatIsALink env TMPDIR="$here/link" "${walled[@]}"
  refused WithoutItsTmpdir 'nowhere: .*ENOENT.*Set TMPDIR' env TMPDIR="$here/nowhere" "${walled[@]}"
  long=$here/tmp/$(printf 'x%.0s' {1..90})
  mkdir "$long"
  expect WithALongTmpdir 3 'TMPDIR: is too long for a socket .*Set TMPDIR to a shorter path' env TMPDIR="$long" "${walled[@]}"
  rmdir "$long"
  rm -rf out
  if ((EUID == 0)); then
    mkdir -m 700 own
    refused WithATmpdirOfRootAlone 'own: another user cannot enter it.*Set TMPDIR' env TMPDIR="$here/own" "${walled[@]}"
    mkdir foreign unsafe readonly && chown 1005 foreign && chmod 777 unsafe
    refused WithATmpdirOfAnotherUser 'foreign: is no safe place.*belongs to user 1005.*Set TMPDIR' env TMPDIR="$here/foreign" "${walled[@]}"
    refused WithATmpdirThatAnybodyChanges 'unsafe: is no safe place.*Set TMPDIR' env TMPDIR="$here/unsafe" "${walled[@]}"
    mkdir foreign/mine
    refused WithATmpdirBelowOneOfAnotherUser 'foreign: is no safe place' env TMPDIR="$here/foreign/mine" "${walled[@]}"
    holds NothingIsMadeThere [ -z "$(find foreign unsafe -mindepth 1 -not -name mine)" ]
    # shellcheck disable=SC2016 # words for the inner shell
    refused WithATmpdirThatIsReadOnly 'EROFS.*Set TMPDIR' unshare -m bash -c 'mount -t tmpfs -o ro x "$0" && exec "$@"' "$here/readonly" env TMPDIR="$here/readonly" "${walled[@]}"
    mkdir -p noexec
    # shellcheck disable=SC2016
    refused WithACacheThatIsNoexec 'mounted noexec.*Set IMMURE_CACHE' unshare -m bash -c \
      'mount -t tmpfs -o noexec x noexec && exec env IMMURE_CACHE="$0" "$@"' "$here/noexec/cache" "${run[@]}"
  fi
else
  skip WithATmpdirThatIsALink tool 'needs bwrap'
fi

# Descriptors and signals.
works WithoutStandardInput bash -c '"$@" <&-' _ "${run[@]}"
works WithoutStandardError bash -c '"$@" 2>&-' _ "${run[@]}"
works WithoutInputAndError bash -c '"$@" <&- 2>&-' _ "${run[@]}"
rm -rf out
# The text that the program prints is lost. An exit code of success must not hide this.
expect WithoutAnyDescriptor 70 '' bash -c '"$@" <&- >&- 2>&-' _ "${run[@]}"
rm -rf out
if command -v python3 >/dev/null; then
  for signal in SIGCHLD SIGPIPE SIGHUP SIGINT SIGTERM; do works "WithAnIgnoredSignal/$signal" with_ignored "$signal" "${run[@]}"; done
  works WithBlockedSignals with_blocked "${run[@]}"
  if command -v bwrap >/dev/null; then works WithIgnoredChildrenInAVenue with_ignored SIGCHLD "${walled[@]}"; fi
else
  skip WithAnIgnoredSignal tool 'needs python3'
fi

# Tracers, pid namespaces.
if command -v strace >/dev/null; then
  works UnderATracerOfItsOwn strace -o trace "${run[@]}"
  refused UnderATracerOfItsChildren 'strace\) traces it already.*run immure without it' strace -f -o trace "${run[@]}"
else
  skip UnderATracerOfItsOwn tool 'needs strace'
fi
if ((EUID == 0)); then
  works AsAFirstProcess unshare -pf --mount-proc "${run[@]}"
  refused WithAForeignProc '/proc/self is .*/proc belongs to another pid namespace.*mount -t proc' unshare -pf "${run[@]}"
fi

# Limits of namespaces. The test sets these limits for its own user namespace, not for the machine.
# beside_one COMMAND...: runs the command while another user namespace exists.
beside_one() {
  unshare -U sh -c 'echo ready; exec sleep 300' >theirs/held &
  local other=$!
  until grep -qs ready theirs/held; do kill -0 $other 2>/dev/null || return 70; sleep 0.01; done
  "$@"
  local result=$?
  kill $other
  return $result
}
if ((EUID == 0)) && cc -O1 -Wall -Wextra -o few "$root/tests/attack/few_namespaces.c" &&
  ./few 65534 user 100 true 2>/dev/null; then
  mkdir -m 777 theirs
  of_theirs=(env IMMURE_CACHE="$here/theirs/cache" "$immure" run --venue native --no-evidence --in "$here/input" --out "$here/theirs/out" -- cat /in/a.txt)
  # Copy the program to where that user may read it.
  cp "$immure" theirs/immure && of_theirs[2]=$here/theirs/immure
  works WithRoomForNamespaces ./few 65534 user 1 "${of_theirs[@]}"
  for kind in user mnt pid net ipc uts cgroup; do
    rm -rf theirs/out
    refused "WithoutRoomForNamespaces/$kind" "namespaces: cannot be made: .*user.max_${kind}_namespaces=10000" ./few 65534 "$kind" 0 "${of_theirs[@]}"
  done
  export -f beside_one
  refused WithTheLastNamespaceTaken 'namespaces: cannot be made: .*raise the sysctls user.max_\*_namespaces' \
    ./few 65534 user 1 bash -c 'beside_one "$@"' _ "${of_theirs[@]}"
else
  skip WithoutRoomForNamespaces root 'needs root, which alone may map several users'
fi

# Another process kills a process of the run at each moment at which the supervisor looks at it.
if ((EUID == 0)) && cc -O1 -Wall -Wextra -o end_meanwhile "$root/tests/attack/end_meanwhile.c"; then
  killed=0
  for ((moment = 1; moment < 100; ++moment)); do
    rm -rf out
    run timeout 60 ./end_meanwhile cell "$moment" "${run[@]}"
    ((code == 0)) && continue
    ((code == 3)) || break
    [[ $(grep -c . <<<"$err") == 1 && $err == *' killed'*'Try again'* && -z $(ls -A tmp) ]] || break
    killed=$((killed + 1))
  done
  if ((code == 77 && killed > 5)); then ok AKilledCellIsReportedAsKilled; else
    not_ok AKilledCellIsReportedAsKilled "exit code $code when it is killed at look $moment, after $killed" "$err"
  fi
  rm -rf out
fi

# Run immure in a container with its engine's defaults.
# in_container ENGINE WORDS...: WORDS start a container, up to the name of its image.
in_container() {
  local engine=$1
  shift
  local container=("$@" --network=none -e IMMURE_CACHE=/tmp/cache)
  local inside=(immure-surroundings /bin/immure run --venue native --no-evidence --in /in --out /tmp/out -- /bin/immure version)
  refused "InAContainer/$engine/AsRoot" 'user id 0: does not have all of root.s capabilities.*as an ordinary user' "${container[@]}" "${inside[@]}"
  refused "InAContainer/$engine/AsAnOrdinaryUser" 'filter denies the call.*--security-opt seccomp=FILE.*immure export seccomp' \
    "${container[@]}" --user 1000:1000 "${inside[@]}"
  expect "InAContainer/$engine/WithTheFilterThatItNames" 0 '^immure [0-9]' "${container[@]}" --user 1000:1000 \
    --security-opt "seccomp=$here/immure.json" "${inside[@]}"
  expect "InAContainer/$engine/DoctorSaysWhy" 3 'native: does not hold' "${container[@]}" --user 1000:1000 immure-surroundings /bin/immure doctor
  holds "InAContainer/$engine/DoctorNamesTheFilter" grep -qE 'BLOCKED: .*filter denies the call' <<<"$out"
  holds "InAContainer/$engine/DoctorBlamesNobodyElse" bash -c '! grep -qE "fault of immure|x0a|a kernel of at least 5.13" <<<"$0"' "$out"
}
if ((EUID == 0)); then
  mkdir -p image/{bin,in,tmp,proc,dev,sys,etc} && chmod 1777 image/tmp
  cp "$immure" image/bin/ && tar -C image -cf image.tar .
  "$immure" export seccomp >immure.json
  if command -v podman >/dev/null && command -v runc >/dev/null; then
    store=(podman --runtime runc --root "$here/store" --runroot "$XDG_RUNTIME_DIR/r" --storage-driver=vfs)
    "${store[@]}" import image.tar immure-surroundings >/dev/null 2>&1
    in_container podman "${store[@]}" run --rm --pull=never --ulimit nofile=1024:1024 --ulimit nproc=4096:4096
    "${store[@]}" rmi --force immure-surroundings >/dev/null 2>&1
  else
    skip InAContainer/podman tool 'needs podman and runc'
  fi
  # shellcheck source=tests/integration/dockerd.bash
  source "$root/tests/integration/dockerd.bash"
  start_dockerd
  if command -v docker >/dev/null && docker version >/dev/null 2>&1; then
    docker import image.tar immure-surroundings >/dev/null
    in_container docker docker run --rm --pull=never
    docker image rm --force immure-surroundings >/dev/null
  else
    skip InAContainer/docker tool 'needs docker and a daemon, or root to start one'
  fi
  stop_dockerd
fi
finish
