#!/usr/bin/python3
"""Checks JSON by the schemas of spec/: schemas.py SCHEMA FILE... prints ok or not ok for each line of JSON in each file."""
import json
import pathlib
import sys

import jsonschema

SPEC = pathlib.Path(__file__).resolve().parent.parent.parent / "spec"
STORE = {schema["$id"]: schema for schema in (json.loads(path.read_text()) for path in SPEC.rglob("*.schema.json"))}


def problems(name, value):
    """What is wrong with a value, in words."""
    path = next(path for path in SPEC.rglob("*.schema.json") if path.name == f"{name}.schema.json")
    schema = json.loads(path.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    resolver = jsonschema.RefResolver(schema["$id"], schema, store=STORE)
    validator = jsonschema.Draft202012Validator(schema, resolver=resolver)
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in validator.iter_errors(value)]


def main(name, files):
    """Checks every line of every file, since commands print one line of JSON for each result."""
    good = True
    for file in files:
        lines = [line for line in pathlib.Path(file).read_text().splitlines() if line.startswith(("{", "["))]
        found = [problem for line in lines for problem in problems(name, json.loads(line))]
        good = good and bool(lines) and not found
        print(f"{'ok' if lines and not found else 'not ok'} Schema/{name}/{pathlib.Path(file).stem}")
        for problem in found[:5] if lines else ["no JSON in it"]:
            print(f"    {problem}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
