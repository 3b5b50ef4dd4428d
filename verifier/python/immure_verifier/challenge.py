"""Reads the file that `immure challenge` writes: a nonce, an audience, and the time in which a run must answer."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from . import base64_strict
from .canonical import Malformed, Scanner
from .files import read_regular
from .refusal import Refusal
from .utc import unix_seconds

_UNUSABLE = "challenge-unusable"
_MOST_BYTES = 16 << 10
_MOST_AUDIENCE = 1024
_NONCE_BYTES = 32


def is_nonce(text: str) -> bool:
    """True if the text is 32 bytes in base64url without padding."""
    raw = base64_strict.decode_url(text)
    return raw is not None and len(raw) == _NONCE_BYTES


@dataclass(frozen=True)
class Challenge:
    """The nonce and the audience that evidence must have, and the times (Unix seconds) for an answer."""

    audience: str
    expires: int
    issued: int
    nonce: str

    @classmethod
    def load(cls, path: Path) -> Challenge:
        """Reads a challenge file. Raises Refusal."""
        raw = read_regular(path, _MOST_BYTES, _UNUSABLE)
        try:
            scanner = Scanner(raw.removesuffix(b"\n"))
            values: list[str] = []
            for key in ("audience", "expiresOn", "issuedOn", "nonce"):
                scanner.demand(f'{"," if values else "{"}"{key}":')
                values.append(scanner.text())
            scanner.demand(',"version":')
            version = scanner.integer()
            scanner.demand("}")
            scanner.finish()
        except Malformed as error:
            raise Refusal(_UNUSABLE, str(path), str(error)) from error
        audience, expires_on, issued_on, nonce = values
        expires, issued = unix_seconds(expires_on), unix_seconds(issued_on)
        if version != 1 or not 1 <= len(audience.encode("utf-8")) <= _MOST_AUDIENCE or not is_nonce(nonce):
            raise Refusal(_UNUSABLE, str(path), "an invalid version, audience or nonce")
        if expires is None or issued is None or expires <= issued:
            raise Refusal(_UNUSABLE, str(path), "invalid times, or an expiresOn that is not after issuedOn")
        return cls(audience, expires, issued, nonce)
