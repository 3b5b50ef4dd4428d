#!/usr/bin/env bash
# Tests calls that cannot reach another process, calls that are feigned, and calls that a profile may add by
# unsafe_syscalls.
# usage: calls_test.sh DIRECTORY-OF-PROGRAMS
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"
export LC_ALL=C.UTF-8 IMMURE_CACHE=$here/cache
limit=300

program=$(payload calls "$root/tests/integration/calls.c")
cd "$here" || exit 70
mkdir in && echo text >in/a
"$immure" keygen host.key >/dev/null

# answers NAME ANSWER: the program must have printed this answer for this call.
answers() {
  if grep -qx "$1 $2" <<<"$said"; then ok "$profile/$1"; else not_ok "$profile/$1" "not $2: $(grep "^$1 " <<<"$said")"; fi
}

each_call() {
  expect "$profile/Runs" 0 '' "$immure" run --in in --out "out-$profile" --key host.key --evidence e.json --replace \
    --profile "$profile" -- "$program"
  said=$out
  expect "$profile/EvidenceIsAccepted" 0 '^ACCEPTED' "$immure" verify e.json --key host.pub
  local name answer
  while read -r name answer; do answers "$name" "$answer"; done <<'TABLE'
flock ok
lock-record ok
ask-for-lock ok
lock-of-somebody 0
write ok
fchmod ok
fchmod-set-uid EPERM
chmod-set-gid EPERM
fallocate ok
truncate ok
utimes ok
copy-from-output EBADF
mkdir ok
rmdir ok
chmod-input EROFS
truncate-input EROFS
utimes-input EROFS
rmdir-input EROFS
rename-input EROFS
timer-by-epoll 1
eventfd ok
alarm 1
own-user ok
root-user EPERM
session ok
signal-itself ok
signal-nobody ESRCH
younger-call ENOSYS
vfork ok
core-limit ok
core-limit-is 1
no-dumps ok
fewer-files ok
more-files EPERM
TABLE
}

# Tries every system call of the machine: immure refuses a profile that names the call, and names the test that needs
# the denial; or else immure accepts a run with all the other calls at once.
every_call_by_name() {
  local names name free=() refused=0
  names=$(echo '#include <sys/syscall.h>' | cc -E -dM - 2>/dev/null | sed -n 's/^#define __NR_\([a-z_0-9]*\) .*/\1/p' | sort -u)
  [ -n "$names" ] || { skip EveryCallByName tool 'needs cc and the headers of the kernel'; return; }
  for name in $names; do
    printf 'unsafe_syscalls = ["%s"]\n' "$name" >one.toml
    run "$immure" profile diff dynamic ./one.toml
    if [ "$code" -le 1 ]; then
      free+=("\"$name\"")
    elif [[ $err == *"(test #"* ]]; then
      refused=$((refused + 1))
    else
      not_ok "ByName/$name" "$err"
    fi
  done
  if [ "$refused" -gt 100 ]; then ok RefusedByNameWithTheirTest; else not_ok RefusedByNameWithTheirTest "only $refused"; fi
  local IFS=,
  printf 'base = "dynamic"\nunsafe_syscalls = [%s]\n' "${free[*]}" >all.toml
  unset IFS
  expect AllOthersAtOnce 0 '' "$immure" run --in in --out out-all --key host.key --evidence all.json --replace \
    --profile ./all.toml -- "$program"
  expect AllOthersAtOnce/EvidenceIsAccepted 0 '^ACCEPTED' "$immure" verify all.json --key host.pub
}

for profile in dynamic python; do each_call; done
every_call_by_name
finish
