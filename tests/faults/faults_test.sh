#!/bin/bash
# Runs a sample of script/fault-injection, the same sample each time: some of the calls of a run fail, each with one
# error.
# usage: faults_test.sh BIN_DIR
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"
holds EveryFaultIsSeenAndNothingIsLeft "$bin/../tests/immure-faults" "$bin" --every 61
finish
