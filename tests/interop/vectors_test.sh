#!/bin/bash
# The published vectors, read by a verifier that shares nothing with ours but the description of the format.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 70
if ! /usr/bin/python3 -c 'import cryptography' 2>/dev/null; then
  echo 'skip VectorsAreReadByAnother: python3-cryptography is not installed'
  exit 0
fi
exec /usr/bin/python3 tests/interop/verify_vectors.py tests/vectors
