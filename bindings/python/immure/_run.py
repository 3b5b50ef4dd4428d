"""Runs a program in a sandbox."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

from ._cell import CellOptions, Input, cell_options, input_options
from ._errors import Blocked, UsageError
from ._program import Path, Program, Said, failure_of, option, parsed, switch
from ._results import End, Explanation, Finding, Output, Result


def run(
    program: Sequence[str],
    *,
    input: Input,
    output: Path,
    key: Path | None = None,
    sign: bool = True,
    evidence: Path | None = None,
    signer: str | None = None,
    challenge: Path | None = None,
    replace: bool = False,
    strict: bool = False,
    stdin: bytes | Path | None = None,
    options: Sequence[str] = (),
    immure: Program | None = None,
    **cell: Unpack[CellOptions],
) -> Result:
    """Runs `program` in a sandbox, waits for its end, and returns what happened.

    `program` is the program and its arguments. `input` is a directory, which becomes /in; or a file, or several files
    and directories, each below /in; or a mapping from names below /in to paths. `output` must be an empty directory, or
    must not exist. `key` signs the evidence; without a key, say `sign=False`. `stdin` is what the program reads as
    standard input: bytes, or the path of a file. `cell` says what the program gets: see CellOptions. `options` are
    further options of `immure run`.

    Raises Blocked if the program never started, UsageError for arguments that immure does not take, and Error if immure
    or the operating system failed. A program that fails raises nothing: look at `Result.ok`.
    """
    if key is None and sign:
        raise UsageError("the run would not be signed, because there is no key. Give a key, or sign=False.")
    words = input_options(input) + option("out", output) + option("key", key) + switch("no-evidence", not sign)
    words += option("evidence", evidence) + option("signer", signer) + option("challenge", challenge)
    words += switch("replace", replace) + switch("strict", strict)
    words += option("stdin", "-" if isinstance(stdin, bytes) else stdin)
    words += [*cell_options(cell), *options, "--", *program]
    started = immure or Program()
    return _result_of(started.start("run", words, stdin if isinstance(stdin, bytes) else None, result=True))


def explain(
    program: Sequence[str],
    *,
    input: Input,
    output: Path,
    options: Sequence[str] = (),
    immure: Program | None = None,
    **cell: Unpack[CellOptions],
) -> Explanation:
    """Runs `program` in the same sandbox as run(), without evidence, and says what stood in the program's way.

    Raises what run() raises.
    """
    words = ["--json", *input_options(input), *option("out", output), *cell_options(cell), *options, "--", *program]
    said = (immure or Program()).start("explain", words)
    answer = parsed(said.stdout)
    if answer is None or "findings" not in answer:
        raise failure_of(said, answer)
    findings = tuple(
        Finding(f["what"], f["why"], f["remedy"], f["option"], f["count"], f["worthSeeing"]) for f in answer["findings"]
    )
    return Explanation(answer["end"], answer["exitCode"], findings, answer)


def _result_of(said: Said) -> Result:
    answer: dict[str, Any] | None = parsed(said.result)
    if answer is None or "end" not in answer:
        raise failure_of(said, answer)
    if answer["end"] == "blocked":
        raise Blocked(answer["blocked"] or [said.words], said.words, answer["evidence"])
    return Result(
        exit_code=answer["exitCode"],
        end=End(answer["end"]),
        complete=not (answer["refusedOutputs"] or answer["perhapsCut"] or answer["afterRun"]),
        stdout=said.stdout,
        stderr=said.stderr,
        run_id=answer["runId"],
        evidence=answer["evidence"],
        outputs=tuple(Output(o["name"], o["sha256"]) for o in answer["subjects"]),
        limits_hit=tuple(answer["limitsHit"]),
        refused_calls=answer["refusedCalls"],
        lost_outputs=tuple(answer["refusedOutputs"]),
        after_run=tuple(answer["afterRun"]),
        json=answer,
    )
