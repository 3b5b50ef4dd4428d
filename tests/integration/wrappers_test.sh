#!/usr/bin/env bash
# Tests that immure starts the program behind a script that only starts a program, and names the program otherwise.
# usage: wrappers_test.sh DIRECTORY-OF-PROGRAMS
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"
export LC_ALL=C.UTF-8 IMMURE_CACHE=$here/cache
limit=300
cd "$here" || exit 70
mkdir in tools other && printf 'b\na\n' >in/a
sorts=/usr/bin/sort

# started NAME OUTPUT NOTE COMMAND...: the command must print OUTPUT in a cell, and a note must match NOTE.
started() {
  local name=$1 wanted=$2 note=$3
  shift 3
  rm -rf out
  expect "$name/Runs" 0 "^immure: note: $note" "$immure" run --in in --out out --no-evidence -- "$@"
  same "$name/Output" "$wanted" "$out"
}

own_scripts() {
  make_script tools/sorted <<<$'#!/bin/sh\n# Sorts.\nset -e\nprogram='"$sorts"$'\nexec "$program" -r "$@"'
  started Own $'b\na' ".*/tools/sorted only starts $sorts, so immure starts that program itself" tools/sorted /in/a
  expect Own/PlanHasTheProgram 0 "$sorts" "$immure" run --in in --out out2 --no-evidence --dry-run -- tools/sorted /in/a
  make_script tools/again <<<$'#!/bin/sh\nexec '"$here"$'/tools/sorted -u "$@"'
  started Chain $'b\na' ".*/tools/sorted only starts $sorts" tools/again /in/a
  # Two scripts that start each other are no program, and immure does not look for one for ever.
  make_script tools/one <<<$'#!/bin/sh\nexec '"$here"$'/tools/two "$@"'
  make_script tools/two <<<$'#!/bin/sh\nexec '"$here"$'/tools/one "$@"'
  expect Circle/Ends 126 'a cell denies that' "$immure" run --in in --out out3 --no-evidence -- tools/one
  make_script tools/busy <<<$'#!/bin/sh\necho first\nexec '"$sorts"$' "$@"'
  expect NotPlain/IsNamed 126 "^immure: note: .*/tools/busy is a script that ends by starting another program.*: $sorts\$" \
    "$immure" run --in in --out out4 --no-evidence -- tools/busy /in/a
  same NotPlain/TheScriptRan first "$out"
}

# A script that starts different programs is no wrapper, and is not the program that the catalogue knows by this name.
branches() {
  make_script tools/convert <<<$'#!/bin/sh\nreal=/nowhere/convert\nif [ -e "$real" ]; then\n  exec "$real" "$@"\nfi\nexec '"$sorts"$' -r "$@"\n: more'
  expect Branches/AreNamed 126 "^immure: note: .*/tools/convert is a script that may start another program.*: /nowhere/convert, $sorts\." \
    "$immure" run --in in --out out9 --no-evidence -- tools/convert /in/a /out/b
}

# A script may name programs of the system and of its own directory, as everything that a program names.
reach() {
  cp "$sorts" other/sort && chmod 755 other/sort
  make_script tools/away <<<$'#!/bin/sh\nexec '"$here"$'/other/sort "$@"'
  expect Reach/NotElsewhere 126 'a cell denies that' "$immure" run --in in --out out5 --no-evidence -- tools/away /in/a
  make_script tools/none <<<$'#!/bin/sh\nexec /nowhere/program "$@"'
  expect Reach/NothingThere 126 'a cell denies that' "$immure" run --in in --out out6 --no-evidence -- tools/none
}

system_scripts() {
  if [[ $(head -c2 /usr/bin/zcat) == '#!' ]] && has gzip; then
    gzip -c in/a >in/a.gz
    started Zcat $'b\na' '/.*zcat only starts /.*gzip' zcat /in/a.gz
    expect Zcat/ItsOwnOptionIsItsOwn 0 'zcat \(gzip\)' "$immure" run --in in --out out7 --no-evidence -- zcat --version
  fi
  if [[ -f /usr/lib/p7zip/7z && $(head -c2 /usr/bin/7z) == '#!' ]]; then
    expect 7z/Runs 0 'note: /usr/bin/7z only starts /usr/lib/p7zip/7z' "$immure" run --in in --out out8 --no-evidence -- 7z a /out/a.7z /in/a
    holds 7z/Works test -s out8/a.7z
  fi
}

everything() {
  own_scripts
  branches
  reach
  system_scripts
}
everybody everything
finish
