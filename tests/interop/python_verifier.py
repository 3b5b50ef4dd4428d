#!/usr/bin/python3
"""Compares the Python verifier (verifier/python) with `immure verify`: verdict, code, and the codes of every row.

usage: python_verifier.py vectors IMMURE DIRECTORY          each vector, as its index asks and without asking for anything
       python_verifier.py runs IMMURE DIRECTORY             evidence of runs, NAME.json, with its outputs in NAME
       python_verifier.py corners IMMURE NAME EVIDENCE KEY PUBLIC
                                                            evidence changed at the corners of single rules
       python_verifier.py files IMMURE EVIDENCE             keys, envelopes and outputs, most of which are malformed
       python_verifier.py mutants IMMURE NAME EVIDENCE KEY PUBLIC COUNT SEED FLAG...
                                                            changed evidence, signed again with the private key
prints ok or not ok for each comparison
"""
import base64
import copy
import hashlib
import json
import pathlib
import random
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "verifier/python"))

from cryptography.hazmat.primitives import hashes, serialization  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import ec  # noqa: E402
from cryptography.hazmat.primitives.asymmetric.utils import (  # noqa: E402
    decode_dss_signature,
    encode_dss_signature,
)

from python_verifier_corners import corners  # noqa: E402
from python_verifier_files import Cases  # noqa: E402

from immure_verifier import Request, appraise, cli  # noqa: E402
from immure_verifier.canonical import canonical_bytes  # noqa: E402
from immure_verifier.envelope import PAYLOAD_TYPE, signed_bytes  # noqa: E402
from immure_verifier.probe_records import transcript_head  # noqa: E402
from immure_verifier.tables import table  # noqa: E402

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
MOST_FINDINGS = 32


def theirs(immure, files, flags):
    """The results of `immure verify`, in the order of the files."""
    command = [immure, "verify", "--json", *flags, *map(str, files)]
    ran = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    if len(lines) != len(files):
        raise SystemExit(f"not ok immure verify: {len(lines)} results of {len(files)} files, exit {ran.returncode}")
    return [line["result"] if len(files) > 1 else line for line in lines]


def ours(path, flags):
    """The result of the Python verifier, as its command line makes it."""
    arguments = cli._parser().parse_args(["verify", *flags, str(path)])
    return appraise(cli._request(arguments, path)).to_json()


def answer(result, with_rows):
    """What both verifiers must agree on."""
    rows = [
        (row["number"], row["outcome"], [finding["code"] for finding in row["findings"]][:MOST_FINDINGS])
        for row in result["rows"]
    ]
    return result["verdict"], result["code"], result.get("keyId", ""), rows if with_rows else []


def report(name, immure_says, python_says):
    """Prints whether both say the same. The Python verifier judges no rows of an unknown edition."""
    with_rows = bool(python_says["rows"])
    wanted, seen = answer(immure_says, with_rows), answer(python_says, with_rows)
    if wanted == seen:
        print(f"ok {name}")
        return True
    print(f"not ok {name}")
    print(f"    immure: {wanted[:2]} {immure_says['reason']}"[:400])
    print(f"    python: {seen[:2]} {python_says['reason']}"[:400])
    for one, other in zip(wanted[3], seen[3]):
        if one != other:
            print(f"    immure: {one}, python: {other}"[:400])
    return False


def same(immure, name, path, flags):
    """Compares both verifiers on one piece of evidence."""
    return report(name, theirs(immure, [path], flags)[0], ours(path, flags))


def runs(immure, directory):
    """Compares both verifiers on each run: with nothing asked for, with each profile, and with the outputs at hand."""
    good, codes = True, set()
    for key in ("host", "p256"):
        paths = sorted(path for path in directory.glob("*.json") if path.stem.startswith("p256") == (key == "p256"))
        common = ["--key", str(directory / f"{key}.pub")]
        for name, flags in (
            ("", common),
            ("/Work", [*common, "--accept", "work"]),
            ("/Build", [*common, "--accept", "build"]),
        ):
            for path, immure_says in zip(paths, theirs(immure, paths, flags)):
                good = report(f"Run/{path.stem}{name}", immure_says, ours(path, flags)) and good
                codes.add(immure_says["code"])
        for path in paths:
            outputs = path.with_suffix("")
            if outputs.is_dir():
                flags = [*common, "--accept", "work", "--accept", "build", "--artifacts", str(outputs)]
                good = same(immure, f"Run/{path.stem}/Artifacts", path, flags) and good
    print(f"    codes: {sorted(codes)}")
    return good


def vectors(immure, directory):
    """Compares with the index, and with `immure verify` where nothing is asked for but the signature."""
    good = True
    catalogues = {row["catalogueSha256"] for row in table("editions")["editions"]}
    for vector in json.loads((directory / "index.json").read_text()):
        if vector.get("catalogueSha256", next(iter(catalogues))) not in catalogues:
            # A recorded run of the present edition, before the edition changed.
            vector |= {"verdict": "BLOCKED", "code": "catalogue-unknown"}
        path, key = directory / vector["file"], directory / vector["key"]
        result = appraise(
            Request(
                path,
                [key],
                vector["now"],
                nonce=vector["nonce"],
                audience=vector["audience"],
                max_age=vector["maxAge"],
                oldest_edition=vector["oldestEdition"],
                accept=tuple(vector.get("accept", ())),
            )
        )
        seen = (result.verdict, result.code, bool(result.key_id))
        agrees = seen == (vector["verdict"], vector["code"], vector["authentic"])
        print(f"{'ok' if agrees else 'not ok'} Index/{vector['file']}")
        flags = ["--key", str(key), "--oldest-edition", "1", "--accept", "work", "--accept", "build"]
        good = same(immure, f"Unasked/{vector['file']}", path, flags) and agrees and good
    return good


class Mutator:
    """Changes values of a statement at random, but the same way for the same seed."""

    def __init__(self, seed, statement):
        self.random = random.Random(seed)
        self.statement = statement
        self.texts, self.digests = [], []
        self.collect(statement["predicate"])

    def collect(self, value):
        if isinstance(value, str):
            (self.digests if self.is_digest(value) else self.texts).append(value)
        elif isinstance(value, dict):
            for each in value.values():
                self.collect(each)
        elif isinstance(value, list):
            for each in value[:3]:
                self.collect(each)

    @staticmethod
    def is_digest(text):
        """True for a SHA-256: another text in its place would only be malformed."""
        return len(text) == 64 and set(text) <= set("0123456789abcdef")

    def place(self, value):
        """A container and the key of one of its values, each depth as likely as the next."""
        while True:
            key = self.random.choice(list(value) if isinstance(value, dict) else range(len(value)))
            inner = value[key]
            if not isinstance(inner, (dict, list)) or not inner or self.random.random() < 0.04:
                return value, key
            value = inner

    def start(self, statement):
        """Most changes hit what is not a probe: there are hundreds of probes, and few rules for them."""
        kind = self.random.random()
        predicate = statement["predicate"]
        if kind < 0.3 and predicate["probes"]:
            return predicate["probes"]
        if kind < 0.6:
            return [predicate[key] for key in ("outside", "inside", "limits", "input", "filter") if key in predicate]
        return predicate if kind < 0.98 else statement

    def number(self, value):
        usual = [value + 1, max(value - 1, 0), 0, 1, 2, 1000, 65535]
        return self.random.choice([*usual, *usual, -1, 2**31 - 1, 2**32 + 31, 2**53 - 1, 2**53])

    def text(self, value):
        cut = self.random.randrange(len(value) + 1)
        return self.random.choice(
            ["", value[:cut], value + "x", value[:cut] + "/" + value[cut:], value.upper(), "\x7f\u00e9\n"]
            + [self.random.choice(self.texts) for _ in range(6)]
            if not self.is_digest(value)
            else ["", *(self.random.choice(self.digests) for _ in range(5))]
        )

    def changed(self, value):
        if isinstance(value, bool):
            return not value
        if isinstance(value, int):
            return self.number(value)
        if isinstance(value, str):
            return self.text(value)
        return self.random.choice([[], {}, None, 0, "", [value], 1.5])

    def change_list(self, values, index):
        kind = self.random.randrange(4)
        if kind == 0:
            del values[index]
        elif kind == 1:
            values.insert(index, copy.deepcopy(values[index]))
        elif kind == 2:
            other = self.random.randrange(len(values))
            values[index], values[other] = values[other], values[index]
        else:
            values[index] = self.changed(values[index])

    def change_object(self, values, key):
        kind = self.random.random()
        if kind < 0.06:
            del values[key]
        elif kind < 0.08:
            values[self.random.choice(["zzz", "aaa", key.upper(), "value"])] = values[key]
        else:
            values[key] = self.changed(values[key])

    def mutant(self):
        statement = copy.deepcopy(self.statement)
        for _ in range(self.random.choice([1, 1, 1, 2, 3])):
            start = self.start(statement)
            values, key = self.place(start)
            if isinstance(values, dict):
                self.change_object(values, key)
            elif self.random.random() < 0.5:
                self.change_list(values, key)
            else:
                values[key] = self.changed(values[key])
        if self.random.random() < 0.9:
            self.chain(statement)
        return statement

    @staticmethod
    def chain(statement):
        """Writes the transcript that the host would have written."""
        try:
            predicate = statement["predicate"]
            predicate["transcript"] = {"entries": len(predicate["probes"]), "head": transcript_head(predicate)}
        except (KeyError, TypeError, AttributeError, ValueError):
            pass

    def envelope(self, raw):
        """Sometimes changes one byte of the envelope."""
        if self.random.random() < 0.95:
            return raw
        at = self.random.randrange(len(raw) - 300, len(raw))
        return raw[:at] + self.random.choice([b"", b"A", b"=", b" ", b'"', b"\n"]) + raw[at + 1 :]


def sealed(body, key):
    """The envelope around signed bytes."""
    if isinstance(key, ec.EllipticCurvePrivateKey):
        r, s = decode_dss_signature(key.sign(signed_bytes(body), ec.ECDSA(hashes.SHA256())))
        signature = encode_dss_signature(r, min(s, P256_ORDER - s))
    else:
        signature = key.sign(signed_bytes(body))
    der = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return (
        canonical_bytes(
            {
                "payload": base64.b64encode(body).decode(),
                "payloadType": PAYLOAD_TYPE,
                "signatures": [
                    {"keyid": hashlib.sha256(der).hexdigest(), "sig": base64.b64encode(signature).decode()}
                ],
            }
        )
        + b"\n"
    )


def statement_of(evidence):
    """The statement, without any check."""
    envelope = json.loads(pathlib.Path(evidence).read_bytes())
    return json.loads(base64.b64decode(envelope["payload"]))


def compare(immure, name, changed, flags):
    """Compares both verifiers on named envelopes, and prints one line for all that agree."""
    codes, differ = {}, 0
    with tempfile.TemporaryDirectory() as directory:
        paths, names = [], []
        for label, envelope in changed:
            paths.append(pathlib.Path(directory) / f"{len(paths)}.json")
            paths[-1].write_bytes(envelope)
            names.append(label)
        for label, path, immure_says in zip(names, paths, theirs(immure, paths, flags)):
            python_says = ours(path, flags)
            codes[python_says["code"]] = codes.get(python_says["code"], 0) + 1
            with_rows = bool(python_says["rows"])
            if answer(immure_says, with_rows) != answer(python_says, with_rows):
                differ += 1
                if differ <= 5:
                    report(f"{name}/{label}", immure_says, python_says)
    good = differ == 0 and len(codes) >= 5
    print(f"{'ok' if good else 'not ok'} {name}")
    print(f"    {len(paths)} changes, {differ} differ, codes: {codes}")
    return good


def files(immure, evidence):
    """Compares both verifiers on keys, envelopes, signatures and outputs."""
    codes, differ = {}, 0
    with tempfile.TemporaryDirectory() as directory:
        for name, path, flags in Cases(pathlib.Path(directory), pathlib.Path(evidence)).all():
            immure_says, python_says = theirs(immure, [path], flags)[0], ours(path, flags)
            codes[python_says["code"]] = codes.get(python_says["code"], 0) + 1
            if answer(immure_says, True) != answer(python_says, True):
                differ += 1
                report(f"Files/{name}", immure_says, python_says)
    good = differ == 0 and len(codes) >= 12
    print(f"{'ok' if good else 'not ok'} Files")
    print(f"    {sum(codes.values())} cases, {differ} differ, codes: {codes}")
    return good


def corner_cases(immure, name, evidence, key_path, public):
    """Compares both verifiers on evidence that was changed at the corners of single rules."""
    key = serialization.load_pem_private_key(pathlib.Path(key_path).read_bytes(), None)

    def envelopes():
        for label, statement in corners(statement_of(evidence)):
            Mutator.chain(statement)
            yield label, sealed(canonical_bytes(statement), key)

    flags = ["--key", public, "--accept", "work", "--accept", "build", "--oldest-edition", "1"]
    return compare(immure, f"Corners/{name}", envelopes(), flags)


def mutants(immure, name, evidence, key_path, public, count, seed, flags):
    """Compares both verifiers on evidence that was changed at random."""
    key = serialization.load_pem_private_key(pathlib.Path(key_path).read_bytes(), None)
    mutator = Mutator(seed, statement_of(evidence))
    changed = (
        (f"{seed}/{index}", mutator.envelope(sealed(canonical_bytes(mutator.mutant()), key))) for index in range(count)
    )
    return compare(immure, f"Mutants/{name}", changed, ["--key", public, *flags])


def main(mode, immure, *rest):
    """Runs one of the modes."""
    if mode == "vectors":
        good = vectors(immure, pathlib.Path(rest[0]))
    elif mode == "runs":
        good = runs(immure, pathlib.Path(rest[0]))
    elif mode == "files":
        good = files(immure, rest[0])
    elif mode == "corners":
        good = corner_cases(immure, *rest)
    else:
        name, evidence, key, public, count, seed, *flags = rest
        good = mutants(immure, name, evidence, key, public, int(count), int(seed), flags)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
