#!/usr/bin/env bash
# The owner of the input changes it while immure reads it. Either the program reads the bytes that immure hashed, or the
# verifier does not accept the evidence; and no name leads to another file than the file that immure checked.
# Usage: input_test.sh BIN_DIR
sources=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"

chmod 755 "$here"
owner=65534
# Use a command and not a function, so that $! is the process itself.
as_owner=(setpriv "--reuid=$owner" "--regid=$owner" --clear-groups)
[ "$(id -u)" = 0 ] || as_owner=()
attacker=
end_attacker() { [ -z "$attacker" ] || { kill "$attacker"; wait "$attacker"; } 2>/dev/null; attacker=; }
cc -O1 -Wall -o xchg "$sources/xchg.c" && cc -O1 -Wall -o flip "$sources/flip.c" || exit 70

# A program that reads late. By then immure, which hashes the input while the program runs, has hashed everything.
cat >late.c <<'END'
#include <fcntl.h>
#include <unistd.h>
int main(void) {
  char text[4096];
  usleep(400000);
  const int file = open("/in/f", O_RDONLY);
  const ssize_t size = read(file, text, sizeof text);
  return size > 0 && write(1, text, (size_t)size) == size ? 0 : 1;
}
END
cc -O1 -static -o late late.c || exit 70
"$immure" keygen host.key >/dev/null
export IMMURE_CACHE=$here/cache

# manifest TEXT: prints the digest of the manifest of a directory that holds the file f with this text.
manifest() {
  local sum
  sum=$(printf '%s' "$1" | sha256sum | cut -d' ' -f1)
  printf 'directory 0755 0 - - .\nfile 0644 %d %s - f\n' "${#1}" "$sum" | sha256sum | cut -d' ' -f1
}
field() { sed 's/.*"payload":"\([^"]*\)".*/\1/' "$1" | base64 -d | grep -o "\"$2\":\"[^\"]*\"" | head -n 1 | cut -d'"' -f4; }

# flipped NAME FIRST SECOND OPTION...: if the evidence is accepted, it must have the digest of what the program printed.
flipped() {
  local name=$1 first=$2 second=$3 verdict
  shift 3
  rm -rf in out out.evidence.json .ready
  mkdir in && chmod 755 in
  [ "$(id -u)" != 0 ] || chown $owner in
  "${as_owner[@]}" "$here/flip" "$here/in/f" "$first" "$second" >.ready &
  attacker=$!
  until grep -qs ready .ready; do kill -0 $attacker || break; sleep 0.01; done
  run "$immure" run --in in --out out --key host.key "$@" -- ./late
  end_attacker
  verdict=$("$immure" verify out.evidence.json --key host.pub 2>&1 | grep -oE 'ACCEPTED|REJECTED|BLOCKED' | head -n 1)
  if [ "$verdict" = ACCEPTED ] && [ "$(manifest "$out")" != "$(field out.evidence.json manifestSha256)" ]; then
    not_ok "$name" "the program read: $out" "ACCEPTED: $(field out.evidence.json manifestSha256)" "$err"
  else
    ok "$name"
  fi
}
flipped WhatWasHashedIsWhatWasRead 'BENIGN content' 'EVIL!! content'
flipped WhatWasStagedIsWhatWasHashed 'EVIL!! content' 'BENIGN content' --stage
if grep -q 'f is open for writing' <<<"$err"; then not_ok NoNoteIsPrintedForAStageThatWasAskedFor "$err"; else ok NoNoteIsPrintedForAStageThatWasAskedFor; fi

# The owner holds the page itself, without a descriptor or a mapping that a lease could know of.
if ! cc -O1 -Wall -o pin "$sources/pin.c" 2>.pin || [ ! -w /dev/shm ]; then
  skip PinnedPagesAreNotTrusted tool "needs io_uring's header and /dev/shm"
elif shm=$(mktemp -d /dev/shm/immure-pin-XXXXXX) && chmod 755 "$shm"; then
  rm -rf out out.evidence.json .ready
  mkdir "$shm/in" && chmod 755 "$shm/in"
  [ "$(id -u)" != 0 ] || chown $owner "$shm/in"
  "${as_owner[@]}" "$here/pin" "$shm/in/f" 'BENIGN content' 'EVIL!! content' >.ready &
  attacker=$!
  until grep -qs ready .ready; do kill -0 $attacker 2>/dev/null || break; sleep 0.01; done
  if ! grep -qs ready .ready; then
    skip PinnedPagesAreNotTrusted kernel "this kernel registers no buffer of a file's page"
  elif [ "$(id -u)" != 0 ]; then
    skip PinnedPagesAreNotTrusted root "needs root, and another user's input"
  else
    run "$immure" run --in "$shm/in" --out out --key host.key -- ./late
    if [ "$(manifest "$out")" = "$(field out.evidence.json manifestSha256)" ]; then
      ok PinnedPagesAreNotTrusted
    else
      not_ok PinnedPagesAreNotTrusted "the program read: $out" "$err"
    fi
  fi
  end_attacker
  rm -rf "$shm"
fi

# Another process opens the input for writing while the program runs, but writes nothing.
rm -rf in out out.evidence.json
mkdir in && chmod 755 in && printf 'text' >in/f && chmod 644 in/f
run "$immure" run --in in --out out --key host.key -- ./late
held=$(field out.evidence.json held)
# immure takes no leases on files in memory, on a loop device or on another machine's disk
# (tests/attack/ground_test.sh).
on_disk=
! on_a_disk . || on_disk=yes
if [ -z "$on_disk" ]; then
  skip AnInputAtRestIsHeld kernel 'needs a file system on a disk of this machine'
elif [ "$held" = leases ]; then
  ok AnInputAtRestIsHeld
else
  not_ok AnInputAtRestIsHeld "$held" "$err"
fi
expect AnInputAtRestIsAccepted 0 ACCEPTED "$immure" verify out.evidence.json --key host.pub
cat >sleeps.c <<'END'
#include <stdio.h>
#include <unistd.h>
int main(void) { puts("ready"); fflush(stdout); return (int)sleep(4); }
END
cc -O1 -static -o sleeps sleeps.c || exit 70
if [ -z "$on_disk" ]; then
  skip AnInputThatIsOpenedForWritingIsNotAccepted kernel 'needs a file system on a disk of this machine'
else
  rm -rf out out.evidence.json
  "$immure" run --in in --out out --key host.key -- ./sleeps >.ready 2>.err &
  until grep -q ready .ready || ! kill -0 $! 2>/dev/null; do sleep 0.01; done
  timeout 20 sh -c ': >>in/f' &
  wait
  expect AnInputThatIsOpenedForWritingIsNotAccepted '[13]' 'REJECTED|BLOCKED' "$immure" verify out.evidence.json --key host.pub
fi

# A file of the input is a mount point, and the mount hides another file.
# bound: runs the program on such an input; prints what the program read, and how the evidence says that immure held
# the input.
bound() {
  mount --bind in/other in/f
  "$immure" run --in in --out out --key host.key -- ./late
  field out.evidence.json held
}
rm -rf in out out.evidence.json
mkdir in && echo below >in/f && echo mounted >in/other && chmod 644 in/f in/other
if ! unshare -m true 2>/dev/null; then
  skip AMountedFileIsCopied root 'needs a mount namespace, which root can make'
else
  export immure here
  export -f bound field
  expect AMountedFileIsCopied 0 "^staged: ${on_disk:+f is a mount of its own}" unshare -m bash -c bound
  if grep -qx mounted <<<"$out"; then ok TheCopyIsOfTheMountedFile; else not_ok TheCopyIsOfTheMountedFile "$out" "$err"; fi
  expect ARunOnAMountedFileIsAccepted 0 ACCEPTED "$immure" verify out.evidence.json --key host.pub
fi

# Holes stay holes, and immure refuses an input that is too large before it copies the input.
rm -rf in out out.evidence.json
mkdir in && printf 'text' >in/f && truncate -s 900M in/hole
cat >late.toml <<'END'
[limits]
memory = "64MiB"
END
expect HolesStayHoles 0 'text' timeout 60 "$immure" run --in in --out out --key host.key --stage --profile ./late.toml -- ./late
if [ -e out.evidence.json ]; then
  sum=$(field out.evidence.json manifestSha256)
  printf 'directory %s 0 - - .\nfile 0644 4 %s - f\nfile 0644 943718400 %s - hole\n' "0$(stat -c %a in)" \
    "$(sha256sum <in/f | cut -d' ' -f1)" "$(sha256sum <in/hole | cut -d' ' -f1)" >.manifest
  if [ "$sum" = "$(sha256sum <.manifest | cut -d' ' -f1)" ]; then ok AHoleIsHashedAsZeros; else not_ok AHoleIsHashedAsZeros "$sum"; fi
fi
rm -rf in out
mkdir in && head -c 100M /dev/zero >in/f
expect AnInputTooLargeToStage 3 'its copy would take 100 MiB of memory, and the profile allows 64 MiB' \
  "$immure" run --in in --out out --no-evidence --stage --profile ./late.toml -- ./late

# The attacker exchanges the name of the input with a link to a directory that only root may read.
if [ "$(id -u)" != 0 ]; then
  skip NoRunReadsWhatItsOwnerCannot root 'not root'
  finish
fi
mkdir -m 700 priv && echo secret >priv/f && mkdir -m 755 att && chown $owner att
"${as_owner[@]}" mkdir att/drop
"${as_owner[@]}" sh -c "echo harmless >att/drop/f"
"${as_owner[@]}" ln -s "$here/priv" att/lnk
"${as_owner[@]}" "$here/xchg" "$here/att/drop" "$here/att/lnk" &
attacker=$!
seen=
for i in $(seq 150); do
  "$immure" run --in att/drop --out out --no-evidence --dry-run -- ./late >.plan 2>&1
  ! grep -q "$here/priv" .plan || seen+="plan $i "
done
cc -O1 -static -o now -x c - <<<'#include <fcntl.h>
#include <unistd.h>
int main(void) { char text[99]; return write(1, text, (size_t)read(open("/in/f", O_RDONLY), text, 99)) < 0; }'
for i in $(seq 40); do
  rm -rf out out.evidence.json
  "$immure" run --in att/drop --out out --key host.key -- ./now >.plan 2>/dev/null
  ! grep -q secret .plan || seen+="run $i "
done
end_attacker
if [ -z "$seen" ]; then ok NoRunReadsWhatItsOwnerCannot; else not_ok NoRunReadsWhatItsOwnerCannot "$seen"; fi

# The input holds a file of root that the owner of the input may not read, and immure copies the input.
rm -rf att out out.evidence.json
mkdir -m 755 att && echo harmless >att/f && chown -R $owner att && (umask 077 && echo secret >att/secret)
expect ACopyHoldsNothingThatTheOwnerCannotRead 3 'att/secret: may not be read by the owner of the input directory' \
  "$immure" run --in att --out out --key host.key --stage -- ./now
chmod 644 att/secret
rm -rf out out.evidence.json
expect ACopyHoldsWhatEverybodyMayRead 0 harmless "$immure" run --in att --out out --key host.key --stage -- ./now

# The owner of a file holds a write lease on the file, so that every open of the file would have to wait.
cc -O1 -Wall -o write_lease "$sources/write_lease.c" || exit 70
# leased NAME FILE EXPECTED-PATTERN COMMAND...: the command must end by itself, with an error that names the lease.
leased() {
  local name=$1 file=$2
  shift 2
  [ "$(id -u)" != 0 ] || chown $owner "$file"
  # The file of an earlier call would say at once that the lease is there.
  rm -f .ready
  "${as_owner[@]}" "$here/write_lease" "$PWD/$file" >.ready &
  attacker=$!
  until grep -qs ready .ready; do kill -0 $attacker || break; sleep 0.01; done
  expect "$name" "3|64" "Another process holds a lease" timeout 20 "$@"
  end_attacker
}
rm -rf in out
mkdir in rules
echo words >in/a.txt
echo 'rule one { condition: false }' >rules/a.yar
chmod -R a+rX in rules
leased ALeasedInputIsAnError in/a.txt "$immure" run --in in --out leased1 --key host.key -- cat /in/a.txt
leased ALeasedStagedInputIsAnError in/a.txt "$immure" run --stage --in in --out leased2 --no-evidence -- cat /in/a.txt
leased ALeasedIncludedFileIsAnError rules/a.yar "$immure" inspect --rules rules -o leased3 --no-evidence in
finish
