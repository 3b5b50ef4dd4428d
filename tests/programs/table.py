"""The table of tasks: tests/programs/tasks/FAMILY.toml."""
import glob
import os
import tomllib
from dataclasses import dataclass, field

HERE = os.path.dirname(os.path.abspath(__file__))

# What a task may need beyond a run without options, and the options that provide it.
NEEDS = {
    "packages": ["--closure", "package"],  # data and plugins of the program's package in the image
    "fixed-files": [],     # the same for everyone: passwd, C.UTF-8, time zones
    "calls": [],           # harmless system calls that the filter denies
    "memory": [],          # shared memory, which nobody could count without a control group
    "scratch": ["--tmp", "64MiB"],
    "read-back": ["--read-back"],
    "exec": [],            # a second exec
    "devices": [],         # /dev/null and the like
    "socketpair": ["--socket-pairs"],
    "links": [],           # symbolic links in the output, which are never taken out
}
KEYS = {"run", "package", "in", "host", "files", "beside", "options", "environment", "check", "code", "compare", "needs",
        "root", "after", "silent"}


@dataclass
class Task:
    name: str
    family: str
    run: str
    package: list = field(default_factory=list)  # all of these packages must be installed
    inputs: list = field(default_factory=list)   # made by inputs.py, in /in
    host: list = field(default_factory=list)     # made by inputs.py, outside of the input
    files: dict = field(default_factory=dict)    # text files in /in
    beside: dict = field(default_factory=dict)   # text files outside of the input; files with #! are executable
    options: list = field(default_factory=list)  # of immure run
    environment: dict = field(default_factory=dict)
    check: list = field(default_factory=list)
    code: int = 0
    compare: str = "all"                         # with the bare run: all, stdout, files or none
    needs: list = field(default_factory=list)    # empty: the task must work
    root: bool = False                           # runs as root too
    silent: bool = False                         # known: the program does not report its wrong result (docs/programs.md)
    after: str = ""                              # a command that ends what the bare program left running


def load():
    tasks = {}
    for path in sorted(glob.glob(os.path.join(HERE, "tasks", "*.toml"))):
        family = os.path.basename(path)[:-5]
        with open(path, "rb") as file:
            rows = tomllib.load(file)
        for name, row in rows.items():
            unknown = set(row) - KEYS or set(row.get("needs", [])) - set(NEEDS)
            if unknown or name in tasks or not row.get("check"):
                raise SystemExit(f"{path}: {name}: unknown, given twice, or without a check: {' '.join(unknown)}")
            row["inputs"] = row.pop("in", [])
            tasks[name] = Task(name, family, **row)
    return tasks


def chosen(tasks, words):
    """Returns the tasks that WORDS name, each by its name or by its family; without words, all tasks."""
    if not words:
        return list(tasks.values())
    for word in words:
        if word not in tasks and word not in {task.family for task in tasks.values()}:
            raise SystemExit(f"tests/programs/run: there is no task and no family {word}")
    return [task for task in tasks.values() if task.name in words or task.family in words]
