"""Computes what a row of the catalogue demands of its probe (docs/appraisal.md, "What a row demands")."""
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
    """An answer as one number, as in `tables.answer_value`; None for an answer that no set contains."""
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
    """What one probe must have answered in the cell.

    `any`: any answer will do. `by`: the layer that must have answered. `open`: what the filter does wrong, or empty.
    """

    answers: frozenset[int]
    any: bool = False
    control_differs: bool = True
    forbidden: int = 0
    effects: int = 0
    walls: frozenset[int] = frozenset()
    by: str = ANY
    open: str = ""

    def met_by(self, answer: dict[str, Any]) -> bool:
        """True if the row demands this answer."""
        effects = constants()["effects"]
        if self.open:
            return False
        if self.any:
            return not answer["effect"] & (effects["notRun"] | effects["signal"])
        return value_of(answer) in self.answers


class Demands:
    """Computes the demand of each row for one evidence file."""

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
        """What the row demands; None if the filter gives no answer to the call of the probe."""
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
    """True if evidence of this edition must say which layer (filter or kernel) answered the probe of this row."""
    return edition.number >= since("layers") and row.layer
