"""The command line: immure-verifier verify EVIDENCE --key KEY."""
from __future__ import annotations

import argparse
import json
import re
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
    """A parser that ends with immure's exit code for wrong usage."""

    def error(self, message: str) -> None:  # type: ignore[override]
        self.print_usage(sys.stderr)
        self.exit(_WRONG_USAGE, f"{self.prog}: {message}\n")


def _seconds(text: str) -> int:
    number, unit = (text[:-1], text[-1:]) if text[-1:] in _UNITS else (text, "s")
    if not number.isdecimal():
        raise argparse.ArgumentTypeError("must be a number with the unit s, m, h or d, such as 24h")
    return int(number) * _UNITS[unit]


def _launchers(path: str) -> tuple[str, ...]:
    """The digests of a file with a line for each program, as sha256sum prints lines."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    lines = [line for line in text.split("\n") if line and not line.startswith("#")]
    if not lines or not all(re.fullmatch("[0-9a-f]{64} [ *].+", line) for line in lines):
        raise argparse.ArgumentTypeError(f"{path}: must have lines as sha256sum prints lines")
    return tuple(line[:64] for line in lines)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="immure-verifier", description="Checks evidence that immure wrote of a run in its sandbox.")
    commands = parser.add_subparsers(dest="command", required=True, parser_class=_Parser)
    verify = commands.add_parser("verify", help="check evidence files")
    verify.add_argument("evidence", nargs="+", type=Path, help="evidence file that `immure run` wrote")
    verify.add_argument(
        "-k", "--key", action="append", default=[], type=Path, help="public key that you trust; repeat for more keys"
    )
    verify.add_argument("--challenge", type=Path, help="file of `immure challenge` that the run must answer in time")
    verify.add_argument("--nonce", help="nonce of your challenge, which the evidence must have")
    verify.add_argument("--audience", help="audience of your challenge, which the evidence must name")
    verify.add_argument("--artifacts", type=Path, help="directory that must hold exactly the signed outputs")
    verify.add_argument(
        "--max-age", type=_seconds, default=0, help="how long ago the run may have ended: 10m, 24h, 7d [any time]"
    )
    verify.add_argument(
        "--oldest-edition", type=int, default=0, help="oldest edition of the probes to accept [the newest]"
    )
    profiles = table("acceptance")["profiles"]
    verify.add_argument(
        "--accept", action="append", default=[], choices=profiles, help="acceptance profile to accept besides packet"
    )
    verify.add_argument("--input-sha256", help="digest that `immure manifest` prints for your input")
    verify.add_argument("--expect-program", help="path, last part of the path, or SHA-256 of the program")
    verify.add_argument("--expect-exit", type=int, help="exit code with which the program must have ended")
    verify.add_argument("--launchers", type=_launchers, help="file with the SHA-256 of each immure to accept")
    verify.add_argument("--now", type=int, default=None, help="time of the check in Unix seconds [the present time]")
    verify.add_argument("-v", "--verbose", action="store_true", help="also print the result of each test")
    verify.add_argument("--json", action="store_true", help="print a line of JSON for each evidence file")
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
        launchers=arguments.launchers,
    )


def _print(result: Result, path: Path, arguments: argparse.Namespace) -> None:
    if arguments.json:
        print(json.dumps({"file": str(path)} | result.to_json()))
        return
    name = f"{ascii(str(path))[1:-1]}: " if len(arguments.evidence) > 1 else ""
    # A forger may have written the texts of the evidence, so print them without control characters.
    print(f"{name}{result.verdict}: {ascii(result.reason)[1:-1]} [{result.code}]")
    for row in result.rows if arguments.verbose else []:
        print(f"  #{row.number} {row.outcome}: {row.title}")
        for finding in row.findings:
            found = f"{finding.code} ({finding.where}): wanted {finding.expected}, found {finding.observed}"
            print(f"      {ascii(found)[1:-1]}")


def main(words: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code: 0 ACCEPTED, 1 REJECTED, 3 BLOCKED, 64 wrong usage.

    With several files, 1 comes before 3, and 3 before 0.
    """
    arguments = _parser().parse_args(words)
    if arguments.artifacts is not None and len(arguments.evidence) > 1:
        print("immure-verifier: --artifacts needs exactly one evidence file", file=sys.stderr)
        return _WRONG_USAGE
    if arguments.challenge is not None and (arguments.nonce is not None or arguments.audience is not None):
        print("immure-verifier: --challenge cannot be combined with --nonce or --audience", file=sys.stderr)
        return _WRONG_USAGE
    codes = set()
    for path in arguments.evidence:
        result = appraise(_request(arguments, path))
        codes.add(result.exit_code)
        _print(result, path, arguments)
    return 1 if 1 in codes else max(codes)
