#!/bin/bash
# Tests --audit: one line about each run, also about runs that are BLOCKED or killed, and the exit code if the line
# cannot be written. usage: audit_test.sh DIRECTORY-OF-PROGRAMS
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"
export LC_ALL=C.UTF-8 IMMURE_CACHE=$here/cache
limit=120
run_it=("$immure" run --in drop)

# value FILE KEY: the attribute of the last line.
value() { tail -n 1 "$1" | python3 -c 'import json,sys; v=json.load(sys.stdin)["attributes"].get(sys.argv[1]); print(v if isinstance(v,str) else json.dumps(v))' "$2"; }
# lines FILE: how many lines the file has, each of them JSON in ASCII.
lines() { python3 -c 'import json,sys; print(len([json.loads(l) for l in open(sys.argv[1], encoding="ascii")]))' "$1"; }

fixtures() {
  mkdir drop
  echo text >drop/a
  "$immure" keygen host.key >/dev/null
}

lines_of_runs() {
  expect Run/Ends 0 '^text' "${run_it[@]}" --out o1 --key host.key --audit log.json -- cat /in/a
  same Run/OneLine 1 "$(lines log.json)"
  same Run/End exited "$(value log.json immure.end)"
  same Run/ExitCode 0 "$(value log.json process.exit.code)"
  same Run/Command '["cat", "/in/a"]' "$(value log.json process.command_args)"
  same Run/Evidence o1.evidence.json "$(value log.json immure.evidence.path)"
  same Run/Id "$(statement o1.evidence.json | grep -o '"runId":"[^"]*"' | cut -d'"' -f4)" "$(value log.json immure.run.id)"
  same Run/InputDigest "$("$immure" manifest drop | cut -d' ' -f1)" "$(value log.json immure.input.sha256)"
  same Run/ModeKeepsOthersOut 640 "$(stat -c %a log.json)"
  expect Run/Fails 1 '' "${run_it[@]}" --out o2 --no-evidence --audit log.json -- cat /in/nothing
  same Run/AppendsALine 2 "$(lines log.json)"
  same Run/FailedExitCode 1 "$(value log.json process.exit.code)"
  expect Blocked/Run 3 'BLOCKED' "${run_it[@]}" --out drop/o --no-evidence --audit log.json -- cat /in/a
  same Blocked/HasALine 3 "$(lines log.json)"
  same Blocked/End blocked "$(value log.json immure.end)"
  holds Blocked/SaysWhy grep -q 'inside the input' <<<"$(value log.json error.message)"
  expect Blocked/MissingInput 3 'BLOCKED' "$immure" run --in nowhere --out o3 --no-evidence --audit log.json -- cat /in/a
  same Blocked/MissingInputHasALine 4 "$(lines log.json)"
  expect TimeLimit/Run 124 '' "${run_it[@]}" --out o4 --no-evidence --timeout 15s --audit log.json -- sleep 60
  same TimeLimit/End time-limit "$(value log.json immure.end)"
  expect NoRun/Usage 64 '' "${run_it[@]}" --audit log.json -- cat
  expect NoRun/DryRun 0 '' "${run_it[@]}" --out o5 --dry-run --audit log.json -- cat
  same NoRun/WritesNoLine 5 "$(lines log.json)"
  expect Batch 0 '' "$immure" batch --in drops --out reports --no-evidence --audit batch.json -- cat /in/a
  same Batch/ALineForEachRun 3 "$(lines batch.json)"
  if [ -x "$bin/immure-inspect" ]; then
    expect Inspect 0 '' "$immure" inspect drop -o report --no-evidence --audit inspect.json
    same Inspect/OneLine 1 "$(lines inspect.json)"
    expect Inspect/Blocked 3 'BLOCKED' "$immure" inspect nowhere -o report2 --no-evidence --audit inspect.json
    same Inspect/BlockedHasALine blocked "$(value inspect.json immure.end)"
  fi
}

# The program chooses its arguments' bytes in a batch of generated commands, and names with escapes reach the log.
hostile_values() {
  local odd=$'x\n{"attributes":{}}\e[31m\u202e\xff'
  expect Hostile/Run 0 '' "${run_it[@]}" --out "$odd" --no-evidence --audit hostile.json -- true "$odd"
  same Hostile/OneLineOfAscii 1 "$(lines hostile.json)"
  expect Hostile/LongRun 0 '' "${run_it[@]}" --out o6 --no-evidence --audit hostile.json -- true $(seq 20000)
  holds Hostile/LineIsShort [ "$(tail -n 1 hostile.json | wc -c)" -lt 8192 ]
}

killed() {
  "${run_it[@]}" --out o7 --no-evidence --audit killed.json -- sleep 1000.71 2>/dev/null &
  local leader=$! child
  for _ in $(seq 200); do
    pgrep -f '^[^ ]*sleep 1000.71' >/dev/null && break
    sleep 0.1
  done
  child=$(pgrep -P "$leader" | tail -n 1)
  kill -KILL "$child"
  wait "$leader"
  same Killed/HasALine 1 "$(lines killed.json)"
  same Killed/End error "$(value killed.json immure.end)"
  same Killed/ExitCode 137 "$(value killed.json process.exit.code)"
}

# Without a line there is no run; and if the line is lost after the run, the exit code says so.
unusable_logs() {
  expect Unusable/Directory 3 'BLOCKED: .*--audit drop' "${run_it[@]}" --out o8 --no-evidence --audit drop -- true
  ln -s log.json link.json
  expect Unusable/Link 3 'BLOCKED: .*link.json' "${run_it[@]}" --out o8 --no-evidence --audit link.json -- true
  expect Unusable/NoDirectory 3 'BLOCKED: .*nowhere' "${run_it[@]}" --out o8 --no-evidence --audit nowhere/log -- true
  expect Unusable/InTheInput 3 'lies inside the input' "${run_it[@]}" --out o8 --no-evidence --audit drop/log -- true
  holds Unusable/InTheInputMakesNoFile [ ! -e drop/log ]
  expect Unusable/IsTheEvidence 3 'is the evidence too' "${run_it[@]}" --out o8 --key host.key --audit o8.evidence.json -- true
  expect Unusable/IsTheKey 3 'is the private key too' "${run_it[@]}" --out o8 --key host.key --audit host.key -- true
  holds Unusable/TheKeyIsUnchanged "$immure" run --in drop --out o8 --key host.key --evidence again.json -- true
  [ -S /run/systemd/journal/socket ] ||
    expect Unusable/NoJournal 3 'cannot be reached' "${run_it[@]}" --out o9 --no-evidence --audit journald -- true
  [ -S /dev/log ] ||
    expect Unusable/NoSyslog 3 'cannot be reached' "${run_it[@]}" --out o9 --no-evidence --audit syslog -- true
  if ! has bwrap || ! bwrap --dev-bind / / true 2>/dev/null; then
    skip Lost tool 'needs bubblewrap'
    return
  fi
  # A file system that is full lets the log be opened, and lets no line in.
  mkdir small
  fill() { bwrap --bind / / --dev /dev --size "$1" --tmpfs "$here/small" bash -c 'head -c 4096 /dev/zero >small/log && exec "$@"' - "${@:2}"; }
  limit='' expect Lost/ExitCodeSaysSo 70 'the line about the run' fill 4096 "${run_it[@]}" --out o10 --no-evidence --audit small/log -- true
  limit='' expect Lost/TwinIsWritten 0 '' fill 65536 "${run_it[@]}" --out o11 --no-evidence --audit small/log -- true
}

# The services, behind a listener of our own in a mount namespace of its own.
services() {
  if ! has bwrap || ! bwrap --dev-bind / / true 2>/dev/null; then
    skip Services tool 'needs bubblewrap'
    return
  fi
  cat >listen.py <<'END'
import os, pathlib, socket, subprocess, sys
path, command = sys.argv[1], sys.argv[2:]
pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(path)
s.settimeout(20)
print("code", subprocess.call(command, stdout=subprocess.DEVNULL))
print(s.recv(65536).decode())
END
  local service path
  for service in journald:/run/systemd/journal/socket syslog:/dev/log; do
    path=${service#*:} service=${service%:*}
    run bwrap --bind / / --dev /dev --tmpfs /run python3 listen.py "$path" "${run_it[@]}" --out "o-$service" --no-evidence --audit "$service" -- true
    if [ "$service" = journald ]; then
      holds Services/journald grep -qE '^SYSLOG_IDENTIFIER=immure$' <<<"$out"
      holds Services/journaldMessage grep -qE '^MESSAGE=\{"attributes":.*"immure.end":"exited"' <<<"$out"
    else
      holds Services/syslog grep -qE '^<14>immure\[[0-9]+\]: \{"attributes":.*"immure.end":"exited"' <<<"$out"
    fi
    holds "Services/${service}Run" grep -qx 'code 0' <<<"$out"
  done
}

both() {
  fixtures
  mkdir -p drops/{one,two,three}
  for place in drops/*; do echo text >"$place/a"; done
  lines_of_runs
  hostile_values
  killed
  unusable_logs
  services
}
everybody both
