"""Reads public keys (one PEM block, Ed25519 or ECDSA P-256) and verifies signatures."""
from __future__ import annotations

import hashlib
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from . import base64_strict, ed25519
from .files import read_regular
from .refusal import Refusal

_MOST_BYTES = 16 << 10
_BEGIN = b"-----BEGIN PUBLIC KEY-----\n"
_END = b"-----END PUBLIC KEY-----"
_ED25519 = bytes.fromhex("302a300506032b6570032100")
_P256 = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def _take_integer(der: bytes) -> tuple[int, bytes] | None:
    """A positive INTEGER in its shortest form, and the bytes that follow; None for anything else."""
    if len(der) < 3 or der[0] != 2:
        return None
    size = der[1]
    number = der[2 : 2 + size]
    if not 1 <= size <= 33 or len(number) != size or number[0] & 0x80:
        return None
    if size > 1 and number[0] == 0 and not number[1] & 0x80:
        return None
    return int.from_bytes(number, "big"), der[2 + size :]


def is_ecdsa_signature(der: bytes) -> bool:
    """True if the bytes are r and s in the shortest DER, both in range, with the smaller of the two values of s."""
    if not 8 <= len(der) <= 72 or der[0] != 0x30 or der[1] != len(der) - 2:
        return False
    first = _take_integer(der[2:])
    second = _take_integer(first[1]) if first else None
    if first is None or second is None or second[1]:
        return False
    return 0 < first[0] < _P256_ORDER and 0 < second[0] <= _P256_ORDER // 2


class PublicKey:
    """A key that the relying party trusts."""

    def __init__(self, der: bytes, where: str = "") -> None:
        self._der = der
        self._edwards: Ed25519PublicKey | None = None
        self._curve: ec.EllipticCurvePublicKey | None = None
        if len(der) == 44 and der.startswith(_ED25519):
            if not ed25519.is_good_key(der[12:]):
                raise Refusal("key-unusable", where, "an invalid Ed25519 key")
            self._edwards = Ed25519PublicKey.from_public_bytes(der[12:])
        elif len(der) == 91 and der.startswith(_P256) and der[26] == 4:
            try:
                self._curve = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), der[26:])
            except ValueError as error:
                raise Refusal("key-unusable", where, "an invalid P-256 key") from error
        else:
            raise Refusal("key-unusable", where, "not a public key for Ed25519 or ECDSA P-256")

    @classmethod
    def load(cls, path: Path) -> PublicKey:
        """Reads a PEM file. Raises Refusal."""
        return cls.parse(read_regular(path, _MOST_BYTES, "key-unusable"), str(path))

    @classmethod
    def parse(cls, pem: bytes, where: str = "") -> PublicKey:
        """Reads one PEM block. Raises Refusal."""
        body, end, after = pem.removeprefix(_BEGIN).partition(_END)
        if len(pem) > _MOST_BYTES or not pem.startswith(_BEGIN) or not end or after not in (b"", b"\n"):
            raise Refusal(
                "key-unusable", where, "not exactly one PEM block that begins with -----BEGIN PUBLIC KEY-----"
            )
        der = base64_strict.decode(body.replace(b"\n", b"").decode("latin-1"))
        if der is None:
            raise Refusal("key-unusable", where, "not strict base64")
        return cls(der, where)

    @property
    def key_id(self) -> str:
        """The hex SHA-256 of the SubjectPublicKeyInfo."""
        return hashlib.sha256(self._der).hexdigest()

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """True if the key made this signature."""
        try:
            if self._edwards is not None:
                if not ed25519.is_good_signature(signature):
                    return False
                self._edwards.verify(signature, message)
            elif self._curve is not None:
                if not is_ecdsa_signature(signature):
                    return False
                self._curve.verify(signature, message, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        return True
