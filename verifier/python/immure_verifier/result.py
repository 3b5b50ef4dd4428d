"""The verifier's answer."""
from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

from .findings import Finding

ACCEPTED, REJECTED, BLOCKED = "ACCEPTED", "REJECTED", "BLOCKED"
EXIT_CODES = {ACCEPTED: 0, REJECTED: 1, BLOCKED: 3}


@dataclass(frozen=True)
class Row:
    """The result of one test of the sandbox. `outcome` is `holds`, `does-not-hold` or `not-proved`."""

    number: int
    title: str
    outcome: str
    findings: list[Finding] = field(default_factory=list)


@dataclass
class Result:
    """The verdict, its reason code (spec/reasons.json), and a row for each test."""

    verdict: str
    code: str
    reason: str
    #: The test that decided the verdict, if one did.
    failed_test: int | None = None
    #: Empty unless the signature is valid.
    key_id: str = ""
    evidence_sha256: str = ""
    #: Empty for evidence of an edition that the tables do not have.
    rows: list[Row] = field(default_factory=list)
    statement: dict[str, Any] | None = None

    @property
    def exit_code(self) -> int:
        """The exit code that the command line has for this verdict."""
        return EXIT_CODES[self.verdict]

    def to_json(self) -> dict[str, Any]:
        """The result as JSON, with the names that `immure verify --json` has."""
        rows = [dataclasses.asdict(row) for row in self.rows]
        out: dict[str, Any] = {"verdict": self.verdict, "code": self.code, "reason": self.reason, "rows": rows}
        if self.failed_test is not None:
            out["failedTest"] = self.failed_test
        if self.key_id:
            out["keyId"] = self.key_id
        if self.evidence_sha256:
            out["evidenceSha256"] = self.evidence_sha256
        return out
