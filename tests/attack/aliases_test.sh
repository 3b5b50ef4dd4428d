#!/usr/bin/env bash
# The private key, the output, the evidence or the image cache has a second name in the input: a hard link or a bind
# mount. Or one of the kernel's own file systems is mounted in the input. immure refuses each case and names the path in
# the input. Usage: aliases_test.sh BIN_DIR
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"

export IMMURE_CACHE=$here/cache
"$immure" keygen host.key >/dev/null
mkdir -p in/sub keys evidence out && echo text >in/f && echo text >in/sub/f && cp host.key keys/
signed=("$immure" run --in in --out out --key host.key -- /bin/cat /in/f)

# refused NAME PATTERN COMMAND...: the command must be BLOCKED for this reason, and must sign nothing.
refused() {
  expect "$1" 3 "^immure: BLOCKED: $2" "${@:3}"
  holds "$1/NothingIsSigned" [ ! -e out.evidence.json ]
  rm -rf out.evidence.json out/*
}
ln host.key in/sub/key
refused AHardLinkOfTheKeyIsRefused 'in/sub/key: is the private key host.key\. .*could write the key' "${signed[@]}"
refused AHardLinkIsRefusedInACopyToo 'in/sub/key: is the private key' "$immure" run --stage --in in --out out --key host.key -- /bin/cat /in/f
rm in/sub/key
refused AnInputOfTheKernelsOwnIsRefused '/proc/sys/kernel: lies on proc, a file system that the kernel generates' \
  "$immure" run --in /proc/sys/kernel --out out --key host.key -- /bin/cat /in/ostype
expect ACacheInTheInputIsRefused 3 "in/cache/images: is immure.s image cache\. .*IMMURE_CACHE" \
  env IMMURE_CACHE="$here/in/cache" "${signed[@]}"
chmod -R u+w in/cache && rm -rf in/cache
expect WithoutASecondNameItRuns 0 '^text$' "${signed[@]}"
rm -rf out/* out.evidence.json

if ! unshare -m true 2>/dev/null; then
  skip AMountOfTheKeyIsRefused root 'needs a mount namespace, which root can make'
  finish
fi
# mounted ARGUMENT... -- COMMAND...: runs the command in a mount namespace after `mount ARGUMENT...`.
mounted() {
  local arguments=()
  while [ "$1" != -- ]; do arguments+=("$1") && shift; done
  unshare -m bash -c 'mount "${@:2:$1}" && shift $(($1 + 1)) && exec "$@"' mounted "${#arguments[@]}" "${arguments[@]}" "${@:2}"
}
mkdir in/dir
refused AMountOfTheKeyIsRefused 'in/f: is the private key host.key' mounted --bind host.key in/f -- "${signed[@]}"
refused AMountOfTheKeysDirectoryIsRefused 'in/dir/host.key: is the private key keys/host.key' \
  mounted --bind keys in/dir -- "$immure" run --in in --out out --key keys/host.key -- /bin/cat /in/f
refused AMountOfTheOutputIsRefused 'in/dir: is the output directory out' mounted --bind out in/dir -- "${signed[@]}"
refused AMountAboveTheOutputIsRefused 'in/dir/out: is the output directory keys/out' \
  mounted --bind keys in/dir -- "$immure" run --in in --out keys/out --key host.key --evidence out.evidence.json -- /bin/cat /in/f
refused AMountOfTheEvidencesDirectoryIsRefused 'in/dir: is the directory of the evidence' \
  mounted --bind evidence in/dir -- "$immure" run --in in --out out --key host.key --evidence evidence/e.json -- /bin/cat /in/f
holds NoEvidenceInTheInput [ -z "$(ls -A evidence)" ]
refused AMountOfTheCacheIsRefused 'in/dir/images: is immure.s image cache' mounted --bind cache in/dir -- "${signed[@]}"
expect AMountOfSomethingElseRuns 0 '^text$' mounted --bind keys in/dir -- "${signed[@]}"
rm -rf out/* out.evidence.json

refused AMountOfProcIsRefused 'in/dir: lies on proc, a file system that the kernel generates.*Unmount this file system' \
  mounted -t proc proc in/dir -- "${signed[@]}"
refused AMountOfSysfsIsRefused 'in/dir: lies on sysfs, a file system that the kernel generates' \
  mounted --bind /sys in/dir -- "${signed[@]}"
refused AMountedFileOfProcIsRefused 'in/f: lies on proc, a file system that the kernel generates' \
  mounted --bind /proc/version in/f -- "${signed[@]}"
# The image leaves out what lies at root/proc, so mount proc in another place.
mkdir -p root/{in,out,bin,data} && cp "$immure" root/bin/immure
refused AMountOfProcInARootfsIsRefused '.*root/data: lies on proc, a file system that the kernel generates' \
  mounted -t proc proc root/data -- "$immure" run --in in --out out --key host.key --rootfs root -- /bin/immure
[ "$(id -u)" -ne 0 ] || as_ordinary_user
finish
