"""Checks the network, the environment, the filter and the privileges of the task (docs/appraisal.md, "The task")."""
from __future__ import annotations

import re
from typing import Any

from .facts import Look, Observed
from .findings import Findings
from .tables import constants

_NO_CAPABILITIES = "0" * 16
_SETS = ("effective", "permitted", "inheritable", "bounding", "ambient")
_FILTER_MODE = 2


def own_namespace(test: int, name: str, observed: Observed, findings: Findings) -> None:
    """Judges that a namespace is the cell's own: not the host's, and the same one that the cell sees."""
    inside = observed.inside["namespaces"].get(name, 0)
    if not inside:
        findings.unproved(test, "witness-missing", f"/inside/namespaces/{name}", "an inode", "none")
    for look in observed.looks:
        outside, host = look["namespaces"].get(name, 0), look["hostNamespaces"].get(name, 0)
        for member, inode in (("namespaces", outside), ("hostNamespaces", host)):
            if not inode:
                findings.unproved(test, "witness-missing", look.at(f"{member}/{name}"), "an inode", "none")
        if not outside:
            continue
        if host == outside:
            findings.open(test, "namespace-shared", look.at(f"namespaces/{name}"), "not the inode of the host", outside)
        if inside and inside != outside:
            findings.open(test, "witness-disagrees", look.at(f"namespaces/{name}"), inside, outside)


def _check_network(observed: Observed, findings: Findings) -> None:
    own_namespace(24, "net", observed, findings)
    for look in observed.looks:
        if look["netDev"] != [constants()["quietLoopback"]]:
            findings.open(
                24, "network-interface", look.at("netDev"), "only a loopback interface without traffic", look["netDev"]
            )
        for member in ("netRoute", "netIfInet6", "netUnix"):
            if look[member]:
                findings.open(24, "network-table", look.at(member), "nothing", look[member])
        if look["inetSockets"] != 0:
            findings.open(24, "network-table", look.at("inetSockets"), 0, look["inetSockets"])
        for route in look["netIpv6Route"]:
            if not route.endswith(" lo"):
                findings.open(24, "network-table", look.at("netIpv6Route"), "only routes of the interface lo", route)


def _check_sockets(observed: Observed, findings: Findings) -> None:
    for look in observed.looks:
        for descriptor in look["descriptors"]:
            if descriptor["kind"] == "socket":
                findings.open(25, "socket-held", look.at("descriptors"), "no socket", descriptor["number"])


def named_like_credential(name: str) -> bool:
    """True if a variable's name looks like that of a credential."""
    names = constants()["credentialNames"]
    raised = "".join(c.upper() if c.isascii() and c.isalnum() else "_" * len(c.encode("utf-8")) for c in name)
    words = f"_{raised}_"
    if "TOKEN_" in words and any(word in words for word in names["counting"]):
        return False
    return any(word in words for word in names["words"] + names["ends"]) or words.endswith(names["last"])


def _check_environment(observed: Observed, findings: Findings) -> None:
    declared: list[str] = observed.evidence["environment"]
    for name in declared:
        if named_like_credential(name):
            findings.open(32, "environment-secret", "/environment", "no name like that of a credential", name)
        if name in ("", "?") or "=" in name:
            findings.open(32, "environment-malformed", "/environment", "a valid name of a variable", name)
    if observed.inside["environment"] != declared:
        findings.open(32, "environment-differs", "/inside/environment", declared, observed.inside["environment"])
    gate, now = observed.gate, observed.exec
    if gate["environment"] or gate["environmentBytes"] != 0:
        findings.open(32, "environment-differs", gate.at("environment"), "no environment", gate["environment"])
    if now is None:
        return
    if now["environment"] != declared:
        findings.open(32, "environment-differs", now.at("environment"), declared, now["environment"])
    # Each variable takes at least its name, `=` and a zero byte.
    least = sum(len(name.encode("utf-8")) + 2 for name in declared)
    size = now["environmentBytes"]
    if size < least or (not declared and size != 0):
        findings.unproved(32, "environment-unseen", now.at("environmentBytes"), f"{least} bytes or more", size)


def _check_filter(observed: Observed, findings: Findings) -> None:
    stated = observed.evidence["filter"]
    if not 1 <= stated["instructions"] <= constants()["maxInstructions"]:
        findings.unproved(33, "filter-missing", "/filter/instructions", "a filter", stated["instructions"])
    for member in ("sha256", "sourceSha256"):
        if not stated[member]:
            findings.unproved(33, "filter-missing", f"/filter/{member}", "a SHA-256", "none")
    if not observed.demands("layers"):
        return
    allowed: dict[str, Any] | None = stated.get("allowed")
    if allowed is None or not allowed["numbers"] or allowed["numbers"][-1] >= constants()["callNumbers"]:
        findings.unproved(
            36, "filter-missing", "/filter/allowed", "valid numbers of the allowed calls", "none, or invalid numbers"
        )
    if allowed is not None and allowed["foreign"] != 0:
        findings.open(36, "filter-foreign", "/filter/allowed/foreign", 0, allowed["foreign"])


def _is_own_pid(line: str) -> bool:
    numbers = line.split(" ")
    return (
        len(numbers) >= 2
        and all(re.fullmatch(r"[0-9]{1,10}", number) for number in numbers)
        and int(numbers[-1]) >= 2
    )


def _check_processes(observed: Observed, findings: Findings) -> None:
    own_namespace(34, "pid", observed, findings)
    for look in observed.looks:
        if not _is_own_pid(look["nsPid"]):
            findings.open(34, "process-namespace", look.at("nsPid"), "an id in the cell that is 2 or more", look["nsPid"])


def _no_capabilities(held: dict[str, str], where: str, findings: Findings) -> None:
    for name in _SETS:
        if held[name] == "":
            findings.unproved(35, "witness-missing", f"{where}/{name}", _NO_CAPABILITIES, "none")
        elif held[name] != _NO_CAPABILITIES:
            findings.open(35, "capability-held", f"{where}/{name}", _NO_CAPABILITIES, held[name])


def _one_id(look: Look, member: str, findings: Findings) -> None:
    ids = look[member]
    if len(ids) != 4:
        findings.unproved(35, "witness-missing", look.at(member), "four ids", ids)
    elif ids[0] == 0 or ids.count(ids[0]) != 4:
        findings.open(35, "user-ids", look.at(member), "the same id four times, and not 0", ids)


def _check_privilege(observed: Observed, findings: Findings) -> None:
    own_namespace(35, "user", observed, findings)
    inside = observed.inside
    _no_capabilities(inside["capabilities"], "/inside/capabilities", findings)
    if inside["noNewPrivs"] != 1:
        findings.open(35, "privileges-gained", "/inside/noNewPrivs", 1, inside["noNewPrivs"])
    if inside["securebits"] != constants()["securebits"]:
        findings.open(35, "securebits-open", "/inside/securebits", constants()["securebits"], inside["securebits"])
    for look in observed.looks:
        _no_capabilities(look["capabilities"], look.at("capabilities"), findings)
        if look["noNewPrivs"] != 1:
            findings.open(35, "privileges-gained", look.at("noNewPrivs"), 1, look["noNewPrivs"])
        _one_id(look, "uids", findings)
        _one_id(look, "gids", findings)
        if look["setgroups"] != "deny":
            findings.open(35, "setgroups-open", look.at("setgroups"), "deny", look["setgroups"])
    gate, now = observed.gate, observed.exec
    if now is not None and (gate["uids"] != now["uids"] or gate["gids"] != now["gids"]):
        findings.open(35, "witness-disagrees", now.at("uids"), "the ids of the gate", now["uids"])


def _check_seccomp(observed: Observed, findings: Findings) -> None:
    if observed.inside["seccompMode"] != _FILTER_MODE:
        findings.open(36, "seccomp-off", "/inside/seccompMode", _FILTER_MODE, observed.inside["seccompMode"])
    for look in observed.looks:
        if look["seccompMode"] != _FILTER_MODE:
            findings.open(36, "seccomp-off", look.at("seccompMode"), _FILTER_MODE, look["seccompMode"])
        if look["seccompFilters"] == 0:
            findings.open(36, "seccomp-off", look.at("seccompFilters"), "1 or more", 0)


def judge_task(observed: Observed, findings: Findings) -> None:
    """Applies the rules of this section, which belong to tests 24, 25 and 32 to 36."""
    _check_network(observed, findings)
    _check_sockets(observed, findings)
    _check_environment(observed, findings)
    _check_filter(observed, findings)
    _check_processes(observed, findings)
    _check_privilege(observed, findings)
    _check_seccomp(observed, findings)
