#!/usr/bin/env bash
# Attacks a cell whose program may start declared programs of its image: everything else stays impossible to execute, by
# every way, also from a helper; and limits, deadline and signals hold for helpers.
# usage: helpers_test.sh DIRECTORY-OF-PROGRAMS
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"
export LC_ALL=C.UTF-8 IMMURE_CACHE=$here/cache
limit=300
program=$(payload helpers "$root/tests/attack/helpers.c")
cd "$here" || exit 70
cp "$program" attack && cp "$program" helper && chmod 755 attack helper
# Two equal files may be one file in the image, so the helper is a file of its own.
echo >>helper
mkdir in && cp /usr/bin/true in/tool && chmod 755 in in/tool
"$immure" keygen host.key >/dev/null 2>&1
declared=$(realpath /usr/bin/gzip) undeclared=$(realpath /usr/bin/tac)
loader=$(LC_ALL=C readelf -l attack | sed -n 's/.*interpreter: \(.*\)\]/\1/p')

# attacked NAME [OPTION...]: makes a signed run of the attacks, with their output in $said.
attacked() {
  local name=$1
  shift
  rm -rf "out-$name"
  run "$immure" run --in in --out "out-$name" --key host.key --evidence "$name.json" --replace --no-observer --tmp 16MiB \
    --include "$undeclared" --package gzip "$@" -- ./attack "$declared" "$undeclared" "$loader" /app/helper
  said=$out
  if [[ $said == *hard-link* ]]; then ok "$name/Runs"; else not_ok "$name/Runs" "exit code $code" "$out" "$err"; fi
}

# answers NAME PREFIX: compares the answers with a table on standard input.
answers() {
  local what answer
  while read -r what answer; do
    if grep -qxE "$2$what ($answer)" <<<"$said"; then ok "$1/$2$what"; else
      not_ok "$1/$2$what" "not $answer: $(grep "^$2$what " <<<"$said")"
    fi
  done
}

# What no declaration changes. The twin of each refusal is `declared`, the same call with a declared file.
refused_by_every_way() {
  answers "$1" "$2" <<'TABLE'
input EACCES
output EACCES
output-script EACCES
scratch EACCES
descriptor-path ENOENT
device-path ENOENT
descriptor EPERM
at EPERM
memory-file EPERM
loader-input exit 127
loader-output exit 127
loader-scratch exit 127
replace EXDEV|EROFS|EACCES
exchange EXDEV|EROFS|EACCES
write EACCES|EROFS
chmod EROFS
remove EROFS|EACCES
symlink EPERM
hard-link EPERM
TABLE
}

declared_files() {
  attacked declared --exec "$declared" --exec "$here/helper"
  local prefix
  for prefix in '' helper/; do
    answers declared "$prefix" <<'TABLE'
declared ok
itself ok
undeclared EACCES
loader-image ok
TABLE
    refused_by_every_way declared "$prefix"
  done
  expect declared/Rejected 1 'accept' "$immure" verify declared.json --key host.pub
  expect declared/RejectedAsWork 1 'accept' "$immure" verify declared.json --key host.pub --accept work
  expect declared/Accepted 0 '^acceptance profile: build$' "$immure" verify -v declared.json --key host.pub --accept build
  expect declared/EvidenceIsShown 0 "^may start: $declared .SHA-256" "$immure" show declared.json
  same declared/EvidenceHasTheDigest "$(sha256sum <"$declared" | cut -d' ' -f1)" \
    "$(statement declared.json | sed -n "s|.*\"sha256\":\"\([0-9a-f]*\)\"},\"name\":\"$declared\".*|\1|p")"
}

whole_image() {
  attacked image --exec image
  answers image '' <<'TABLE'
declared ok
itself ok
undeclared ok
loader-image ok
TABLE
  refused_by_every_way image ''
  expect image/Accepted 0 '^acceptance profile: build$' "$immure" verify -v image.json --key host.pub --accept build
}

# The twin of all: without a declaration the same program starts nothing at all.
no_helpers() {
  attacked none
  answers none '' <<'TABLE'
declared EPERM
itself EPERM
undeclared EPERM
input EPERM
output EPERM
scratch EPERM
descriptor EPERM
memory-file EPERM
loader-image EPERM
TABLE
  same none/NoHelper "helper EPERM" "$(tail -n 1 <<<"$said")"
  expect none/Accepted 0 . "$immure" verify none.json --key host.pub --accept work
}

# The number tells these processes from those of other tests.
nap=1000.$$
make_script loop.sh <<SCRIPT
#!/bin/sh
[ \$# -eq 0 ] || exit 0
sleep $nap &
sleep $nap
SCRIPT
make_script bomb.sh <<'SCRIPT'
#!/bin/sh
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do sleep 20 & done
wait
SCRIPT
cat >few.toml <<'TOML'
unsafe_exec = ["sleep"]
[limits]
processes = 8
wall = "5s"
TOML

helpers_are_bounded() {
  # Pack the image first, so that the time limit is that of the program.
  expect Bounded/Packed 0 . "$immure" run --in in --out out-packed --no-evidence --exec sleep -- ./loop.sh once
  expect Bounded/Deadline 124 'time limit' "$immure" run --in in --out out-loop --no-evidence --timeout 6s --exec sleep -- ./loop.sh
  # A process of a cell that has ended may be visible for a moment.
  for _ in {1..50}; do pgrep -f "sleep $nap" >/dev/null || break; sleep 0.1; done
  same Bounded/NothingIsLeft "" "$(pgrep -af "sleep $nap")"
  run "$immure" run --in in --out out-bomb --no-evidence --profile few.toml -- ./bomb.sh
  if grep -qiE 'fork|processes' <<<"$out$err"; then ok Bounded/Processes; else not_ok Bounded/Processes "exit code $code" "$out" "$err"; fi
}

# The bundled inspector and the guard library know the profile `packet` alone.
guard_refuses() {
  expect Guard/Blocked 3 '^BLOCKED: syscalls: execve' "$immure" run --in in --out out-guard --no-evidence --exec gzip \
    -- "$bin/immure-inspect"
  # The twin: without helpers the guard has nothing against the cell.
  run "$immure" run --in in --out out-guarded --no-evidence -- "$bin/immure-inspect"
  same Guard/TheTwinIsNotBlocked "" "$(grep BLOCKED <<<"$out$err")"
}

declared_files
whole_image
no_helpers
helpers_are_bounded
guard_refuses
finish
