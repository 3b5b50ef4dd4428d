"""Computes the outcome of each test of the sandbox from the evidence alone."""
from __future__ import annotations

from .agreement import judge_agreement
from .bounds import judge_bounds
from .channels import judge_channels
from .facts import EXEC, GATE, Evidence, Look, Observed, gifts_of, moment_of, test_in
from .findings import TESTS, Findings
from .fixed_files import judge_fixed_files
from .observer import judge_observer
from .output import judge_output
from .places import judge_places
from .probe_records import judge_claim, judge_probes
from .refusal import Refusal
from .result import Row
from .tables import Edition, tests
from .task import judge_task
from .venue import judge_neighbours, judge_outer

_PARTS = (
    judge_places,
    judge_output,
    judge_fixed_files,
    judge_task,
    judge_observer,
    judge_channels,
    judge_bounds,
    judge_agreement,
    judge_outer,
    judge_neighbours,
)


def _looks(evidence: Evidence, moment: str, findings: Findings) -> tuple[Look, ...] | None:
    wanted = (GATE,) if moment == GATE else (GATE, EXEC)
    for index, view in enumerate(evidence["outside"]):
        if index == len(wanted) or view["moment"] != wanted[index]:
            expected = wanted[index] if index < len(wanted) else "no further look"
            findings.unproved_all("witness-contradicts", f"/outside/{index}", expected, view["moment"])
            return None
    if len(evidence["outside"]) < len(wanted):
        findings.unproved_all("witness-missing", "/outside", wanted[len(evidence["outside"])], "none")
        return None
    return tuple(Look(view, index) for index, view in enumerate(evidence["outside"]))


def judge(evidence: Evidence, edition: Edition) -> list[Row]:
    """The rows of the tests #24 to #37, or of the tests that replace them."""
    findings = Findings()
    moment = moment_of(evidence)
    judge_claim(evidence, findings)
    judge_probes(evidence, edition, findings)
    looks = _looks(evidence, moment, findings)
    if "inside" not in evidence:
        findings.unproved_all("witness-missing", "/inside", "what the cell saw of itself", "nothing")
    elif looks is not None:
        observed = Observed(evidence, edition, looks, moment)
        for part in _PARTS:
            part(observed, findings)
    return _rows(findings, gifts_of(evidence))


def unread(refusal: Refusal) -> list[Row]:
    """The rows for evidence that could not be read: no test is proved."""
    findings = Findings()
    findings.unproved_all(
        refusal.code, refusal.where, "evidence as docs/evidence-format.md describes it", refusal.observed
    )
    return _rows(findings, frozenset())


def _rows(findings: Findings, gifts: frozenset[str]) -> list[Row]:
    rows = []
    for place in TESTS:
        outcome, found = findings.of(place)
        number = test_in(place, gifts)
        rows.append(Row(number, tests()[number]["title"], outcome, found))
    return rows
