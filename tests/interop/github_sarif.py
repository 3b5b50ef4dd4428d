"""Checks that GitHub's code scanning would take a SARIF log and show all of it.

The rules are those of GitHub's documentation, "SARIF support for code scanning". The schema of SARIF demands less: a log
can be valid, and GitHub refuses it or shows a result at no place.

usage: github_sarif.py FILE.sarif...
Prints a line for each problem, and exits with 1 if there is one.
"""

import gzip
import json
import sys

LEVELS = {"none", "note", "warning", "error"}


def text_of(holder, key, most, where, problems):
    text = holder.get(key, {}).get("text") if isinstance(holder.get(key), dict) else None
    if not isinstance(text, str) or not text:
        problems.append(f"{where}: {key}.text is missing")
    elif len(text) > most:
        problems.append(f"{where}: {key}.text has more than {most} characters")


def check_rule(rule, where, problems):
    for key in ("id", "name"):
        if not isinstance(rule.get(key), str) or not 0 < len(rule[key]) <= 255:
            problems.append(f"{where}: {key} is no text of 1 to 255 characters")
    for key in ("shortDescription", "fullDescription"):
        text_of(rule, key, 1024, where, problems)
    text_of(rule, "help", 1 << 20, where, problems)
    if rule.get("defaultConfiguration", {}).get("level") not in LEVELS:
        problems.append(f"{where}: defaultConfiguration.level is no level")
    properties = rule.get("properties", {})
    try:
        if not 0 <= float(properties["security-severity"]) <= 10 or not isinstance(properties["security-severity"], str):
            raise ValueError
    except (KeyError, TypeError, ValueError):
        problems.append(f"{where}: security-severity is no text of a number from 0 to 10")
    if "security" not in properties.get("tags", []):
        problems.append(f"{where}: the tag security is missing, without which GitHub ignores security-severity")
    if len(properties.get("tags", [])) > 20:
        problems.append(f"{where}: more than 20 tags")


def check_location(location, where, problems):
    physical = location.get("physicalLocation", {})
    uri = physical.get("artifactLocation", {}).get("uri")
    if not isinstance(uri, str) or not uri:
        problems.append(f"{where}: artifactLocation.uri is missing")
    elif not uri.startswith("file:///") and (":" in uri.split("/")[0] or uri.startswith("/") or ".." in uri.split("/")):
        problems.append(f"{where}: {uri} is neither a path below the repository nor a file: URI")
    line = physical.get("region", {}).get("startLine")
    if not isinstance(line, int) or isinstance(line, bool) or line < 1:
        problems.append(f"{where}: region.startLine is missing")


def check_result(result, rules, where, problems):
    ids = [rule.get("id") for rule in rules]
    if result.get("ruleId") not in ids:
        problems.append(f"{where}: ruleId names no rule")
    elif "ruleIndex" in result and ids.index(result["ruleId"]) != result["ruleIndex"]:
        problems.append(f"{where}: ruleIndex is the place of another rule")
    if result.get("level") not in LEVELS:
        problems.append(f"{where}: level is no level")
    text_of(result, "message", 1 << 20, where, problems)
    if not isinstance(result.get("locations"), list) or not result["locations"]:
        problems.append(f"{where}: there is no location")
    else:
        check_location(result["locations"][0], where, problems)
    if not isinstance(result.get("partialFingerprints", {}).get("primaryLocationLineHash"), str):
        problems.append(f"{where}: partialFingerprints.primaryLocationLineHash is missing")


def check_run(run, where, problems):
    driver = run.get("tool", {}).get("driver", {})
    if not driver.get("name"):
        problems.append(f"{where}: tool.driver.name is missing")
    rules = driver.get("rules", [])
    for number, rule in enumerate(rules):
        check_rule(rule, f"{where}.rules[{number}]", problems)
    if not run.get("automationDetails", {}).get("id"):
        problems.append(f"{where}: automationDetails.id is missing")
    invocations = run.get("invocations")
    if not invocations or any(one.get("executionSuccessful") is not True for one in invocations):
        problems.append(f"{where}: executionSuccessful is not true")
    results = run.get("results")
    if not isinstance(results, list):
        problems.append(f"{where}: results are missing")
        return
    if len(results) > 25_000:
        problems.append(f"{where}: more than 25000 results")
    for number, result in enumerate(results):
        check_result(result, rules, f"{where}.results[{number}]", problems)


def problems_of(data):
    """The problems of a log, given as bytes."""
    problems = []
    log = json.loads(data)
    if log.get("version") != "2.1.0" or "2.1.0" not in log.get("$schema", ""):
        problems.append("the log is not of SARIF 2.1.0")
    if not 0 < len(log.get("runs", [])) <= 20:
        problems.append("there are no runs, or more than 20")
    if len(gzip.compress(data)) > 10_000_000:
        problems.append("the log has more than 10 MB when it is compressed")
    for number, run in enumerate(log.get("runs", [])):
        check_run(run, f"runs[{number}]", problems)
    return problems


def main():
    found = 0
    for path in sys.argv[1:]:
        with open(path, "rb") as file:
            for problem in problems_of(file.read()):
                print(f"{path}: {problem}")
                found += 1
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
