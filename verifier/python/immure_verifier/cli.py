"""The command line: verify EVIDENCE --key KEY."""
from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from .appraise import appraise
from .request import Request
from .result import Result
from .tables import table
from .utc import now

_WRONG_USAGE = 64
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class _Parser(argparse.ArgumentParser):
    """A parser whose errors have immure's exit code for wrong usage."""

    def error(self, message: str) -> None:  # type: ignore[override]
        self.print_usage(sys.stderr)
        self.exit(_WRONG_USAGE, f"{self.prog}: {message}\n")


def _seconds(text: str) -> int:
    number, unit = (text[:-1], text[-1:]) if text[-1:] in _UNITS else (text, "s")
    if not number.isdecimal():
        raise argparse.ArgumentTypeError("must be a number and s, m, h or d")
    return int(number) * _UNITS[unit]


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="immure-verifier", description="Appraises evidence of immure's sandboxes.")
    commands = parser.add_subparsers(dest="command", required=True, parser_class=_Parser)
    verify = commands.add_parser("verify", help="appraise evidence")
    verify.add_argument("evidence", nargs="+", type=Path)
    verify.add_argument("-k", "--key", action="append", default=[], type=Path, help="public key that you trust")
    verify.add_argument("--challenge", type=Path, help="challenge that the evidence must answer in time")
    verify.add_argument("--nonce", help="nonce that the evidence must have")
    verify.add_argument("--audience", help="audience that the evidence must name")
    verify.add_argument("--artifacts", type=Path, help="directory that must hold exactly the signed outputs")
    verify.add_argument("--max-age", type=_seconds, default=0, help="greatest age of the run: 10m, 24h, 7d [any age]")
    verify.add_argument("--oldest-edition", type=int, default=0, help="oldest edition to accept [the present one]")
    profiles = table("acceptance")["profiles"]
    verify.add_argument("--accept", action="append", default=[], choices=profiles, help="profile to accept besides packet")
    verify.add_argument("--input-sha256", help="digest that `immure manifest` prints for the input at hand")
    verify.add_argument("--expect-program", help="path, name or SHA-256 that the program must have")
    verify.add_argument("--expect-exit", type=int, help="exit code that the program must have")
    verify.add_argument("--now", type=int, default=None, help="appraise as of this time in Unix seconds")
    verify.add_argument("-v", "--verbose", action="store_true", help="also print each test")
    verify.add_argument("--json", action="store_true", help="print one line of JSON for each file")
    return parser


def _request(arguments: argparse.Namespace, evidence: Path) -> Request:
    return Request(
        evidence=evidence,
        keys=arguments.key,
        now=now() if arguments.now is None else arguments.now,
        challenge=arguments.challenge,
        nonce=arguments.nonce,
        audience=arguments.audience,
        max_age=arguments.max_age,
        oldest_edition=arguments.oldest_edition,
        accept=tuple(arguments.accept),
        artifacts=arguments.artifacts,
        input_sha256=arguments.input_sha256,
        program=arguments.expect_program,
        exit_code=arguments.expect_exit,
    )


def _print(result: Result, path: Path, arguments: argparse.Namespace) -> None:
    if arguments.json:
        print(json.dumps({"file": str(path)} | result.to_json()))
        return
    name = f"{ascii(str(path))[1:-1]}: " if len(arguments.evidence) > 1 else ""
    # Evidence holds texts that nobody may trust, so print them without control characters.
    print(f"{name}{result.verdict}: {ascii(result.reason)[1:-1]} [{result.code}]")
    for row in result.rows if arguments.verbose else []:
        print(f"  #{row.number} {row.outcome}: {row.title}")
        for finding in row.findings:
            found = f"{finding.code} ({finding.where}): wanted {finding.expected}, found {finding.observed}"
            print(f"      {ascii(found)[1:-1]}")


def main(words: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code: 0 ACCEPTED, 1 REJECTED, 3 BLOCKED, 64 wrong usage."""
    arguments = _parser().parse_args(words)
    if arguments.artifacts is not None and len(arguments.evidence) > 1:
        print("immure-verifier: --artifacts is about one run", file=sys.stderr)
        return _WRONG_USAGE
    if arguments.challenge is not None and (arguments.nonce is not None or arguments.audience is not None):
        print("immure-verifier: --challenge cannot be combined with --nonce and --audience", file=sys.stderr)
        return _WRONG_USAGE
    codes = set()
    for path in arguments.evidence:
        result = appraise(_request(arguments, path))
        codes.add(result.exit_code)
        _print(result, path, arguments)
    return 1 if 1 in codes else max(codes)
