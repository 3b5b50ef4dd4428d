"""Checks core dumps, and what the task inherited from its caller (docs/appraisal.md, "Channels")."""
from __future__ import annotations

from typing import Any

from .facts import Look, Observed
from .findings import Findings
from .tables import constants

_NO_SIGNALS = "0" * 16
_PLAIN = "0" * 8


def _check_core_limit(limits: list[dict[str, Any]], where: str, pattern: str | None, findings: Findings) -> None:
    limit = next((each for each in limits if each["name"] == "core-file-size"), None)
    if limit is None:
        findings.unproved(37, "limit-missing", where, "core-file-size", "not there")
        return
    values = (limit["soft"], limit["hard"])
    if values == ("1", "1") or (values == ("0", "0") and pattern not in (None, "|")):
        return
    findings.open(37, "limit-differs", where, "core-file-size 1", values)


def _check_inherited(look: Look, executed: bool, findings: Findings) -> None:
    inherited = look.get("inherited")
    if inherited is None:
        findings.unproved(37, "witness-missing", look.at("inherited"), "what the task has inherited", "none")
        return
    if inherited["coreFilter"] not in (_PLAIN, "absent"):
        findings.open(37, "core-memory", look.at("inherited/coreFilter"), _PLAIN, inherited["coreFilter"])
    if inherited["personality"] != _PLAIN:
        findings.open(33, "personality-inherited", look.at("inherited/personality"), _PLAIN, inherited["personality"])
    wanted = {"ignoredSignals": _NO_SIGNALS, "blockedSignals": _NO_SIGNALS if executed else None}
    for member, signals in wanted.items():
        if inherited.get(member) != signals:
            findings.open(37, "signals-inherited", look.at(f"inherited/{member}"), signals, inherited.get(member))
    ids = constants()["idsOfRoot"]
    started_by_root = bool(look["uids"]) and 0 <= look["uids"][0] - ids["first"] < ids["count"]
    others = [group for group in inherited["groups"] if group not in look["gids"][:1]]
    if started_by_root and others:
        findings.open(35, "groups-held", look.at("inherited/groups"), "no group except the task's own", others[0])


def judge_channels(observed: Observed, findings: Findings) -> None:
    """Applies the rules of this section, which belong to tests 33, 35 and 37."""
    pattern = observed.evidence["host"].get("corePattern")
    _check_core_limit(observed.inside["limits"], "/inside/limits", pattern, findings)
    for look in observed.looks:
        _check_core_limit(look["limits"], look.at("limits"), pattern, findings)
    if not observed.demands("channels"):
        return
    if pattern is None:
        findings.unproved(37, "core-pattern-unseen", "/host/corePattern", "the first character of core_pattern", "none")
    elif pattern == "@":
        findings.open(37, "core-socket", "/host/corePattern", "a file or a pipe for core dumps", "a socket")
    for look in observed.looks:
        _check_inherited(look, look is observed.exec, findings)
