"""Leads from an evidence file to the verdict (docs/appraisal.md, "Conclude")."""
from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from .artifacts import check_artifacts
from .challenge import Challenge, is_nonce
from .envelope import open_envelope
from .facts import Evidence, digest, edition_of, gifts_of, limit_named, profile_of
from .files import read_regular
from .judge import unread
from .keys import PublicKey
from .refusal import Refusal
from .request import Request
from .result import ACCEPTED, BLOCKED, REJECTED, Result
from .stages import check_stages, in_stage, judge_stages, stages_of
from .statement import read_statement
from .tables import constants, editions, table
from .utc import unix_seconds

_CLOCK_SKEW = 120


def _check_freshness(evidence: Evidence, request: Request, challenge: Challenge | None) -> None:
    _check_answer(evidence, request)
    started, finished = unix_seconds(evidence["startedOn"]), unix_seconds(evidence["finishedOn"])
    if started is None:
        raise Refusal("time-malformed", "/startedOn", evidence["startedOn"])
    if finished is None:
        raise Refusal("time-malformed", "/finishedOn", evidence["finishedOn"])
    if finished < started:
        raise Refusal("time-order", "/finishedOn", evidence["finishedOn"])
    if finished > request.now + _CLOCK_SKEW:
        raise Refusal("evidence-future", "/finishedOn", evidence["finishedOn"])
    if request.max_age and request.now - finished > request.max_age:
        raise Refusal("evidence-stale", "/finishedOn", f"the run ended {request.now - finished} s ago")
    if challenge is not None and request.now >= challenge.expires:
        raise Refusal("challenge-expired", "--challenge", "the time for an answer is over")
    if challenge is not None and started + _CLOCK_SKEW < challenge.issued:
        raise Refusal("challenge-later", "/startedOn", evidence["startedOn"])


def _check_answer(evidence: Evidence, request: Request) -> None:
    if request.nonce is not None:
        stated = evidence.get("nonce")
        if not is_nonce(request.nonce):
            raise Refusal("nonce-request", "--nonce", request.nonce)
        if stated is None:
            raise Refusal("nonce-missing", "/nonce", "the evidence has no nonce")
        if not is_nonce(stated):
            raise Refusal("nonce-malformed", "/nonce", stated)
        if stated != request.nonce:
            raise Refusal("nonce-mismatch", "/nonce", stated)
    if request.audience is not None and evidence.get("audience") != request.audience:
        raise Refusal("audience-mismatch", "/audience", str(evidence.get("audience")))


def _check_binding(evidence: Evidence) -> None:
    machine = evidence["host"]["architecture"]
    known = editions(machine)
    if not known:
        raise Refusal("architecture-unknown", "/host/architecture", machine)
    if all(edition.matrix != digest(evidence, "matrix") for edition in known):
        raise Refusal("matrix-mismatch", "/matrix", digest(evidence, "matrix"))
    if edition_of(evidence) is None:
        raise Refusal("catalogue-unknown", "/catalogue", evidence["catalogue"]["name"])
    if "payload" in evidence and not evidence["input"]["manifestSha256"]:
        raise Refusal("input-unbound", "/input/manifestSha256", "no digest of the input")


def _check_payload(evidence: Evidence) -> None:
    payload = evidence.get("payload")
    if payload is None:
        raise Refusal("payload-not-run", "/payload", "the program was never started")
    code, signal = payload.get("exitCode"), payload.get("signal")
    ended = (code is None) != (signal is None)
    possible = (code is None or 0 <= code <= 255) and (signal is None or 1 <= signal <= 64)
    if not ended or not possible or not payload["argv"]:
        raise Refusal("payload-contradicts", "/payload", "an empty argv, or not exactly one valid exit code or signal")
    hits = payload["limitsHit"]
    names = {row["hit"]: row["name"] for row in table("limits")["limits"] if "hit" in row}
    if any(limit_named(evidence, names.get(hit, hit)) is None for hit in hits) or hits != sorted(set(hits)):
        raise Refusal("payload-contradicts", "/payload/limitsHit", str(hits))


def _check_expected(evidence: Evidence, request: Request) -> None:
    program = evidence["program"]["name"]
    if request.program not in (None, program, digest(evidence, "program"), program.rsplit("/", 1)[-1]):
        raise Refusal("program-unexpected", "/program", program)
    argv = evidence["payload"]["argv"]
    if request.arguments is not None and tuple(argv[1:]) != request.arguments:
        raise Refusal("arguments-unexpected", "/payload/argv", str(argv[1:]))
    if request.exit_code is not None and evidence["payload"].get("exitCode") != request.exit_code:
        raise Refusal("exit-unexpected", "/payload", str(evidence["payload"].get("exitCode", "a signal")))
    if request.launchers is not None and digest(evidence, "launcher") not in request.launchers:
        raise Refusal("launcher-unexpected", "/launcher", str(digest(evidence, "launcher")))


def _check_run(result: Result, evidence: Evidence) -> None:
    """Raises Refusal for the first row that decides the verdict, and for a run that has no valid end."""
    stages = stages_of(evidence)
    for index, stage in enumerate(stages):
        if "fault" in stage:
            raise in_stage(stages, index, Refusal("run-faulted", "/fault", stage["fault"]))
    for outcome in ("not-proved", "does-not-hold"):
        for row in result.rows:
            if row.outcome == outcome:
                first = row.findings[0]
                result.failed_test = row.number
                raise Refusal(first.code, first.where, f"test #{row.number}: wanted {first.expected}, found {first.observed}")
    _of_stages(stages, _check_payload)


def _of_stages(stages: list[Evidence], check: Callable[[Evidence], None]) -> None:
    """Raises the first Refusal that `check` raises about a stage."""
    for index, stage in enumerate(stages):
        try:
            check(stage)
        except Refusal as refusal:
            raise in_stage(stages, index, refusal) from refusal


def _check_edition(evidence: Evidence, request: Request) -> None:
    edition = edition_of(evidence)
    if edition is None or edition.number < request.oldest:
        raise Refusal("edition-older", "/catalogue", evidence["catalogue"]["name"])


def _check_accepted(evidence: Evidence, request: Request) -> None:
    """Raises Refusal for a run that the relying party does not want, although every test holds."""
    profile = profile_of(evidence)
    if profile != table("acceptance")["without"] and profile not in request.accept:
        gifts = ", ".join(sorted(gifts_of(evidence)))
        raise Refusal("acceptance-not-asked", "/acceptance", f"the run claims {profile} ({gifts})")
    _check_expected(evidence, request)


_REJECTING = {
    "stage-shared",
    "stages-contradict",
    "artifact-kind",
    "artifact-extra",
    "artifact-differs",
    "artifact-missing",
    "input-unexpected",
    "acceptance-not-asked",
    "program-unexpected",
    "arguments-unexpected",
    "exit-unexpected",
    "launcher-unexpected",
}


def _conclude(result: Result, statement: dict[str, Any], request: Request, challenge: Challenge | None) -> None:
    evidence = statement["predicate"]
    stages = stages_of(evidence)
    result.rows = judge_stages(stages)
    _check_freshness(evidence, request, challenge)
    _of_stages(stages, _check_binding)
    check_stages(stages)
    _check_run(result, evidence)
    if request.artifacts is not None:
        check_artifacts(request.artifacts, statement)
    if request.input_sha256 not in (None, evidence["input"]["manifestSha256"]):
        raise Refusal("input-unexpected", "/input/manifestSha256", evidence["input"]["manifestSha256"])
    _of_stages(stages, lambda stage: _check_edition(stage, request))
    _of_stages(stages, lambda stage: _check_accepted(stage, request))


def appraise(request: Request) -> Result:
    """Appraises one evidence file. Returns BLOCKED, and raises nothing, if the file is malformed or unreadable."""
    result = Result(BLOCKED, "internal", "")
    try:
        challenge = None if request.challenge is None else Challenge.load(request.challenge)
        if challenge is not None:
            request = replace(request, nonce=challenge.nonce, audience=challenge.audience)
        if not request.keys:
            raise Refusal("key-missing", "", "no public key was given")
        keys = [PublicKey.load(path) for path in request.keys]
        raw = read_regular(request.evidence, constants()["reading"]["envelopeBytes"], "evidence-unreadable")
        result.evidence_sha256 = hashlib.sha256(raw).hexdigest()
        body, result.key_id = open_envelope(raw, keys)
        result.statement = read_statement(body)
        _conclude(result, result.statement, request, challenge)
    except Refusal as refusal:
        result.code, result.reason = refusal.code, str(refusal)
        if result.statement is None:
            result.rows = unread(refusal)
        row = next((row for row in result.rows if row.number == result.failed_test), None)
        rejected = row.outcome == "does-not-hold" if row else refusal.code in _REJECTING
        result.verdict = REJECTED if rejected else BLOCKED
        return result
    result.verdict, result.code = ACCEPTED, "accepted"
    result.reason = "authentic, complete, and every required test holds"
    return result
