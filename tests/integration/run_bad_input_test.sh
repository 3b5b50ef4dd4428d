#!/usr/bin/env bash
# Bad input of every kind. immure must refuse the input in one sentence that names the cause, run nothing and leave
# nothing behind.
# usage: run_bad_input_test.sh DIRECTORY-OF-PROGRAMS
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"
export LC_ALL=C.UTF-8 IMMURE_CACHE=$here/cache
limit=60

listing() {
  find . \( -path ./cache -o -path ./ordinary -o -name '.std*' -o -name .holds -o -name payloads \) -prune \
    -o -printf '%p %y %m %s\n' 2>/dev/null | sort
}

# refused NAME CODE WORDS COMMAND...: WORDS is an extended regular expression that the one line on standard error
# must hold.
refused() {
  local name=$1 wanted=$2 words=$3 before
  shift 3
  before=$(listing)
  run "$@"
  if [[ ! $code =~ ^($wanted)$ ]]; then
    not_ok "$name" "exit code $code, not $wanted, of: $*" "$out" "$err"
  elif [[ $out$err == *STARTED* ]]; then
    not_ok "$name: the payload ran" "$out" "$err"
  elif [[ $(wc -l <"$here/.stderr") -ne 1 || ! $err =~ ^immure:\  ]]; then
    not_ok "$name: not one sentence" "$err"
  elif ! grep -qE -- "$words" <<<"$err"; then
    not_ok "$name: nothing like /$words/" "$err"
  elif [[ $(listing) != "$before" ]]; then
    not_ok "$name: something is left or gone" "$(diff <(echo "$before") <(listing))"
  else
    ok "$name"
    return
  fi
  rm -rf made
}
go() { local name=$1 code=$2 words=$3; shift 3; refused "$name" "$code" "$words" "$immure" run "$@"; }

fixtures() {
  mkdir in in/sub empty full outer outer/inner bin2
  echo text >in/a
  touch full/thing
  printf '#!/bin/sh\necho STARTED\n: >/out/started\n' | make_script go.sh
  "$immure" keygen host.key >/dev/null
  plain=(--in in --out made --no-evidence)
  run "$immure" run "${plain[@]}" ./go.sh
  same TheTwinIsAccepted "0 STARTED started" "$code $out $(ls made)"
  rm -rf made
}

directories() {
  ln -s . here
  ln -s in link
  go InputIsMissing 3 'nothing: does not exist' --in nothing --out made --no-evidence ./go.sh
  go InputIsADevice 3 '/dev/null: is neither a regular file nor a directory' --in /dev/null --out made --no-evidence ./go.sh
  go InputIsALink 3 'link: is a symbolic link' --in link --out made --no-evidence ./go.sh
  go InputIsNotGiven 64 '--in' --out made --no-evidence ./go.sh
  go InputNameIsEmpty '3|64' '.' --in '' --out made --no-evidence ./go.sh
  go OutputIsNotGiven 64 '--out' --in in --no-evidence ./go.sh
  go OutputNameIsEmpty '3|64' '.' --in in --out '' --no-evidence ./go.sh
  go OutputIsInTheInput 3 'in' --in in --out in/sub --no-evidence ./go.sh
  go NewOutputIsInTheInput 3 'in/new' --in in --out in/new --no-evidence ./go.sh
  go OutputIsInTheInputThroughALink 3 'in/sub' --in in --out here/here/in/sub --no-evidence ./go.sh
  go InputIsInTheOutput 3 'outer' --in outer/inner --out outer --no-evidence ./go.sh
  go BothAreTheSame 3 'empty' --in empty --out empty --no-evidence ./go.sh
  go BothAreTheSameThroughALink 3 'empty' --in empty --out here/empty --no-evidence ./go.sh
  go OutputIsNotEmpty 3 'full: is not empty: it holds thing' --in in --out full --no-evidence ./go.sh
  go OutputIsAFile 3 'go.sh: is not a directory' --in in --out go.sh --no-evidence ./go.sh
  go OutputHasNoParent 3 'no/such' --in in --out no/such --no-evidence ./go.sh
  go OutputIsALink 3 'link: is a symbolic link' --in in --out link --no-evidence ./go.sh
  if [ "$(id -u)" -ne 0 ]; then
    mkdir shut && chmod 500 shut
    go OutputIsUnwritable 3 'shut' --in in --out shut --no-evidence ./go.sh
    go OutputParentIsUnwritable 3 'shut/new' --in in --out shut/new --no-evidence ./go.sh
    mkdir -m 0 closed
    go InputIsUnreadable 3 'closed' --in closed --out made --no-evidence ./go.sh
    mkdir partly && touch partly/secret && chmod 0 partly/secret
    go InputHoldsAnUnreadableFile 3 'secret' --in partly --out made --key host.key ./go.sh
    chmod 700 closed
  fi
}

channels() {
  mkdir fifo socket device fifo/deep
  mkfifo fifo/deep/pipe
  go InputHoldsAFifo 3 'fifo/deep/pipe: is a fifo' --in fifo --out made --no-evidence ./go.sh
  if command -v python3 >/dev/null &&
    python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket/sock")'; then
    go InputHoldsASocket 3 'socket/sock: is a socket' --in socket --out made --no-evidence ./go.sh
  else
    skip InputHoldsASocket tool 'no python3 to make one'
  fi
  if mknod device/null c 1 3 2>/dev/null; then
    go InputHoldsADevice 3 'device/null: is a char' --in device --out made --no-evidence ./go.sh
    mknod device/a b 7 0
    go InputHoldsABlockDevice 3 'device/a: is a block' --in device --out made --no-evidence ./go.sh
  else
    skip InputHoldsADevice root 'only root makes one'
  fi
}

# patched NAME OFFSET BYTES: makes a copy of the program with these bytes at OFFSET.
patched() {
  cp "$program" "$1"
  printf '%b' "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

programs() {
  program=$(payload nothing -static -x c - <<<'int main(void) { return 0; }')
  run "$immure" run "${plain[@]}" "$program"
  same ProgramsTwinIsAccepted 0 "$code"
  rm -rf made
  go ProgramIsNotGiven 64 PROGRAM "${plain[@]}"
  go ProgramIsMissing 3 'nowhere' "${plain[@]}" ./nowhere
  go ProgramHasNoName 64 "the program's name: is empty" "${plain[@]}" ''
  go ProgramIsNotInPath 3 'no-such-program' "${plain[@]}" no-such-program
  go ProgramIsADirectory 3 'in' "${plain[@]}" ./in
  cp go.sh plain.sh && chmod 644 plain.sh
  go ProgramIsNotExecutable 3 'plain.sh' "${plain[@]}" ./plain.sh
  cp "$program" suid && chmod 4755 suid
  go ProgramIsSetUserId 3 'suid.*set-user-ID' "${plain[@]}" ./suid
  cp "$program" sgid && chmod 2755 sgid
  go ProgramIsSetGroupId 3 'sgid' "${plain[@]}" ./sgid
  patched foreign 18 '\xb7\x00'
  [ "$(uname -m)" = x86_64 ] || patched foreign 18 '\x3e\x00'
  go ProgramIsOfAnotherArchitecture 3 'foreign' "${plain[@]}" ./foreign
  patched narrow 4 '\x01'
  go ProgramIsOf32Bits 3 'narrow' "${plain[@]}" ./narrow
  head -c 40 "$program" >piece && chmod 755 piece
  go ProgramIsCutShort 3 'piece' "${plain[@]}" ./piece
  : >hollow && chmod 755 hollow
  go ProgramIsEmpty 3 'hollow' "${plain[@]}" ./hollow
  echo 'nothing of the kind' >words && chmod 755 words
  go ProgramIsNoProgram 3 'words' "${plain[@]}" ./words
  printf '#!/no/such/interpreter\n' | make_script orphan
  go InterpreterIsMissing 3 '/no/such/interpreter' "${plain[@]}" ./orphan
  printf '#!./loop\n' | make_script loop
  go InterpreterIsItself 3 'loop' "${plain[@]}" ./loop
  mkfifo queue && chmod 755 queue
  go ProgramIsAFifo 3 'queue' "${plain[@]}" ./queue
  if [ "$(id -u)" -ne 0 ]; then
    cp "$program" unreadable && chmod 111 unreadable
    go ProgramIsUnreadable 3 'unreadable' "${plain[@]}" ./unreadable
    chmod 755 unreadable
  fi
  go RootDirectoryIsMissing 3 'no-root' "${plain[@]}" --rootfs no-root /bin/sh
}

# bad_profile NAME WORDS: immure must refuse the profile on standard input.
bad_profile() {
  cat >"$1.toml"
  go "$1" 3 "$1.toml$2" "${plain[@]}" --profile "./$1.toml" ./go.sh
}

profiles() {
  printf 'base = "dynamic"\n[limits]\nwall = "10s"\n' >good.toml
  run "$immure" run "${plain[@]}" --profile ./good.toml ./go.sh
  same ProfilesTwinIsAccepted 0 "$code"
  rm -rf made
  go ProfileIsMissing 3 'none.toml' "${plain[@]}" --profile ./none.toml ./go.sh
  go ProfileIsUnknown '3|64' 'nonesuch' "${plain[@]}" --profile nonesuch ./go.sh
  go ProfileIsADirectory 3 '\./in' "${plain[@]}" --profile ./in ./go.sh
  bad_profile LineIsNoToml ':2' <<<$'base = "dynamic"\nthis is no line'
  bad_profile KeyIsUnknown ':2:colour: unknown key' <<<$'base = "dynamic"\ncolour = 1'
  bad_profile LimitIsUnknown ':2:limits.speed: unknown key' <<<$'[limits]\nspeed = 1'
  bad_profile BaseIsOfTheWrongType ':1:base: must be a text' <<<'base = 1'
  bad_profile BaseIsUnknown ':1:base: must be' <<<'base = "weak"'
  bad_profile LimitIsOfTheWrongType ':2:limits.memory: must be a size' <<<$'[limits]\nmemory = 5'
  bad_profile LimitIsOutOfRange ':2:limits.files: out of range' <<<$'[limits]\nfiles = 1'
  bad_profile LimitIsNegative ':2:limits.processes' <<<$'[limits]\nprocesses = -1'
  bad_profile TableIsNoTable ':1:limits: must be a table' <<<'limits = 1'
  bad_profile VariableHasNoName ':2:environment' <<<$'[environment]\n"A B" = "x"'
  bad_profile IncludeIsRelative ':2:image.include' <<<$'[image]\ninclude = ["etc"]'
  echo 'unsafe_syscalls = ["no_such_call"]' >syscall.toml
  go SyscallIsUnknown 3 'syscall: unsafe_syscalls: .*no_such_call' "${plain[@]}" --profile ./syscall.toml ./go.sh
  bad_profile KeyIsGivenTwice ':2' <<<$'base = "static"\nbase = "static"'
  bad_profile TextIsNotClosed ':1' <<<'base = "static'
  printf '[image]\ninclude = ["/no/such/file"]\n' >include.toml
  go IncludeIsMissing 3 '/no/such/file' "${plain[@]}" --profile ./include.toml ./go.sh
}

keys() {
  signed=(--in in --out made)
  cp host.key open.key && chmod 644 open.key
  go KeyIsReadableByOthers 3 'open.key' "${signed[@]}" --key open.key ./go.sh
  cp host.key group.key && chmod 640 group.key
  go KeyIsReadableByTheGroup 3 'group.key' "${signed[@]}" --key group.key ./go.sh
  (umask 077 && echo 'no key at all' >words.key && : >hollow.key && head -n 1 host.key >cut.key)
  go KeyIsNotPem 3 'words.key' "${signed[@]}" --key words.key ./go.sh
  go KeyIsEmpty 3 'hollow.key' "${signed[@]}" --key hollow.key ./go.sh
  go KeyIsCutShort 3 'cut.key' "${signed[@]}" --key cut.key ./go.sh
  (umask 077 && cp host.pub private.pub && chmod 600 private.pub)
  go KeyIsThePublicOne 3 'private.pub.*(public|private)' "${signed[@]}" --key private.pub ./go.sh
  go KeyIsMissing 3 'none.key' "${signed[@]}" --key none.key ./go.sh
  go KeyIsADirectory 3 'in' "${signed[@]}" --key in ./go.sh
  if command -v openssl >/dev/null; then
    (umask 077 && openssl genpkey -algorithm X25519 -out other.key 2>/dev/null)
    go KeyIsOfAnotherKind 3 'other.key' "${signed[@]}" --key other.key ./go.sh
  fi
  mkdir vault && cp host.key vault/ && chmod 600 vault/host.key
  go KeyIsInTheInput 3 'vault/host.key' --in vault --out made --key vault/host.key --evidence e.json ./go.sh
}

evidence() {
  signed=(--in in --out made --key host.key)
  go EvidenceHasNoDirectory 3 'no/such/e.json' "${signed[@]}" --evidence no/such/e.json ./go.sh
  go EvidenceIsInTheInput 3 'in/e.json' "${signed[@]}" --evidence in/e.json ./go.sh
  go EvidenceIsInTheOutput 3 'empty/e.json' --in in --out empty --key host.key --evidence empty/e.json ./go.sh
  go EvidenceIsADirectory 3 'full' "${signed[@]}" --evidence full ./go.sh
  go EvidenceIsTheKey 3 'host.key' "${signed[@]}" --evidence host.key ./go.sh
  go EvidenceNeedsAKey 64 '--evidence' --in in --out made --evidence e.json ./go.sh
  go NonceIsNone '3|64' 'nonce' "${signed[@]}" --nonce short ./go.sh
  go VariableHasNoValue 64 'HOME' "${signed[@]}" --env HOME ./go.sh
  go TimeIsNone 64 'soon' "${signed[@]}" --timeout soon ./go.sh
  go OptionIsUnknown 64 '--frobnicate' "${signed[@]}" --frobnicate ./go.sh
}

# Runs immure in a user namespace in which no further user namespace may be made. An ordinary user keeps its id there.
no_user_namespaces() {
  local -a inside=(unshare --user --map-current-user --keep-caps)
  if ! "${inside[@]}" sh -c 'echo 0 >/proc/sys/user/max_user_namespaces' 2>/dev/null; then
    skip NoUserNamespaces kernel 'cannot be simulated here'
    return
  fi
  local words='namespace.*user.max_user_namespaces'
  # Root in a user namespace fails at an earlier step.
  [ "$(id -u)" -ne 0 ] || words=.
  # shellcheck disable=SC2016 # expanded inside
  refused NoUserNamespaces 3 "$words" "${inside[@]}" sh -c 'echo 0 >/proc/sys/user/max_user_namespaces; exec "$@"' - \
    "$immure" run --venue native "${plain[@]}" ./go.sh
}

# The kernel makes no user namespace for a process in a chroot (user_namespaces(7)).
chroot_of_root() {
  [ "$(id -u)" -eq 0 ] || return 0
  mkdir -p jail/proc jail/dev jail/in
  cp "$immure" jail/immure
  expect InAChroot 3 'BLOCKED: .*leave the chroot' unshare --mount sh -c 'mount --rbind /proc jail/proc; mount --rbind /dev jail/dev; exec chroot jail "$@"' - \
    /immure run --in /in --out /out --no-evidence -- /immure
  same InAChroot/NoOutputDirectory '' "$(ls -d jail/out 2>/dev/null)"
  # immure has packed an image inside the chroot, whose directories are read-only.
  chmod -R u+w jail && rm -r jail
}

# Runs a test in a new mount namespace, where the test mounts a disk of 256 KiB or gives a directory a second name.
in_mounts() {
  local -a inside=(unshare --mount)
  [ "$(id -u)" -eq 0 ] || inside=(unshare --user --map-current-user --keep-caps --mount)
  "${inside[@]}" bash -c "$1"
}
full_disk() {
  if ! in_mounts 'mount -t tmpfs none /mnt' 2>/dev/null; then
    skip AFullDisk kernel 'cannot mount here'
    return
  fi
  mkdir disk
  make_script large.sh <<'END'
#!/bin/sh
echo STARTED
line='one line of many, a hundred bytes or so, until the disk is full, and on and on and on and on'
i=0
while [ $i -lt 4000 ]; do
  for name in large larger largest; do echo "$i: $line" >>/out/$name; done
  i=$((i + 1))
done
: >/out/small
END
  export immure
  local report
  report=$(in_mounts '
    mount -t tmpfs -o size=256k none disk && dd if=/dev/zero of=disk/fill bs=4k status=none 2>/dev/null
    "$immure" run --in in --out made --key host.key --evidence disk/e.json ./go.sh >.stdout 2>.stderr
    echo "code $?"
    find disk made -mindepth 1 -printf "%p %s\n" | sort')
  if grep -qE '^code (3|64|70)$' <<<"$report"; then ok EvidenceOnAFullDisk; else not_ok EvidenceOnAFullDisk "$report" "$(<.stderr)"; fi
  if grep -q 'e.json' .stderr; then ok EvidenceOnAFullDisk/IsReported; else not_ok EvidenceOnAFullDisk/IsReported "$(<.stderr)"; fi
  same EvidenceOnAFullDisk/NothingHalfWritten "disk/fill" "$(grep -o '^disk/[^ ]*' <<<"$report")"
  rm -rf made
  report=$(in_mounts '
    mount -t tmpfs -o size=256k none disk && mkdir disk/out
    "$immure" run --in in --out disk/out --key host.key --evidence e.json ./large.sh >.stdout 2>.stderr
    echo "code $?"
    find disk -mindepth 1 -printf "%p %s\n" | sort')
  if grep -qE '^code 70$' <<<"$report"; then ok HarvestOnAFullDisk; else not_ok HarvestOnAFullDisk "$report" "$(<.stderr)"; fi
  if grep -q 'disk/out/large' .stderr; then ok HarvestOnAFullDisk/IsReported; else not_ok HarvestOnAFullDisk/IsReported "$(<.stderr)"; fi
  same HarvestOnAFullDisk/NothingHalfWritten "" "$(grep 'disk/out/.*large' <<<"$report")"
  same HarvestOnAFullDisk/NoEvidence "" "$(ls e.json 2>/dev/null)"
  report=$(in_mounts '
    mount --bind in full && "$immure" run --in in --out full --no-evidence ./go.sh 2>&1
    echo "code $?"
    mount --bind empty disk && "$immure" run --in empty --out disk --no-evidence ./go.sh 2>&1
    echo "code $?"')
  same BothAreTheSameByABindMount 'code 3 code 3' "$(grep -o '^code .*' <<<"$report" | xargs)"
  same BothAreTheSameByABindMount/NothingRan '' "$(grep STARTED <<<"$report")"
}

everybody fixtures directories channels programs profiles keys evidence no_user_namespaces chroot_of_root full_disk
