#!/bin/bash
# immure looks up no path of the operator by name twice: between two look-ups another user could exchange the file.
# usage: lookups_test.sh BIN_DIR
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"
if ! command -v strace >/dev/null || ! command -v python3 >/dev/null; then
  skip lookups tool 'needs strace and python3'
  finish
fi
work=$here
export TMPDIR=$work/op/temporaries
# Keep the cache out of the watched directories: immure opens the cache once for each thing that it keeps there, and checks
# the owner each time.
export IMMURE_CACHE=$work/cache
# Each option has a separate directory, so that two look-ups of one directory belong to the same option.
op=$work/op
mkdir -p "$op"/{drops/in,results,keys,papers,programs,includes/tree,profiles,challenges,reports,packs,pairs,rulebooks/rules,deliveries/drop,temporaries}
echo text >"$op/drops/in/file"
echo text >"$op/deliveries/drop/file"
mkfifo "$op/deliveries/drop/fifo" # the inspector's cell cannot show a FIFO, so a file names the FIFO
cp /usr/bin/sha256sum "$op/programs/prog"
echo data >"$op/includes/tree/data"
printf 'base = "dynamic"\n[image]\ninclude = ["%s"]\n' "$op/includes/tree" >"$op/profiles/p.toml"
printf 'rule a { meta: description = "d" why = "w" advice = "a" severity = "low" strings: $a = "zzzzzz" condition: $a }\n' \
  >"$op/rulebooks/rules/r.yar"
"$bin/immure" keygen "$op/keys/host.key" >/dev/null || exit 70
"$bin/immure" challenge --audience a -o "$op/challenges/c.json" >/dev/null || exit 70

cat >"$work/twice.py" <<'PY'
import re, sys

trace, root, *watched = sys.argv[1:]
wanted = {path: int(count or 1) for path, _, count in (each.partition("=") for each in watched)}
looked, opened = {path: [] for path in wanted}, {}
calls = 0
for line in open(trace, encoding="latin-1"):
    call = re.match(r"(?:\d+ +)?(\w+)\(", line)
    if not call or call[1] in ("execve", "execveat"):
        continue
    calls += 1
    pairs = [(m[1] or m[2], m[3]) for m in re.finditer(r'(?:AT_FDCWD(?:<([^>]*)>)?|\d+<([^>]*)>), "([^"]*)"', line)]
    first = re.match(r'(?:\d+ +)?\w+\("([^"]*)"', line)
    if first:
        pairs.append(("", first[1]))
    for directory, name in pairs:
        held = re.match(r"/proc/self/fd/(\d+)/(.*)", name)
        if held:
            directory, name = opened.get(held[1], ""), held[2]
        base = "" if name.startswith("/") else (directory or "").rstrip("/")
        for part in name.split("/"):
            if part in ("", "."):
                continue
            base += "/" + part
            below = base[len(root) + 1 :] if base.startswith(root + "/") else None
            if below in looked:
                looked[below].append((call[1], base == (directory or "") + "/" + name, line.strip()))
    result = re.search(r"= (\d+)<([^>]*)>$", line.strip())
    if result:
        opened[result[1]] = result[2]

if calls < 10:
    sys.exit("the trace holds only %d calls" % calls)
wrong = False
for path, looks in looked.items():
    # A look at a name followed by its opening counts once: the opened file must be the one that was looked at.
    count = len(looks)
    if count == 2 and looks[0][0] in ("newfstatat", "fstatat64", "lstat") and looks[1][0].startswith("openat"):
        count = 1
    if count != wanted[path]:
        wrong = True
        print("%s was looked up %d times" % (path, count))
        for look in looks:
            print("   ", look[2][:160])
sys.exit(1 if wrong else 0)
PY

# once NAME 'PATH[=N]...' OPTION... -- COMMAND...: the command must look up each of the paths once, or N times.
once() {
  local name=$1 paths=$2 follow=()
  shift 2
  while [[ $1 != -- ]]; do
    follow+=("$1")
    shift
  done
  shift
  strace -y "${follow[@]}" -o "$work/trace" -e trace=%file "$bin/immure" "$@" >"$work/said" 2>&1
  local code=$?
  # The inspector ends with 1 if it has findings.
  # shellcheck disable=SC2086  # the paths have no blanks
  if ((code == 0 || (code == 1 && ${#follow[@]} == 0))) &&
    python3 "$work/twice.py" "$work/trace" "$op" $paths >"$work/found" 2>&1; then
    ok "$name"
  else
    not_ok "$name" "$(<"$work/said")" "$(<"$work/found")"
  fi
}

# Do not use strace -f where immure starts a cell, because immure traces its program itself. The traced process is the
# one that looks up the operator's paths. immure walks each packed path twice. The second walk checks who owns each part
# of the path; if this walk does not end at the same file that immure holds open, immure ends with an error.
once RunLooksUpEachPathOnce \
  'drops drops/in results keys keys/host.key papers programs=2 programs/prog=2 includes=2 includes/tree=2 profiles profiles/p.toml challenges challenges/c.json' \
  -- run --venue native --in "$op/drops/in" --out "$op/results/out" --key "$op/keys/host.key" --evidence "$op/papers/e.json" \
  --profile "$op/profiles/p.toml" --challenge "$op/challenges/c.json" -- "$op/programs/prog" /in/file
once InspectLooksUpEachPathOnce 'deliveries deliveries/drop reports keys keys/host.key papers rulebooks=2 rulebooks/rules=2 temporaries=0' \
  -- inspect --venue native "$op/deliveries/drop" -o "$op/reports/out" --key "$op/keys/host.key" --evidence "$op/papers/i.json" \
  --rules "$op/rulebooks/rules"
once BatchLooksUpEachPathOnce 'drops results keys' \
  -- batch --venue native --in "$op/drops" --out "$op/results/many" --key "$op/keys/host.key" -- "$op/programs/prog" /in/file
once PackLooksUpEachPathOnce 'programs=2 programs/prog=2 packs' -f -- pack "$op/programs/prog" -o "$op/packs/image"
once KeygenLooksUpEachPathOnce 'pairs' -f -- keygen "$op/pairs/new.key"
finish
