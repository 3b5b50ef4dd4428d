"""Reads canonical JSON (RFC 8785) with objects, lists, texts, integers and booleans, and refuses anything else."""
from __future__ import annotations

import json
import re
from typing import NoReturn

from .tables import constants

# A character that canonical JSON does not escape. Python decodes a byte that is not UTF-8 to a lone surrogate.
_PLAIN = r'[^"\\\x00-\x1f\ud800-\udfff]'
_ESCAPE = r'\\(?:["\\bfnrt]|u00(?:0[0-7bef]|1[0-9a-f]))'
_TEXT = re.compile(rf'"({_PLAIN}*(?:{_ESCAPE}{_PLAIN}*)*)"')
_ASCII_TEXT = re.compile(r'"([\x20\x21\x23-\x5b\x5d-\x7f]*)"')
_KEY = re.compile(r'"([\x20\x21\x23-\x5b\x5d-\x7f]*)":')
_INTEGER = re.compile(r"(?:0|-?[1-9][0-9]{0,15})(?![0-9.eE])")


class Malformed(Exception):
    """The bytes are not canonical JSON, or not of the form that the format demands."""


class Scanner:
    """Reads a document once, from its first character to its last."""

    def __init__(self, raw: bytes) -> None:
        self._text = raw.decode("utf-8", "surrogateescape")
        self._at = 0
        reading = constants()["reading"]
        self._most_bytes: int = reading["textBytes"]
        self._most_integer: int = reading["integer"]

    def fail(self, what: str) -> NoReturn:
        """Raises Malformed, and says what is wrong at which character."""
        raise Malformed(f"{what} at character {self._at}")

    def take(self, token: str) -> bool:
        """Moves past the token if it comes next."""
        if not self._text.startswith(token, self._at):
            return False
        self._at += len(token)
        return True

    def demand(self, token: str) -> None:
        """Moves past the token, which must come next."""
        if not self.take(token):
            self.fail(f"missing {token}")

    def text(self) -> str:
        """Reads a text, which must be in its canonical form."""
        match = _TEXT.match(self._text, self._at)
        if match is None:
            self.fail("not a text in canonical form")
        self._at = match.end()
        body = match.group(1)
        value: str = json.loads(f'"{body}"') if "\\" in body else body
        if len(value) * 4 > self._most_bytes and len(value.encode("utf-8")) > self._most_bytes:
            self.fail("a text longer than the limit")
        return value

    def ascii_text(self, most: int) -> str:
        """Reads a text of at most `most` characters of printable ASCII, without escapes."""
        match = _ASCII_TEXT.match(self._text, self._at)
        if match is None or len(match.group(1)) > most:
            self.fail("not a text without escapes, or longer than the limit")
        self._at = match.end()
        return match.group(1)

    def key(self) -> str:
        """Reads the name of a member and the colon behind the name."""
        match = _KEY.match(self._text, self._at)
        if match is None:
            self.fail("not the name of a member")
        self._at = match.end()
        return match.group(1)

    def integer(self) -> int:
        """Reads an integer from -(2^53 - 1) to 2^53 - 1."""
        match = _INTEGER.match(self._text, self._at)
        if match is None or abs(int(match.group())) > self._most_integer:
            self.fail("not an integer in canonical form")
        self._at = match.end()
        return int(match.group())

    def boolean(self) -> bool:
        """Reads true or false."""
        if self.take("true"):
            return True
        self.demand("false")
        return False

    def finish(self) -> None:
        """Demands that the document ends here."""
        if self._at != len(self._text):
            self.fail("bytes behind the end of the document")


def canonical_bytes(value: object) -> bytes:
    """The canonical JSON of a value without floats. All keys are ASCII, so Python sorts them as RFC 8785 demands."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8")
