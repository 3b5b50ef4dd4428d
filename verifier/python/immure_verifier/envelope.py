"""Opens the DSSE envelope (docs/appraisal.md, "Read the keys and the envelope")."""
from __future__ import annotations

from collections.abc import Sequence

from . import base64_strict
from .canonical import Malformed, Scanner
from .keys import PublicKey, is_ecdsa_signature
from .refusal import Refusal
from .tables import constants

PAYLOAD_TYPE = "application/vnd.in-toto+json"
_MOST_ID_BYTES = 256


def signed_bytes(body: bytes) -> bytes:
    """DSSE's pre-authentication encoding of an in-toto statement."""
    return f"DSSEv1 {len(PAYLOAD_TYPE)} {PAYLOAD_TYPE} {len(body)} ".encode("ascii") + body


def _take_apart(raw: bytes) -> tuple[str, str, str]:
    """The payload, the id of the key and the signature as texts of the envelope."""
    most: int = constants()["reading"]["envelopeBytes"]
    scanner = Scanner(raw.removesuffix(b"\n"))
    scanner.demand('{"payload":')
    payload = scanner.ascii_text(most)
    scanner.demand(',"payloadType":')
    kind = scanner.ascii_text(most)
    if kind != PAYLOAD_TYPE:
        raise Refusal("payload-type", "/payloadType", kind)
    scanner.demand(',"signatures":[')
    if scanner.take("]"):
        raise Refusal("signature-missing", "/signatures", "the envelope has no signature")
    scanner.demand('{"keyid":')
    key_id = scanner.ascii_text(_MOST_ID_BYTES)
    scanner.demand(',"sig":')
    signature = scanner.ascii_text(_MOST_ID_BYTES)
    scanner.demand("}")
    if scanner.take(","):
        raise Refusal("signature-count", "/signatures", "more than one signature")
    scanner.demand("]")
    scanner.demand("}")
    scanner.finish()
    return payload, key_id, signature


def open_envelope(raw: bytes, keys: Sequence[PublicKey]) -> tuple[bytes, str]:
    """The signed statement, and the id of the key that signed the statement. Raises Refusal."""
    try:
        payload, key_id, signature_text = _take_apart(raw)
    except Malformed as error:
        raise Refusal("envelope-malformed", "", str(error)) from error
    signature = base64_strict.decode(signature_text)
    if signature is None or (len(signature) != 64 and not is_ecdsa_signature(signature)):
        raise Refusal(
            "signature-malformed", "/signatures/0/sig", "neither 64 bytes nor a DER signature, in strict base64"
        )
    body = base64_strict.decode(payload)
    if body is None:
        raise Refusal("envelope-malformed", "/payload", "not strict base64")
    message = signed_bytes(body)
    for key in keys:
        if not key.verifies(message, signature):
            continue
        if key_id != key.key_id:
            raise Refusal("key-id-mismatch", "/signatures/0/keyid", key_id)
        return body, key_id
    raise Refusal("signature-invalid", "/signatures/0/sig", "none of the given keys made this signature")
