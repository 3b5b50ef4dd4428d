#!/bin/bash
# Reads the published vectors by a verifier that shares nothing with immure's but the description of the format.
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"
if ! /usr/bin/python3 -c 'import cryptography' 2>/dev/null; then
  skip VectorsAreReadByAnother tool 'python3-cryptography is not installed'
  finish
fi
/usr/bin/python3 "$root/tests/interop/verify_vectors.py" "$root/tests/vectors"
