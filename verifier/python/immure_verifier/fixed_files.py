"""Computes the contents of the fixed files of a cell, and compares (docs/appraisal.md, "Fixed files")."""
from __future__ import annotations

import hashlib
from typing import Any

from .demand import value_of
from .facts import Look, Observed, limit_named
from .findings import Findings
from .tables import constants, probes

FixedFile = tuple[str, str]


def _cpuinfo(processors: int) -> str:
    lines = "processor\t: {}\nmodel name\t: unknown\ncpu MHz\t\t: 0.000\n\n"
    return "".join(lines.format(index) for index in range(processors))


def _meminfo(memory: int) -> str:
    values = {name: memory // 1024 for name in ("MemTotal", "MemFree", "MemAvailable")}
    values |= {name: 0 for name in ("Buffers", "Cached", "SwapCached", "SwapTotal", "SwapFree", "Shmem")}
    return "".join(f"{name + ':':<16}{value:>8} kB\n" for name, value in values.items())


def _stat(processors: int) -> str:
    times = " 0" * 10 + "\n"
    lines = "cpu " + times + "".join(f"cpu{index}{times}" for index in range(processors))
    return lines + "intr 0\nctxt 0\nbtime 0\nprocesses 1\nprocs_running 1\nprocs_blocked 0\n"


def expected_files(processors: int, memory: int, gifts: frozenset[str], program: str) -> dict[str, FixedFile]:
    """Kind (file or link) and SHA-256 of each fixed file, by path."""
    cpus = "0\n" if processors == 1 else f"0-{processors - 1}\n"
    files = {file["path"]: file["content"] for file in constants()["fixedFiles"]}
    if "helpers" in gifts:
        files |= {file["path"]: file["content"] for file in constants()["helperFixtures"]}
    files |= {
        "/proc/cpuinfo": _cpuinfo(processors),
        "/proc/meminfo": _meminfo(memory),
        "/proc/stat": _stat(processors),
        "/sys/devices/system/cpu/online": cpus,
        "/sys/devices/system/cpu/possible": cpus,
    }
    links = {"/proc/self/exe": program}
    if "scratch" in gifts:
        links |= {path: constants()["scratchPath"] for path in constants()["scratchLinks"]}
    expected = {path: ("file", _sha256(content)) for path, content in files.items()}
    return expected | {path: ("link", _sha256(target)) for path, target in links.items()}


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _check_look(look: Look, expected: dict[str, FixedFile], findings: Findings) -> None:
    seen: list[dict[str, Any]] = look["fixedFiles"]
    paths = [file["path"] for file in seen]
    if any(not before < after for before, after in zip(paths, paths[1:])):
        findings.unproved(31, "witness-contradicts", look.at("fixedFiles"), "sorted paths, each once", "other paths")
        return
    for index, file in enumerate(seen):
        where = look.at(f"fixedFiles/{index}")
        known = expected.get(file["path"])
        if known is None:
            findings.open(31, "fixed-file-extra", where, "no file except the fixed files", file["path"])
        elif known != (file["kind"], file["sha256"]):
            findings.open(31, "fixed-file-differs", where, f"{file['path']}: {known}", file)


def _check_agreement(observed: Observed, look: Look, findings: Findings) -> None:
    paths = {file["path"] for file in look["fixedFiles"]}
    edition = observed.edition
    for row, record in zip(probes(edition.machine, edition.number), observed.evidence["probes"]):
        if not row.fixed_file or record["id"] != row.id or value_of(record) not in row.denied:
            continue
        path = row.args[1].strip(chr(34))
        if (path in paths) != (record["errno"] == 0):
            findings.open(31, "witness-disagrees", look.at("fixedFiles"), f"as {record['id']} says", path)


def judge_fixed_files(observed: Observed, findings: Findings) -> None:
    """Applies the rules of this section, which belong to test 31."""
    if not observed.demands("fixedFiles"):
        return
    evidence = observed.evidence
    processors = evidence.get("processors", 0)
    if not 1 <= processors <= constants()["mostProcessors"]:
        findings.unproved(31, "fixed-files-unseen", "/processors", "a valid number of processors", processors)
        return
    memory = limit_named(evidence, "memory")
    if memory is None:
        findings.unproved(31, "fixed-files-unseen", "/limits", "a limit of memory", "none")
        return
    expected = expected_files(processors, memory["value"], observed.gifts, evidence["program"]["name"])
    for look in observed.looks:
        if look.get("fixedFiles") is None:
            findings.unproved(31, "fixed-files-unseen", look.at("fixedFiles"), "the fixed files of the image", "none")
            continue
        _check_look(look, expected, findings)
        _check_agreement(observed, look, findings)
