#!/usr/bin/env bash
# Tests the fixed files, the locale, the time zone and the usual environment, as real programs see them. Test #31
# refuses any other file in the place of a fixed file.
# usage: fixed_files_test.sh DIRECTORY-OF-PROGRAMS
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"
export IMMURE_CACHE=$here/cache
limit=60
unset TZ
"$immure" keygen host.key >/dev/null
mkdir in
printf 'h\xc3\xa4user \xe2\x82\xac\n' >in/utf8.txt
cpus=$(nproc)

# says NAME WANTED OPTIONS... -- PROGRAM...: the program must print exactly WANTED, and the evidence of its run must be
# accepted.
says() {
  local name=$1 wanted=$2
  shift 2
  rm -rf out out.evidence.json
  run "$immure" run --in in --out out --key host.key "$@"
  if [ "$code" -eq 0 ]; then same "$name" "$wanted" "$out"; else not_ok "$name" "exit code $code" "$err"; fi
  expect "$name/IsAccepted" 0 '^ACCEPTED' "$immure" verify out.evidence.json --key host.pub
}

says CharactersAreCounted '9 /in/utf8.txt' -- wc -m /in/utf8.txt
says CharactersAreMatched 'h_user__' -- sed 's/[^a-z]/_/g' /in/utf8.txt
says UsersHaveNames user:x:1000:1000:user:/:/bin/sh -- getent passwd 1000
says OwnersHaveNames 'user user' -- stat -c '%U %G' /in/utf8.txt
says ProcessorsAreCounted "$cpus" -- nproc
says ProcessorsAreListed "$cpus" -- grep -c '^processor' /proc/cpuinfo
says MemoryIsThePlans 'MemTotal:        2097152 kB' -- head -n 1 /proc/meminfo
says TheProgramIsNamed /usr/bin/readlink -- readlink /proc/self/exe
says NothingElseIsInProc $'cpuinfo\nmeminfo\nself\nstat' -- ls /proc
says TheMachineHasNoName 00000000000000000000000000000000 -- cat /etc/machine-id
says TimeIsUtc '03:04 +0000' -- date -d @1704164645 '+%H:%M %z'
if [ -e /usr/share/zoneinfo/Asia/Tokyo ]; then
  says TheZoneIsDeclared '12:04 +0900 JST' --env TZ=Asia/Tokyo -- date -d @1704164645 '+%H:%M %z %Z'
  export TZ=America/New_York
  says TheZoneIsTheCallers '22:04 -0500' -- date -d @1704164645 '+%H:%M %z'
  says TheDeclaredZoneWins '12:04 +0900' --env TZ=Asia/Tokyo -- date -d @1704164645 '+%H:%M %z'
  unset TZ
else
  skip TheZoneIsDeclared tool 'needs tzdata'
fi
if [ -x /usr/bin/python3 ]; then
  echo 'import getpass, grp, locale, os, pwd
print(getpass.getuser(), pwd.getpwuid(os.getuid()).pw_dir, grp.getgrgid(os.getgid()).gr_name, pwd.getpwuid(0).pw_name,
      os.cpu_count(), os.path.expanduser("~"), locale.getpreferredencoding())' >in/who.py
  says PythonKnowsItsUser "user / user root $cpus / UTF-8" -- /usr/bin/python3 /in/who.py
else
  skip PythonKnowsItsUser tool 'needs /usr/bin/python3'
fi
if has node && [ "$(head -c 4 "$(realpath "$(command -v node)")" | tr -d '\177')" = ELF ]; then
  echo 'require("fs").writeFileSync("/out/x", require("os").cpus().length + " " + require("os").userInfo().username)' >in/os.js
  says NodeSaysNothing '' -- "$(realpath "$(command -v node)")" /in/os.js
  same NodeKnowsItsUser "$cpus user" "$(<out/x)"
else
  skip NodeKnowsItsUser tool 'needs node'
fi

# A root directory has no other files in these places. tests/mutation tries what happens if such a file gets in.
mkdir root && "$immure" pack /usr/bin/cat -o root/made >/dev/null
cp -r root/made made && chmod -R u+w made && mkdir -p made/etc made/proc
cp /etc/passwd made/etc/passwd
cp /etc/nsswitch.conf made/etc/nsswitch.conf
uname -a >made/proc/version
from_root() { run "$immure" run --in in --out plain --no-evidence --rootfs made -- /usr/bin/cat "$1"; }
for path in /etc/passwd /etc/nsswitch.conf; do
  from_root "$path"
  fixed=$(sha256sum <<<"$out")
  run "$immure" run --in in --out plain --no-evidence -- cat "$path"
  same "ARootHasNoOther$path" "$(sha256sum <<<"$out")" "$fixed"
done
from_root /proc/version
same ARootHasNoOther/proc/version "1 " "$code $out"

if [ "$(id -u)" -eq 0 ]; then as_ordinary_user; fi
finish
