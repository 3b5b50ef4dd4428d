#!/bin/bash
# Talks to `immure mcp` with the reference client of the Model Context Protocol.
# usage: mcp_test.sh DIRECTORY-OF-PROGRAMS
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"
export IMMURE_CACHE=$here/cache
packages=$root/build/npm/node_modules
if ! has node || [ ! -d "$packages/@modelcontextprotocol/sdk" ]; then
  skip ReferenceClient debian 'needs node, npm and the packages of tests/interop/npm; script/setup installs them from the npm registry'
  finish
fi
mkdir -p work/drop
echo 'some text' >work/drop/a.txt
"$immure" keygen host.key >/dev/null
# node looks for packages beside the script and above it.
ln -s "$packages" node_modules
cp "$root/tests/interop/mcp_client.mjs" .
timeout -k 5 200 node mcp_client.mjs "$immure" work host.key || failures=$((failures + 1))
finish
