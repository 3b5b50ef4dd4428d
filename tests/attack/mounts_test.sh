#!/usr/bin/env bash
# An attacker mounts and unmounts below the input while a run starts. Either the program sees the same tree that immure
# listed and hashed, or the verifier does not accept the evidence. This test makes all mounts in its own mount
# namespace.
# Usage: mounts_test.sh BIN_DIR
sources=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"

if ! unshare -m true 2>/dev/null; then
  skip MountsBelowTheInput root 'needs a mount namespace, which root can make'
  finish
fi
if [ "${2:-}" != inside ]; then
  unshare -m bash "$sources/mounts_test.sh" "$bin" inside
  exit
fi

cc -O1 -Wall -o mount_race "$sources/mount_race.c" || exit 70
# Prints what it reads, then waits, so that the attacker can restore everything before immure lists the input once more.
cat >late.c <<'END2'
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
int main(void) {
  char text[256];
  const int file = open("/in/sub/f", O_RDONLY);
  const ssize_t size = file < 0 ? 0 : read(file, text, sizeof text - 1);
  text[size > 0 ? size : 0] = 0;
  printf("read %s\n", text);
  fflush(stdout);
  sleep(2);
  return 0;
}
END2
cc -O1 -static -o late late.c || exit 70
install -d -m 755 -o $ordinary user
chmod 755 "$here"
cp late user/
user=(setpriv "--reuid=$ordinary" "--regid=$ordinary" --clear-groups env "HOME=$here/user" "IMMURE_CACHE=$here/user/cache")
root_user=(env "IMMURE_CACHE=$here/cache")
"$immure" keygen host.key >/dev/null && "${user[@]}" "$immure" keygen user/host.key >/dev/null || exit 70

# raced NAME cover|uncover OWNER WHO...: OWNER owns the input, and the words WHO run immure as its user.
raced() {
  local name=$1 way=$2 owner=$3 at=. attacker verdict i
  shift 3
  [ "$owner" = 0 ] || at=user
  rm -rf "$at"/{in,other,out,out.evidence.json} .said .out .err
  mkdir -p "$at/in/sub" "$at/in/z" "$at/other"
  # Many files beside the directory make the time between the first listing and the mounting of the cell long.
  (cd "$at/in/z" && seq 3000 | xargs touch)
  echo LISTED >"$at/other/f"
  [ "$way" = uncover ] && echo OTHER >"$at/in/sub/f" && way_read=OTHER
  [ "$way" = cover ] && echo OTHER >"$at/other/f" && echo LISTED >"$at/in/sub/f" && way_read=OTHER
  chown -R "$owner" "$at/in" "$at/other"
  mkfifo .end
  # Empty the files first, because the shell empties them in the background.
  : >.said
  : >.out
  ./mount_race "$way" "$here/$at/in/sub" "$here/$at/other" <.end >.said 2>&1 &
  attacker=$!
  exec 9>.end
  rm .end
  until grep -qs armed .said || ! kill -0 $attacker 2>/dev/null; do sleep 0.01; done
  (cd "$at" && exec "$@" "$immure" run --in in --out out --key host.key -- ./late) >.out 2>.err 9>&- &
  run=$!
  until grep -qs read .out || ! kill -0 $run 2>/dev/null; do sleep 0.01; done
  exec 9>&-
  # An attacker whom the run did not wake waits for a file system event, not for the end of its input.
  grep -qs covered .said || kill $attacker 2>/dev/null
  wait $attacker
  wait $run
  umount -l "$at/in/sub" 2>/dev/null
  verdict=$("$immure" verify "$at/out.evidence.json" --key "$at/host.pub" 2>&1 | grep -oE 'ACCEPTED|REJECTED|BLOCKED' | head -n 1)
  if ! grep -qs covered .said; then
    not_ok "$name" 'the attacker was not woken' "$(<.said)" "$(<.err)"
  elif [ "$verdict" = ACCEPTED ] && grep -q "read $way_read" .out; then
    not_ok "$name" "ACCEPTED, and the program $(<.out)" "$(<.err)"
  else
    ok "$name"
  fi
}
raced AMountThatComesAfterTheListing cover 0 "${root_user[@]}"
raced AMountThatGoesAfterTheListing uncover 0 "${root_user[@]}"
raced AMountThatComesAfterTheListing/OrdinaryUser cover $ordinary "${user[@]}"
raced AMountThatGoesAfterTheListing/OrdinaryUser uncover $ordinary "${user[@]}"
finish
