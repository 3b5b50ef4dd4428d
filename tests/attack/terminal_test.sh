#!/usr/bin/env bash
# Nobody reads the terminal, as if the user had stopped it with Ctrl-S: such a terminal must not hold up immure's time
# limit, its signals or its watch on the program's memory.
# Usage: terminal_test.sh BIN_DIR
# shellcheck source=tests/harness.bash disable=SC2154
source "$(dirname "$0")/../harness.bash"

# Prints more than a terminal takes, and goes on.
cat >flood.c <<'END2'
#include <string.h>
#include <unistd.h>
int main(void) {
  char text[4096];
  memset(text, 'x', sizeof text);
  text[sizeof text - 1] = '\n';
  for (int i = 0; i < 12; i++) (void)!write(1, text, sizeof text);
  for (;;) pause();
}
END2
# Writes files that immure leaves out of the outputs and names on the terminal: more names than a terminal takes.
cat >names.c <<'END2'
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
int main(void) {
  char name[300];
  for (int i = 0; i < 900; i++) {
    snprintf(name, sizeof name, "/out/%03d-%0200d\x1b", i, i);
    close(open(name, O_WRONLY | O_CREAT, 0600));
  }
  return 0;
}
END2
# Fills a terminal, then takes more memory than its limit allows.
cat >memory.c <<'END2'
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int main(void) {
  char text[4096];
  memset(text, 'x', sizeof text);
  text[sizeof text - 1] = '\n';
  if (fork() == 0) {
    sleep(1);
    for (int i = 0; i < 6; i++) {
      if (fork() != 0) continue;
      const size_t size = 60 << 20;
      char *taken = malloc(size);
      if (taken != NULL) memset(taken, 1, size);
      for (;;) pause();
    }
    for (;;) pause();
  }
  for (int i = 0; i < 12; i++) (void)!write(1, text, sizeof text);
  for (;;) pause();
}
END2
for name in flood names memory; do cc -O1 -static -o $name $name.c || exit 70; done
printf 'base = "static"\n[limits]\nmemory = "128MiB"\n' >memory.toml
mkdir in && echo one >in/a
export IMMURE_CACHE=$here/cache
"$immure" run --in in --out warm --no-evidence -- ./names >/dev/null 2>&1

# unread FD SIGNAL SECONDS COMMAND...: runs the command with a terminal that nobody reads as FD. Sends it SIGNAL (0 for
# none) once a second when the terminal is full: the first signal ends the program, and a later signal ends the wait for
# the reader. Prints the exit code, or `still runs` after SECONDS, and what the command prints elsewhere.
unread() {
  python3 - "$@" <<'END2'
import os, pty, select, signal, subprocess, sys, time
number, sent, seconds, command = int(sys.argv[1]), sys.argv[2], float(sys.argv[3]), sys.argv[4:]
master, slave = pty.openpty()
said = open("said", "w+")
files = {1: said, 2: said, number: slave}
run = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=files[1], stderr=files[2])
end = time.monotonic() + seconds
select.select([master], [], [], seconds)
while run.poll() is None and time.monotonic() < end:
    time.sleep(1)
    if sent != "0":
        run.send_signal(getattr(signal, "SIG" + sent))
if run.poll() is None:
    print("still runs")
    run.kill()
else:
    print("ended with", run.returncode)
print(open("said").read())
END2
}

terminals() {
  rm -rf out
  expect AnUnreadTerminalKeepsTheTimeLimit 0 '^ended with 124$' \
    unread 1 0 60 "$immure" run --timeout 2s --in in --out out --no-evidence -- ./flood
  rm -rf out
  expect AnUnreadTerminalKeepsSignals 0 '^ended with 143$' \
    unread 1 TERM 60 "$immure" run --timeout 1h --in in --out out --no-evidence -- ./flood
  rm -rf out
  expect AnUnreadTerminalKeepsTheMemoryLimit 0 'limit reached: memory' \
    unread 1 0 90 "$immure" run --profile ./memory.toml --timeout 25s --in in --out out --no-evidence -- ./memory
  rm -rf out
  expect AnUnreadTerminalKeepsNoMessages 0 '^ended with 5$' \
    unread 2 0 90 "$immure" run --timeout 1h --in in --out out --no-evidence -- ./names
  rm -rf out
  expect AnUnreadTerminalOfMessagesKeepsSignals 0 '^ended with (5|143)$' \
    unread 2 TERM 60 "$immure" run --timeout 1h --in in --out out --no-evidence -- ./names
}
# A batch has a message for each of its runs: more messages than the smallest pipe takes.
full_pipe() {
  python3 - "$@" <<'END2'
import fcntl, os, signal, subprocess, sys, time
sent, seconds, command = sys.argv[1], float(sys.argv[2]), sys.argv[3:]
read, write = os.pipe()
fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, 4096)
os.set_blocking(write, False)
try:
    while True: os.write(write, b"x" * 512)
except BlockingIOError: pass
os.set_blocking(write, True)
run = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=write)
end = time.monotonic() + seconds
while run.poll() is None and time.monotonic() < end:
    time.sleep(1)
    if sent != "0": run.send_signal(getattr(signal, "SIG" + sent))
print("ended with", run.returncode) if run.poll() is not None else (run.kill(), print("still runs"))
END2
}
batches() {
  rm -rf drops many && mkdir -p drops/one drops/two drops/three
  expect AFullPipeKeepsTheEndOfABatch 0 '^ended with 1$' \
    full_pipe 0 120 "$immure" batch --jobs 1 --in drops --out many --no-evidence -- /bin/false
  rm -rf many
  # A signal that comes after the runs ends immure at once.
  expect AFullPipeKeepsTheSignalsOfABatch 0 '^ended with (1|143|-15)$' \
    full_pipe TERM 120 "$immure" batch --jobs 1 --timeout 1h --in drops --out many --no-evidence -- ./flood
}
everybody terminals batches
