"""A client of the Model Context Protocol over stdio, and what the tests of `immure mcp` share. Standard library only."""
import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time

PATIENCE = 90  # seconds for an answer, on a slow machine
failures = 0


def fact(name, holds, *seen):
    """Prints one fact as the shell tests do."""
    global failures
    print(f"{'ok' if holds else 'not ok'} {name}", flush=True)
    if holds:
        return
    failures += 1
    for one in seen:
        for line in str(one).splitlines()[:20]:
            print(f"    {line[:400]}", flush=True)


class Gone(Exception):
    """The server has ended or has not answered in time."""


class Server:
    def __init__(self, immure, *options, begin=True, **kwargs):
        self.process = subprocess.Popen([immure, "mcp", *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, **kwargs)
        self.lines, self.others, self.answers, self.next_id = queue.Queue(), [], {}, 0
        threading.Thread(target=self._collect, daemon=True).start()
        if begin:
            self.begin()

    def _collect(self):
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def write(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def send(self, message):
        self.write(json.dumps(message).encode() + b"\n")

    def read(self, seconds=PATIENCE):
        """The next message."""
        try:
            line = self.lines.get(timeout=seconds)
        except queue.Empty:
            raise Gone("no message in time") from None
        if line is None:
            raise Gone("the server has ended: " + self.process.stderr.read().decode(errors="replace"))
        return json.loads(line)

    def ask(self, method, params=None, wait=True, id=None):
        """Sends a request. Returns the whole answer, or the id if the caller does not wait."""
        self.next_id += 1
        id = self.next_id if id is None else id
        message = {"jsonrpc": "2.0", "id": id, "method": method}
        if params is not None:
            message["params"] = params
        self.send(message)
        return self.answer(id) if wait else id

    def answer(self, id, seconds=PATIENCE):
        end = time.monotonic() + seconds
        while id not in self.answers:
            message = self.read(max(end - time.monotonic(), 0.01))
            if "method" in message or message.get("id") is None:
                self.others.append(message)
            else:
                self.answers[message["id"]] = message
        return self.answers.pop(id)

    def error(self, data, seconds=PATIENCE):
        """Sends bytes, and returns the error that the server sends without an id."""
        self.write(data)
        while True:
            message = self.read(seconds)
            if "error" in message:
                return message
            self.others.append(message)

    def begin(self, version="2025-11-25"):
        answer = self.ask("initialize", {"protocolVersion": version, "capabilities": {},
                                         "clientInfo": {"name": "test", "version": "1"}})
        self.send({"jsonrpc": "2.0", "method": "notifications/initialized"})
        return answer

    def call(self, tool, wait=True, meta=None, id=None, **arguments):
        """Calls a tool. Returns its result, or the id of the call."""
        params = {"name": tool, "arguments": arguments}
        if meta:
            params["_meta"] = meta
        answer = self.ask("tools/call", params, wait, id)
        return answer.get("result", answer) if wait else answer

    def cancel(self, id):
        self.send({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": id}})

    def end(self):
        """Closes standard input, and returns the exit code."""
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()


def words_of(result):
    return " ".join(part.get("text", "") for part in result.get("content", []))


def processes(mark):
    """The command lines of the processes that have `mark` among their arguments."""
    found = []
    for number in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            with open(f"/proc/{number}/cmdline", "rb") as file:
                line = file.read()
            if mark.encode() in line.split(b"\0") and int(number) != os.getpid():
                found.append((int(number), line))
    return found


def runs(mark):
    """How many programs called sleep have `mark` as an argument, without the processes of immure."""
    return sum(line.split(b"\0")[0].endswith(b"sleep") for _, line in processes(mark))


def eventually(condition, seconds=PATIENCE):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


__all__ = ["Gone", "PATIENCE", "Server", "eventually", "fact", "json", "os", "processes", "runs", "signal", "subprocess", "sys",
           "time", "words_of"]
