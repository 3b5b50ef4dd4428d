#!/bin/bash
# A sample of script/fault-injection, the same each time: some of the calls of a run fail, one error each.
# usage: faults_test.sh BIN_DIR
set -uo pipefail
"$1/immure-faults" "$1" --every 61
status=$?
((status == 0)) && echo 'ok EveryFaultIsSeenAndNothingIsLeft'
exit "$status"
