#!/bin/bash
# Attacks on what becomes the image of a run: files of the host that enter the image by links and headers of an
# untrusted program, files that are exchanged between check and use, and a cache in somebody's directory.
# Usage: image_test.sh BIN_DIR
set -uo pipefail
# shellcheck source=tests/integration/cli_harness.bash
. "$(dirname "$0")/../integration/cli_harness.bash"

chmod 755 "$here"
export IMMURE_CACHE=$here/cache
mkdir in
echo hello >in/a
ordinary=65534

skip() { echo "skip $1: $2"; }
is_root() { [ "$(id -u)" -eq 0 ]; }

# run_immure PROGRAM...: a run without evidence, as root if we are root; its result as `run` leaves it.
run_immure() {
  rm -rf out
  run timeout 60 "$immure" run --in in --out out --no-evidence -- "$@"
}

# run_as_user PROGRAM...: the same as an ordinary user, in the directory $user_home, which is that user's.
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

# hands_over PATH...: gives files to the ordinary user, where we may.
hands_over() { ! is_root || chown -Rh "$ordinary:$ordinary" "$@"; }

user_home=$here/home user_bin=$here/bin
mkdir -m 755 "$user_home" "$user_bin"
cp "$bin/immure" "$user_bin/"
hands_over "$user_home"

# without NAME TEXT: what TEXT says stands in neither output.
without() {
  if grep -qF -- "$2" <<<"$out"$'\n'"$err"; then not_ok "$1" "the program got: $2" "$out" "$err"; else ok "$1"; fi
}

# IMMURE_CACHE names a directory in which somebody keeps files: none of them is removed.
cache_of_a_user() {
  mkdir -p project/images/holiday
  echo photo >project/images/holiday/photo.jpg
  echo disk >project/images/vm.qcow2
  chmod 700 project
  rm -rf out
  run env IMMURE_CACHE="$here/project" timeout 60 "$immure" run --in in --out out --no-evidence -- cat /in/a
  same_text CacheInADirectoryOfSomebodyRemovesNothing "images/holiday/photo.jpg images/vm.qcow2" \
    "$(cd project && find images -type f ! -name '.*' | sort | xargs)"
  if [ "$code" = 3 ] && grep -q "files that immure did not make" <<<"$err"; then
    ok CacheInADirectoryOfSomebodyIsRefused
  else
    not_ok CacheInADirectoryOfSomebodyIsRefused "exit code $code" "$err"
  fi
}

same_text() { if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1" "wanted: $2" "seen:   $3"; fi; }

# Without HOME the cache is in the home directory that /etc/passwd names. The test shows immure a passwd of its own.
home_unset() {
  if ! is_root || ! unshare -m true 2>/dev/null; then
    skip WithoutHomeTheCacheIsWherePasswdSays "needs root, to show another /etc/passwd"
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

cache_of_a_user
home_unset
finish
