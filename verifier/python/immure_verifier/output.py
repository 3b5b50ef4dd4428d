"""Checks what lies in /out, and that nobody else can read /out (docs/appraisal.md, "Output")."""
from __future__ import annotations

from .facts import Observed
from .findings import Findings
from .tables import constants


def _check_private(observed: Observed, findings: Findings) -> None:
    name = constants()["scratchPath"].removeprefix("/out/")
    expected = [f"{name}: directory"] if "scratch" in observed.gifts else []
    for look in observed.looks:
        output = look.get("output")
        if output is None:
            findings.unproved(29, "output-unseen", look.at("output"), "a list of what was in /out", "none")
            continue
        entries = output["entries"]
        if len(entries) < len(expected):
            findings.unproved(29, "scratch-missing", look.at("output/entries"), expected, entries)
        elif entries != expected:
            findings.open(29, "output-foreign", look.at("output/entries"), expected, entries)
        if output["mountsElsewhere"] != 0:
            findings.open(29, "output-shared", look.at("output/mountsElsewhere"), 0, output["mountsElsewhere"])


def judge_output(observed: Observed, findings: Findings) -> None:
    """Applies the rules of this section, which belong to test 29 or to the test in its place."""
    output = observed.evidence["output"]
    if observed.evidence["host"]["landlockAbi"] == 0:
        findings.unproved(29, "landlock-missing", "/host/landlockAbi", "1 or more", 0)
    if not output["emptyAtStart"]:
        findings.unproved(29, "output-not-empty", "/output/emptyAtStart", "true: an empty output directory", "false")
    if not output["controlBytesArrived"]:
        findings.unproved(
            29, "output-control", "/output/controlBytesArrived", "true: the bytes that the cell wrote arrived", "false"
        )
    if output["secretCameBack"]:
        findings.open(
            29, "output-read", "/output/secretCameBack", "false: the cell cannot read a secret file in /out", "true"
        )
    if observed.gifts & {"readBack", "scratch"}:
        _check_private(observed, findings)
