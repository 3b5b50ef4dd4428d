"""Reads the tables of spec/: the copy in an installed package, or spec/ of the repository."""
from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_HERE = Path(__file__).resolve().parent


def _directory() -> Path:
    installed = _HERE / "spec"
    return installed if installed.is_dir() else _HERE.parent.parent.parent / "spec"


@functools.cache
def table(name: str) -> Any:
    """The contents of one file of spec/, such as `constants`."""
    return json.loads((_directory() / f"{name}.json").read_text(encoding="utf-8"))


def constants() -> dict[str, Any]:
    """The names and numbers of spec/constants.json."""
    return table("constants")  # type: ignore[no-any-return]


def since(what: str) -> int:
    """The first edition that makes this demand (`since` in spec/editions.json)."""
    return int(table("editions")["since"][what])


def present_edition() -> int:
    """The number of the newest edition, which new evidence has."""
    return int(table("editions")["present"])


@functools.cache
def machine(name: str) -> Any:
    """The numbers of calls and errnos of a machine; None for an unknown machine."""
    return table("machines")["machines"].get(name)


@functools.cache
def errno_number(name: str) -> int:
    """The number of an errno. Linux has the same numbers on all machines of the tables."""
    return int(next(iter(table("machines")["machines"].values()))["errno"][name])


@functools.cache
def errno_name(number: int) -> str:
    """The name of an errno, or `errno N`."""
    known = next(iter(table("machines")["machines"].values()))["errno"]
    return next((name for name, value in known.items() if value == number), f"errno {number}")


def answer_value(name: str) -> int:
    """An answer of the tables as one number: 0 for `ok`, the number of an errno, or minus the number of a signal."""
    if name == "ok":
        return 0
    kind, _, number = name.partition(" ")
    if number:
        return -int(number) if kind == "signal" else int(number)
    return errno_number(name)


def _effects(names: list[str]) -> int:
    bits = constants()["effects"]
    return sum(bits[name] for name in names)


def _values(names: list[str]) -> frozenset[int]:
    return frozenset(answer_value(name) for name in names)


@dataclass(frozen=True)
class Given:
    """What a row demands in a cell that has all these gifts."""

    gifts: frozenset[str]
    answers: frozenset[int]
    effects: int
    denies: bool


@dataclass(frozen=True)
class Probe:
    """One row of the catalogue. spec/README.md, "Read a probe", explains the members."""

    id: str
    boundary: str
    test: int
    syscall: str
    args: list[str]
    edition: int
    until: int
    denied: frozenset[int]
    walls: frozenset[int]
    behind_filter: frozenset[int]
    feigned: frozenset[int]
    forbidden: int
    given: tuple[Given, ...]
    layer: bool
    control_tried: bool
    control_differs: bool
    free: bool
    fixed_file: bool
    number: int
    words: tuple[int, ...]
    unless: str


def _given(entry: dict[str, Any]) -> Given:
    return Given(frozenset(entry["gifts"]), _values(entry["answers"]), _effects(entry["effects"]), entry["denies"])


def _probe(row: dict[str, Any]) -> Probe:
    return Probe(
        id=row["id"],
        boundary=row["boundary"],
        test=row["test"],
        syscall=row["syscall"],
        args=row["args"],
        edition=row["edition"],
        until=row.get("until", 0),
        denied=_values(row["denied"]),
        walls=_values(row["walls"]),
        behind_filter=_values(row["behindFilter"]),
        feigned=_values(row["feigned"]),
        forbidden=_effects(row["forbidden"]),
        given=tuple(_given(entry) for entry in row["given"]),
        layer=row["layer"],
        control_tried=row["controlTried"],
        control_differs=row["controlDiffers"],
        free=row["free"],
        fixed_file=row["fixedFile"],
        number=row.get("number", -1),
        words=tuple(int(word, 16) for word in row.get("words", [])),
        unless=row.get("unless", ""),
    )


@functools.cache
def probes(machine_name: str, edition: int) -> tuple[Probe, ...]:
    """The rows of an edition, in the order in which evidence has the records."""
    rows = (_probe(row) for row in table(f"probes-{machine_name}")["probes"])
    return tuple(row for row in rows if row.edition <= edition and (row.until == 0 or edition <= row.until))


@dataclass(frozen=True)
class Edition:
    """One edition of the probes and tests on one machine, with the digests of catalogue and matrix."""

    number: int
    machine: str
    catalogue: str
    matrix: str


@functools.cache
def editions(machine_name: str) -> tuple[Edition, ...]:
    """All editions of a machine; empty for a machine that the tables do not have."""
    return tuple(
        Edition(row["number"], row["machine"], row["catalogueSha256"], row["matrixSha256"])
        for row in table("editions")["editions"]
        if row["machine"] == machine_name
    )


@functools.cache
def tests() -> dict[int, dict[str, Any]]:
    """The acceptance tests by their numbers."""
    return {row["number"]: row for row in table("tests")["tests"]}
