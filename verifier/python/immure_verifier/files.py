"""Reads the files that the relying party names."""
from __future__ import annotations

import os
import stat
from pathlib import Path

from .refusal import Refusal


def read_regular(path: Path, most: int, code: str) -> bytes:
    """The bytes of a regular file, not a link, of at most `most` bytes. Raises Refusal with `code` otherwise."""
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode):
            raise Refusal(code, str(path), "not a regular file")
        with path.open("rb") as file:
            raw = file.read(most + 1)
    except OSError as error:
        raise Refusal(code, str(path), str(error.strerror)) from error
    if len(raw) > most:
        raise Refusal(code, str(path), f"larger than {most} bytes")
    return raw
