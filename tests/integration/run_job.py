#!/usr/bin/env python3
"""run_job.py github|gitlab JOB.yaml ARTIFACTS: runs the steps of a CI job in the working directory, as its runner would.

The script understands the small part of both languages that `immure ci` uses; anything else is an error. Secrets and
variables are the environment variables IMMURE_KEY and IMMURE_PUB. The script copies what the job keeps into the directory
ARTIFACTS. Exits with 0 if every step ended with 0, else with the exit code of the first step that failed.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

import yaml


def expanded(text, names):
    def value(match):
        kind, name = match.group(1), match.group(2)
        return {"secrets": os.environ, "vars": os.environ, "env": names}[kind][name]

    return re.sub(r"\$\{\{ (secrets|vars|env)\.(\w+) \}\}", value, text)


def keep(paths, into):
    for path in paths:
        path = path.rstrip("/")
        if not os.path.lexists(path):
            print("no artifact: " + path, flush=True)
            continue
        kept = os.path.join(into, os.path.basename(path))
        if os.path.isdir(path):
            shutil.copytree(path, kept)  # follows links, as a runner may
        else:
            shutil.copyfile(path, kept)


def github(job, into):
    (job,) = yaml.safe_load(job)["jobs"].values()
    assert job["defaults"] == {"run": {"shell": "bash"}}
    names, failed = {}, 0
    for step in job["steps"]:
        condition = step.get("if", "success()")
        assert condition in ("success()", "${{ !cancelled() }}"), condition
        if failed and condition == "success()":
            continue
        uses = step.get("uses", "").partition("@")[0]
        if uses == "actions/upload-artifact":
            keep(expanded(step["with"]["path"], names).split(), into)
            continue
        if uses == "actions/checkout":
            continue
        assert not uses, uses
        hidden = {name: value for name, value in os.environ.items() if not name.startswith("IMMURE_")}
        own = {name: expanded(value, names) for name, value in step.get("env", {}).items()}
        with tempfile.NamedTemporaryFile("w", suffix=".sh") as script, tempfile.NamedTemporaryFile("r") as variables:
            script.write(step["run"])
            script.flush()
            print("## " + step["name"], flush=True)
            code = subprocess.run(
                ["bash", "--noprofile", "--norc", "-eo", "pipefail", script.name],
                env={**hidden, **names, **own, "GITHUB_ENV": variables.name},
            ).returncode
            names.update(line.rstrip("\n").split("=", 1) for line in variables)
        failed = failed or code
    return failed


def gitlab(job, into):
    (job,) = yaml.safe_load(job).values()
    code = subprocess.run(["bash", "-c", "set -eo pipefail\n" + "\n".join(job["script"])]).returncode
    assert job["artifacts"]["when"] == "always"
    for path in job["artifacts"]["paths"]:
        assert not os.path.islink(path.rstrip("/")), path + " is a link"
    keep(job["artifacts"]["paths"], into)
    return code


if __name__ == "__main__":
    os.makedirs(sys.argv[3])
    with open(sys.argv[2]) as file:
        text = file.read()
    sys.exit({"github": github, "gitlab": gitlab}[sys.argv[1]](text, os.path.abspath(sys.argv[3])))
