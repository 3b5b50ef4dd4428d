"""Compares a directory with the signed outputs of a run (docs/appraisal.md, "Conclude")."""
from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .refusal import Refusal

_CHUNK = 1 << 20


def _representable(name: str) -> str:
    """The name as evidence writes it: a byte that is not UTF-8 becomes `\\x` and two hex digits."""
    return "".join(f"\\x{ord(c) - 0xDC00:02x}" if 0xDC80 <= ord(c) <= 0xDCFF else c for c in name)


def _entries(directory: Path, prefix: str = "") -> Iterator[tuple[str, os.DirEntry[str]]]:
    with os.scandir(directory) as entries:
        for entry in entries:
            name = f"{prefix}{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                yield from _entries(Path(entry.path), f"{name}/")
            else:
                yield name, entry


def _sha256(path: str) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def without_output(statement: dict[str, Any]) -> bool:
    """True if the run had no output: the only subject is then the plan."""
    subjects, plan = statement["subject"], statement["predicate"]["plan"]
    return len(subjects) == 1 and subjects[0]["name"] == "plan" and subjects[0]["digest"] == plan["digest"]


def check_artifacts(directory: Path, statement: dict[str, Any]) -> None:
    """Raises Refusal unless the directory holds exactly the signed outputs."""
    wanted = {}
    if not without_output(statement):
        wanted = {subject["name"]: subject["digest"]["sha256"] for subject in statement["subject"]}
    try:
        if not stat.S_ISDIR(os.lstat(directory).st_mode):
            raise Refusal("artifacts-unreadable", str(directory), "not a directory")
        for name, entry in sorted(_entries(directory), key=lambda each: os.fsencode(each[0])):
            shown = _representable(name)
            expected = wanted.pop(shown, None)
            if not entry.is_file(follow_symlinks=False):
                raise Refusal("artifact-kind", shown, "not a regular file")
            if expected is None:
                raise Refusal("artifact-extra", shown, "the evidence has no output of this name")
            found = _sha256(entry.path)
            if found != expected:
                raise Refusal("artifact-differs", shown, found)
    except OSError as error:
        raise Refusal("artifacts-unreadable", str(directory), str(error.strerror)) from error
    for name in wanted:
        if name not in ("stdout", "stderr"):
            raise Refusal("artifact-missing", name, "no such file in the directory")
