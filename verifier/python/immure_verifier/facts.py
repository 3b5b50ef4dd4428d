"""Answers what the rules ask about evidence: its edition, its gifts, its looks, its moment.

docs/appraisal.md, "Know the edition, the claim and the looks", explains these words.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .tables import Edition, editions, since, table

Evidence = dict[str, Any]
GATE, EXEC, FINAL = "gate", "exec", "final"


def edition_of(evidence: Evidence) -> Edition | None:
    """The edition that the evidence names; None if the tables do not have this edition."""
    for edition in editions(evidence["host"]["architecture"]):
        named = evidence["catalogue"]["name"] == str(edition.number)
        if named and digest(evidence, "catalogue") == edition.catalogue and digest(evidence, "matrix") == edition.matrix:
            return edition
    return None


def digest(evidence: Evidence, member: str) -> str:
    """The digest of a member that has a name and a digest, such as `program`."""
    return str(evidence[member]["digest"]["sha256"])


def gifts_of(evidence: Evidence) -> frozenset[str]:
    """The gifts: what the run says that it gives its program beyond the profile `packet`."""
    stated = evidence.get("acceptance")
    if stated is None:
        return frozenset()
    given = {
        "helpers": "helpers" in stated,
        "readBack": stated["readBack"],
        "scratch": stated["scratchBytes"] != 0,
        "socketPairs": stated["socketPairs"],
    }
    return frozenset(gift for gift, there in given.items() if there)


def profile_of(evidence: Evidence) -> str:
    """The acceptance profile that the run claims."""
    stated = evidence.get("acceptance")
    return str(stated["profile"]) if stated is not None else str(table("acceptance")["without"])


def test_in(place: int, gifts: frozenset[str]) -> int:
    """The test that a run with these gifts claims in the place of the test `place`."""
    for row in table("acceptance")["gifts"]:
        for replaced in row["replaces"]:
            if row["gift"] in gifts and replaced["test"] == place:
                return int(replaced["by"])
    return place


def limit_named(evidence: Evidence, name: str) -> dict[str, Any] | None:
    """The first of the run's limits with this name."""
    return next((limit for limit in evidence["limits"] if limit["name"] == name), None)


def is_group(by: str) -> bool:
    """True if a control group enforces the limit."""
    return by in ("cgroup1", "cgroup2")


def moment_of(evidence: Evidence) -> str:
    """How far the run came, as the evidence says: to its gate, to the exec of its program, or to its end."""
    if "payload" in evidence:
        return FINAL
    return EXEC if len(evidence["outside"]) > 1 else GATE


@dataclass(frozen=True)
class Look:
    """One look at the cell from outside, and its index in `outside`."""

    view: dict[str, Any]
    index: int

    def __getitem__(self, member: str) -> Any:
        return self.view[member]

    def get(self, member: str) -> Any:
        """A member that may be absent."""
        return self.view.get(member)

    def at(self, member: str) -> str:
        """The JSON pointer to a member of this look."""
        return f"/outside/{self.index}/{member}"


@dataclass(frozen=True)
class Observed:
    """Evidence that has `inside` and all demanded looks."""

    evidence: Evidence
    edition: Edition
    looks: tuple[Look, ...]
    moment: str

    @property
    def inside(self) -> dict[str, Any]:
        """What the cell saw of itself."""
        return self.evidence["inside"]  # type: ignore[no-any-return]

    @property
    def gate(self) -> Look:
        """The look before the program's exec."""
        return self.looks[0]

    @property
    def exec(self) -> Look | None:
        """The look at the program's first instruction."""
        return self.looks[1] if len(self.looks) > 1 else None

    @property
    def gifts(self) -> frozenset[str]:
        """The gifts of the run."""
        return gifts_of(self.evidence)

    def demands(self, what: str) -> bool:
        """True if the edition demands this (`since` in spec/editions.json)."""
        return self.edition.number >= since(what)

    @property
    def grouped(self) -> bool:
        """True if a control group limits the memory of the cell."""
        return is_grouped(self.evidence, self.edition)


def is_grouped(evidence: Evidence, edition: Edition) -> bool:
    """True if a control group limits the memory of the cell, in an edition from 5 on."""
    memory = limit_named(evidence, "memory")
    return edition.number >= since("channels") and memory is not None and is_group(memory["by"])
