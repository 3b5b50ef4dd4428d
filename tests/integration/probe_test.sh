#!/bin/bash
# Runs the probes in a cell, in bubblewrap and on the bare machine, and checks the page of their results.
# usage: probe_test.sh BIN_DIR
set -uo pipefail
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"

everything=network,input,output,filesystem,mounts,environment,exec,process,privilege,kernel,abi,resources
mkdir in
echo text >in/a

run "$immure" probe --list --format markdown
if [[ $out == "$(<"$root/docs/probes.md")" ]]; then ok page-is-what-the-program-says; else
  not_ok page-is-what-the-program-says "write docs/probes.md again: immure probe --list --format markdown >docs/probes.md"
fi
expect show-says-all 0 'control +in a separate root directory, .*the same call must not answer' "$immure" probe show kernel/tiocsti
expect show-says-why-there-is-no-control 0 'control +none: ' "$immure" probe show kernel/accounting
expect show-of-an-unknown-one 64 'Did you mean exec/' "$immure" probe show exec/execv
expect unknown-boundary 64 'there is no boundary nets' "$immure" probe --require nets
expect markdown-of-answers 64 'text, json, junit or html' "$immure" probe --format markdown

expect bare-leaks 1 'filesystem +leaks' "$immure" probe --require filesystem
expect bare-network-leaks 1 '#25 .* leaks' "$immure" probe --require 25
holds bare-json bash -c '"$1" probe --json | python3 -c "
import json, sys
here = json.load(sys.stdin)
assert len(here[\"tests\"]) == 14 and len(here[\"requirements\"]) == 6 and len(here[\"boundaries\"]) == 12
assert any(row[\"found\"] == \"leaks\" for row in here[\"probes\"])"' _ "$immure"
holds bare-junit bash -c '"$1" probe --format junit | python3 -c "
import sys, xml.etree.ElementTree as tree
suite = tree.fromstring(sys.stdin.read())
assert int(suite.get(\"tests\")) == len(suite.findall(\"testcase\"))
assert int(suite.get(\"failures\")) == len(suite.findall(\"testcase/failure\")) > 0"' _ "$immure"

run "$immure" probe --format html
if [[ $code == 0 && $out == '<!DOCTYPE html>'*'<h2>Requirements</h2>'*'>filesystem/'*'✗ </span>leaks'* ]]; then ok bare-html; else
  not_ok bare-html "exit code $code" "${out:0:300}"
fi
if grep -qiE '<script|<iframe|<img|<link|src=|href=|https?:' <<<"$out"; then not_ok html-loads-nothing; else ok html-loads-nothing; fi

# A cell needs user namespaces. If the machine has none, the run says BLOCKED, and the test has nothing to compare.
run env IMMURE_CACHE="$here/cache" "$immure" run --in in --out out --no-evidence -- "$immure" probe --require "$everything"
if [[ $code == 3 && $err == *BLOCKED* ]]; then skip cell-holds cell 'no cell can be built here'; elif [[ $code == 0 ]]; then ok cell-holds; else
  not_ok cell-holds "exit code $code" "$out" "$err"
fi

if command -v bwrap >/dev/null && bwrap --unshare-all --ro-bind "$immure" /immure --remount-ro / /immure version >/dev/null 2>&1; then
  expect bubblewrap-holds-where-it-can 0 '#28 .* holds' \
    bwrap --unshare-all --ro-bind "$immure" /immure --remount-ro / --clearenv /immure probe --require 28
  expect bubblewrap-filters-nothing 1 'kernel +leaks' \
    bwrap --unshare-all --ro-bind "$immure" /immure --remount-ro / --clearenv /immure probe --require kernel
else
  skip bubblewrap-holds-where-it-can tool 'needs bwrap'
  skip bubblewrap-filters-nothing tool 'needs bwrap'
fi
finish
