#!/bin/bash
# Tries channels out of a cell and into a cell that need no file, socket or privilege: futexes of files that several
# processes map, merged memory, names of tasks, inherited settings, core dumps, credentials in variables.
# Usage: channels_test.sh BIN_DIR
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"

cc -O1 -Wall -Wextra -o channels "$root/tests/attack/channels.c" || exit 70
mkdir in
head -c 4096 /dev/zero | tr '\0' '\1' >in/lock
chmod 755 "$here" in
waiter=
end_beside() { [[ -z $waiter ]] || kill "$waiter" 2>/dev/null; }
at_exit+=(end_beside)

# in_cell WORD...: runs the program in a cell, as the user $who, with the command words $around before immure.
around=()
in_cell() {
  rm -rf "${home:?}/$output"
  "${who[@]}" mkdir "$home/$output"
  "${who[@]}" env HOME="$home" IMMURE_CACHE="$home/cache" timeout 60 "${around[@]}" "$home/immure" run --in in \
    --out "$home/$output" --no-evidence "${options[@]}" -- "$home/channels" "$@"
}
options=() output=out

# tries NAME PATTERN WORD...: the text that the program in the cell prints must match PATTERN.
tries() { expect "$1/$mode" 0 "$2" in_cell "${@:3}"; }

# The cell must neither wake nor move a process of the host that waits on a lock in the input.
host_waiter() {
  coproc waiting { exec ./channels wait in/lock; }
  waiter=$waiting_PID
  read -r -u "${waiting[0]}" _
  tries AWaiterOfTheHostIsNotMoved '^requeue: Operation not permitted$' requeue /in/lock
  tries AWaiterOfTheHostIsNotWoken '^wake: Operation not permitted$' wake /in/lock
  kill "$waiter" 2>/dev/null
  wait "$waiter" 2>/dev/null
  waiter=
}

# Two cells have the same image, so they share the file of the program.
two_cells() {
  coproc listening { in_cell wait; }
  waiter=$listening_PID
  read -r -u "${listening[0]}" _
  output=second
  tries OneCellDoesNotWakeAnother '^wake: Operation not permitted$' wake
  output=out
  wait "$waiter" 2>/dev/null
  waiter=
}

inherited() {
  local one two
  if setarch -R true 2>/dev/null; then
    around=(setarch -R)
    run in_cell stack
    one=$out
    run in_cell stack
    two=$out
    around=()
    if [[ $one == "stack 0x"* && $one != "$two" ]]; then ok "AddressesStayRandom/$mode"; else
      not_ok "AddressesStayRandom/$mode" "$one" "$two" "$err"
    fi
  else
    skip "AddressesStayRandom/$mode" tool 'needs setarch -R'
  fi
  around=(bash -c 'trap "" HUP INT CHLD PIPE; exec "$@"' -)
  tries IgnoredSignalsAreNotInherited '^signals: No such file or directory$' signals
  around=(bash -c 'umask 0777; exec "$@"' -)
  tries AnyUmaskWillDo '^name: ' name
  around=(bash -c 'ulimit -H -c 0; exec "$@"' -)
  if ((EUID == 0)) && [[ $mode == root ]] || [[ $(</proc/sys/kernel/core_pattern) != '|'* ]]; then
    tries AHardCoreLimitOfZeroIsEnough '^name: ' name
  else
    expect "AHardCoreLimitOfZeroAndAPipeBlock/$mode" 3 'core-file-size 1' in_cell name
  fi
  around=()
}

# No message may show the value of a credential.
credentials() {
  local value
  # Put the values together here, so that secret scanners find no secret in this file.
  for value in ghp_"a1B2c3D4e5F6g7H8i9J0k1L2" AKIA"IOSFODNN7EXAMPLE" postgres://me:"hunter2secret"@db/x; do
    options=(--env "SETTING=$value")
    expect "CredentialsAreKnownByTheirValues/${value:0:4}/$mode" 3 '#32 .*SETTING' in_cell name
    if grep -qF -- "$value" .stdout .stderr; then not_ok "NoMessageShowsACredential/$mode" "$err"; else ok "NoMessageShowsACredential/${value:0:4}/$mode"; fi
  done
  options=(--env MAX_TOKENS=100 --env TOKENIZERS_PARALLELISM=false)
  tries CountedTokensAreNoCredentials '^name: ' name
  options=()
}

everything() {
  mode=$1
  who=("${@:2}")
  home=$here/$mode
  mkdir "$home"
  cp "$immure" channels "$home/"
  [[ $mode != ordinary ]] || chown -R 65534:65534 "$home"
  host_waiter
  two_cells
  tries MemoryIsNotMerged '^merge: Operation not permitted$' merge
  tries TasksKeepTheirNames '^name: Operation not permitted$' name
  if [[ $(uname -m) == x86_64 ]]; then tries ForeignCallsLeaveNoRecord '^x32: Operation not permitted$' x32; fi
  inherited
  credentials
}

everything "$( ((EUID == 0)) && echo root || echo own)"
if ((EUID == 0)); then
  everything ordinary setpriv --reuid=65534 --regid=65534 --clear-groups
else
  skip everything/ordinary root 'needs root, which alone can be another user'
fi
finish
