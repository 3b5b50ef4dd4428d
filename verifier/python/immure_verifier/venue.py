"""Checks the walls of a venue around the cell, and other containers (docs/appraisal.md, "The walls of a venue")."""
from __future__ import annotations

import re
from typing import Any

from .facts import Observed
from .findings import Findings
from .tables import constants

# CAP_SETFCAP, with which immure may map the cell's ids in a user namespace of the container runtime.
_CAP_SETFCAP = 1 << 31


def _check_capabilities(text: str, where: str, findings: Findings) -> None:
    known = re.fullmatch("[0-9a-fA-F]{16}", text) is not None
    if not known or int(text, 16) & ~_CAP_SETFCAP:
        findings.open(35, "outer-walls", where, "no capability except CAP_SETFCAP", text)


def judge_outer(observed: Observed, findings: Findings) -> None:
    """Judges the walls that a venue such as podman builds around the cell."""
    venue, outer = observed.evidence["host"]["venue"], observed.evidence.get("outer")
    if venue not in constants()["venues"]:
        findings.unproved_all("venue-unknown", "/host/venue", "a venue that this verifier knows", venue)
        return
    native = venue == constants()["native"]
    if native != (outer is None):
        findings.unproved_all("outer-walls-missing", "/outer", "`outer` in every venue except native", "the opposite")
    if native or outer is None:
        return
    host = observed.gate["hostNamespaces"]
    for name, test in constants()["outerNamespaces"].items():
        own = outer["namespaces"].get(name, 0)
        if not own or name not in host or own == host[name]:
            findings.open(test, "outer-walls", f"/outer/namespaces/{name}", "not the inode of the host", own or "none")
    for member in ("boundingCapabilities", "effectiveCapabilities"):
        _check_capabilities(outer[member], f"/outer/{member}", findings)
    if outer["noNewPrivs"] != 1:
        findings.open(35, "outer-walls", "/outer/noNewPrivs", 1, outer["noNewPrivs"])
    if outer["uid"] == 0:
        findings.open(35, "outer-walls", "/outer/uid", "not root of the host", 0)
    if "ro" not in outer["root"] or "rw" in outer["root"]:
        findings.open(28, "outer-walls", "/outer/root", "ro", outer["root"])
    if venue != constants()["venueWithoutFilter"] and outer["seccompMode"] != 2:
        findings.open(36, "outer-walls", "/outer/seccompMode", 2, outer["seccompMode"])


def _check_container(container: dict[str, Any], where: str, observed: Observed, findings: Findings) -> None:
    outer = observed.evidence.get("outer")
    if container["mounts"] == 0:
        findings.unproved(
            37, "neighbours-missing", f"{where}/mounts", "a comparison with the container's mounts", "none"
        )
    for name, inode in container["namespaces"].items():
        others = [look["namespaces"] for look in observed.looks]
        if outer is not None and name in constants()["outerNamespaces"]:
            others.append(outer["namespaces"])
        for _ in (other for other in others if other.get(name) == inode):
            findings.open(37, "container-shared", f"{where}/namespaces/{name}", "a namespace of its own", inode)
    own = (container["id"], f"--name={container['id']}")
    if outer is not None and any(word in own for word in outer["command"]):
        findings.open(37, "container-shared", f"{where}/id", "a name and an id of its own", container["id"])


def judge_neighbours(observed: Observed, findings: Findings) -> None:
    """Judges for test 37 what the cell shares with other containers of the host."""
    neighbours = observed.evidence.get("neighbours")
    if neighbours is None or not neighbours["looked"]:
        findings.unproved(37, "neighbours-missing", "/neighbours", "a search for other containers on the host", "none")
        return
    for index, container in enumerate(neighbours["containers"]):
        _check_container(container, f"/neighbours/containers/{index}", observed, findings)
