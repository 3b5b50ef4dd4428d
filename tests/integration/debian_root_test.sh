#!/usr/bin/env bash
# Tests roots of whole distributions: Debian 12 and Debian 13, unpacked from their own packages, with nothing taken out.
# usage: debian_root_test.sh DIRECTORY-OF-PROGRAMS
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"
export LC_ALL=C.UTF-8
limit=300
chmod 755 "$here"
packages=(base-files base-passwd bash coreutils dash debianutils dpkg grep libacl1 libattr1 libbz2-1.0 libc-bin libc6 libcrypt1
  libgcc-s1 libgmp10 liblzma5 libmd0 libpcre2-8-0 libselinux1 libtinfo6 libzstd1 mount passwd perl-base sed zlib1g)

# fetch SUITE: downloads the packages of a suite to $here/SUITE/packages. Uses separate settings, lists and files of
# apt.
fetch() {
  local suite=$1 dir=$here/$1
  mkdir -p "$dir"/{lists/partial,archives/partial,packages,etc/preferences.d}
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian $suite main" >"$dir/etc/sources.list"
  : >"$dir/status"
  local apt=(apt-get -qq -o Dir::Etc::sourcelist="$dir/etc/sources.list" -o Dir::Etc::sourceparts=- -o Dir::State::lists="$dir/lists"
    -o Dir::Cache::archives="$dir/archives" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o Dir::State::status="$dir/status"
    -o Dir::Etc::preferencesparts="$dir/etc/preferences.d" -o APT::Sandbox::User=root -o Acquire::Retries=1 -o Acquire::Languages=none)
  timeout 120 "${apt[@]}" update >/dev/null 2>"$dir/why" || return 1
  # From Debian 13 on, coreutils hash with OpenSSL.
  local more=()
  [ "$suite" = bookworm ] || more=(libssl3t64)
  (cd "$dir/packages" && timeout 120 "${apt[@]}" download "${packages[@]}" "${more[@]}" >/dev/null 2>"$dir/why")
}

# unpack SUITE: makes a root as the installer leaves it: merged usr, the users' files, a /tmp for everybody, logs and
# devices.
unpack() {
  local to=$here/$1/root package file
  mkdir -p "$to/usr"/{bin,lib,lib64,sbin}
  for file in bin lib lib64 sbin; do ln -s usr/$file "$to/$file"; done
  for package in "$here/$1"/packages/*.deb; do dpkg-deb --fsys-tarfile "$package" | tar -x --keep-directory-symlink -C "$to" || return 1; done
  mkdir -p "$to"/{dev,proc,run,sys,tmp} && chmod 1777 "$to/tmp"
  cp "$to/usr/share/base-passwd/passwd.master" "$to/etc/passwd"
  cp "$to/usr/share/base-passwd/group.master" "$to/etc/group"
  (umask 077 && echo 'root:*:1:0:99999:7:::' >"$to/etc/shadow")
  echo debian >"$to/etc/hostname"
  echo log >"$to/var/log/dpkg.log"
  [ "$(id -u)" -ne 0 ] || mknod "$to/dev/null" c 1 3 2>/dev/null || true
  mkfifo "$to/run/initctl"
}

# root_of SUITE: makes signed runs of programs of this root.
root_of() {
  local suite=$1
  rm -rf out out.evidence.json
  expect "$suite/CoreutilsRun" 0 '^a23e5fdc' "$immure" run --in in --out out --key host.key --rootfs "$suite/root" -- sha256sum /in/a
  expect "$suite/EvidenceIsAccepted" 0 '^ACCEPTED' "$immure" verify out.evidence.json --key host.pub
  rm -rf out out.evidence.json
  expect "$suite/PerlRuns" 0 '^SOME TEXT$' "$immure" run --in in --out out --no-evidence --rootfs "$suite/root" -- \
    perl /in/upper.pl /in/a
  rm -rf out
  expect "$suite/ShellRuns" 0 '^shell$' "$immure" run --in in --out out --no-evidence --rootfs "$suite/root" -- /bin/sh -c 'echo shell'
  rm -rf out
  expect "$suite/SetIdBitsAreReported" 0 '/usr/bin/su: its set-user-ID|/usr/bin/passwd: its set-user-ID|and [0-9]+ more' \
    "$immure" run --in in --out out --no-evidence --rootfs "$suite/root" -- cat /in/a
  # A program that asks for the users gets the users of every cell, and no user of the root.
  rm -rf out out.evidence.json
  expect "$suite/TheUserHasAName" 0 '^user$' "$immure" run --in in --out out --key host.key --rootfs "$suite/root" -- id -un
  expect "$suite/TheFixedFilesAreAccepted" 0 '^ACCEPTED' "$immure" verify out.evidence.json --key host.pub
  rm -rf out
  expect "$suite/PerlHasTheNullDevice" 0 '^42$' "$immure" run --in in --out out --no-evidence --rootfs "$suite/root" -- perl -e 'print 6 * 7, "\n"'
  rm -rf out
  expect "$suite/ShadowStaysOut" 1 'No such file' "$immure" run --in in --out out --no-evidence --rootfs "$suite/root" -- cat /etc/shadow
  [ "$(id -u)" -eq 0 ] || return
  mkdir -p others && chown $ordinary:$ordinary others && cp "$immure" others/
  expect "$suite/OrdinaryUserRunsIt" 0 '^a23e5fdc' setpriv --reuid=$ordinary --regid=$ordinary --clear-groups \
    env IMMURE_CACHE="$here/others/cache" others/immure run --in in --out "others/$suite" --no-evidence --rootfs "$suite/root" -- sha256sum /in/a
}

export IMMURE_CACHE=$here/cache
mkdir in
echo 'some text' >in/a
echo 'print uc while <>;' >in/upper.pl
"$immure" keygen host.key >/dev/null
for suite in bookworm trixie; do
  if ! has apt-get || ! has dpkg-deb; then
    skip "$suite" tool 'there is no apt-get or no dpkg-deb'
  elif ! fetch $suite; then
    skip "$suite" network "the packages of $suite cannot be fetched: $(tail -n 1 "$here/$suite/why")"
  elif ! unpack $suite; then
    not_ok "$suite" 'the packages cannot be unpacked'
  else
    root_of $suite
  fi
done
finish
