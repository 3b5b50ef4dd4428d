#!/bin/bash
# Attacks the image of a run: files of the host that enter the image by links and headers of an untrusted program, files
# that an attacker exchanges between check and use, and a cache in a directory of another user.
# Usage: image_test.sh BIN_DIR
set -uo pipefail
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"

sources=$root/tests/attack
chmod 755 "$here"
export IMMURE_CACHE=$here/cache
mkdir in
echo hello >in/a

is_root() { [ "$(id -u)" -eq 0 ]; }

# run_immure PROGRAM...: makes a run without evidence, as the user of this test. Leaves the result where `run` does.
run_immure() {
  rm -rf out
  run timeout 60 "$immure" run --in in --out out --no-evidence -- "$@"
}

# run_as_user PROGRAM...: makes a run without evidence as an ordinary user, in the directory $user_home of that user.
run_as_user() {
  rm -rf "$user_home/out"
  if is_root; then
    run timeout 60 setpriv --reuid=$ordinary --regid=$ordinary --clear-groups env HOME="$user_home" \
      IMMURE_CACHE="$user_home/cache" "$user_bin/immure" run --in "$here/in" --out "$user_home/out" --no-evidence -- "$@"
  else
    run timeout 60 env IMMURE_CACHE="$user_home/cache" "$user_bin/immure" run --in "$here/in" --out "$user_home/out" \
      --no-evidence -- "$@"
  fi
}

# hands_over PATH...: gives files to the ordinary user, if root runs this test.
hands_over() { ! is_root || chown -Rh "$ordinary:$ordinary" "$@"; }

user_home=$here/home user_bin=$here/bin
mkdir -m 755 "$user_home" "$user_bin"
cp "$bin/immure" "$user_bin/"
hands_over "$user_home"

# without NAME TEXT: neither standard output nor standard error may hold TEXT.
without() {
  if grep -qF -- "$2" <<<"$out"$'\n'"$err"; then not_ok "$1" "the program got: $2" "$out" "$err"; else ok "$1"; fi
}

# IMMURE_CACHE names a directory in which a user keeps other files: immure must remove none of these files.
cache_of_a_user() {
  mkdir -p project/images/holiday
  echo photo >project/images/holiday/photo.jpg
  echo disk >project/images/vm.qcow2
  chmod 700 project
  rm -rf out
  run env IMMURE_CACHE="$here/project" timeout 60 "$immure" run --in in --out out --no-evidence -- cat /in/a
  same CacheInADirectoryOfSomebodyRemovesNothing "images/holiday/photo.jpg images/vm.qcow2" \
    "$(cd project && find images -type f ! -name '.*' | sort | xargs)"
  if [ "$code" = 3 ] && grep -q "files that immure did not make" <<<"$err"; then
    ok CacheInADirectoryOfSomebodyIsRefused
  else
    not_ok CacheInADirectoryOfSomebodyIsRefused "exit code $code" "$err"
  fi
}

# Without HOME the cache is in the home directory that /etc/passwd names. The test replaces /etc/passwd for immure.
home_unset() {
  if ! is_root || ! unshare -m true 2>/dev/null; then
    skip WithoutHomeTheCacheIsWherePasswdSays root "needs root, to show another /etc/passwd"
    return
  fi
  mkdir -p passwd_home
  chown $ordinary passwd_home
  sed "s|^\(nobody:[^:]*:$ordinary:[^:]*:[^:]*:\)[^:]*|\1$here/passwd_home|" /etc/passwd >passwd
  rm -rf "$user_home/out"
  run timeout 60 unshare -m --propagation private bash -c 'mount --bind "$1" /etc/passwd && shift && exec setpriv \
    --reuid='$ordinary' --regid='$ordinary' --clear-groups env -i PATH=/usr/bin:/bin "$@"' sh "$here/passwd" \
    "$user_bin/immure" run --in "$here/in" --out "$user_home/out" --no-evidence -- cat /in/a
  if [ "$out" = hello ] && [ -d passwd_home/.cache/immure/images ]; then
    ok WithoutHomeTheCacheIsWherePasswdSays
  else
    not_ok WithoutHomeTheCacheIsWherePasswdSays "exit code $code" "$out" "$err"
  fi
}

# compiled NAME FLAGS...: compiles a source beside this script into a program in $here/built.
compiled() {
  local name=$1
  shift
  mkdir -p built
  cc -O1 -Wall -Wextra -o "built/$name" "$@" || exit 70
}
compiled show "$sources/image_show.c"
compiled show_static -static "$sources/image_show.c"
compiled swap "$sources/image_swap.c"
compiled harmless -static -DHARMLESS "$sources/image_stack.c"
compiled fresh -static -z execstack "$sources/image_stack.c"
mark=SECRET-OF-SOMEBODY-ELSE

# packs_nothing NAME COMMAND...: runs `immure pack` on COMMAND. The image, if immure makes one, must hold no secret.
# $owner runs the command: `user`, or `root` for the user who runs this test.
packs_nothing() {
  local name=$1 owner=$2 place=$user_home/packed
  shift 2
  rm -rf "$place" && mkdir "$place"
  if [ "$owner" = user ] && is_root; then
    chown $ordinary:$ordinary "$place"
    run timeout 60 setpriv --reuid=$ordinary --regid=$ordinary --clear-groups "$user_bin/immure" pack --output "$place/image" "$@"
  else
    run timeout 60 "$immure" pack --output "$place/image" "$@"
  fi
  if grep -rqsF "$mark" "$place"; then
    not_ok "$name" "in the image: $(grep -rlsF "$mark" "$place" | xargs)" "$out" "$err"
  else
    ok "$name"
  fi
  chmod -R u+rwX "$place"
}

# vendors_directory DIR: makes a directory as a vendor may send it: a program with the name of an interpreter, and a
# library beside the program.
vendors_directory() {
  rm -rf "$1"
  mkdir -p "$1/bin" "$1/lib/python3.99"
  cp built/show "$1/bin/python3.99"
  echo pass >"$1/lib/python3.99/os.py"
}

links_beside_a_program() {
  local dist=$user_home/dist
  mkdir -p "$user_home/.ssh"
  echo "$mark" >"$user_home/.ssh/id"
  chmod 600 "$user_home/.ssh/id"
  chmod 700 "$user_home/.ssh"
  vendors_directory "$dist"
  ln -s ../../../.ssh/id "$dist/lib/python3.99/leak"
  hands_over "$dist" "$user_home/.ssh"
  packs_nothing LinkOutOfAVendorsDirectoryIsNotFollowed user "$dist/bin/python3.99"
  vendors_directory "$dist"
  mkdir "$dist/lib/python3.99/sub"
  ln -s "$user_home/.ssh/id" "$dist/lib/python3.99/sub/leak"
  hands_over "$dist"
  packs_nothing AbsoluteLinkOutOfAVendorsDirectoryIsNotFollowed user "$dist/bin/python3.99"
  vendors_directory "$dist"
  ln "$user_home/.ssh/id" "$dist/lib/python3.99/leak"
  hands_over "$dist"
  packs_nothing HardLinkToAPrivateFileIsNotPacked user "$dist/bin/python3.99"
  vendors_directory "$dist"
  rm -r "${dist:?}/lib"
  ln -s ../.ssh "$dist/lib"
  mkdir -p "$user_home/.ssh/python3.99"
  echo "$mark" >"$user_home/.ssh/python3.99/id"
  hands_over "$dist" "$user_home/.ssh"
  packs_nothing LibraryDirectoryThatIsALinkIsNotTaken user "$dist/bin/python3.99"
  vendors_directory "$dist"
  ln -s /usr/bin/env "$dist/lib/python3.99/env"
  hands_over "$dist"
  run_as_user "$dist/bin/python3.99" /app/lib/python3.99/os.py
  same VendorsDirectoryItselfIsPacked pass "$out"
}

# Root runs a user's program: none of root's private files may get into the image.
roots_files() {
  if ! is_root; then
    skip RootsFilesAreNotPackedForAUsersProgram root "needs root"
    return
  fi
  local dist=$user_home/dist private=$here/private
  mkdir -p "$private/python3.99"
  echo "$mark" | tee "$private/file" >"$private/python3.99/file"
  chmod 600 "$private/file" "$private/python3.99/file"
  vendors_directory "$dist"
  ln -s "$private/file" "$dist/lib/python3.99/leak"
  hands_over "$dist"
  chmod 700 "$private"
  packs_nothing LinkToAFileOfRootsIsNotFollowed root "$dist/bin/python3.99"
  vendors_directory "$dist"
  hands_over "$dist"
  cp "$private/file" "$dist/lib/python3.99/file"
  chmod 600 "$dist/lib/python3.99/file"
  packs_nothing FileThatTheOwnerMayNotReadIsNotPacked root "$dist/bin/python3.99"
  vendors_directory "$dist"
  rmdir "$dist/lib/python3.99" 2>/dev/null || rm -r "$dist/lib/python3.99"
  ln -s "$private/python3.99" "$dist/lib/python3.99"
  hands_over "$dist"
  packs_nothing ALibraryDirectoryOfRootIsNotPacked root "$dist/bin/python3.99"
  vendors_directory "$dist"
  ln -s "$private" "$dist/lib/python3.99/private"
  hands_over "$dist"
  packs_nothing ADirectoryOfRootIsNotPacked root "$dist/bin/python3.99"
}

# A program's headers name libraries and interpreters.
names_in_headers() {
  local owner=$1 private=$2 dist=$user_home/headers
  rm -rf "$dist"
  mkdir -p "$dist" "$private"
  printf 'const char* secret(void) { return "%s\\n"; }\n' "$mark" >secret.c
  cc -shared -fPIC -o "$private/libsecret.so" secret.c || exit 70
  printf '#include <stdio.h>\nconst char* secret(void);\nint main(void) { return puts(secret()) < 0; }\n' >uses.c
  local tag
  for tag in --disable-new-dtags --enable-new-dtags; do
    cc -o "$dist/uses" uses.c -L"$private" -lsecret -Wl,-rpath,"$private",$tag || exit 70
    chmod 600 "$private/libsecret.so"
    chmod 700 "$private"
    hands_over "$dist"
    [ "$owner" = root ] || hands_over "$private"
    packs_nothing "LibraryElsewhereIsNotTaken/$owner/$tag" "$owner" "$dist/uses"
  done
  cc -o "$dist/uses" uses.c -L"$private" -lsecret -Wl,-rpath,'$ORIGIN' || exit 70
  ln -s "$private/libsecret.so" "$dist/libsecret.so"
  hands_over "$dist"
  packs_nothing "LinkToALibraryElsewhereIsNotTaken/$owner" "$owner" "$dist/uses"
  echo 'int main(void) { return 0; }' >plain.c
  { cat "$(ldd built/swap | grep -o '/[^ ]*ld-linux[^ ]*')"; echo "$mark"; } >"$private/ld.so"
  chmod 700 "$private/ld.so"
  cc -o "$dist/plain" plain.c -Wl,--dynamic-linker="$private/ld.so" || exit 70
  hands_over "$dist"
  [ "$owner" = root ] || hands_over "$private"
  packs_nothing "LoaderElsewhereIsNotTaken/$owner" "$owner" "$dist/plain"
  { cat built/show; echo "$mark"; } >"$private/tool"
  chmod 700 "$private/tool"
  printf '#!%s\n' "$private/tool" >"$dist/script"
  chmod 755 "$dist/script"
  hands_over "$dist"
  [ "$owner" = root ] || hands_over "$private"
  packs_nothing "InterpreterElsewhereIsNotTaken/$owner" "$owner" "$dist/script"
}

own_libraries_are_found() {
  local dist=$user_home/own
  mkdir -p "$dist/bin" "$dist/lib"
  cc -shared -fPIC -o "$dist/lib/libsecret.so" secret.c
  cc -o "$dist/bin/uses" uses.c -L"$dist/lib" -lsecret -Wl,-rpath,'$ORIGIN/../lib'
  hands_over "$dist"
  run_as_user "$dist/bin/uses"
  same OwnLibrariesAreFound "$mark" "$(head -n 1 <<<"$out")"
  ! is_root || { run_immure "$dist/bin/uses" && same OwnLibrariesAreFoundByRoot "$mark" "$(head -n 1 <<<"$out")"; }
}

included_directories() {
  local tree=$user_home/tree
  mkdir -p "$tree/sub"
  ln -s ../.ssh/id "$tree/leak"
  ln -s ../../.ssh/id "$tree/sub/leak"
  echo 'rule Never { condition: false }' >"$tree/never.yar"
  hands_over "$tree"
  packs_nothing LinkInAnIncludedDirectoryIsNotFollowed user "$user_bin/immure" --include "$tree"
  if [ -x "$bin/immure-inspect" ]; then
    rm -rf inspect_cache report
    run env IMMURE_CACHE="$here/inspect_cache" timeout 120 "$immure" inspect in --output report --rules "$tree"
    if grep -rqsF "$mark" inspect_cache; then
      not_ok LinkInADirectoryOfRulesIsNotFollowed "$(grep -rlsF "$mark" inspect_cache)"
    else
      ok LinkInADirectoryOfRulesIsNotFollowed
    fi
  else
    skip LinkInADirectoryOfRulesIsNotFollowed tool "there is no immure-inspect"
  fi
}

# exchanging ONE OTHER COUNT: starts a program that exchanges ONE for OTHER once readers have closed ONE COUNT times.
exchanging() {
  mkfifo watching
  built/swap "$@" >watching &
  swapper=$!
  read -r _ <watching
  rm watching
}
exchanged() {
  kill "$swapper" 2>/dev/null
  wait "$swapper" 2>/dev/null
}

# The attacker exchanges a program that was checked for a program that the checks would refuse.
exchanged_program() {
  local tries won=
  mkdir -p att
  for tries in {1..30}; do
    cp built/harmless att/prog
    cp built/fresh att/other
    exchanging att/prog att/other 1
    run_immure att/prog
    exchanged
    ! grep -q "FRESH CODE RAN" <<<"$out" || won=$tries
    [ -z "$won" ] || break
  done
  if [ -z "$won" ]; then ok ChecksAreOfThePackedProgram; else not_ok ChecksAreOfThePackedProgram "won at try $won"; fi
}

channel_in_a_rootfs() {
  rm -rf rootfs
  mkdir -p rootfs/{in,out,bin,sub}
  cp built/show_static rootfs/bin/show
  mkfifo rootfs/sub/channel
  rm -rf out
  run timeout 60 "$immure" run --in in --out out --no-evidence --rootfs rootfs -- /bin/show /in/a
  if [ "$out" = hello ] && grep -q "left out of the image of rootfs: .*sub/channel: is a fifo" <<<"$err" &&
    [ -z "$(find "$IMMURE_CACHE/images" -type p)" ]; then
    ok FifoInARootfsIsLeftOut
  else
    not_ok FifoInARootfsIsLeftOut "exit code $code" "$out" "$err"
  fi
  rm rootfs/sub/channel
  run timeout 60 "$immure" run --in in --out out --no-evidence --rootfs rootfs -- /bin/show /in/a
  same RootfsWithoutAChannelRuns hello "$out"
}

# A root directory of an ordinary user names files of root: immure must pack none of these files, and must make nothing
# readable.
hostile_rootfs() {
  local dist=$user_home/root private=$here/hidden hidden=HIDDEN-FILE-OF-ROOT
  rm -rf "$dist"
  mkdir -p "$dist"/{in,out,bin,tmp,sub} "$private"
  echo "$hidden" >"$private/file"
  chmod 600 "$private/file"
  cp built/show_static "$dist/bin/show"
  ln -s "$private/file" "$dist/leak"
  ln -s ../../../../../../../../../../etc/shadow "$dist/above"
  ln -s "$private" "$dist/directory"
  ln "$private/file" "$dist/sub/hard"
  hands_over "$dist"
  ! is_root || chown 0:0 "$private/file"
  chmod 700 "$private"
  for name in leak above directory/file sub/hard; do
    rm -rf out
    run timeout 60 "$immure" run --in in --out out --no-evidence --rootfs "$dist" -- /bin/show "/$name"
    is_root || [ $name != sub/hard ] || continue
    without "RootOfAUserNamesNoFileOfRoots/$name" "$hidden"
  done
  if is_root && grep -rqsF "$hidden" "$IMMURE_CACHE"; then
    not_ok FilesOfRootAreNotCopied "$(grep -rlsF "$hidden" "$IMMURE_CACHE")"
  else
    ok FilesOfRootAreNotCopied
  fi
}

# The cache is a file system without room, or the test kills a process that builds an image: no incomplete image may
# stay, and no run may use one.
cache_without_room() {
  if ! is_root || ! unshare -m true 2>/dev/null; then
    skip FullCacheIsAnError root "needs root, to mount a small file system"
    return
  fi
  mkdir -p small large/{in,out,tmp}
  head -c 3000000 /dev/urandom >large/data
  cp built/show_static large/show
  # shellcheck disable=SC2016
  run timeout 60 unshare -m --propagation private bash -c 'mount -t tmpfs -o size=2m,mode=700 none small &&
    { IMMURE_CACHE=$PWD/small "$@"; echo "exit $?"; find small/images -name ".building*" -o -name "[0-9a-f]*[0-9a-f]"; }' sh \
    "$immure" run --in in --out full --no-evidence --rootfs large -- /show /in/a
  same FullCacheLeavesNothing "exit 3" "$out"
  if grep -q "No space left" <<<"$err"; then ok FullCacheIsAnError; else not_ok FullCacheIsAnError "$out" "$err"; fi
}

killed_builders() {
  local tries wrong=
  export IMMURE_CACHE=$here/killed
  mkdir -p many/{in,out,tmp}
  cp built/show_static many/show
  for tries in {1..400}; do echo "$tries" >"many/$tries"; done
  for tries in {1..12}; do
    touch "many/$tries"
    "$immure" run --in in --out killed_out --no-evidence --rootfs many -- /show "/$tries" >/dev/null 2>&1 &
    local builder=$! looks
    for ((looks = 0; looks < tries * 40; looks++)); do [ ! -d "$IMMURE_CACHE/images/.building-$builder/root/in" ] || break; done
    kill -9 $builder 2>/dev/null
    wait $builder 2>/dev/null
    rm -rf killed_out
    run timeout 60 "$immure" run --in in --out killed_out --no-evidence --rootfs many -- /show "/$tries"
    [ "$out" = "$tries" ] || wrong+=" $tries: $out $err"
    rm -rf killed_out
  done
  if [ -z "$wrong" ]; then ok KilledBuildersLeaveNoHalfOfAnImage; else not_ok KilledBuildersLeaveNoHalfOfAnImage "$wrong"; fi
  same RemainsOfKilledBuildersAreRemoved 0 "$(find "$IMMURE_CACHE/images" -maxdepth 1 -name '.building*' | wc -l)"
  export IMMURE_CACHE=$here/cache
}

# Evidence of a root directory in which another user may write during the run would prove nothing.
rootfs_of_somebody_else() {
  [ -e host.key ] || "$immure" keygen host.key >/dev/null
  rm -rf out
  chmod o+w rootfs/sub
  run timeout 60 "$immure" run --in in --out out --key host.key --evidence rootfs.json --rootfs rootfs -- /bin/show /in/a
  if [ "$code" = 3 ] && grep -q "rootfs/sub: may be written by another user" <<<"$err"; then
    ok RootfsOpenToOthersIsNotSigned
  else
    not_ok RootfsOpenToOthersIsNotSigned "exit code $code" "$out" "$err"
  fi
  chmod o-w rootfs/sub
  run timeout 60 "$immure" run --in in --out out --key host.key --evidence rootfs.json --rootfs rootfs -- /bin/show /in/a
  # immure signs no root directory that lies in memory or on a loop device (tests/attack/ground_test.sh).
  if grep -qE 'rootfs: (it lies in memory|its file system lies on |another machine or program can change its file system|this host does not show)' <<<"$err"; then
    skip RootfsOfTheCallerIsSigned kernel 'needs a file system on a disk of this machine'
    return
  fi
  same RootfsOfTheCallerIsSigned hello "$out"
}

# The attacker replaces the program of a rootfs right after immure has taken its digest for the last time.
replaced_in_a_rootfs() {
  local place=replaced closes tries won=
  [ -e host.key ] || "$immure" keygen host.key >/dev/null
  mkdir -p $place/{in,out,bin}
  cp built/harmless $place/bin/prog
  cp built/show_static evil
  # Count how often immure closes the program's file until it has taken all digests.
  mkfifo count end
  built/swap $place/bin/prog evil 0 <end >count &
  local counter=$!
  exec 8>end 9<count
  read -r _ <&9
  "$immure" run --dry-run --in in --out out --rootfs $place -- /bin/prog /in/a >/dev/null
  exec 8>&-
  read -r closes <&9
  exec 9<&-
  wait $counter
  rm count end
  for tries in {1..10}; do
    rm -rf out evidence.json $place/bin/prog
    cp built/harmless $place/bin/prog
    cp built/show_static evil
    exchanging $place/bin/prog evil "$closes"
    run timeout 60 "$immure" run --in in --out out --key host.key --evidence evidence.json --rootfs $place -- /bin/prog /in/a
    exchanged
    [ "$out" = hello ] || continue
    run "$immure" verify evidence.json --key host.pub
    [ "$code" -ne 0 ] || won=$tries
  done
  if [ -z "$won" ]; then ok ProgramReplacedAfterItsDigestIsNotAccepted; else
    not_ok ProgramReplacedAfterItsDigestIsNotAccepted "evidence of another program was ACCEPTED at try $won" "$out"
  fi
}

# A user who is not root cannot remove the directories of an image. A cache that is left half-removed must still work.
half_removed_cache() {
  run_as_user "$(command -v cat)" /in/a
  local removed=(rm -rf "$user_home/cache")
  if is_root; then removed=(setpriv --reuid="$ordinary" --clear-groups "${removed[@]}"); fi
  "${removed[@]}" 2>/dev/null
  if [ -d "$user_home/cache/images" ]; then
    run_as_user "$(command -v cat)" /in/a
    same CacheThatWasHalfRemovedServes hello "$out"
  else
    not_ok CacheThatWasHalfRemovedServes 'all of the cache could be removed'
  fi
}

# A user names a path, and root or another user runs immure with this path. immure walks the path once, and does not
# follow a stranger's link with its own rights.
link_of_a_stranger() {
  if ! is_root; then
    skip LinkOfAStrangerToAProgramIsNotFollowed root 'needs root'
    return
  fi
  mkdir -p strangers
  echo 'base = "dynamic"' >profile.toml
  printf '[image]\ninclude = ["%s"]\n' "$here/strangers/tree" >>profile.toml
  ln -s "$here/built/show_static" strangers/prog
  ln -s "$here/in" strangers/tree
  ln -s "$here/cache" strangers/cache
  ln -s "$here/rootfs" strangers/root
  chown -h $ordinary strangers/*
  refused LinkOfAStrangerToAProgramIsNotFollowed run --in in --out out --no-evidence -- strangers/prog /in/a
  refused LinkOfAStrangerToAnIncludeIsNotFollowed run --in in --out out --no-evidence --profile "$here/profile.toml" -- \
    cat /in/a
  refused LinkOfAStrangerToARootfsIsNotFollowed run --in in --out out --no-evidence --rootfs strangers/root -- \
    /bin/show /in/a
  IMMURE_CACHE=$here/strangers/cache/below refused LinkOfAStrangerToACacheIsNotFollowed run --in in --out out \
    --no-evidence -- cat /in/a
  refused LinkOfAStrangerToRulesIsNotFollowed inspect --rules strangers/tree -o out in
}

# refused NAME ARGUMENT...: immure must not follow the link.
refused() {
  local name=$1
  shift
  rm -rf out
  run timeout 60 "$immure" "$@"
  if [ "$code" -ne 0 ] && grep -q "leads through the symbolic link .* of user $ordinary" <<<"$err"; then
    ok "$name"
  else
    not_ok "$name" "exit code $code" "$out" "$err"
  fi
}

# A program that consists of holes costs its owner nothing.
cp -- /bin/true holes && truncate -s 8T holes 2>/dev/null
if (($(stat -c %s holes) > 1 << 40)); then
  expect AProgramOfHolesIsRefused 3 'larger than 16 GiB' timeout 60 "$immure" run --in in --out holes.out --no-evidence -- ./holes
else
  skip AProgramOfHolesIsRefused kernel 'this file system takes no file of 8 TiB'
fi
rm -f holes

cache_of_a_user
home_unset
links_beside_a_program
roots_files
! is_root || names_in_headers root "$here/private"
names_in_headers user "$user_home/.private"
own_libraries_are_found
included_directories
exchanged_program
channel_in_a_rootfs
rootfs_of_somebody_else
hostile_rootfs
cache_without_room
killed_builders
replaced_in_a_rootfs
half_removed_cache
link_of_a_stranger
finish
