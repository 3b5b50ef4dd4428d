#!/usr/bin/env bash
# Tests real programs that start other programs: what they do in a cell whose plan declares helpers, what the evidence
# says of it, and who accepts the evidence. usage: helpers_test.sh DIRECTORY-OF-PROGRAMS
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"
export LC_ALL=C.UTF-8 IMMURE_CACHE=$here/cache
limit=300
cd "$here" || exit 70
mkdir in && printf 'owl\nauk\nowl\n' >in/birds && gzip -c in/birds >in/birds.gz
printf 'all:\n\tcp /in/birds /out/copy\n' >in/Makefile
cat >in/hello.c <<'SOURCE'
int puts(const char *);
int main(void) { return puts("hello from the lighthouse") < 0; }
SOURCE
"$immure" keygen host.key >/dev/null 2>&1

# works NAME WANTED OPTIONS... -- PROGRAM...: a signed run that prints WANTED, and evidence that is accepted as `build` and
# not otherwise.
works() {
  local name=$1 wanted=$2
  shift 2
  rm -rf "out-$name"
  run "$immure" run --in in --out "out-$name" --key host.key --evidence "$name.json" --replace "$@"
  if [ "$code" -ne 0 ]; then not_ok "$name/Runs" "exit code $code" "$out" "$err"; return; fi
  same "$name/Prints" "$wanted" "$out"
  expect "$name/IsRejectedUnasked" 1 'acceptance-not-asked' "$immure" verify "$name.json" --key host.pub --accept work
  expect "$name/IsAccepted" 0 '^ACCEPTED' "$immure" verify "$name.json" --key host.pub --accept build --artifacts "out-$name"
}

programs() {
  works Pipe $'      1 auk\n      2 owl' --exec sort --exec uniq -- sh -c 'sort /in/birds | uniq -c'
  works Bash 2 --exec cat --exec tr --exec grep -- bash -c 'cat /in/birds | tr a-z A-Z | grep -c OWL'
  works Xargs 'owl auk owl' --exec echo -- xargs -a /in/birds echo
  works Find '3 /in/birds' --exec wc -- find /in -name birds -exec wc -l '{}' +
  works Timeout '3 /in/birds' --exec wc -- timeout 60 wc -l /in/birds
  works Egrep $'owl\nowl' --exec grep -- egrep 'owl' /in/birds
  works Tar '' --exec sh --exec gzip -- tar czf /out/n.tgz -C /in birds
  same Tar/Contents birds "$(tar tzf out-Tar/n.tgz)"
  works Subprocess 'owl' --exec head -- python3 -c 'import subprocess; subprocess.run(["head", "-n1", "/in/birds"], check=True)'
  works Whole $'owl\nauk\nowl' --exec image --package gzip -- sh -c 'gzip -dc /in/birds.gz'
  if has make; then
    works Make '' --exec sh --exec cp -- make -s -f /in/Makefile
    holds Make/Copy cmp in/birds out-Make/copy
  else skip Make tool 'needs make'; fi
}

# A compiler starts four programs, and what it makes runs outside of the cell.
compiler() {
  local cc1 library file
  cc1=$(gcc -print-prog-name=cc1) library=$(dirname "$(gcc -print-libgcc-file-name)")
  if ! [ -x "$cc1" ]; then skip Gcc tool 'needs gcc'; return; fi
  local include=(--include "$library")
  for file in crt1.o Scrt1.o crti.o crtn.o libc.so libc_nonshared.a; do
    include+=(--include "$(realpath "$(gcc -print-file-name=$file)")")
  done
  works Gcc '' --tmp 64MiB --read-back "${include[@]}" --exec "$cc1" --exec as --exec ld \
    --exec "$(gcc -print-prog-name=collect2)" -- gcc -o /out/hello /in/hello.c
  chmod +x out-Gcc/hello
  same Gcc/TheResultRuns 'hello from the lighthouse' "$(out-Gcc/hello)"
}

# ImageMagick lets ffmpeg decode a video.
delegate() {
  if ! has ffmpeg || ! [ -x /usr/bin/convert ]; then skip Delegate tool 'needs ffmpeg and imagemagick'; return; fi
  ffmpeg -loglevel quiet -f lavfi -i testsrc=size=32x24:rate=5:duration=1 -y in/v.mp4 </dev/null
  works Delegate '' --tmp 64MiB --read-back --exec sh --exec ffmpeg -- /usr/bin/convert '/in/v.mp4[0]' /out/x.png
  same Delegate/Picture 'PNG image data, 32 x 24' "$(file -b out-Delegate/x.png | cut -d, -f1,2)"
}

git_archive() {
  if ! has git; then skip Git tool 'needs git'; return; fi
  git init -q in/repo && cp in/birds in/repo/ && (cd in/repo && git add birds &&
    git -c user.email=k@example.org -c user.name=keeper commit -qm birds)
  works Git 'birds' --exec git -- git -C /in/repo -c safe.directory='*' -c alias.names='!git ls-files' ls-files
  works GitArchive '' --exec git --exec gzip --exec sh -- git -C /in/repo -c safe.directory='*' \
    -c tar.tgz.command='gzip -n' archive --format=tgz -o /out/a.tgz HEAD
  same GitArchive/Contents birds "$(tar tzf out-GitArchive/a.tgz)"
}

# The twin: without the declaration, and with that of another program, the same command fails.
undeclared() {
  expect Undeclared/Without 126 'Operation not permitted|not found' "$immure" run --in in --out out-u1 --no-evidence \
    --package coreutils -- sh -c 'sort /in/birds'
  expect Undeclared/Another 126 'Permission denied' "$immure" run --in in --out out-u2 --no-evidence --exec uniq \
    -- sh -c 'sort /in/birds'
  expect Undeclared/Explained 126 'Let the program start it: --exec sort' "$immure" explain --in in --exec uniq -- sh -c 'sort /in/birds'
  expect Undeclared/ExplainedFromNothing 126 'Let the program start it: --exec sort' "$immure" explain --in in --package coreutils \
    -- sh -c 'sort /in/birds; exit 126'
}

plans() {
  make_script script.py <<'SCRIPT'
#!/usr/bin/python3
print("script")
SCRIPT
  expect Script/NeedsItsInterpreter 3 'its interpreter may not be started.*' "$immure" run --in in --out out-s1 \
    --no-evidence --exec "$here/script.py" -- sh -c /app/script.py
  expect Script/WorksWithIt 0 '^script$' "$immure" run --in in --out out-s2 --no-evidence --exec "$here/script.py" \
    --exec python3 -- sh -c /app/script.py
  expect Strict 3 'acceptance profile "build"' "$immure" run --in in --out out-s3 --no-evidence --strict --exec sort -- sh -c :
  expect NoSuchProgram 3 'is not found' "$immure" run --in in --out out-s4 --no-evidence --exec no-such-program -- sh -c :
  expect NoRelativePath 64 'neither a name without a slash nor an absolute path' "$immure" run --in in --out out-s5 \
    --no-evidence --exec ./script.py -- sh -c :
  expect NotBoth 64 'stands for the whole image' "$immure" run --in in --out out-s6 --no-evidence --exec image --exec sort -- sh -c :
  echo 'unsafe_exec = ["sort", "uniq"]' >helpers.toml
  expect Profile/Works 0 '^ +2 owl$' "$immure" run --in in --out out-s7 --no-evidence --profile helpers.toml \
    -- sh -c 'sort /in/birds | uniq -c'
  echo 'unsafe_exec = "all"' >wrong.toml
  expect Profile/IsRead 3 'unsafe_exec: must be a list of programs' "$immure" run --in in --out out-s8 --no-evidence \
    --profile wrong.toml -- sh -c :
  expect DryRun 0 'may start +/usr/bin/sort' "$immure" run --in in --out out-s9 --no-evidence --dry-run --exec sort -- sh -c :
}

# A root directory of the operator: names are looked up in the directory, and the copy has the files of the probes.
root_directory() {
  local loader
  mkdir -p root/bin root/lib64 root/lib
  loader=$(LC_ALL=C readelf -l /bin/sh | sed -n 's/.*interpreter: \(.*\)\]/\1/p')
  cp -L "$loader" root/lib64/ && cp -L /bin/sh root/bin/sh && cp -L /usr/bin/wc /usr/bin/head root/bin/
  cp -L "$(ldd /bin/sh | sed -n 's/.*libc.so.6 => \([^ ]*\).*/\1/p')" root/lib/
  chmod -R go-w root
  expect Root/Declared 0 '^3 /in/birds$' "$immure" run --in in --out out-r1 --key host.key --evidence r.json --rootfs root \
    --env LD_LIBRARY_PATH=/lib --exec wc -- sh -c 'wc -l /in/birds'
  expect Root/Accepted 0 '^ACCEPTED' "$immure" verify r.json --key host.pub --accept build
  expect Root/Undeclared 126 'Permission denied' "$immure" run --in in --out out-r2 --no-evidence --rootfs root \
    --env LD_LIBRARY_PATH=/lib --exec wc -- sh -c 'head /in/birds'
  expect Root/Whole 0 '^owl$' "$immure" run --in in --out out-r3 --no-evidence --rootfs root \
    --env LD_LIBRARY_PATH=/lib --exec image -- sh -c 'head /in/birds'
}

programs
compiler
delegate
git_archive
undeclared
plans
root_directory
finish
