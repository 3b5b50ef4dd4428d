"""Files at the corners of reading: keys, envelopes, signatures, statements, outputs. Each case is a name, the evidence and
the flags that both verifiers get."""
import base64
import hashlib
import json
import os

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from immure_verifier import ed25519
from immure_verifier.canonical import canonical_bytes
from immure_verifier.envelope import PAYLOAD_TYPE, signed_bytes

PRIME = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
SECRET = b"a" * 32
ORDER_8 = bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")


def spki(key):
    """The SubjectPublicKeyInfo of a private key's public half."""
    return key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def of_point(point):
    """The SubjectPublicKeyInfo around the 32 bytes of an Ed25519 key."""
    return bytes.fromhex("302a300506032b6570032100") + point


def pem(der, label=b"PUBLIC KEY"):
    """One PEM block."""
    return b"-----BEGIN " + label + b"-----\n" + base64.b64encode(der) + b"\n-----END " + label + b"-----\n"


def with_torsion(public):
    """The key plus a point of order 8, which is in no subgroup of prime order."""
    x, y, z, _ = ed25519._add(ed25519._decoded(public), ed25519._decoded(ORDER_8))
    inverse = pow(z, PRIME - 2, PRIME)
    x, y = x * inverse % PRIME, y * inverse % PRIME
    return (y | (x & 1) << 255).to_bytes(32, "little")


def der_of(r, s, after=b""):
    """An ECDSA signature in DER."""

    def integer(value):
        raw = value.to_bytes((value.bit_length() + 8) // 8, "big")
        return bytes([2, len(raw)]) + raw

    body = integer(r) + integer(s) + after
    return bytes([0x30, len(body)]) + body


class Cases:
    """Makes the files in a directory."""

    def __init__(self, directory, evidence):
        self.directory, self.evidence = directory, evidence
        self.raw = evidence.read_bytes()
        self.body = base64.b64decode(self.raw.split(b'"payload":"')[1].split(b'"')[0])
        self.edwards = Ed25519PrivateKey.from_private_bytes(SECRET)
        self.curve = ec.generate_private_key(ec.SECP256R1())
        self.public = spki(self.edwards)[12:]
        self.flags = ["--key", str(self.file("edwards.pub", pem(spki(self.edwards))))]
        self.curve_flags = ["--key", str(self.file("curve.pub", pem(spki(self.curve))))]

    def file(self, name, raw):
        """Writes a file and returns its path."""
        path = self.directory / name
        path.write_bytes(raw)
        return path

    def envelope(self, signature, key=None, body=None, key_id=None):
        """An envelope with this signature."""
        key_id = hashlib.sha256(spki(key or self.edwards)).hexdigest() if key_id is None else key_id
        payload = base64.b64encode(self.body if body is None else body).decode()
        signatures = [{"keyid": key_id, "sig": base64.b64encode(signature).decode()}]
        return canonical_bytes({"payload": payload, "payloadType": PAYLOAD_TYPE, "signatures": signatures}) + b"\n"

    def keys(self):
        """Key files, most of which are no key."""
        good = pem(spki(self.edwards))
        text = base64.b64encode(spki(self.edwards))
        begin, end = b"-----BEGIN PUBLIC KEY-----\n", b"-----END PUBLIC KEY-----"
        curve = spki(self.curve)
        keys = {
            "carriage-returns": good.replace(b"\n", b"\r\n"),
            "no-last-line-feed": good[:-1],
            "twice": good * 2,
            "more-behind": good + b"x",
            "more-before": b"\n" + good,
            "short-lines": begin + b"\n".join(text[i : i + 7] for i in range(0, len(text), 7)) + b"\n\n" + end,
            "one-line": begin + text + end,
            "nul": begin + b"\0" + text + end,
            "other-label": pem(spki(self.edwards), b"PRIVATE KEY"),
            "more-der": pem(spki(self.edwards) + b"\0"),
            "empty": b"",
            "large": good + b"\n" * 20000,
            "torsion": pem(of_point(with_torsion(self.public))),
            "order-8": pem(of_point(ORDER_8)),
            "curve-off": pem(curve[:-1] + bytes([curve[-1] ^ 1])),
            "curve-zero": pem(curve[:27] + bytes(64)),
            "p384": pem(spki(ec.generate_private_key(ec.SECP384R1()))),
            "rsa": pem(spki(rsa.generate_private_key(65537, 2048))),
        }
        for y in [0, 1, 2, 3, 4, PRIME - 1, PRIME, PRIME + 1, 2**255 - 1]:
            for sign in (0, 1):
                keys[f"y-{y % 1000}-{sign}-{y > 4}"] = pem(of_point((y | sign << 255).to_bytes(32, "little")))
        for name, raw in keys.items():
            yield f"key-{name}", self.evidence, ["--key", str(self.file(f"{name}.pub", raw))]
        link = self.directory / "link.pub"
        link.symlink_to("edwards.pub")
        yield "key-link", self.evidence, ["--key", str(link)]
        yield "key-directory", self.evidence, ["--key", str(self.directory)]
        yield "key-nowhere", self.evidence, ["--key", str(self.directory / "nowhere.pub")]

    def small_point_signature(self):
        """A signature whose point R is the identity, and which satisfies the equation all the same."""
        secret = int.from_bytes(hashlib.sha512(SECRET).digest()[:32], "little") & ((1 << 254) - 8) | 1 << 254
        point = (1).to_bytes(32, "little")
        message = hashlib.sha512(point + self.public + signed_bytes(self.body)).digest()
        return point + (int.from_bytes(message, "little") % ORDER * secret % ORDER).to_bytes(32, "little")

    def signatures(self):
        """Signatures of both kinds of keys."""
        good = self.edwards.sign(signed_bytes(self.body))
        larger = (int.from_bytes(good[32:], "little") + ORDER).to_bytes(32, "little")
        edwards = {
            "good": good,
            "larger-s": good[:32] + larger,
            "zero-s": good[:32] + bytes(32),
            "small-point": self.small_point_signature(),
            "short": good[:-1],
            "long": good + b"x",
        }
        r, s = decode_dss_signature(self.curve.sign(signed_bytes(self.body), ec.ECDSA(hashes.SHA256())))
        s = min(s, P256_ORDER - s)
        curve = {
            "good": der_of(r, s),
            "larger-s": der_of(r, P256_ORDER - s),
            "more-behind": der_of(r, s) + b"\0",
            "more-inside": der_of(r, s, b"\0"),
            "zero-r": der_of(0, s),
            "zero-s": der_of(r, 0),
            "half": der_of(r, P256_ORDER // 2),
            "above-half": der_of(r, P256_ORDER // 2 + 1),
            "one": der_of(1, 1),
            "negative": bytes.fromhex("3006020181020101"),
            "leading-zero": bytes.fromhex("300802020001" + "02020001"),
            "long-length": b"\x30\x81" + der_of(r, s)[1:],
        }
        for kind, key, signatures in (("edwards", self.edwards, edwards), ("curve", self.curve, curve)):
            for name, signature in signatures.items():
                path = self.file(f"{kind}-{name}.json", self.envelope(signature, key))
                yield f"signature-{kind}-{name}", path, [*self.flags, *self.curve_flags]

    def envelopes(self):
        """Envelopes that are malformed in one way, or in two ways of which one decides."""
        good = self.edwards.sign(signed_bytes(self.body))
        envelopes = {
            "no-line-feed": self.raw[:-1],
            "two-line-feeds": self.raw + b"\n",
            "a-key": pem(spki(self.edwards)),
            "long-id": self.envelope(good, key_id="a" * 256),
            "longer-id": self.envelope(good, key_id="a" * 257),
            "id-beyond-ascii": self.envelope(good, key_id="\u00e9"),
            "object": b"{}",
            "large": b" " * ((16 << 20) + 1),
            "invalid-utf8": self.raw.replace(b'payload"', b'payl\xff"', 1),
            "other-type-cut-off": self.raw.replace(b"in-toto+json", b"x")[:-30],
            "no-payload": self.envelope(good, body=b""),
        }
        for name, raw in envelopes.items():
            yield f"envelope-{name}", self.file(f"{name}.json", raw), self.flags

    def statements(self):
        """Statements that the right key signed."""
        body = self.body
        venue = b'"venue":"native"'

        def text(replacement):
            return body.replace(venue, b'"venue":"' + replacement + b'"')

        statements = {
            "other-type-and-junk": b'{"_type":"x"junk',
            "other-predicate-type-and-junk": body.replace(b'evidence:v1"', b'evidence:v2",', 1),
            "other-type-and-number": body.replace(b"Statement/v1", b"Statement/v2").replace(b'"tty":0', b'"tty":00'),
            "other-predicate-type-and-id": body.replace(b'evidence:v1"', b'evidence:v2"').replace(b'"runId":"', b'"runId":"X'),
            "id-in-capitals": body.replace(b'"runId":"0123456789a', b'"runId":"0123456789A'),
            "time-of-another-form": body.replace(b'"startedOn":"2', b'"startedOn":"x'),
            "invalid-utf8-at-the-end": body[:-20] + b"\xff" + body[-19:],
            "empty": b"",
            "blank-behind": body + b" ",
            "escaped-slash": body.replace(b"in-toto.io/", b"in-toto.io\\/"),
            "two-subject-lists": body.replace(b'"subject":[', b'"subject":[],"subject":['),
        }
        for number in (b"-0", b"00", b"1e0", b"1.0", b"9007199254740991", b"9007199254740992", b"12345678901234567", b"-1"):
            statements[f"number-{number.decode()}"] = body.replace(b'"tty":0', b'"tty":' + number)
        for raw in (b"nat\x7f", b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80", b"\\u001f\\u000b\\b", b"\\u000a", b"\\u001F"):
            statements[f"text-{raw.hex()}"] = text(raw)
        for name, raw in statements.items():
            path = self.file("statement.json", self.envelope(self.edwards.sign(signed_bytes(raw)), body=raw))
            yield f"statement-{name}", path, self.flags

    def outputs(self):
        """Directories that do not hold the subjects, and files in the place of a directory."""
        makers = {
            "empty": lambda at: None,
            "extra": lambda at: (at / "zzz").write_text("x"),
            "first": lambda at: (at / "0").write_text("x"),
            "link": lambda at: (at / "a.txt").symlink_to("x"),
            "fifo": lambda at: os.mkfifo(at / "fifo"),
            "link-to-a-directory": lambda at: (at / "d").symlink_to("/"),
            "not-utf8": lambda at: open(os.fsencode(at) + b"/\xffa", "w", encoding="ascii").close(),
            "below": lambda at: ((at / "sub").mkdir(), (at / "sub" / "x").write_text("")),
        }
        for name, make in makers.items():
            at = self.directory / f"outputs-{name}"
            at.mkdir()
            make(at)
            yield f"outputs-{name}", self.evidence, [*self.flags, "--artifacts", str(at)]
        for at in (self.directory / "nowhere", self.evidence):
            yield f"outputs-{at.name}", self.evidence, [*self.flags, "--artifacts", str(at)]

    def questions(self):
        """What the relying party asks for."""
        nonce = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
        for flags in (
            *(["--nonce", text] for text in ("x", "A" * 43, nonce, nonce[:-1] + "9", nonce + "=")),
            *(["--audience", text] for text in ("ops@example.org", "other")),
            *(["--max-age", text] for text in ("1s", "2m", "300d")),
            *(["--expect-program", text] for text in ("inspect", "/inspect", "nspect")),
            *(["--expect-exit", text] for text in ("0", "1")),
            *(["--launchers", str(path)] for path in self.launcher_lists()),
        ):
            yield "asked-" + "-".join(flags), self.evidence, [*self.flags, *flags]
        link = self.directory / "link.json"
        link.symlink_to(self.evidence)
        for path in (link, self.directory, self.directory / "nowhere.json"):
            yield f"evidence-{path.name}", path, self.flags

    def launcher_lists(self):
        """Lists of launchers: one with the launcher of the evidence, and one without it."""
        payload = json.loads(self.evidence.read_text())["payload"]
        launcher = json.loads(base64.b64decode(payload))["predicate"]["launcher"]["digest"]["sha256"]
        for name, digest in (("listed", launcher), ("unlisted", "0" * 64)):
            path = self.directory / f"launchers-{name}"
            path.write_text(f"# launchers\n{digest}  immure\n")
            yield path

    def challenges(self):
        """Challenge files, most of which are none."""
        good = {
            "audience": "ops@example.org",
            "expiresOn": "2099-01-01T00:00:00Z",
            "issuedOn": "2026-06-09T11:59:00Z",
            "nonce": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
            "version": 1,
        }
        changes = {
            "good": {},
            "expired": {"expiresOn": "2026-06-09T12:00:00Z"},
            "two-minutes-later": {"issuedOn": "2026-06-09T12:02:00Z"},
            "later": {"issuedOn": "2026-06-09T12:02:01Z"},
            "other-audience": {"audience": "other"},
            "no-audience": {"audience": ""},
            "longest-audience": {"audience": "a" * 1024},
            "longer-audience": {"audience": "a" * 1025},
            "other-nonce": {"nonce": "A" * 43},
            "short-nonce": {"nonce": "A" * 42},
            "other-version": {"version": 2},
            "no-time": {"expiresOn": good["issuedOn"]},
            "no-day": {"issuedOn": "2026-02-29T00:00:00Z"},
            "more": {"zzz": 1},
        }
        raws = {name: canonical_bytes(good | change) + b"\n" for name, change in changes.items()}
        raws["two-line-feeds"] = raws["good"] + b"\n"
        raws["no-line-feed"] = raws["good"][:-1]
        raws["blank"] = raws["good"].replace(b":", b": ", 1)
        raws["large"] = raws["good"] + b" " * (16 << 10)
        for name, raw in raws.items():
            path = self.file("challenge.json", raw)
            yield f"challenge-{name}", self.evidence, [*self.flags, "--challenge", str(path)]

    def all(self):
        """Every case."""
        parts = (self.keys, self.signatures, self.envelopes, self.statements, self.outputs, self.questions, self.challenges)
        for part in parts:
            yield from part()
