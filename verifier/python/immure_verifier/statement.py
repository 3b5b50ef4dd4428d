"""Reads the statement as spec/statement.schema.json describes it (docs/appraisal.md, "Read the statement")."""
from __future__ import annotations

import copy
import functools
import re
from typing import Any

from .canonical import Malformed, Scanner
from .refusal import Refusal
from .tables import table

Schema = dict[str, Any]
_LATER = ("runId", "startedOn", "finishedOn")


@functools.cache
def _schemas() -> tuple[Schema, Schema, dict[str, str]]:
    """The schemas of predicate and subject, and the patterns of members that are checked after everything else."""
    members = table("statement.schema")["properties"]
    predicate = copy.deepcopy(members["predicate"])
    patterns = {key: predicate["properties"][key].pop("pattern") for key in _LATER}
    return predicate, members["subject"], patterns


def _in_order(scanner: Scanner, values: list[Any], order: Schema) -> None:
    by = order.get("by")
    keys = [value[by] for value in values] if by else values
    for before, after in zip(keys, keys[1:]):
        if not (before < after or (before == after and not order["strict"])):
            scanner.fail("a list that is not sorted")


def _list(scanner: Scanner, schema: Schema) -> list[Any]:
    scanner.demand("[")
    values: list[Any] = []
    if scanner.take("]"):
        return values
    while True:
        if len(values) == schema["maxItems"]:
            scanner.fail("a list with more elements than the limit")
        values.append(_value(scanner, schema["items"]))
        if not scanner.take(","):
            break
    scanner.demand("]")
    if "x-order" in schema:
        _in_order(scanner, values, schema["x-order"])
    return values


def _map(scanner: Scanner, schema: Schema) -> dict[str, Any]:
    scanner.demand("{")
    values: dict[str, Any] = {}
    if scanner.take("}"):
        return values
    last: str | None = None
    while True:
        key = scanner.key()
        if last is not None and key <= last:
            scanner.fail("a name that comes twice or is not sorted")
        values[key] = _value(scanner, schema)
        last = key
        if not scanner.take(","):
            break
    scanner.demand("}")
    return values


def _object(scanner: Scanner, schema: Schema) -> dict[str, Any]:
    scanner.demand("{")
    values: dict[str, Any] = {}
    required = schema["required"]
    for key in sorted(schema["properties"]):
        if scanner.take(f'{"," if values else ""}"{key}":'):
            values[key] = _value(scanner, schema["properties"][key])
        elif key in required:
            scanner.fail(f"missing member {key}")
    scanner.demand("}")
    return values


def _value(scanner: Scanner, schema: Schema) -> Any:
    kind = schema["type"]
    if kind == "string":
        text = scanner.text()
        if "pattern" in schema and not re.fullmatch(schema["pattern"], text):
            scanner.fail("not a text of the demanded form")
        return text
    if kind == "integer":
        number = scanner.integer()
        if not schema["minimum"] <= number <= schema["maximum"]:
            scanner.fail("an integer out of range")
        return number
    if kind == "boolean":
        return scanner.boolean()
    if kind == "array":
        return _list(scanner, schema)
    return _object(scanner, schema) if "properties" in schema else _map(scanner, schema["additionalProperties"])


def _is_subject_name(name: str) -> bool:
    if not 1 <= len(name.encode("utf-8")) <= 4096:
        return False
    return all(component not in ("", ".", "..") for component in name.split("/"))


def _check(statement: dict[str, Any], patterns: dict[str, str]) -> None:
    if not statement["subject"]:
        raise Refusal("subject-missing", "/subject", "a statement without a subject")
    for subject in statement["subject"]:
        if not _is_subject_name(subject["name"]):
            raise Refusal("subject-name", "/subject", f"a name that leaves the output directory: {subject['name']!r}")
    for key, pattern in patterns.items():
        # The schema has the patterns of the stages of a pipeline.
        if not re.fullmatch(pattern, statement["predicate"][key]):
            raise Refusal("statement-malformed", f"/predicate/{key}", statement["predicate"][key])


def read_statement(body: bytes) -> dict[str, Any]:
    """Reads the statement from the signed bytes. Raises Refusal."""
    predicate, subject, patterns = _schemas()
    kinds = table("statement.schema")["properties"]
    statement: dict[str, Any] = {}
    try:
        scanner = Scanner(body)
        scanner.demand('{"_type":')
        statement["_type"] = scanner.text()
        if statement["_type"] != kinds["_type"]["const"]:
            raise Refusal("statement-type", "/_type", statement["_type"])
        scanner.demand(',"predicate":')
        statement["predicate"] = _value(scanner, predicate)
        scanner.demand(',"predicateType":')
        statement["predicateType"] = scanner.text()
        if statement["predicateType"] != kinds["predicateType"]["const"]:
            raise Refusal("predicate-type", "/predicateType", statement["predicateType"])
        scanner.demand(',"subject":')
        statement["subject"] = _value(scanner, subject)
        scanner.demand("}")
        scanner.finish()
    except Malformed as error:
        raise Refusal("statement-malformed", "", str(error)) from error
    _check(statement, patterns)
    return statement
