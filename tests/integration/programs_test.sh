#!/usr/bin/env bash
# Runs everyday tasks of real programs in cells, and checks what the programs really did. tests/programs/run --help
# tells more.
# usage: programs_test.sh DIRECTORY-OF-PROGRAMS
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"

if [ -x /usr/bin/python3 ] && /usr/bin/python3 -c 'import tomllib' 2>/dev/null; then
  # The runner finds out itself how to run tasks as an ordinary user.
  "$root/tests/programs/run" --bin "$bin" --jobs 2 --facts || failures=1
else
  skip RealPrograms tool "there is no /usr/bin/python3 with tomllib"
fi
finish
