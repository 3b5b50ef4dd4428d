"""Strict base64: each sequence of bytes has exactly one text, so nobody can change a text unnoticed."""
from __future__ import annotations

import base64
import binascii
import re


def decode(text: str) -> bytes | None:
    """The bytes of a text in base64 with padding (RFC 4648, section 4); None for any other text."""
    try:
        raw = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if base64.b64encode(raw).decode("ascii") == text else None


def decode_url(text: str) -> bytes | None:
    """The bytes of a text in base64url without padding (RFC 4648, section 5); None for any other text."""
    if not re.fullmatch(r"[A-Za-z0-9_-]*", text):
        return None
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return None
    return raw if base64.urlsafe_b64encode(raw).decode("ascii").rstrip("=") == text else None
