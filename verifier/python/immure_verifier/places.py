"""Checks mounts, the input, the image and the root directory (docs/appraisal.md, "Places")."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import zip_longest
from typing import Any

from .facts import FINAL, Observed
from .findings import Findings

Mount = dict[str, Any]
_FLAGS = ("ro", "nosuid", "nodev", "noexec")
_INERT = ("nosuid", "nodev", "noexec")


def _is_input(point: str) -> bool:
    return point == "/in" or point.startswith("/in/")


def _has(mount: Mount, flag: str) -> bool:
    there = flag in mount["options"]
    return there and "rw" not in mount["options"] if flag == "ro" else there


class _Table:
    """The mounts that one witness saw."""

    def __init__(self, mounts: list[Mount], where: str, findings: Findings) -> None:
        self.mounts, self.where, self.findings = mounts, where, findings

    def flags(self, test: int, concerned: Callable[[str], bool], name: str, flags: Sequence[str]) -> None:
        """Demands these options of each mount whose point is `concerned`, and demands at least one such mount."""
        mounts = [mount for mount in self.mounts if concerned(mount["point"])]
        for mount in mounts:
            for flag in flags:
                if not _has(mount, flag):
                    self.findings.open(test, "mount-flags", self.where, f"{mount['point']} {flag}", mount["options"])
        if not mounts:
            self.findings.open(test, "mount-missing", self.where, f"{name} is a mount", "it is not")

    def single_writable(self) -> None:
        """Demands that /out is writable, and that every other mount is read-only."""
        writable = False
        for mount in self.mounts:
            if mount["point"] == "/out":
                writable = writable or ("rw" in mount["options"] and "ro" not in mount["options"])
            elif not _has(mount, "ro"):
                self.findings.open(28, "mount-writable", self.where, f"{mount['point']} ro", mount["options"])
        if not writable:
            self.findings.open(28, "mount-missing", self.where, "/out is a writable mount", "it is not")

    def below_input(self, listed: list[str]) -> None:
        """Demands below /in exactly the mounts that the evidence lists in `input.mounts`."""
        wanted = [f"/in/{path}" for path in listed]
        points = [mount["point"] for mount in self.mounts]
        for point in points:
            if point.startswith("/in/") and point not in wanted:
                self.findings.open(30, "mount-extra", self.where, "a mount that was listed with the input", point)
        for point in wanted:
            if point not in points:
                self.findings.open(30, "mount-missing", self.where, point, "no mount")

    def points(self) -> None:
        """Demands one mount each for /, /in and /out, and no mount elsewhere."""
        last = None
        for mount in self.mounts:
            point = mount["point"]
            if point not in ("/", "/out") and not _is_input(point):
                self.findings.open(30, "mount-extra", self.where, "/, /out, /in or a point below /in", point)
            if point == last:
                self.findings.open(30, "mount-doubled", self.where, "one mount on each mount point", point)
            last = point
        counts = [sum(mount["point"] == point for mount in self.mounts) for point in ("/", "/in", "/out")]
        if counts != [1, 1, 1]:
            self.findings.open(30, "mount-table", self.where, "/, /in and /out, once each", counts)

    def agrees_with(self, inside: list[Mount]) -> None:
        """Demands that this table has the same mounts as the table that the cell saw."""
        for own, seen in zip_longest(inside, self.mounts):
            if own is None or seen is None or not _same(own, seen):
                self.findings.open(30, "witness-disagrees", self.where, own, seen)
                return


def _same(own: Mount, seen: Mount) -> bool:
    # statmount(2) of Linux 6.8 to 6.10 does not tell the type, so the type may be empty in the cell's table.
    same_type = seen["type"] != "" and own["type"] in ("", seen["type"])
    same_flags = all((flag in own["options"]) == (flag in seen["options"]) for flag in _FLAGS)
    return own["point"] == seen["point"] and same_type and same_flags


def _check_tables(observed: Observed, findings: Findings) -> None:
    source = observed.inside["mountSource"]
    if source not in ("statmount", "mountinfo"):
        findings.unproved(30, "witness-contradicts", "/inside/mountSource", "statmount or mountinfo", source)
    given = observed.evidence["input"]
    knows_mounts = observed.demands("mounts")
    if knows_mounts and not given["staged"] and "mounts" not in given:
        findings.unproved(30, "mount-table", "/input/mounts", "a list of the mounts below the input", "none")
    inside = observed.inside["mounts"]
    tables = [_Table(inside, "/inside/mounts", findings)]
    tables += [_Table(look["mounts"], look.at("mounts"), findings) for look in observed.looks]
    for table in tables:
        if knows_mounts:
            table.below_input(given.get("mounts", []))
        table.flags(26, _is_input, "/in", ["ro"])
        table.flags(27, _is_input, "/in", _INERT)
        table.single_writable()
        table.flags(29, lambda point: point == "/out", "/out", _INERT)
        table.points()
        table.flags(30, lambda point: point == "/", "/", ["ro", "nosuid", "nodev"])
        table.flags(30, _is_input, "/in", ["ro"])
        table.flags(30, lambda point: point == "/out", "/out", ["rw"])
        if table is not tables[0]:
            table.agrees_with(inside)


def _check_parts(observed: Observed, findings: Findings) -> None:
    given = observed.evidence["input"]
    if "parts" not in given:
        return
    if not given["staged"] or not given["parts"]:
        findings.unproved(
            26, "input-contradicts", "/input/parts", "a staged input with one part or more", "no part, or not staged"
        )
    last = None
    for part in given["parts"]:
        place = part["place"]
        if place in ("", ".", "..") or "/" in place or (last is not None and not last < place):
            findings.unproved(
                26, "input-contradicts", "/input/parts", "a name of one component, sorted, each name once", place
            )
        last = place
        if observed.moment == FINAL and not part["sha256"]:
            findings.unproved(26, "input-not-held", "/input/parts", f"a SHA-256 of {place}", "none")


def _check_held(observed: Observed, findings: Findings) -> None:
    given = observed.evidence["input"]
    if "held" not in given and not observed.demands("channels"):
        return
    held = given.get("held", "none")
    if held.startswith("broken: "):
        findings.open(26, "input-changed", "/input/held", "nobody opened the input for writing", held)
    elif held != "leases" and not held.startswith("staged: "):
        findings.unproved(26, "input-not-held", "/input/held", "`leases` or `staged: reason`", held)


def _check_input(observed: Observed, findings: Findings) -> None:
    given = observed.evidence["input"]
    _check_parts(observed, findings)
    if not given["statBefore"]:
        findings.unproved(26, "input-unseen", "/input/statBefore", "a digest of the input tree before the run", "none")
    if not given["staged"] and given["leftOut"]:
        findings.unproved(
            26, "input-contradicts", "/input/leftOut", "nothing, because the input is not staged", given["leftOut"]
        )
    if observed.moment != FINAL:
        return
    if not given["statAfter"]:
        findings.unproved(26, "input-unseen", "/input/statAfter", "a digest of the input tree after the run", "none")
    elif given["statBefore"] != given["statAfter"]:
        findings.open(26, "input-changed", "/input/statAfter", given["statBefore"], given["statAfter"])
    _check_held(observed, findings)
    if "standardInput" in given and not given["standardInput"]["sha256"]:
        findings.unproved(26, "input-not-held", "/input/standardInput/sha256", "a SHA-256", "none")


def _check_image(observed: Observed, findings: Findings) -> None:
    state = observed.evidence.get("imageState")
    if state is None:
        if observed.demands("channels"):
            findings.unproved(
                30, "image-unseen", "/imageState", "digests of the image before and after the run", "none"
            )
        return
    if not state["statBefore"]:
        findings.unproved(30, "image-unseen", "/imageState/statBefore", "a digest of the image", "none")
    elif observed.moment != FINAL:
        return
    elif not state["statAfter"]:
        findings.unproved(30, "image-unseen", "/imageState/statAfter", "a digest of the image", "none")
    elif state["statBefore"] != state["statAfter"]:
        findings.open(30, "image-changed", "/imageState/statAfter", state["statBefore"], state["statAfter"])


def _is_place_in_cell(path: str) -> bool:
    if path == "/":
        return True
    first, *components = path.split("/")
    return first == "" and bool(components) and all(each not in ("", ".", "..") for each in components)


def _check_root(observed: Observed, findings: Findings) -> None:
    workdir = observed.evidence.get("workdir", "/")
    if not _is_place_in_cell(workdir):
        findings.open(31, "root-outside", "/workdir", "the path of a directory in the cell", workdir)
    for look in observed.looks:
        if look["root"] != "/":
            findings.open(31, "root-outside", look.at("root"), "/", look["root"])
        if look["cwd"] != workdir:
            findings.open(31, "root-outside", look.at("cwd"), workdir, look["cwd"])


def judge_places(observed: Observed, findings: Findings) -> None:
    """Applies the rules of this section, which belong to tests 26 to 31."""
    _check_tables(observed, findings)
    _check_input(observed, findings)
    _check_image(observed, findings)
    _check_root(observed, findings)
