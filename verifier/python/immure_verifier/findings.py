"""Collects what the rules find for each test (docs/appraisal.md, "Collect findings")."""
from __future__ import annotations

from dataclasses import dataclass

TESTS = range(24, 38)


@dataclass(frozen=True)
class Finding:
    """One reason why a test does not hold or is not proved."""

    code: str
    where: str
    expected: str
    observed: str


class Findings:
    """The findings of all tests. Open findings and unproved ones are kept apart."""

    def __init__(self) -> None:
        self._open: dict[int, list[Finding]] = {test: [] for test in TESTS}
        self._unproved: dict[int, list[Finding]] = {test: [] for test in TESTS}

    def open(self, test: int, code: str, where: str, expected: object, observed: object) -> None:
        """Records that the boundary which the test is about does not hold."""
        self._open[test].append(Finding(code, where, str(expected), str(observed)))

    def unproved(self, test: int, code: str, where: str, expected: object, observed: object) -> None:
        """Records that something which would prove the test is missing or contradicts itself."""
        self._unproved[test].append(Finding(code, where, str(expected), str(observed)))

    def unproved_all(self, code: str, where: str, expected: object, observed: object) -> None:
        """Records the same unproved finding for every test."""
        for test in TESTS:
            self.unproved(test, code, where, expected, observed)

    def of(self, test: int) -> tuple[str, list[Finding]]:
        """The outcome of a test, and its findings. The first finding decides the code of the test."""
        found = self._open[test] + self._unproved[test]
        outcome = "does-not-hold" if self._open[test] else "not-proved" if found else "holds"
        return outcome, found
