#!/bin/bash
# Runs a sample of script/resource-walk, the same sample each time: some of the steps of each climb, and some of the
# kills.
# usage: resource_walk_test.sh BIN_DIR
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"
# shellcheck source=tests/attack/walk_samples.bash
source "$root/tests/attack/walk_samples.bash"
if ((EUID != 0)); then
  skip ResourceWalk root 'only root can mount the small file systems'
  finish
fi
walk_samples immure-resources 29 TooLittleGivesRootNothingFalse \
  31 65531 TooLittleGivesAnOrdinaryUserNothingFalse
finish
