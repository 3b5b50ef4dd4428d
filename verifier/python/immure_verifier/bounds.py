"""Checks namespaces, descriptors and limits (docs/appraisal.md, "Bounds")."""
from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from .facts import Look, Observed, is_group, limit_named
from .findings import Findings
from .tables import constants, errno_name, errno_number, table
from .task import own_namespace

Limits = list[dict[str, Any]]


@dataclass(frozen=True)
class _Wanted:
    """A limit that each cell has, and what enforces it."""

    name: str
    unit: str
    by: str
    group_may: bool = False

    def is_met_by(self, seen: dict[str, Any]) -> bool:
        by = seen["by"] == self.by or (self.group_may and is_group(seen["by"]))
        # The cell must not swap, so the limit of swap is 0.
        value = (seen["value"] != 0) == (self.name != "swap")
        return by and value and (seen["name"], seen["unit"]) == (self.name, self.unit)


def _rows(observed: Observed) -> list[dict[str, Any]]:
    return [row for row in table("limits")["limits"] if row["since"] <= observed.edition.number]


def _wanted_limits(observed: Observed) -> list[_Wanted]:
    grouped, channels = observed.grouped, observed.demands("channels")
    wanted: list[_Wanted] = []
    for row in sorted((row for row in _rows(observed) if "name" in row), key=lambda row: str(row["name"])):
        group_may = row["groupMay"] and (grouped or not channels)
        by = "cgroup" if group_may and grouped else row["by"]
        wanted.append(_Wanted(row["name"], row["unit"], by, group_may))
        if row["watched"] and channels and not grouped:
            wanted.append(_Wanted(row["name"], row["unit"], "watch"))
    if "scratch" in observed.gifts:
        wanted.append(_Wanted(table("limits")["scratch"], "bytes", "tmpfs"))
    if grouped and limit_named(observed.evidence, "swap") is not None:
        wanted.append(_Wanted("swap", "bytes", "cgroup", True))
    return sorted(wanted, key=lambda each: each.name)


def _check_enforced(observed: Observed, findings: Findings) -> None:
    evidence = observed.evidence
    stated: Limits = evidence["limits"]
    wanted = _wanted_limits(observed)
    for index, each in enumerate(wanted):
        if index >= len(stated) or not each.is_met_by(stated[index]):
            findings.unproved(37, "limit-missing", f"/limits/{index}", f"{each.name}, by {each.by}", "not enforced")
    scratch = limit_named(evidence, table("limits")["scratch"])
    if "acceptance" in evidence and scratch and scratch["value"] != evidence["acceptance"]["scratchBytes"]:
        findings.open(37, "limit-differs", "/limits", evidence["acceptance"]["scratchBytes"], scratch["value"])
    if len(stated) > len(wanted):
        findings.unproved(37, "limit-missing", "/limits", f"{len(wanted)} limits", len(stated))


def _check_memory(observed: Observed, findings: Findings) -> None:
    if not observed.demands("channels"):
        return
    for look in observed.looks:
        if look.get("oomScoreAdj") != constants()["oomScoreAdj"]:
            findings.open(37, "oom-score", look.at("oomScoreAdj"), constants()["oomScoreAdj"], look.get("oomScoreAdj"))
    answer = observed.inside.get("sharedMemory")
    if answer is None:
        findings.unproved(
            37, "witness-missing", "/inside/sharedMemory", "an answer to a request for shared memory", "none"
        )
        return
    if answer != (0 if observed.grouped else errno_number("ENOMEM")):
        findings.open(
            37, "shared-memory", "/inside/sharedMemory", "ENOMEM, or ok in a control group", errno_name(answer)
        )
    if observed.grouped:
        return
    amounts = [limit["value"] for limit in observed.evidence["limits"] if limit["name"] == "memory"]
    for before, after in zip(amounts, amounts[1:]):
        if before != after:
            findings.open(37, "limit-differs", "/limits", f"memory {before}", after)


def _is_standard(descriptors: Limits, has_input: bool) -> bool:
    if len(descriptors) != 3:
        return False
    for index, each in enumerate(descriptors):
        kinds = ("null", "pipe") if index != 0 else ("pipe",) if has_input else ("null",)
        if each["number"] != index or each["kind"] not in kinds or each["access"] != ("w" if index else "r"):
            return False
    return True


def _check_descriptors(observed: Observed, findings: Findings) -> None:
    files = limit_named(observed.evidence, "files")
    limit = files["value"] if files is not None else 0
    if observed.inside["descriptors"] != [0, 1, 2]:
        findings.open(37, "descriptor-held", "/inside/descriptors", [0, 1, 2], observed.inside["descriptors"])
    number = observed.evidence.get("stage", {"number": 1})["number"]
    has_input = "standardInput" in observed.evidence["input"] or number > 1
    for look in observed.looks:
        held: Limits = look["descriptors"]
        count = len(held)
        if look is observed.gate:
            count = next((index for index, each in enumerate(held) if each["number"] >= limit), count)
        waiting = all(each["number"] >= limit for each in held[count:])
        if not waiting or not _is_standard(held[:count], has_input):
            findings.open(37, "descriptor-held", look.at("descriptors"), "only the three standard descriptors", held)


def _demand(limits: Limits, where: str, name: str, soft: str | None, hard: str, findings: Findings) -> None:
    found = next((limit for limit in limits if limit["name"] == name), None)
    if found is None:
        findings.unproved(37, "limit-missing", where, name, "not there")
    elif found["hard"] != hard or soft not in (None, found["soft"]):
        findings.open(37, "limit-differs", where, f"{name} {hard}", f"{found['soft']} {found['hard']}")


def _demand_at_most(limits: Limits, where: str, row: dict[str, Any], findings: Findings) -> None:
    found = next((limit for limit in limits if limit["name"] == row["proc"]), None)
    if found is None:
        findings.unproved(37, "limit-missing", where, row["proc"], "not there")
    elif not re.fullmatch("[0-9]+", found["hard"]) or int(found["hard"].lstrip("0")[:20] or "0") > row["fixed"]:
        findings.open(37, "limit-differs", where, f"{row['proc']} at most {row['fixed']}", found["hard"])


def _resource_limits(limits: Limits, where: str, observed: Observed, findings: Findings) -> None:
    for row in _rows(observed):
        if "proc" not in row or row["proc"] == "core-file-size" or row.get("by") == "tmpfs":
            continue
        if row["lowerStays"]:
            _demand_at_most(limits, where, row, findings)
            continue
        value, by_group = row.get("fixed"), False
        if value is None:
            promised = limit_named(observed.evidence, row["name"])
            if promised is None:
                continue
            value = promised["value"]
            by_group = observed.demands("channels") and is_group(promised["by"])
        if by_group and row["watched"]:
            continue
        soft = value + (1 if by_group and row["groupMay"] else 0)
        _demand(limits, where, row["proc"], str(soft), str(soft + row["grace"]), findings)


def _check_group(look: Look, promised: Limits, findings: Findings) -> None:
    by_group = [each for each in promised if each["by"].startswith("cgroup")]
    for each in by_group:
        _demand(look["cgroup"], look.at("cgroup"), each["name"], None, str(each["value"]), findings)
    if len(look["cgroup"]) != len(by_group):
        findings.open(37, "limit-differs", look.at("cgroup"), f"{len(by_group)} limits", len(look["cgroup"]))


def judge_bounds(observed: Observed, findings: Findings) -> None:
    """Applies the rules of this section, which belong to test 37."""
    for name in constants()["namespaces"]:
        own_namespace(37, name, observed, findings)
    _check_enforced(observed, findings)
    _check_memory(observed, findings)
    _check_descriptors(observed, findings)
    _resource_limits(observed.inside["limits"], "/inside/limits", observed, findings)
    for look in observed.looks:
        _resource_limits(look["limits"], look.at("limits"), observed, findings)
        _check_group(look, observed.evidence["limits"], findings)
        if look["tty"] != 0:
            findings.open(37, "terminal-held", look.at("tty"), "no controlling terminal", look["tty"])
