"""Checks evidence, and the small commands around it."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Sequence

from ._cell import Input, input_paths
from ._program import BLOCKED, Path, Program, operand, option
from ._results import Row, VenueReport, Verdict

_REJECTED = 1


def verify(
    evidence: Path,
    *,
    key: Path | Iterable[Path] = (),
    policy: Path | None = None,
    artifacts: Path | None = None,
    input: Input | None = None,
    challenge: Path | None = None,
    state: Path | None = None,
    max_age: str | None = None,
    accept: str | None = None,
    expect_program: str | None = None,
    expect_arguments: Sequence[str] | None = None,
    expect_exit: int | None = None,
    options: Sequence[str] = (),
    immure: Program | None = None,
) -> Verdict:
    """Returns the verdict on evidence, whatever it is. Nothing of the evidence is executed, and no network is used.

    `key` is the public key, or the keys, that you trust. `artifacts` is a directory that must hold exactly the signed
    outputs. `input` is the input at hand, as for run(). `accept` is an acceptance profile to accept besides `packet`.

    Raises UsageError for arguments that immure does not take. Evidence that cannot be read is a verdict: BLOCKED.
    """
    keys = [key] if isinstance(key, (str, os.PathLike)) else key
    words = [word for path in keys for word in option("key", path)]
    words += option("policy", policy) + option("artifacts", artifacts)
    words += [f"--input={path}" for path in input_paths(input or ())]
    words += option("challenge", challenge) + option("state", state) + option("max-age", max_age)
    words += option("accept", accept) + option("expect-program", expect_program) + option("expect-exit", expect_exit)
    if expect_arguments is not None:
        words.append(f"--expect-args={shlex.join(expect_arguments)}")
    answer = (immure or Program()).answer("verify", [*words, *options, operand(evidence)], (0, _REJECTED, BLOCKED))
    return Verdict(
        verdict=answer["verdict"],
        code=answer["code"],
        reason=answer["reason"],
        acceptance=answer.get("acceptance", "packet"),
        rows=tuple(Row(r["number"], r["title"], r["outcome"], r["observed"]) for r in answer["rows"]),
        not_proved=tuple(answer.get("notProved", ())),
        run=answer.get("run"),
        json=answer,
    )


def manifest(input: Input, *, immure: Program | None = None) -> str:
    """Returns the SHA-256 by which evidence names this input."""
    paths = [operand(path) for path in input_paths(input)]
    digest: str = (immure or Program()).answer("manifest", paths)["manifestSha256"]
    return digest


def keygen(path: Path, *, type: str | None = None, immure: Program | None = None) -> str:
    """Makes a key pair: `path` ends in .key, and the public key gets .pub in its place. Returns the id of the key."""
    key_id: str = (immure or Program()).answer("keygen", [*option("type", type), operand(path)])["keyId"]
    return key_id


def doctor(*, immure: Program | None = None) -> tuple[VenueReport, ...]:
    """Says for each venue whether a cell can be built in it on this machine."""
    answer = (immure or Program()).answer("doctor", [], (0, BLOCKED))
    return tuple(VenueReport(v["venue"], v["runtime"], v["holds"], tuple(v["blocked"])) for v in answer["venues"])
