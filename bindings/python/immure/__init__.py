"""Runs programs in immure's sandbox, and checks the evidence.

    result = immure.run(["sha256sum", "/in/a.txt"], input="drop", output="report", key="host.key")
    verdict = immure.verify(result.evidence, key="host.pub", input="drop", artifacts="report")

Each function starts the installed program `immure` and waits for it. So a function may be called from any thread, and
this package gives no rights that the command does not give.
"""

from ._cell import CellOptions
from ._errors import Blocked, Error, UsageError
from ._program import Program
from ._results import End, Explanation, Finding, Output, Result, Row, VenueReport, Verdict
from ._run import explain, run
from ._verify import doctor, keygen, manifest, verify

__all__ = [
    "Blocked",
    "CellOptions",
    "End",
    "Error",
    "Explanation",
    "Finding",
    "Output",
    "Program",
    "Result",
    "Row",
    "UsageError",
    "VenueReport",
    "Verdict",
    "doctor",
    "explain",
    "keygen",
    "manifest",
    "run",
    "verify",
]
