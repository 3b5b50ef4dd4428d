"""The error that ends an appraisal: evidence cannot be read, or a check outside of the tests fails."""
from __future__ import annotations


class Refusal(Exception):
    """A reason code (spec/reasons.json), a place such as a JSON pointer or a file, and what was found there."""

    def __init__(self, code: str, where: str, observed: str) -> None:
        super().__init__(f"{code}: {observed}" + (f" ({where})" if where else ""))
        self.code = code
        self.where = where
        self.observed = observed
