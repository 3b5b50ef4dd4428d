"""Starts the program `immure`."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from ._errors import Blocked, Error, UsageError

Path: TypeAlias = str | os.PathLike[str]

# Exit codes of the command, as `immure help exit-codes` lists them.
BLOCKED, USAGE, FAILED = 3, 64, 70


@dataclass(frozen=True)
class Said:
    """What a command printed, how it ended, and the JSON that it wrote to a descriptor of its own."""

    code: int
    stdout: bytes
    stderr: bytes
    result: bytes

    @property
    def words(self) -> str:
        return self.stderr.decode("utf-8", "replace").strip()


@dataclass(frozen=True)
class Program:
    """The installed program. Without a path, the variable IMMURE names the program, and then the PATH is searched."""

    path: Path | None = None

    def find(self) -> str:
        """Returns the path of the program. Raises Error if there is none."""
        named = os.fspath(self.path) if self.path is not None else os.environ.get("IMMURE") or shutil.which("immure")
        if not named:
            raise Error("there is no program immure on the PATH. Install immure, or set IMMURE to its path.")
        return named

    def start(self, command: str, arguments: Sequence[str], stdin: bytes | None = None, result: bool = False) -> Said:
        """Runs one command of the program to its end. With `result`, the command gets a descriptor for its result.

        If Python is interrupted while it waits, immure gets the signal too, ends the sandbox and cleans up.
        """
        # A file in memory takes a result of any size, while a pipe would need a reader.
        descriptor = os.memfd_create("immure-result", os.MFD_CLOEXEC)
        try:
            words = [self.find(), command, *([f"--result=fd:{descriptor}"] if result else []), *arguments]
            try:
                child = subprocess.Popen(
                    words,
                    stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    pass_fds=[descriptor],
                )
            except (OSError, ValueError) as failure:
                raise Error(f"{words[0]} could not be started: {failure}") from failure
            with child:
                try:
                    stdout, stderr = child.communicate(stdin)
                except BaseException:
                    child.send_signal(signal.SIGINT)
                    child.communicate()
                    raise
            written = os.pread(descriptor, os.fstat(descriptor).st_size, 0)
            return Said(child.returncode, stdout, stderr, written)
        finally:
            os.close(descriptor)

    def answer(self, command: str, arguments: Sequence[str], taken: Sequence[int] = (0,)) -> dict[str, Any]:
        """Runs a command with --json and returns its answer. Any exit code but those of `taken` is an exception."""
        said = self.start(command, ["--json", *arguments])
        answer = parsed(said.stdout)
        if answer is None or said.code not in taken or "error" in answer:
            raise failure_of(said, answer)
        return answer


def parsed(text: bytes) -> dict[str, Any] | None:
    """The object in `text`, or None if there is none."""
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def failure_of(said: Said, answer: dict[str, Any] | None) -> Error:
    """The exception for a command that did not do its work."""
    words = said.words
    told = (answer or {}).get("error")
    if told:
        words = ": ".join(part for part in (told["where"], told["what"], told.get("errno", "")) if part)
        words = f"{words}. {told['hint']}".strip() if told["hint"] else words
    if said.code == USAGE:
        return UsageError(words or "wrong usage", said.words)
    if said.code == BLOCKED:
        return Blocked([words], said.words)
    return Error(words or f"immure ended with {said.code}", said.words)


def option(name: str, value: Path | int | float | None) -> list[str]:
    """`--name=value`, or nothing. The value stays one argument, whatever it begins with."""
    return [] if value is None else [f"--{name}={os.fspath(value) if isinstance(value, os.PathLike) else value}"]


def switch(name: str, wanted: bool | None) -> list[str]:
    return [f"--{name}"] if wanted else []


def operand(path: Path) -> str:
    """A path that stands for itself. A leading `-` would make an option of the path."""
    text = os.fspath(path)
    return f"./{text}" if text.startswith("-") else text
