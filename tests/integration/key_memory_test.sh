#!/bin/bash
# While the program runs, no process of the run may have the private key in memory: neither the seed, nor values
# computed from the seed, nor the text of the file.
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"

mkdir drop && echo text >drop/a
cat >search.py <<'END'
"""search.py SECRETS PID: names each secret that the process or one of its descendants has in memory that can be written."""
import glob, json, sys

def family(pid):
    yield pid
    for path in glob.glob(f'/proc/{pid}/task/*/children'):
        for child in open(path).read().split():
            yield from family(int(child))

def regions(pid):
    for line in open(f'/proc/{pid}/maps'):
        span, rights = line.split()[:2]
        if rights.startswith('rw') and '[vvar' not in line:
            yield tuple(int(end, 16) for end in span.split('-'))

secrets = {name: bytes.fromhex(text) for name, text in json.load(open(sys.argv[1])).items()}
processes, read = list(family(int(sys.argv[2]))), 0
for pid in processes:
    with open(f'/proc/{pid}/mem', 'rb', 0) as memory:
        for start, end in regions(pid):
            try:
                memory.seek(start)
                data = memory.read(end - start)
            except OSError:
                continue
            read += len(data)
            for name, secret in secrets.items():
                if secret in data:
                    print(f'found {name} in process {pid}')
print(f'searched {len(processes)} processes, {"much" if read > 100000 else "nothing"}')
END
# secrets_of KEY: prints everything that could replace the key file, in pieces, so that the search also finds half of a
# secret.
secrets_of() {
  python3 - "$1" <<'END'
import base64, hashlib, json, sys
text = ''.join(open(sys.argv[1]).read().split('\n')[1:-2])
der = base64.b64decode(text)
seed = der[16:48] if len(der) == 48 else der[36:68]
scalar = bytearray(hashlib.sha512(seed).digest()[:32])
scalar[0] &= 248
scalar[31] = scalar[31] & 127 | 64
whole = {'seed': seed, 'turned seed': seed[::-1], 'scalar': bytes(scalar), 'text': text[-44:].encode()}
print(json.dumps({f'{name} {part}': data[at:at + 16].hex()
                  for name, data in whole.items() for part, at in (('begin', 0), ('end', 16))}))
END
}
search() {
  local tries=0
  "$immure" run --in drop --out "out.$1" --key "$1.key" -- sleep 20 &
  local run=$!
  until pgrep -P "$run" >/dev/null && grep -qs . "/proc/$run/task/$run/children" && [ "$tries" -ge 1 ] && sleeps "$run"; do
    tries=$((tries + 1))
    [ "$tries" -gt 200 ] && break
    sleep 0.05
  done
  python3 search.py "$1.json" "$run"
  kill -TERM "$run"
  wait "$run" 2>/dev/null || true
}
descendants() {
  local child
  for child in $(pgrep -P "$1"); do
    echo "$child"
    descendants "$child"
  done
}
# True if a descendant is the program `sleep` itself and no longer a process of immure.
sleeps() {
  local pid
  for pid in $(descendants "$1"); do
    [ "$(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null)" = '/usr/bin/sleep 20 ' ] && return 0
  done
  return 1
}

"$immure" keygen ed25519.key >/dev/null
secrets_of ed25519.key >ed25519.json
# The twin: the search finds the key in a process that has it.
env SEED="$(tail -n 2 ed25519.key | head -n 1 | tail -c 45)" sleep 30 &
holder=$!
sleep 0.2
expect TheSearchFindsWhatIsThere 0 '^found text' python3 search.py ed25519.json "$holder"
kill "$holder"
for type in ed25519 p256; do
  [ -f $type.key ] || "$immure" keygen --type $type $type.key >/dev/null
  secrets_of $type.key >$type.json
  expect "NoProcessHasTheKey/$type" 0 '^searched [2-9] processes, much$' search $type
  holds "NothingOfItIsFound/$type" [ -z "$(grep found <<<"$out")" ]
done
finish
