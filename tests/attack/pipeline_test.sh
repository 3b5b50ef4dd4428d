#!/usr/bin/env bash
# Tests that a stage of a pipeline reaches no other stage, and that a refused stage starts none.
# usage: pipeline_test.sh DIRECTORY-OF-PROGRAMS
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"
export LC_ALL=C.UTF-8 IMMURE_CACHE=$here/cache
limit=120
attack=$(payload stage_attacks "$root/tests/attack/stage_attacks.c")
cd "$here" || exit 70
mkdir in && echo text >in/a
"$immure" keygen host.key >/dev/null 2>&1

# The allowed twin: what the stages are meant to do with their pipe works.
both_ends() {
  run "$immure" run --in in --out out --key host.key -- "$attack" writer '|' "$attack" reader
  same Ends 0 "$code"
  same EveryByteArrives '33000 bytes' "$out"
  same NothingIsReached "" "$(grep REACHED <<<"$err")"
  # Each stage has a pipe of its own to the supervisor.
  holds PipesAreDifferent test "$(sed -n 's/^writer inode //p' <<<"$err")" != "$(sed -n 's/^reader inode //p' <<<"$err")"
  expect IsAccepted 0 '^ACCEPTED' "$immure" verify out.evidence.json --key host.pub
}

# Outside of a cell the same program reaches something, so the attacks are real.
twin() {
  "$attack" writer 2>twin.err | "$attack" reader 2>>twin.err >/dev/null
  for what in /proc/self/fd/1 'a process by kill'; do
    if grep -qF "REACHED $what" twin.err; then ok "Twin/$what"; else not_ok "Twin/$what" "$(<twin.err)"; fi
  done
  same Twin/OnePipe "$(sed -n 's/^writer inode //p' twin.err)" "$(sed -n 's/^reader inode //p' twin.err)"
}

# A stage that cannot be planned: no other stage starts. tests/mutation tries stages whose walls do not hold.
refused() {
  expect Refused/LastStage 3 'stage 2 of the pipeline' "$immure" run --in in --out out-refused --no-evidence -- \
    touch /out/started '|' "$here/no-such-program"
  holds Refused/NothingStarted test -z "$(ls -A out-refused 2>/dev/null)"
}

# After kill -9 of the supervisor nothing of any stage is left.
killed() {
  local pid left
  "$immure" run --in in --out out-killed --no-evidence -- sleep 47.3 '|' sleep 47.3 '|' sleep 47.3 >/dev/null 2>&1 &
  pid=$!
  for _ in {1..300}; do
    [ "$(pgrep -fxc '[^ ]*sleep 47[.]3')" -ge 3 ] && break
    sleep 0.1
  done
  same Killed/AllRun 3 "$(pgrep -fxc '[^ ]*sleep 47[.]3')"
  # The leading parent's child is the supervisor.
  local supervisor
  supervisor=$(pgrep -P "$pid" | head -n 1)
  kill -9 "$supervisor"
  wait "$pid" 2>/dev/null
  for _ in {1..100}; do
    left=$(pgrep -fxc '[^ ]*sleep 47[.]3')
    [ "$left" = 0 ] && break
    sleep 0.1
  done
  same Killed/NothingIsLeft 0 "$left"
  same Killed/NoControlGroupIsLeft "" "$(sleep 1; find /sys/fs/cgroup -name "immure-$supervisor-*" -type d 2>/dev/null)"
}

both_ends
twin
refused
killed
finish
