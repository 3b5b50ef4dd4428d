"""Executes a task: bare on the host, and then in a cell, with evidence."""
import base64
import json
import os
import re
import shlex
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass

import inputs_built  # noqa: F401  (registers its makers)
from checks import Result, wrong_with
from inputs import Inputs, NotHere, settle, write
from table import NEEDS

ORDINARY = 65534
# Seconds: longer than any task takes on a busy machine.
PATIENCE = 240


@dataclass
class Outcome:
    """The outcome of a task. State: works, fails, silent (exit code 0 and a wrong result), skipped or unsound."""
    state: str
    message: str = ""
    profile: str = ""
    image: int = 0
    seconds: tuple = ()
    options: tuple = ()
    claim: str = ""  # the acceptance profile that the run claimed, if it is not `packet`
    refused: tuple = ()  # pairs: the path of a refused call, and how often the program made such a call


class Workshop:
    """The directories, the key and the inputs that all tasks share."""

    def __init__(self, immure):
        self.top = tempfile.mkdtemp(prefix="immure-programs-")
        os.chmod(self.top, 0o755)
        self.immure = os.path.join(self.top, "immure")
        shutil.copy(immure, self.immure)
        self.inputs = Inputs(os.path.join(self.top, "inputs"))
        self.root = os.geteuid() == 0
        subprocess.run([self.immure, "keygen", self.key(True)], check=True, capture_output=True)
        # immure accepts only a key that belongs to its own user.
        shutil.copy(self.key(True), self.key(False))
        os.mkdir(self.cache(False))
        if self.root:
            give(self.key(False))
            give(self.cache(False))
        usage = subprocess.run([self.immure, "run", "--help"], check=True, capture_output=True, text=True).stdout
        self.known_options = set(re.findall(r"--[a-z-]+", usage))

    def remove(self):
        remove_tree(self.top)

    def key(self, as_root):
        return os.path.join(self.top, "root.key" if as_root else "host.key")

    def cache(self, as_root):
        return os.path.join(self.top, "cache-root" if as_root else "cache")


def remove_tree(top):
    """Removes a directory whose subdirectories may be read-only, as those of images are."""
    for folder, _, _ in os.walk(top):
        if not os.path.islink(folder):
            os.chmod(folder, 0o700)
    shutil.rmtree(top, ignore_errors=True)


def give(path):
    """Gives a file or a tree to the ordinary user."""
    if not os.path.isdir(path):
        os.chown(path, ORDINARY, ORDINARY, follow_symlinks=False)
    for folder, _, names in os.walk(path):
        for name in [folder] + [os.path.join(folder, name) for name in names]:
            os.chown(name, ORDINARY, ORDINARY, follow_symlinks=False)


class Attempt:
    """One task in directories of its own."""

    def __init__(self, shop, task, as_root=False):
        self.shop, self.task, self.as_root = shop, task, as_root
        self.place = os.path.join(shop.top, task.name + (".root" if as_root else ""))
        self.into, self.host = os.path.join(self.place, "in"), os.path.join(self.place, "host")
        os.makedirs(self.into)
        os.makedirs(self.host)

    def make_inputs(self):
        for names, target in ((self.task.inputs, self.into), (self.task.host, self.host)):
            for name in names:
                source = self.shop.inputs.path(name)
                copy = os.path.join(target, name)
                if os.path.isdir(source):
                    shutil.copytree(source, copy, symlinks=True)
                else:
                    shutil.copy2(source, copy)
        for texts, target in ((self.task.files, self.into), (self.task.beside, self.host)):
            for name, text in texts.items():
                path = os.path.join(target, name)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                write(path, text)
                if text.startswith("#!"):
                    os.chmod(path, 0o755)
        settle(self.into)
        if self.shop.root and not self.as_root:
            give(self.place)

    def words(self, command, into, out):
        return shlex.split(command.replace("{in}", into).replace("{out}", out).replace("{host}", self.host))

    def execute(self, command, environment):
        more = {}
        if self.shop.root and not self.as_root:
            more = {"user": ORDINARY, "group": ORDINARY, "extra_groups": []}
        start = time.monotonic()
        try:
            done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, cwd="/",
                                  timeout=PATIENCE, umask=0o022, **more)
            code, out, err = done.returncode, done.stdout, done.stderr
        except subprocess.TimeoutExpired as late:
            code, out, err = 124, late.stdout or b"", (late.stderr or b"") + b"\nthe test gave up waiting\n"
        except OSError as error:
            code, out, err = 127, b"", str(error).encode()
        return code, out, err, time.monotonic() - start

    def bare(self):
        out, home = os.path.join(self.place, "bare"), os.path.join(self.place, "home")
        for path in (out, home):
            os.makedirs(path)
            if self.shop.root and not self.as_root:
                os.chown(path, ORDINARY, ORDINARY)
        environment = {"PATH": "/usr/bin:/bin:/usr/sbin", "HOME": home, "LANG": "C.UTF-8", **self.task.environment}
        code, stdout, stderr, _ = self.execute(self.words(self.task.run, self.into, out), environment)
        if self.task.after:
            self.execute(self.words(self.task.after, self.into, out), environment)
        for real, seen in ((self.into, "/in"), (out, "/out")):
            stdout, stderr = stdout.replace(real.encode(), seen.encode()), stderr.replace(real.encode(), seen.encode())
        return Result(self.into, out, stdout, stderr, code)

    def cell(self, bare, cache, options=(), name="cell"):
        """Returns the result of the run, its evidence, what immure itself said, and the seconds that the run took."""
        out, evidence = os.path.join(self.place, name), os.path.join(self.place, name + ".evidence.json")
        environment = {"PATH": "/usr/bin:/bin:/usr/sbin", "HOME": self.place, "IMMURE_CACHE": cache, "NO_COLOR": "1"}
        command = [self.shop.immure, "run", "--in", self.into, "--out", out, "--key", self.shop.key(self.as_root), "--evidence", evidence,
                   "--verbose", *self.task.options, *options, "--", *self.words(self.task.run, "/in", "/out")]
        code, stdout, stderr, seconds = self.execute(command, environment)
        lines = stderr.decode("utf-8", "replace").splitlines(keepends=True)
        said = [line.strip() for line in lines if line.startswith(("immure: ", "note: "))]
        own = "".join(line for line in lines if not line.startswith(("immure: ", "note: ")))
        os.makedirs(out, exist_ok=True)
        return Result(self.into, out, stdout, own.encode(), code, bare), evidence, said, seconds

    def verified(self, evidence, out, said):
        """Returns None if verify accepts the evidence, else its answer. Accepts a profile only if the run said so."""
        accept = ["--accept", claim_in(said)] if claim_in(said) else []
        done = subprocess.run([self.shop.immure, "verify", evidence, "--key", os.path.join(self.shop.top, "root.pub"), "--artifacts", out,
                               *accept], capture_output=True, text=True, timeout=PATIENCE)
        if done.returncode == 0 and done.stdout.startswith("ACCEPTED"):
            return None
        return (done.stdout.splitlines() or done.stderr.splitlines() or ["verify said nothing"])[0]


def claim_in(said):
    """The acceptance profile that the run says that it claims; empty for `packet`."""
    found = (re.search('claims the acceptance profile "([a-z]+)"', line) for line in said)
    return next((match[1] for match in found if match), "")


def refused_in(evidence):
    """Returns which calls of the program the observer saw that could not succeed, according to the evidence."""
    try:
        with open(evidence, "rb") as file:
            statement = json.loads(base64.b64decode(json.load(file)["payload"]))
    except FileNotFoundError:
        return ()
    entries = statement["predicate"]["payload"].get("refused", [])
    return tuple((entry["path"] or "further paths", entry["count"]) for entry in entries)


def image_of(said):
    """Returns the profile and the size of the image in bytes, from the output of a verbose run."""
    profile, size = "", 0
    for line in said:
        if found := re.match(r"immure: profile: ([^,]+)", line):
            profile = found[1]
        if found := re.match(r"immure: image: (/\S+)", line):
            seen = set()
            for folder, _, names in os.walk(found[1]):
                for name in names:
                    status = os.lstat(os.path.join(folder, name))
                    if status.st_ino not in seen:
                        size += status.st_size
                        seen.add(status.st_ino)
    return profile, size


def message_of(result, said):
    """Returns the last lines of a failed run that are not empty."""
    both = result.stderr or result.stdout
    lines = [line for line in both.decode("utf-8", "replace").splitlines() if line.strip()]
    return " | ".join(line.strip() for line in lines[:1] + lines[1:][-2:])[:300] or " | ".join(said[-2:])[:300]


def missing_package(task):
    for package in task.package:
        done = subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Abbrev}", package], capture_output=True, text=True)
        if done.stdout[:2] not in ("ii", "hi"):
            return package
    return None


def refuses_nothing(task, attempt):
    """Tries the checks on an empty result, because a check that accepts an empty result would show nothing."""
    empty = os.path.join(attempt.place, "empty")
    os.makedirs(empty)
    return wrong_with(task, Result(attempt.into, empty, b"", b"", task.code)) is None


def judge(attempt, bare, cache, options=(), name="cell"):
    """Runs the task in a cell, and returns the outcome."""
    result, evidence, said, seconds = attempt.cell(bare, cache, options, name)
    wrong = wrong_with(attempt.task, result)
    profile, size = image_of(said)
    rest = {"profile": profile, "image": size, "seconds": (seconds,), "options": tuple(options), "claim": claim_in(said),
            "refused": refused_in(evidence)}
    if wrong is None:
        refused = attempt.verified(evidence, result.out, said)
        if refused:
            return Outcome("fails", f"the result is right, but its evidence is not accepted: {refused}", **rest)
        return Outcome("works", "", **rest)
    message = f"{wrong} || {message_of(result, said)}"
    # A wrong result is silent if the program ended as it does after a success, and immure has signed this end.
    # clamscan may end with 0 although the right exit code is 1: this is a wrong result as well.
    silent = result.code in (0, attempt.task.code)
    return Outcome("silent" if silent else "fails", message, **rest)


def perform(shop, task, as_root=False, twice=False):
    """Executes a task in every way that the test asks for."""
    package = missing_package(task)
    if package:
        return Outcome("skipped", f"{package} is not installed")
    attempt = Attempt(shop, task, as_root)
    try:
        attempt.make_inputs()
        bare = attempt.bare()
        wrong = wrong_with(task, bare)
        if wrong:
            return Outcome("unsound", f"bare on the host: {wrong} || {message_of(bare, [])}")
        if refuses_nothing(task, attempt):
            return Outcome("unsound", "the checks accept an empty result")
        cache = os.path.join(attempt.place, "cache") if twice else shop.cache(as_root)
        outcome = judge(attempt, bare, cache)
        if twice and outcome.state == "works":
            again = judge(attempt, bare, cache, name="again")
            outcome.seconds += again.seconds
        if outcome.state != "works":
            outcome = with_options(shop, attempt, bare, cache, outcome)
        return outcome
    except NotHere as missing:
        return Outcome("skipped", f"{missing} is not installed")
    finally:
        if not os.environ.get("IMMURE_KEEP"):
            remove_tree(attempt.place)


def with_options(shop, attempt, bare, cache, outcome):
    """Tries a task that fails without options again, with the options that give the task what it needs."""
    options = [word for need in attempt.task.needs for word in NEEDS[need]]
    if not options or not {word for word in options if word.startswith("--")} <= shop.known_options:
        return outcome
    second = judge(attempt, bare, cache, options, "with-options")
    if second.state == "works":
        outcome.options = tuple(options)
    return outcome
