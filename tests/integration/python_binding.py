"""Uses the Python package of bindings/python as its users do. Prints `ok NAME` or `not ok NAME` for each fact.

usage: python_binding.py, in an empty directory, with `immure` on the PATH
"""

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import immure

failures = 0


def check(name, holds, seen=""):
    global failures
    print(f"ok {name}" if holds else f"not ok {name}\n    {seen!r}", flush=True)
    failures += not holds


def raised(kind, call):
    """The exception of `kind` that the call raises, or None."""
    try:
        call()
    except kind as failure:
        return failure
    return None


def make_files():
    for name, text in {
        "drop/a.txt": "some text\n",
        "more.txt": "more\n",
        "a=b/c.txt": "equals\n",
        "-x/d.txt": "dash\n",
    }.items():
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text(text)
    check("KeygenReturnsTheId", len(immure.keygen("host.key")) == 64 and Path("host.pub").exists())


def a_run_and_its_evidence():
    result = immure.run(["cp", "/in/a.txt", "/out/a.txt"], input="drop", output="report", key="host.key")
    check("RunSucceeds", result.ok and result.exit_code == 0 and result.end == "exited", result)
    check("RunNamesItsOutputs", [o.name for o in result.outputs] == ["a.txt"], result.outputs)
    check("OutputIsThere", Path("report/a.txt").read_text() == "some text\n")
    verdict = immure.verify(
        result.evidence, key="host.pub", input="drop", artifacts="report", expect_program="cp",
        expect_arguments=["/in/a.txt", "/out/a.txt"], expect_exit=0,
    )  # fmt: skip
    check("VerdictIsAccepted", bool(verdict) and verdict.code == "accepted" and len(verdict.rows) == 14, verdict.reason)
    check("VerdictSaysHowTheProgramEnded", verdict.exit_code == 0 and verdict.signal is None)
    other = immure.verify(result.evidence, key=["host.pub"], expect_exit=7)
    check(
        "VerdictIsRejected", not other and other.verdict == "REJECTED" and other.code == "exit-unexpected", other.code
    )
    missing = immure.verify("nowhere.json", key="host.pub")
    check("MissingEvidenceIsBlocked", missing.verdict == "BLOCKED" and not missing, missing.code)
    check("NoKeyIsWrongUsage", raised(immure.UsageError, lambda: immure.verify(result.evidence)) is not None)


def streams_and_inputs():
    result = immure.run(["cat", "-", "/in/x/c.txt", "/in/d.txt"], input={"x": "a=b", "d.txt": "-x/d.txt"}, output="o1",
                        sign=False, stdin=b"typed\n" * 50000, timeout=59.5)  # fmt: skip
    check("StreamsAreBytes", result.stdout == b"typed\n" * 50000 + b"equals\ndash\n", result.stdout[-40:])
    check("UnsignedRunHasNoEvidence", result.evidence is None)
    result = immure.run(["cat", "/in/c.txt"], input="a=b", output="o2", sign=False)
    check("APathWithEqualsIsAPath", result.stdout == b"equals\n", result)
    result = immure.run(["cat", "/in/d.txt"], input=Path("-x"), output="o3", sign=False)
    check("APathWithADashIsAPath", result.stdout == b"dash\n", result)
    result = immure.run(["cat", "/in/a.txt", "/in/more.txt"], input=["drop/a.txt", "more.txt"], output="o4", sign=False)
    check("SeveralFiles", result.stdout == b"some text\nmore\n", result)
    result = immure.run(["env"], input="drop", output="o5", sign=False, env={"A": "b=c"})
    check("Environment", b"A=b=c\n" in result.stdout, result.stdout)
    check("ManifestIsThatOfTheInput", immure.manifest("drop") != immure.manifest("a=b"))


def programs_that_fail():
    result = immure.run(["cat", "/etc/shadow"], input="drop", output="f1", sign=False)
    check(
        "FailingProgramRaisesNothing",
        not result.ok and result.exit_code == 1 and b"No such file" in result.stderr,
        result,
    )
    found = immure.explain(["cat", "/etc/shadow"], input="drop", output="f2").findings[0]
    check("ExplainNamesTheFile", found.matters and "/etc/shadow" in found.what, found)
    # The first run packs the program, which has the same time limit as the program.
    immure.run(["sleep", "0"], input="drop", output="f0", sign=False)
    result = immure.run(["sleep", "100"], input="drop", output="f3", sign=False, timeout=4)
    check("TimeLimit", result.end == "time-limit" and not result.ok, result)
    lost = immure.run(["ln", "-s", "/nowhere", "/out/link"], input="drop", output="f4", sign=False)
    check("ARefusedLinkIsNoSuccess", not lost.ok, lost)


def refusals():
    failure = raised(immure.Blocked, lambda: immure.run(["cat"], input="nowhere", output="b1", sign=False))
    check("MissingInputIsBlocked", failure is not None and "nowhere" in str(failure), failure)
    check("ExceptionsCanBePickled", str(pickle.loads(pickle.dumps(failure))) == str(failure))
    failure = raised(immure.Blocked, lambda: immure.run(["cat"], input="drop", output="report", sign=False))
    check("FullOutputIsBlocked", failure is not None and "report" in str(failure), failure)
    failure = raised(
        immure.UsageError, lambda: immure.run(["cat"], input="drop", output="b2", sign=False, options=["--bad"])
    )
    check("UnknownOptionIsWrongUsage", failure is not None and "--bad" in str(failure), failure)
    check(
        "UnknownKeywordIsATypeError",
        raised(TypeError, lambda: immure.run(["cat"], input="drop", output="b3", sign=False, bad=1)),
    )
    check(
        "AnUnsignedRunMustBeAskedFor", raised(immure.UsageError, lambda: immure.run(["cat"], input="drop", output="b4"))
    )
    nobody = immure.Program("/nowhere/immure")
    check("MissingProgramIsAnError", raised(immure.Error, lambda: immure.manifest("drop", immure=nobody)) is not None)
    check("NothingWasMade", not any(Path(f"b{n}").exists() for n in (1, 2, 3, 4)), os.listdir("."))
    text = immure.run(["echo", "--help", "fd:RESULT"], input="drop", output="b5", sign=False).stdout
    check("ArgumentsStayTheProgramsOwn", text == b"--help fd:RESULT\n", text)


def threads():
    seen = {}

    def work(n):
        seen[n] = immure.run(["echo", str(n)], input="drop", output=f"t{n}", sign=False).stdout

    workers = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    check("ThreadsDoNotMix", seen == {n: f"{n}\n".encode() for n in range(4)}, seen)


def an_interrupt():
    # A test that runs in the background has inherited that this signal is ignored.
    code = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
import immure
immure.run(["sleep", "98.25"], input="drop", output="i1", sign=False)
"""
    child = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE)
    # Wait until the program sleeps in its cell.
    for _ in range(600):
        if subprocess.run(["pgrep", "-f", "^(/usr)?(/bin/)?sleep 98.25"], stdout=subprocess.DEVNULL).returncode == 0:
            break
        time.sleep(0.1)
    child.send_signal(signal.SIGINT)
    said = child.communicate(timeout=60)[1].decode()
    check("InterruptIsKeyboardInterrupt", "KeyboardInterrupt" in said, said[-300:])
    left = subprocess.run(["pgrep", "-f", "sleep 98.25"], capture_output=True).stdout
    check("InterruptLeavesNothing", not left, left)


def venues():
    # podman leaves directories of its own in these directories.
    os.environ["TMPDIR"] = os.environ["XDG_RUNTIME_DIR"] = os.path.abspath("runtime")
    os.mkdir("runtime", 0o700)
    reports = immure.doctor()
    check(
        "DoctorNamesTheVenues",
        {r.venue for r in reports} == {"native", "bubblewrap", "podman", "docker", "oci"},
        reports,
    )


for part in (
    make_files,
    a_run_and_its_evidence,
    streams_and_inputs,
    programs_that_fail,
    refusals,
    threads,
    an_interrupt,
    venues,
):
    part()
sys.exit(failures > 0)
