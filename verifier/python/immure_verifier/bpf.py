"""Computes from the instructions of a seccomp filter what the filter answers to a system call."""
from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from typing import Any

from . import base64_strict
from .tables import constants

ALLOW, ERRNO, NOTIFY, KILL_PROCESS = 0x7FFF0000, 0x00050000, 0x7FC00000, 0x80000000
ACTION, DATA = 0xFFFF0000, 0xFFFF
RETURN, RETURN_CLASS, CLASS = 0x06, 0x06, 0x07
_LOAD, _LOAD_IMMEDIATE, _AND, _JUMP = 0x20, 0x00, 0x54, 0x05
_EQUAL, _GREATER, _GREATER_EQUAL, _SET = 0x15, 0x25, 0x35, 0x45
_CALL = struct.Struct("<IIQ6Q")
_WORD = struct.Struct("<16I")

Instruction = tuple[int, int, int, int]
Program = list[Instruction]


def program_of(text: str) -> Program | None:
    """The instructions of a program in base64; None if the text is malformed. Each instruction is (code, jt, jf, k)."""
    raw = base64_strict.decode(text)
    if not raw or len(raw) % 8 != 0 or len(raw) // 8 > constants()["maxInstructions"]:
        return None
    return list(struct.iter_unpack("<HBBI", raw))  # type: ignore[arg-type]


def filter_of(stated: dict[str, Any]) -> Program | None:
    """The instructions of `filter` in the evidence; None if they are missing or do not have the stated digest."""
    raw = base64_strict.decode(stated["bpf"]) if "bpf" in stated else None
    count = stated["instructions"]
    if raw is None or len(raw) != count * 8 or count > constants()["maxInstructions"]:
        return None
    if hashlib.sha256(raw).hexdigest() != stated["sha256"]:
        return None
    return list(struct.iter_unpack("<HBBI", raw))  # type: ignore[arg-type]


def evaluate(program: Program, number: int, architecture: int, words: Sequence[int]) -> int | None:
    """What the program answers to a call; None if it meets an unknown instruction or ends without a return."""
    data = _WORD.unpack(_CALL.pack(number, architecture, 0, *words))
    at, value = 0, 0
    while at < len(program):
        code, on_true, on_false, operand = program[at]
        at += 1
        if code == _EQUAL:
            at += on_true if value == operand else on_false
        elif code == _GREATER:
            at += on_true if value > operand else on_false
        elif code == _GREATER_EQUAL:
            at += on_true if value >= operand else on_false
        elif code == _SET:
            at += on_true if value & operand else on_false
        elif code == _LOAD:
            if operand % 4 != 0 or operand >= 64:
                return None
            value = data[operand // 4]
        elif code == _LOAD_IMMEDIATE:
            value = operand
        elif code == _AND:
            value &= operand
        elif code == _JUMP:
            at += operand
        elif code == RETURN:
            return operand
        else:
            return None
    return None
