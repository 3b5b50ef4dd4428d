"""A second verifier of immure's evidence.

`appraise` takes a `Request` and returns a `Result` with the verdict, the reason code and a row for each test of the
sandbox. The package is written from docs/evidence-format.md and docs/appraisal.md, shares no code with immure, and
reads all its tables from spec/.
"""
from .appraise import appraise
from .request import Request
from .result import Result, Row

__all__ = ["Request", "Result", "Row", "appraise"]
__version__ = "0.1.0"
