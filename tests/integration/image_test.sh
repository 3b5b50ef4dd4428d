#!/usr/bin/env bash
# Tests root directories of distributions, container images, and the cache in which immure keeps images.
# usage: image_test.sh DIRECTORY-OF-PROGRAMS
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"
export LC_ALL=C.UTF-8
limit=120
chmod 755 "$here"

# go NAME CODE PATTERN OPTIONS... -- COMMAND...: makes an unsigned run on `in`, with the command words $user before
# immure.
user=()
go() {
  local name=$1 wanted=$2 pattern=$3
  shift 3
  rm -rf "$place/out"
  expect "$name" "$wanted" "$pattern" "${user[@]}" env IMMURE_CACHE="$place/cache" "$program" run --in "$here/in" \
    --out "$place/out" --no-evidence "$@"
}

mkdir in programs
echo 'some text' >in/a
"$immure" keygen host.key >/dev/null
cp "$immure" programs/
program=$here/programs/immure

# Makes a root like Alpine's: busybox and links to busybox. This root is not an image yet: it has no /in and no /out.
busybox_root() {
  mkdir -p "$1"/{bin,dev,etc,proc,run,sys,tmp,usr/bin,var}
  cp /usr/bin/busybox "$1/bin/busybox"
  local name
  for name in cat sh sha256sum wc; do ln -s /bin/busybox "$1/bin/$name"; done
  ln -s ../../bin/busybox "$1/usr/bin/sort"
  ln -s /run "$1/var/run"
  echo 'root:x:0:0:root:/root:/bin/sh' >"$1/etc/passwd"
  echo host >"$1/etc/hostname"
  mkdir -p "$1/tmp/leftover" "$1/run/service"
  chmod 1777 "$1/tmp"
}

# Makes a root like Debian's from the files of this host: merged usr, and the loader behind two links.
host_root() {
  local file real
  mkdir -p "$1"/{dev,etc,proc,run,sys,tmp,usr/bin,usr/lib,usr/lib64,usr/sbin,var/tmp}
  for file in bin lib lib64 sbin; do ln -s usr/$file "$1/$file"; done
  for file in /usr/bin/sort /usr/bin/sha256sum; do
    cp "$file" "$1$file"
    ldd "$file" | grep -o '/[^ ]*' | while read -r real; do
      mkdir -p "$1$(dirname "$(realpath "$real")")"
      cp "$(realpath "$real")" "$1$(realpath "$real")"
      # Make the name by which the loader looks for the library.
      [ -e "$1$real" ] || ln -s "$(realpath "$real")" "$1$real"
    done
  done
  cp /etc/passwd "$1/etc/"
  echo "1.2.3.4 host" >"$1/etc/hosts"
  cp /usr/bin/sort "$1/usr/bin/su" && chmod 4755 "$1/usr/bin/su"
}

# Makes each run as the user who runs this test and, if this user is root, as an ordinary user.
as_each() {
  place=$here/own user=()
  mkdir -p "$place"
  "$1" ""
  [ "$(id -u)" -eq 0 ] || return
  place=$here/others
  mkdir -p "$place" && chown $ordinary:$ordinary "$place"
  user=(setpriv --reuid=$ordinary --regid=$ordinary --clear-groups env HOME="$place")
  "$1" /OrdinaryUser
  user=() place=$here/own
}

roots() {
  local who=$1
  go "BusyboxRootRuns$who" 0 '^some text$' --rootfs "$here/busybox" -- /bin/cat /in/a
  go "LinksInARootAreFollowed$who" 0 '^a23e5fdc' --rootfs "$here/busybox" -- sha256sum /in/a
  go "WhatIsLeftOutIsReported$who" 0 'left out of the image of .*busybox: .*/dev: no cell has it' --rootfs "$here/busybox" -- cat /in/a
  go "PasswdOfTheRootIsNotInTheCell$who" 1 'No such file' --rootfs "$here/busybox" -- cat /etc/hostname
  go "UsersAreThoseOfEveryCell$who" 0 '^user:x:1000:1000:user:/:/bin/sh$' --rootfs "$here/busybox" -- cat /etc/passwd
  go "ItsOwnPasswdIsToldToBeReplaced$who" 0 '/etc/passwd: every cell has immure.s own' --rootfs "$here/busybox" -- cat /in/a
  go "MergedRootRuns$who" 0 '^a23e5fdc' --rootfs "$here/merged" -- /bin/sha256sum /in/a
  go "SetIdBitIsReported$who" 0 '/usr/bin/su: its set-user-ID' --rootfs "$here/merged" -- sort /in/a
  go "RelativeProgramIsRefused$who" 64 'not an absolute path' --rootfs "$here/merged" -- bin/sort /in/a
}

# layout DIRECTORY TAG COMPRESSION TAR...: makes an OCI image layout whose layers are these archives.
layout() {
  python3 - "$@" <<'PYTHON'
import gzip, hashlib, json, os, subprocess, sys
directory, tag, compression, *layers = sys.argv[1:]
os.makedirs(directory + "/blobs/sha256", exist_ok=True)
def blob(data, media):
    digest = hashlib.sha256(data).hexdigest()
    open(f"{directory}/blobs/sha256/{digest}", "wb").write(data)
    return {"mediaType": media, "digest": "sha256:" + digest, "size": len(data)}
compress = {"plain": lambda data: data, "gzip": gzip.compress,
            "zstd": lambda data: subprocess.run(["zstd", "-c"], input=data, stdout=subprocess.PIPE, check=True).stdout}[compression]
tars = [open(layer, "rb").read() for layer in layers]
machine = {"x86_64": "amd64", "aarch64": "arm64"}[os.uname().machine]
config = json.dumps({"architecture": machine, "os": "linux", "config": {"Env": ["PATH=/bin"], "Entrypoint": ["/bin/sh"]},
                     "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(tar).hexdigest() for tar in tars]}})
manifest = json.dumps({"schemaVersion": 2, "config": blob(config.encode(), "application/vnd.oci.image.config.v1+json"),
                       "layers": [blob(compress(tar), "application/vnd.oci.image.layer.v1.tar") for tar in tars]})
entry = blob(manifest.encode(), "application/vnd.oci.image.manifest.v1+json")
entry["annotations"] = {"org.opencontainers.image.ref.name": tag}
json.dump({"schemaVersion": 2, "manifests": [entry]}, open(directory + "/index.json", "w"))
open(directory + "/oci-layout", "w").write('{"imageLayoutVersion": "1.0.0"}')
PYTHON
}

# saved FILE TAR...: makes a file like that of `docker save`, with these layers.
saved() {
  python3 - "$@" <<'PYTHON'
import hashlib, io, json, os, sys, tarfile
name, *layers = sys.argv[1:]
machine = {"x86_64": "amd64", "aarch64": "arm64"}[os.uname().machine]
tars = [open(layer, "rb").read() for layer in layers]
config = json.dumps({"architecture": machine, "os": "linux",
                     "rootfs": {"diff_ids": ["sha256:" + hashlib.sha256(tar).hexdigest() for tar in tars]}}).encode()
members = {f"{number}/layer.tar": tar for number, tar in enumerate(tars)}
config_name = hashlib.sha256(config).hexdigest() + ".json"
members[config_name] = config
members["manifest.json"] = json.dumps([{"Config": config_name, "Layers": [f"{n}/layer.tar" for n in range(len(tars))]}]).encode()
with tarfile.open(name, "w") as archive:
    for member, data in members.items():
        info = tarfile.TarInfo(member)
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
PYTHON
}

container_images() {
  local who=$1 compression
  for compression in plain gzip zstd; do
    [ -d "$here/oci-$compression" ] || continue
    go "OciImageRuns/$compression$who" 0 '^some text$' --image "oci:$here/oci-$compression" -- cat /in/a
  done
  go "UsersOfAnImageAreThoseOfEveryCell$who" 0 '^user:x:1000' --image "oci:$here/oci-plain:latest" -- cat /etc/passwd
  go "ANullDeviceIsInAnImage$who" 0 '^read$' --image "oci:$here/oci-plain:latest" -- sh -c 'read -r x </dev/null; echo hidden >/dev/null; echo read'
  go "UpperLayerWins$who" 0 '^upper$' --image "oci:$here/oci-plain:latest" -- cat /data/one
  go "WhiteoutRemoves$who" 1 'No such file' --image "oci:$here/oci-plain:latest" -- cat /data/two
  go "AnUnusedEntrypointIsReported$who" 0 "note: the image's Entrypoint, Env is not used" --image "oci:$here/oci-plain" -- cat /in/a
  go "UnknownTagIsNamed$who" 3 'no image with the tag old .*It has the tags latest' --image "oci:$here/oci-plain:old" -- cat /in/a
  go "DockerArchiveRuns$who" 0 '^some text$' --image "docker-archive:$here/saved.tar" -- /bin/cat /in/a
  go "OneStaticFileIsAnImage$who" 0 '^some text$' --image "oci:$here/one" -- /cat /in/a
  go "DamagedLayerIsRefused$who" 3 'has the digest .* and the image says' --image "oci:$here/damaged" -- cat /in/a
}

make_images() {
  mkdir -p upper/data upper/bin one
  tar -C busybox -cf lower.tar .
  mkdir -p low/data && echo lower | tee low/data/one >low/data/two
  tar -C low -cf data.tar data
  echo upper >upper/data/one
  touch upper/data/.wh.two
  tar -C upper -cf upper.tar data
  local compression
  for compression in plain gzip zstd; do
    [ $compression = zstd ] && ! has zstd && { skip OciImageRuns/zstd tool 'there is no zstd'; continue; }
    layout oci-$compression latest $compression lower.tar data.tar upper.tar
  done
  saved saved.tar lower.tar data.tar
  cp busybox/bin/busybox one/cat
  tar -C one -cf one.tar cat
  layout one latest gzip one.tar
  layout damaged latest gzip upper.tar lower.tar
  local layer
  layer=$(find damaged/blobs -size +300k | head -n 1)
  printf x >>"$layer"
  chmod -R a+rX busybox merged oci-* one damaged saved.tar
}

evidence() {
  export IMMURE_CACHE=$here/own/cache
  rm -rf out e.json
  expect SignedContainerRun 0 '^some text' "$immure" run --in in --out out --key host.key --evidence e.json \
    --image oci:oci-gzip -- cat /in/a
  expect EvidenceOfAContainerImageIsAccepted 0 '^ACCEPTED' "$immure" verify e.json --key host.pub
  local manifest
  manifest=$(grep -o 'sha256:[0-9a-f]*' oci-gzip/index.json | head -n 1 | cut -d: -f2)
  same EvidenceNamesTheManifest "$manifest" \
    "$(statement e.json | python3 -c 'import json,sys; print(json.load(sys.stdin)["predicate"]["imageSource"]["sha256"])')"
  same EvidenceNamesTheLayers 3 \
    "$(statement e.json | python3 -c 'import json,sys; print(len(json.load(sys.stdin)["predicate"]["imageSource"]["layers"]))')"
  rm -rf out
  expect DryRunListsTheImage 0 "its digest is $manifest" "$immure" run --dry-run --in in --out out --image oci:oci-gzip -- cat /in/a
}

cache_commands() {
  expect ImagesAreListed 0 'oci +oci:' "$immure" image ls
  expect ImagesAreListed/Json 0 '"kind":"rootfs"' "$immure" image ls --json
  local key
  key=$("$immure" image ls | awk '$6 == "oci" {print $1; exit}')
  expect ImageIsShown 0 '^layer +[0-9a-f]{64}$' "$immure" image show "$key"
  expect UnknownImageIsNamed 64 'is no image of the cache' "$immure" image show 000000000000zz
  expect OptionWithoutPruneIsRefused 64 'only with prune' "$immure" image ls --all
  # A running program holds its image in the cache.
  "$immure" run --in in --out held --no-evidence --timeout 1m --rootfs busybox -- sh -c 'while :; do :; done' 2>/dev/null &
  local runner=$! tries
  for ((tries = 0; tries < 600; tries++)); do
    "$immure" image ls | grep -q 'busybox (in use)' && break
    sleep 0.1
  done
  expect PruneLeavesTheImageOfARun 0 ' images removed' "$immure" image prune --all
  expect ImageOfARunIsStillThere 0 'busybox \(in use\)' "$immure" image ls
  holds RunGoesOnBesidePrune kill -0 $runner
  kill $runner
  wait $runner
  expect PruneRemovesTheRest 0 '^1 image removed' "$immure" image prune --all
  same NothingIsLeft '' "$(find "$IMMURE_CACHE/images" -type f ! -name '.lock' ! -name '.immure-cache' ! -name 'digest-*')"
}

busybox_root busybox
host_root merged
make_images
as_each roots
as_each container_images
evidence
cache_commands
finish
