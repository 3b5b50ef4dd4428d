"""Checks that both witnesses and both looks describe the same task (docs/appraisal.md, "Agreement")."""
from __future__ import annotations

import re
from typing import Any

from .facts import Observed
from .findings import Findings

_SAME = (
    (34, "nsPid"),
    (35, "uidMap"),
    (35, "gidMap"),
    (36, "seccompFilters"),
    (37, "namespaces"),
    (37, "hostNamespaces"),
)
_LINE = re.compile(r"([0-9]+) ([0-9]+) ([0-9]+) ?")


def _check_looks(observed: Observed, findings: Findings) -> None:
    now = observed.exec
    if now is None:
        return
    for test, member in _SAME:
        if observed.gate[member] != now[member]:
            findings.open(test, "witness-disagrees", now.at(member), "the same value as at the gate", "another value")


def mapped(text: str, number: int) -> int | None:
    """The id of the host to which a map (uid_map or gid_map) maps an id of the cell; None if there is none."""
    for line in text.removesuffix(";").split(";") if text else ():
        match = _LINE.fullmatch(line)
        values = [int(value) for value in match.groups()] if match else []
        if not values or max(values) >= 1 << 64:
            return None
        inner, outer, count = values
        if 0 <= number - inner < count:
            return (outer + number - inner) % (1 << 64)
    return None


def _check_ids(observed: Observed, findings: Findings) -> None:
    inside = observed.inside
    for look in observed.looks:
        for member, own, seen in (("uidMap", inside["uid"], look["uids"]), ("gidMap", inside["gid"], look["gids"])):
            if seen and mapped(look[member], own) != seen[0]:
                findings.open(35, "witness-disagrees", look.at(member), f"a map of {own} to {seen[0]}", look[member])


def _check_namespaces(observed: Observed, findings: Findings) -> None:
    names = observed.inside["namespaces"].keys()
    for look in observed.looks:
        if look["namespaces"].keys() != names or look["hostNamespaces"].keys() != names:
            findings.open(
                37, "witness-disagrees", look.at("namespaces"), "the same names as in the cell", "other names"
            )


def _only(limits: list[dict[str, Any]], name: str) -> dict[str, Any] | None:
    found = [limit for limit in limits if limit["name"] == name]
    return found[0] if len(found) == 1 else None


def _check_limits(observed: Observed, findings: Findings) -> None:
    own = observed.inside["limits"]
    for look in observed.looks:
        for limit in look["limits"]:
            if _only(look["limits"], limit["name"]) is None:
                findings.unproved(
                    37, "witness-contradicts", look.at("limits"), "each name of a limit once", limit["name"]
                )
        for limit in own:
            same = _only(look["limits"], limit["name"])
            if _only(own, limit["name"]) is None:
                findings.unproved(
                    37, "witness-contradicts", "/inside/limits", "each name of a limit once", limit["name"]
                )
            elif same is None or (same["soft"], same["hard"]) != (limit["soft"], limit["hard"]):
                findings.open(37, "witness-disagrees", look.at("limits"), limit, same)


def judge_agreement(observed: Observed, findings: Findings) -> None:
    """Applies the rules of this section, which belong to tests 34 to 37."""
    _check_looks(observed, findings)
    _check_ids(observed, findings)
    _check_namespaces(observed, findings)
    _check_limits(observed, findings)
