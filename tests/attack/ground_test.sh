#!/usr/bin/env bash
# The input and the root directory belong to root, yet another user can change them: through pages that this user pinned
# while this user owned the files, or through the file behind a loop device. The verifier may accept no evidence of a
# program that read other bytes than the bytes that immure hashed. As an ordinary user, this test can show only what
# immure does not trust.
# Usage: ground_test.sh BIN_DIR
sources=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"

chmod 755 "$here"
owner=$ordinary
as_owner=(setpriv "--reuid=$owner" "--regid=$owner" --clear-groups)
export IMMURE_CACHE=$here/cache
"$immure" keygen host.key >/dev/null

# A program that reads a file twice: at once, and again from the disk after SIGUSR1.
cat >twice.c <<'END_OF_C'
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>
static volatile sig_atomic_t again;
static void go(int number) { again = number; }
int main(int count, char** arguments) {
  char text[16];
  const int file = count == 2 ? open(arguments[1], O_RDONLY) : -1;
  signal(SIGUSR1, go);
  if (pread(file, text, sizeof text, 0) != sizeof text) return 1;
  printf("read: %.16s\n", text);
  fflush(stdout);
  for (int i = 0; i < 6000 && !again; ++i) usleep(10000);
  posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
  if (pread(file, text, sizeof text, 0) != sizeof text) return 1;
  printf("read: %.16s\n", text);
  return 0;
}
END_OF_C
cc -O1 -static -o twice twice.c || exit 70
field() { statement "$1" | grep -o "\"$2\":\"[^\"]*\"" | head -n 1 | cut -d'"' -f4; }

# reads_twice CHANGE OPTION...: starts a run, executes CHANGE when the program has read its file, and lets the program
# read the file again.
reads_twice() {
  local change=$1 run
  shift
  rm -rf out out.evidence.json
  : >.ready
  "$immure" run --out out --key host.key "$@" >.ready 2>.err &
  run=$!
  until grep -qs read: .ready || ! kill -0 $run 2>/dev/null; do sleep 0.01; done
  "$change"
  kill -USR1 $run 2>/dev/null
  wait $run
}
# one_text NAME: if the evidence is accepted, the program must have read the same text twice.
one_text() {
  local verdict
  verdict=$("$immure" verify out.evidence.json --key host.pub 2>&1 | grep -oE 'ACCEPTED|REJECTED|BLOCKED' | head -n 1)
  if [ "$verdict" = ACCEPTED ] && [ "$(grep -c read: .ready)-$(sort -u .ready | grep -c read:)" != 2-1 ]; then
    not_ok "$1" "ACCEPTED, and the program read: $(tr '\n' ' ' <.ready)" "$(<.err)"
  else
    ok "$1"
  fi
}

# immure copies an input that lies in memory, whoever owns the input.
if [ ! -w /dev/shm ] || [ "$(stat -f -c %T /dev/shm)" != tmpfs ]; then
  skip AnInputInMemoryIsCopied kernel 'needs a tmpfs at /dev/shm'
else
  shm=$(mktemp -d /dev/shm/immure-ground-XXXXXX) && chmod 755 "$shm"
  remove_shm() { rm -rf "$shm"; }
  at_exit+=(remove_shm)
  mkdir "$shm/in" && printf 'BENIGN content..' >"$shm/in/f"
  reads_twice true --in "$shm/in" -- ./twice /in/f
  held=$(field out.evidence.json held)
  if [[ $held == 'staged: it lies in memory (tmpfs)'* ]]; then ok AnInputInMemoryIsCopied; else not_ok AnInputInMemoryIsCopied "$held" "$(<.err)"; fi
  expect ACopyOfAnInputInMemoryIsAccepted 0 ACCEPTED "$immure" verify out.evidence.json --key host.pub
  mkdir -p "$shm"/root/{in,out,bin} && cp twice "$shm/root/bin/" && rm -rf out out.evidence.json
  expect ARootfsInMemoryIsNotSigned 3 'root: it lies in memory \(tmpfs\).*evidence of the image would prove nothing' \
    "$immure" run --in "$shm/in" --out out --key host.key --rootfs "$shm/root" -- /bin/twice /in/f
fi
if [ "$(id -u)" != 0 ]; then
  skip PagesOfAFormerOwnerAreNotTrusted root 'needs root, and a file of another user'
  finish
fi

# A former owner of the input still holds its page, although the file belongs to root now.
if [ -z "${shm:-}" ] || ! cc -O1 -Wall -o pin "$sources/pin.c" 2>.pin; then
  skip PagesOfAFormerOwnerAreNotTrusted tool "needs io_uring's header and /dev/shm"
else
  mkdir "$shm/drop" && chown $owner "$shm/drop"
  "${as_owner[@]}" "$here/pin" "$shm/drop/f" 'BENIGN content..' 'EVIL!! content..' >.pinned &
  attacker=$!
  until grep -qs ready .pinned || ! kill -0 $attacker 2>/dev/null; do sleep 0.01; done
  chown -R 0:0 "$shm/drop"
  # The attacker writes when a process has read the file, and the program reads the file once more afterwards.
  let_him_write() { until grep -q written .pinned || ! kill -0 "$attacker" 2>/dev/null; do sleep 0.01; done; }
  if ! grep -qs ready .pinned; then
    skip PagesOfAFormerOwnerAreNotTrusted kernel "this kernel registers no buffer of a file's page"
  else
    reads_twice let_him_write --in "$shm/drop" -- ./twice /in/f
    one_text PagesOfAFormerOwnerAreNotTrusted
  fi
  kill $attacker 2>/dev/null
  wait $attacker 2>/dev/null
fi

# A former owner of a file in the root directory still has the file mapped, although it belongs to root now.
cc -O1 -Wall -o held_map "$sources/held_map.c" || exit 70
mkdir -p mapped/{in,out,bin,data} input && cp twice mapped/bin/ && chown $owner mapped/data
mkfifo .commands
"${as_owner[@]}" "$here/held_map" "$here/mapped/data/f" 'BENIGN content..' 'EVIL!! content..' <.commands >.mapped &
attacker=$!
exec 7>.commands
# told COMMAND N: sends COMMAND to the former owner, and waits until he has answered N times.
told() {
  printf %s "$1" >&7
  until [ "$(grep -c done .mapped)" -ge "$2" ] || ! kill -0 $attacker 2>/dev/null; do sleep 0.01; done
}
until grep -qs ready .mapped || ! kill -0 $attacker 2>/dev/null; do sleep 0.01; done
chown -R 0:0 mapped && chmod -R go-w mapped
told d 1
store() { told w 2; }
reads_twice store --in input --rootfs mapped -- /bin/twice /data/f
exec 7>&-
wait $attacker
one_text ARootfsThatAFormerOwnerHasMappedIsNotTrusted

# An overlayfs whose lower directory belongs to another user. A chown has given the merged files to root without a copy
# of their contents.
change_lower() { printf 'EVIL!!' | "${as_owner[@]}" dd of=lower/data/f conv=notrunc status=none; }
on_overlay() {
  mkdir -p upper work merged
  install -d -o $owner lower
  "${as_owner[@]}" mkdir -p lower/{in,out,bin,data}
  cp twice lower/bin/ && printf 'BENIGN content..' >lower/data/f && chown -R $owner lower
  mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work,metacopy=on merged || return 77
  chown -R root:root merged
  reads_twice change_lower --in input --rootfs merged -- /bin/twice /data/f
  one_text ARootfsOnAnOverlayIsNotTrusted
  printf 'BENIGN content..' | "${as_owner[@]}" dd of=lower/data/f conv=notrunc status=none
  reads_twice change_lower --in merged/data -- ./twice /in/f
  one_text AnInputOnAnOverlayIsNotTrusted
  expect AnInputOnAnOverlayIsCopied 0 '^staged: another machine or program can change its file system' field out.evidence.json held
  umount merged
  return $((failures > 0 ? 1 : 0))
}
if ! unshare -m bash -c 'mkdir -p o/{l,u,w,m} && mount -t overlay overlay -o lowerdir=o/l,upperdir=o/u,workdir=o/w,metacopy=on o/m' 2>/dev/null; then
  skip ARootfsOnAnOverlayIsNotTrusted kernel 'needs an overlayfs with metacopy'
else
  export immure here owner limit
  unshare -m bash -c "$(declare -p as_owner); failures=0; $(declare -f); on_overlay" || failures=$((failures + 1))
fi

# A file system on a loop device, whose file belongs to another user.
make_image() {
  rm -rf seed disk.img
  mkdir -p seed/{in,out,bin,data} && cp twice seed/bin/
  for place in data/f in/f; do printf 'BENIGN content..%08000d' 0 >seed/$place; done
  rm seed/in/f && chmod -R go+rX seed
  truncate -s 16M disk.img && mkfs.ext4 -q -O ^has_journal,^metadata_csum,^inline_data -d seed disk.img && chown $owner disk.img
}
change_image() {
  local at
  for at in $(grep -abo 'BENIGN content' disk.img | cut -d: -f1); do
    printf 'EVIL!!' | "${as_owner[@]}" dd of=disk.img bs=1 seek="$at" conv=notrunc,fsync status=none
  done
}
# on_loop: runs in a new mount namespace, with the file system at `disk`.
on_loop() {
  mkdir -p disk && mount -o loop,ro disk.img disk || return 77
  reads_twice change_image --in disk/data -- ./twice /in/f
  field out.evidence.json held >.held
  one_text TheFileBehindALoopDeviceIsNotTrusted
  if grep -qE '^staged: its file system lies on loop[0-9]+' .held; then ok AnInputOnALoopDeviceIsCopied; else not_ok AnInputOnALoopDeviceIsCopied "$(<.held)" "$(<.err)"; fi
  umount disk
  make_image && mount -o loop,ro disk.img disk || return 77
  mkdir -p input
  reads_twice change_image --in input --rootfs disk -- /bin/twice /data/f
  one_text ARootfsOnALoopDeviceIsNotTrusted
  if grep -qE 'disk: its file system lies on loop[0-9]+.*evidence of the image would prove nothing' .err; then
    ok ARootfsOnALoopDeviceIsNotSigned
  else
    not_ok ARootfsOnALoopDeviceIsNotSigned "$(<.err)"
  fi
  rm -rf out
  expect ARootfsOnALoopDeviceRunsUnsigned 1 '' "$immure" run --no-evidence --in input --out out --rootfs disk -- /bin/twice /in/x
  umount disk
  return $((failures > 0 ? 1 : 0))
}
if ! command -v mkfs.ext4 >/dev/null || ! make_image 2>/dev/null; then
  skip TheFileBehindALoopDeviceIsNotTrusted tool 'needs mkfs.ext4'
elif ! unshare -m bash -c 'mkdir -p disk && mount -o loop,ro disk.img disk' 2>/dev/null; then
  skip TheFileBehindALoopDeviceIsNotTrusted kernel 'needs a loop device'
else
  # A subshell of this script cannot enter the namespace, so hand the functions to a new shell.
  export immure here owner limit
  unshare -m bash -c "$(declare -p as_owner); failures=0; $(declare -f); on_loop" || failures=$((failures + 1))
fi
as_ordinary_user
finish
