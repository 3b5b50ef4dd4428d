#!/bin/bash
# Tests the small programs with which script/package makes and signs releases: the image archive and the provenance.
# Usage: release_test.sh BIN_DIR
# shellcheck source=tests/harness.bash
source "$(dirname "$0")/../harness.bash"

# --- The provenance
echo one >one.deb && echo two >two.tar.gz && sha256sum one.deb two.tar.gz >SHA256SUMS
export SOURCE_DATE_EPOCH=1780000000
provenance() { "$root/script/provenance" "$@"; }
if has openssl && [ "$(/usr/bin/python3 -c 'import sys; print(sys.version_info >= (3, 11))')" = True ]; then
  for type in ed25519 p256; do
    "$immure" keygen --type $type $type.key >/dev/null
    holds "Provenance/$type/IsSigned" provenance sign --key $type.key --sums SHA256SUMS --output $type.json
    expect "Provenance/$type/IsVerified" 0 '2 packages' provenance verify $type.json one.deb two.tar.gz --key $type.pub
  done
  expect Provenance/AnotherKey 1 'is not signed by' provenance verify ed25519.json one.deb --key p256.pub
  echo changed >one.deb
  expect Provenance/AChangedPackage 1 'one.deb: is not the package' provenance verify ed25519.json one.deb two.tar.gz --key ed25519.pub
  echo other >other.deb
  expect Provenance/APackageThatIsNotNamed 1 'other.deb: is not the package' provenance verify ed25519.json other.deb --key ed25519.pub
  # Another program's reading of the envelope: the signature is over DSSE's encoding, and the statement is in-toto's.
  cat >other.py <<'END'
import base64, json, sys
from cryptography.hazmat.primitives.serialization import load_pem_public_key
envelope = json.load(open(sys.argv[1]))
payload = base64.b64decode(envelope["payload"])
kind = envelope["payloadType"].encode()
message = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)
load_pem_public_key(open(sys.argv[2], "rb").read()).verify(base64.b64decode(envelope["signatures"][0]["sig"]), message)
statement = json.loads(payload)
print(statement["predicateType"], [subject["name"] for subject in statement["subject"]])
END
  if python3 -c 'import cryptography' 2>/dev/null; then
    expect Provenance/IsReadByAnotherProgram 0 "slsa.dev/provenance/v1 \['one.deb', 'two.tar.gz'\]" python3 other.py ed25519.json ed25519.pub
    sed -i 's/"payload":"./"payload":"f/' ed25519.json
    expect Provenance/AForgery 1 '.*' python3 other.py ed25519.json ed25519.pub
    expect Provenance/AForgeryIsFound 1 'is not signed by|is no provenance' provenance verify ed25519.json two.tar.gz --key ed25519.pub
  fi
else
  skip Provenance tool 'no openssl, or no Python 3.11'
fi

# --- The image archive
mkdir -p layer/usr/bin && cp "$immure" layer/usr/bin/
tar -C layer --sort=name --owner=0 --group=0 --mtime=@0 -cf layer.tar usr
image() { "$root/script/oci-archive" --name immure:test --entrypoint /usr/bin/immure --layer layer.tar --created 1780000000 \
  --architecture "$(dpkg --print-architecture)" --output "$1"; }
holds ImageArchive/IsMade image first.tar
image second.tar
holds ImageArchive/IsTheSameAgain cmp first.tar second.tar
# Only root can load an image without leaving files in the home directory.
if has podman && [ "$(id -u)" -eq 0 ]; then
  engine=(podman --root "$here/storage" --runroot "$here/runroot" --storage-driver vfs --cgroup-manager cgroupfs)
  # crun refuses a host with both versions of control groups.
  if has runc; then engine+=(--runtime runc); fi
  expect ImageArchive/PodmanLoadsIt 0 'immure:test' "${engine[@]}" load -i first.tar
  expect ImageArchive/PodmanRunsIt 0 '^immure [0-9]' "${engine[@]}" run --rm --network none --ulimit nofile=4096:4096 --ulimit nproc=4096:4096 immure:test version
else
  skip ImageArchive/PodmanLoadsIt root 'needs podman and root'
fi
finish
