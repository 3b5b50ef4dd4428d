"""What the commands answer, as values."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Any


class End(enum.StrEnum):
    """How the program ended."""

    EXITED = "exited"
    SIGNALED = "signaled"
    TIME_LIMIT = "time-limit"


@dataclass(frozen=True)
class Output:
    """One file that came out of the sandbox. `sha256` is empty for what is no regular file."""

    name: str
    sha256: str


@dataclass(frozen=True)
class Result:
    """What one run did.

    `exit_code` is the program's own exit code, or 128 + N if signal N killed the program. `complete` is false if
    outputs were left out or may be cut short, or if something no longer held after the run.
    """

    exit_code: int
    end: End
    complete: bool
    stdout: bytes
    stderr: bytes
    run_id: str
    evidence: str | None
    outputs: tuple[Output, ...]
    limits_hit: tuple[str, ...]
    refused_calls: int
    lost_outputs: tuple[str, ...]
    after_run: tuple[str, ...]
    json: dict[str, Any] = field(repr=False)

    @property
    def ok(self) -> bool:
        """True if the program ended with exit code 0 and nothing was lost."""
        return self.end is End.EXITED and self.exit_code == 0 and self.complete


@dataclass(frozen=True)
class Row:
    """One acceptance test of the verdict: #24 to #37 or one that stands in the place of these."""

    number: int
    title: str
    outcome: str
    observed: str


@dataclass(frozen=True)
class Verdict:
    """The verdict on one evidence file. A Verdict is true if the evidence is ACCEPTED.

    ACCEPTED says that the sandbox held, and not that the program did its work: look at `exit_code` and `signal`.
    """

    verdict: str
    code: str
    reason: str
    acceptance: str
    rows: tuple[Row, ...]
    not_proved: tuple[str, ...]
    run: dict[str, Any] | None
    json: dict[str, Any] = field(repr=False)

    @property
    def accepted(self) -> bool:
        return self.verdict == "ACCEPTED"

    @property
    def exit_code(self) -> int | None:
        return None if self.run is None else self.run.get("exitCode")

    @property
    def signal(self) -> int | None:
        return None if self.run is None else self.run.get("signal")

    def __bool__(self) -> bool:
        return self.accepted


@dataclass(frozen=True)
class Finding:
    """One thing that stood in the program's way. `option` is the option of `run` that helps, if one does."""

    what: str
    why: str
    remedy: str
    option: str | None
    count: int
    matters: bool


@dataclass(frozen=True)
class Explanation:
    """What stood in a program's way, with the most likely culprit first."""

    end: str
    exit_code: int
    findings: tuple[Finding, ...]
    json: dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class VenueReport:
    """Whether a cell can be built in one venue of this machine, and if not, why.

    `runtime` is the name of an OCI runtime, or empty.
    """

    venue: str
    runtime: str
    holds: bool
    blocked: tuple[str, ...]
