"""What is demanded of a probe (docs/appraisal.md, "What a row demands")."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from . import bpf
from .facts import Evidence, gifts_of
from .tables import Edition, Given, Probe, constants, machine, since

ANY, FILTER, KERNEL = "any", "filter", "kernel"
_SIGSYS = -31
_OK = 0


def value_of(answer: dict[str, Any]) -> int | None:
    """An answer as one number, as in the tables; None for an answer that is in no set."""
    effects = constants()["effects"]
    if answer["effect"] & effects["notRun"]:
        return None
    if answer["effect"] & effects["signal"]:
        return -int(answer["ret"]) if answer["ret"] > 0 else None
    if answer["errno"] != 0:
        return int(answer["errno"])
    return _OK if answer["ret"] >= 0 else None


@dataclass(frozen=True)
class Demand:
    """The answers of the cell that are right, and what else must hold."""

    answers: frozenset[int]
    any: bool = False
    control_differs: bool = True
    forbidden: int = 0
    effects: int = 0
    walls: frozenset[int] = frozenset()
    by: str = ANY
    open: str = ""

    def met_by(self, answer: dict[str, Any]) -> bool:
        """True if this answer is a demanded one."""
        effects = constants()["effects"]
        if self.open:
            return False
        if self.any:
            return not answer["effect"] & (effects["notRun"] | effects["signal"])
        return value_of(answer) in self.answers


class Demands:
    """The demands of all rows, for one piece of evidence."""

    def __init__(self, evidence: Evidence, edition: Edition) -> None:
        self._edition = edition
        self._gifts = gifts_of(evidence)
        self._filter = bpf.filter_of(evidence["filter"])
        self._architecture = machine(edition.machine)["auditArchitecture"]

    @property
    def readable(self) -> bool:
        """False if the edition needs the filter's instructions, and the evidence does not have them."""
        return self._edition.number < since("filter") or self._filter is not None

    def of(self, row: Probe) -> Demand | None:
        """What is demanded of a row; None if the filter is not a program that the kernel would take."""
        for given in row.given:
            if given.gifts <= self._gifts:
                return self._of_gift(row, given)
        return self._of_answers(row)

    def _of_gift(self, row: Probe, given: Given) -> Demand:
        return Demand(
            given.answers,
            control_differs=given.denies,
            effects=given.effects,
            walls=given.answers if row.walls else frozenset(),
            by=self._layer(row, KERNEL),
        )

    def _layer(self, row: Probe, layer: str) -> str:
        return layer if asks_layer(self._edition, row) else ANY

    def _of_answers(self, row: Probe) -> Demand | None:
        common = {"forbidden": row.forbidden, "walls": row.walls}
        if self._edition.number < since("filter"):
            return Demand(row.denied, **common)  # type: ignore[arg-type]
        if self._filter is None:
            return None
        if not row.words:
            return Demand(row.denied | row.behind_filter, control_differs=not row.free, **common)  # type: ignore[arg-type]
        answer = bpf.evaluate(self._filter, row.number, self._architecture, row.words)
        return None if answer is None else Demand(**common, **self._of_filter(row, answer))  # type: ignore[arg-type]

    def _of_filter(self, row: Probe, answer: int) -> dict[str, Any]:
        action = answer & bpf.ACTION
        if action == bpf.ALLOW:
            if not row.free and not row.behind_filter:
                return {"answers": row.denied, "open": "lets the call through"}
            return {
                "answers": row.behind_filter,
                "any": not row.behind_filter,
                "control_differs": not row.free,
                "by": self._layer(row, KERNEL),
            }
        if action != bpf.ERRNO:
            if _SIGSYS not in row.denied:
                return {"answers": row.denied, "open": "kills the task"}
            return {"answers": frozenset({_SIGSYS})}
        number = answer & bpf.DATA
        if number not in row.denied and number not in row.feigned:
            return {"answers": row.denied, "open": f"answers {number}"}
        return {
            "answers": frozenset({number}),
            "control_differs": number in row.denied,
            "by": self._layer(row, FILTER),
        }


def asks_layer(edition: Edition, row: Probe) -> bool:
    """True if the edition asks which layer answered this row's probe."""
    return edition.number >= since("layers") and row.layer
