#!/bin/bash
# Runs a sample of script/race-walk, the same sample each time: exchanges some of the operator's paths before some of
# the calls.
# usage: race_walk_test.sh BIN_DIR
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"
# shellcheck source=tests/attack/walk_samples.bash
source "$root/tests/attack/walk_samples.bash"
if ((EUID != 0)); then
  skip RaceWalk root 'only root can be both the operator and the attacker'
  finish
fi
walk_samples immure-races 41 ExchangedPathsGiveRootNothingFalse \
  43 65534 ExchangedPathsGiveAnOrdinaryUserNothingFalse
finish
