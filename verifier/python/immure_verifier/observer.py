"""Checks the filter of the observer, and the devices that the observer opens (docs/appraisal.md, "The observer")."""
from __future__ import annotations

from . import bpf
from .facts import Observed
from .findings import Findings
from .tables import constants, errno_name, errno_number, machine

_AT_FDCWD = (1 << 64) - 100
_SOMEWHERE = 0x00007FFF00001000
_FOR_WRITING = 0x80001
_CONTROL_WORDS = (_AT_FDCWD, _SOMEWHERE, _FOR_WRITING, 0, 0, 0)


def _check_devices(observed: Observed, findings: Findings) -> None:
    read_only = errno_number("EROFS")
    changed = observed.inside.get("nullChanged", read_only)
    if changed != read_only:
        findings.open(28, "mount-writable", "/inside/nullChanged", "EROFS", errno_name(changed))
    for device in observed.evidence.get("payload", {}).get("devices", []):
        if device["path"] not in constants()["devices"]:
            findings.open(37, "descriptor-held", "/payload/devices", constants()["devices"], device["path"])


def _check_count(observed: Observed, around: int, findings: Findings) -> None:
    expected = around + (3 if observed.inside.get("sharedMemory", 0) != 0 else 2)
    for look in observed.looks:
        if look["seccompFilters"] != expected:
            findings.open(36, "filter-count", look.at("seccompFilters"), expected, look["seccompFilters"])


def _check_answers(program: bpf.Program, findings: Findings) -> None:
    for code, _, _, operand in program:
        if code & bpf.CLASS != bpf.RETURN_CLASS:
            continue
        if code != bpf.RETURN or operand not in (bpf.ALLOW, bpf.NOTIFY):
            findings.open(36, "observer-answers", "/observer/bpf", "only the answers ALLOW and NOTIFY", operand)


def _check_control(observed: Observed, program: bpf.Program, findings: Findings) -> None:
    stated = observed.evidence["observer"]
    numbers = machine(observed.edition.machine)
    call = (numbers["calls"]["openat"], numbers["auditArchitecture"], _CONTROL_WORDS)
    plan = bpf.filter_of(observed.evidence["filter"])
    by_plan = bpf.ALLOW if plan is None else bpf.evaluate(plan, *call)
    if by_plan is None:
        by_plan = bpf.KILL_PROCESS
    allowed = by_plan & bpf.ACTION == bpf.ALLOW
    heard = allowed and bpf.evaluate(program, *call) == bpf.NOTIFY
    answer = errno_number("ENOENT") if allowed else by_plan & bpf.DATA
    if allowed and not heard:
        findings.unproved(36, "observer-missing", "/observer/bpf", "a filter that notifies of openings", "none")
    if stated["heard"] != heard:
        findings.unproved(36, "observer-missing", "/observer/heard", heard, stated["heard"])
    if stated["answer"] != answer:
        findings.open(36, "observer-answers", "/observer/answer", errno_name(answer), stated["answer"])
    null = constants()["nullDevice"] if allowed else errno_name(answer)
    if stated["null"] != null:
        findings.open(36, "observer-answers", "/observer/null", null, stated["null"])


def judge_observer(observed: Observed, findings: Findings) -> None:
    """Applies the rules of this section, which belong to tests 28, 36 and 37."""
    _check_devices(observed, findings)
    stated = observed.evidence.get("observer")
    if stated is None:
        return
    _check_count(observed, stated["around"], findings)
    program = bpf.program_of(stated["bpf"])
    if program is None:
        findings.unproved(36, "observer-missing", "/observer/bpf", "the instructions of a filter", "none")
        return
    _check_answers(program, findings)
    _check_control(observed, program, findings)
