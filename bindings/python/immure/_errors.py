"""The exceptions of this package."""

from __future__ import annotations


class Error(Exception):
    """immure or the operating system failed. `said` is what immure printed on standard error."""

    def __init__(self, message: str, said: str = "") -> None:
        super().__init__(message)
        self.said = said


class UsageError(Error):
    """immure does not take these arguments."""


class Blocked(Error):
    """The program never started, because a boundary does not hold or a named file cannot be used.

    `reasons` has one sentence for each reason. `evidence` is the path of the evidence of the blocked run, if immure
    wrote evidence.
    """

    def __init__(self, reasons: list[str], said: str = "", evidence: str | None = None) -> None:
        super().__init__("; ".join(reasons) or "immure gave no reason")
        self.reasons = reasons
        self.said = said
        self.evidence = evidence

    def __reduce__(self) -> tuple[type[Blocked], tuple[list[str], str, str | None]]:
        return type(self), (self.reasons, self.said, self.evidence)
