"""Checks the stages of a pipeline together (docs/appraisal.md, "Judge a pipeline")."""
from __future__ import annotations

import re
from typing import Any

from .facts import Evidence, edition_of
from .findings import Finding
from .judge import judge
from .refusal import Refusal
from .result import Row
from .tables import constants, tests

_COMMON = ("runId", "nonce", "audience", "startedOn", "finishedOn", "durationUs", "launcher", "catalogue", "matrix")


def stages_of(predicate: Evidence) -> list[Evidence]:
    """All stages of a run in their order. A run that is no pipeline has one stage, the predicate itself."""
    return [*predicate.get("stages", []), predicate]


def pointer(stages: list[Evidence], index: int) -> str:
    """The JSON pointer of a stage in the predicate."""
    return "" if index + 1 == len(stages) else f"/stages/{index}"


def in_stage(stages: list[Evidence], index: int, refusal: Refusal) -> Refusal:
    """The same refusal, with the place of the stage."""
    where = refusal.where
    return Refusal(refusal.code, pointer(stages, index) + where if where.startswith("/") else where, refusal.observed)


def _contradicts(where: str, observed: object) -> Refusal:
    return Refusal("stages-contradict", where, str(observed))


def _check_place(stages: list[Evidence], index: int) -> None:
    stage, where = stages[index], pointer(stages, index)
    first, last, ran = index == 0, index + 1 == len(stages), "payload" in stage
    place = stage.get("stage")
    if place is None or (place["number"], place["of"]) != (index + 1, len(stages)):
        raise _contradicts(f"{where}/stage", place)
    if ("read" in place) != (ran and not first):
        raise _contradicts(f"{where}/stage/read", place.get("read"))
    if ("written" in place) != (ran and not last):
        raise _contradicts(f"{where}/stage/written", place.get("written"))
    if not first and "standardInput" in stage["input"]:
        raise _contradicts(f"{where}/input/standardInput", "a stage that reads from the stage before it")


def _without(record: dict[str, Any], member: str) -> dict[str, Any]:
    return {key: value for key, value in record.items() if key != member}


def _check_common(stage: Evidence, last: Evidence, where: str) -> None:
    for member in _COMMON:
        if stage.get(member) != last.get(member):
            raise _contradicts(f"{where}/{member}", stage.get(member))
    if _without(stage["input"], "standardInput") != _without(last["input"], "standardInput"):
        raise _contradicts(f"{where}/input", "another input")
    seen = "inside" in stage and "inside" in last
    if seen and _without(stage["host"], "passedOver") != _without(last["host"], "passedOver"):
        raise _contradicts(f"{where}/host", "another host")
    if ("payload" in stage) != ("payload" in last):
        raise _contradicts(f"{where}/payload", "some programs that ran, and some that did not")


def _check_apart(stages: list[Evidence], index: int) -> None:
    own = stages[index].get("inside", {"namespaces": {}})["namespaces"]
    for other in range(index + 1, len(stages)):
        theirs = stages[other].get("inside", {"namespaces": {}})["namespaces"]
        for name in constants()["namespaces"]:
            if name in own and own[name] == theirs.get(name):
                where = f"{pointer(stages, index)}/inside/namespaces/{name}"
                raise Refusal("stage-shared", where, f"the namespace of stage {other + 1}")


def _agree(written: dict[str, Any], read: dict[str, Any]) -> bool:
    if not all(re.fullmatch("[0-9a-f]{64}", end["sha256"]) for end in (written, read)):
        return False
    if read["bytes"] > written["bytes"] or read["taken"] > read["bytes"]:
        return False
    same = bool(read["sha256"] == written["sha256"])
    return same if read["bytes"] == written["bytes"] else not read["whole"] and not same


def check_stages(stages: list[Evidence]) -> None:
    """Raises Refusal if the stages do not make one pipeline."""
    last = stages[-1]
    if len(stages) == 1 and "stage" not in last and "stages" not in last:
        return
    if not 2 <= len(stages) <= constants()["mostStages"]:
        raise _contradicts("/stages", f"{len(stages)} stages")
    for index, stage in enumerate(stages):
        _check_place(stages, index)
        _check_common(stage, last, pointer(stages, index))
        _check_apart(stages, index)
    if "payload" not in last:
        return
    for index in range(1, len(stages)):
        written, read = stages[index - 1]["stage"]["written"], stages[index]["stage"]["read"]
        if not _agree(written, read):
            raise _contradicts(f"{pointer(stages, index)}/stage/read", read)


def _placed(row: Row, stages: list[Evidence], index: int) -> Row:
    if len(stages) == 1:
        return row
    place = pointer(stages, index)
    found = [
        Finding(
            each.code,
            place + each.where if not each.where or each.where.startswith("/") else f"stage {index + 1}: {each.where}",
            each.expected,
            each.observed,
        )
        for each in row.findings
    ]
    return Row(row.number, row.title, row.outcome, found)


def _worse(row: Row, other: Row) -> Row:
    order = ("holds", "not-proved", "does-not-hold")
    number = other.number if "inPlaceOf" in tests()[other.number] else row.number
    if order.index(other.outcome) > order.index(row.outcome):
        row, other = other, row
    return Row(number, tests()[number]["title"], row.outcome, row.findings + other.findings)


def judge_stages(stages: list[Evidence]) -> list[Row]:
    """The rows of all stages together. Empty if a stage is of an edition that the tables do not have."""
    rows: list[Row] = []
    for index, stage in enumerate(stages):
        edition = edition_of(stage)
        if edition is None:
            return []
        blocked = any(row.outcome != "holds" for row in rows)
        if blocked and not stage["outside"] and not stage["probes"] and not {"inside", "payload", "fault"} & set(stage):
            continue
        own = [_placed(row, stages, index) for row in judge(stage, edition)]
        rows = own if index == 0 else [_worse(row, other) for row, other in zip(rows, own)]
    return rows
