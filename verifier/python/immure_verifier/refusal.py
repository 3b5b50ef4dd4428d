"""Why a verifier does not get as far as the tests, or what it refuses although all tests hold."""
from __future__ import annotations


class Refusal(Exception):
    """A reason code, the place, and what was found there."""

    def __init__(self, code: str, where: str, observed: str) -> None:
        super().__init__(f"{code}: {observed}" + (f" ({where})" if where else ""))
        self.code = code
        self.where = where
        self.observed = observed
