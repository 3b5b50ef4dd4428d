#!/usr/bin/python3
"""A second reader of evidence, written from docs/evidence-format.md alone: no code of immure's is in it.

usage: verify_vectors.py DIRECTORY      reads DIRECTORY/index.json and prints ok or not ok for each vector

For each envelope, the script says whether the envelope is authentic and its payload is canonical. For accepted evidence,
the script also says whether the transcript is the chain over the records. The script does not judge what the evidence
means: matrix/acceptance.toml defines this.
"""
import base64
import binascii
import hashlib
import json
import pathlib
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization

PAYLOAD_TYPE = "application/vnd.in-toto+json"
ORDER = 2**252 + 27742317777372353535851937790883648493
# Points under which one signature can serve every message, without the sign bit.
SMALL_ORDER = {0, 1, 2**255 - 20, 2**255 - 19, 2**255 - 18} | {
    int.from_bytes(bytes.fromhex(point), "little")
    for point in (
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    )
}


def no_floats(text):
    raise ValueError(f"no integer: {text}")


def small_integer(text):
    if abs(int(text)) >= 2**53:
        raise ValueError(f"beyond 2^53: {text}")
    return int(text)


def canonical(raw):
    """The value of canonical JSON (RFC 8785) without floats; None for anything else."""
    try:
        value = json.loads(raw.decode("utf-8"), parse_float=no_floats, parse_int=small_integer, parse_constant=no_floats)
        # A key given twice is lost here, so that what is written again is shorter than what was read. All keys are ASCII,
        # for which the order of code points is the order that RFC 8785 wants.
        again = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError):
        return None
    return value if again == raw else None


def strict_base64(text):
    raw = base64.b64decode(text, validate=True)
    if base64.b64encode(raw).decode() != text:
        raise ValueError("another form of base64")
    return raw


def authentic_payload(raw, key):
    """The signed bytes of a canonical envelope whose one signature verifies with this key, or None."""
    envelope = canonical(raw[:-1] if raw.endswith(b"\n") else raw)
    try:
        point = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        spki = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        if int.from_bytes(point, "little") & (2**255 - 1) in SMALL_ORDER:
            return None
        if set(envelope) != {"payload", "payloadType", "signatures"} or envelope["payloadType"] != PAYLOAD_TYPE:
            return None
        (signature,) = envelope["signatures"]
        if set(signature) != {"keyid", "sig"} or signature["keyid"] != hashlib.sha256(spki).hexdigest():
            return None
        sig = strict_base64(signature["sig"])
        body = strict_base64(envelope["payload"])
        if len(sig) != 64 or int.from_bytes(sig[32:], "little") >= ORDER:
            return None
        head = f"DSSEv1 {len(PAYLOAD_TYPE)} {PAYLOAD_TYPE} {len(body)} ".encode()
        key.verify(sig, head + body)
        return body
    except (TypeError, ValueError, KeyError, binascii.Error, InvalidSignature):
        return None


def transcript_holds(predicate):
    """H0 = SHA-256(label runId nonce), Hn = SHA-256(Hn-1 || record n)."""
    seed = f"immure-transcript-v1\n{predicate['runId']}\n{predicate.get('nonce', '')}\n"
    head = hashlib.sha256(seed.encode()).digest()
    for record in predicate["probes"]:
        text = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        head = hashlib.sha256(head + text.encode()).digest()
    return predicate["transcript"] == {"entries": len(predicate["probes"]), "head": head.hex()}


def main(directory):
    failures = 0
    for vector in json.loads((directory / "index.json").read_text()):
        key = serialization.load_pem_public_key((directory / vector["key"]).read_bytes())
        body = authentic_payload((directory / vector["file"]).read_bytes(), key)
        good = (body is not None) == vector["authentic"]
        if body is not None:
            statement = canonical(body)
            good = good and (statement is not None) == vector["canonical"]
            if vector["verdict"] == "ACCEPTED":
                good = good and transcript_holds(statement["predicate"])
            if vector["code"] == "transcript-head":
                good = good and not transcript_holds(statement["predicate"])
        print(("ok" if good else "not ok"), vector["file"])
        failures += not good
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
