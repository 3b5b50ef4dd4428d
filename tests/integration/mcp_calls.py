"""What the tools of `immure mcp` do. usage: mcp_calls.py IMMURE DIRECTORY"""
import base64
import hashlib
import pathlib
import shutil

import mcp_client
from mcp_client import *

IMMURE, HERE = sys.argv[1], pathlib.Path(sys.argv[2])
work, only_read, private = HERE / "work", HERE / "only-read", HERE / "private"
key = private / "host.key"
number = 0


def new_output():
    """A name for an output directory."""
    global number
    number += 1
    return str(work / f"out{number}")


def prepare():
    for directory in (work / "drop", only_read / "data", private):
        directory.mkdir(parents=True)
    (work / "drop/a.txt").write_text("some text\n")
    (work / "drop/script.py").write_text("print(open('/in/a.txt').read().upper(), end='')\n")
    (only_read / "data/b.txt").write_text("more text\n")
    (private / "secret.py").write_text("print('the secret of the host')\n")
    subprocess.run([IMMURE, "keygen", str(key)], check=True, stdout=subprocess.DEVNULL)


def server(*options, **kwargs):
    return Server(IMMURE, "--allow", str(work), "--allow-read", str(only_read), *options, **kwargs)


def tools_that_work():
    with server("--key", str(key)) as s:
        out = new_output()
        r = s.call("run", input=[str(work / "drop")], output=out, program="cp", arguments=["/in/a.txt", "/out/b.txt"])
        c = r.get("structuredContent", {})
        fact("Run/Ends", r.get("isError") is False and c.get("exitCode") == 0 and c.get("blocked") is False, r)
        digest = hashlib.sha256(b"some text\n").hexdigest()
        fact("Run/OutputsHaveDigests", c.get("outputs") == [{"name": "b.txt", "sha256": digest}], c)
        fact("Run/WritesTheOutput", pathlib.Path(out, "b.txt").read_text() == "some text\n")
        fact("Run/EvidenceAndVerdict",
             c.get("evidence") == out + ".evidence.json" and c.get("verdict") == "ACCEPTED" and "ACCEPTED" in words_of(r), r)
        envelope = json.loads(pathlib.Path(out + ".evidence.json").read_text())
        statement = base64.b64decode(envelope["payload"]).decode()
        predicate = json.loads(statement)["predicate"]
        named = json.dumps([predicate["input"], predicate["output"]])
        fact("Run/EvidenceNamesThePathsOfTheOperator",
             "/proc/self/fd" not in named and f'"name": "{work}/drop"' in named, named)

        r = s.call("verify", evidence=out + ".evidence.json", artifacts=out, input=[str(work / "drop")], expectExit=0)
        fact("Verify/Accepted", r["isError"] is False and r["structuredContent"]["result"]["verdict"] == "ACCEPTED", r)
        r = s.call("verify", evidence=out + ".evidence.json", expectExit=1)
        fact("Verify/RejectedIsAnAnswer",
             r["isError"] is False and r["structuredContent"]["result"]["verdict"] == "REJECTED", r)
        r = s.call("verify", evidence=str(work / "drop/a.txt"))
        fact("Verify/NoEvidenceIsBlocked", r["isError"] is True and words_of(r).startswith("BLOCKED"), r)
        r = s.call("show", evidence=out + ".evidence.json")
        fact("Show", r["isError"] is False and "statement" in json.dumps(r["structuredContent"]["result"]), r)

        r = s.call("explain", input=[str(work / "drop")], program="cat", arguments=["/etc/hostname"])
        fact("Explain", r["isError"] is False and "/etc/hostname" in json.dumps(r["structuredContent"]["result"]), r)
        r = s.call("run", input=[str(work / "drop/a.txt"), str(only_read / "data/b.txt")], output=new_output(),
                   program="cat", arguments=["/in/a.txt", "/in/b.txt"])
        fact("Run/SeveralInputs", r["structuredContent"]["stdout"] == "some text\nmore text\n", r)
        r = s.call("run", input=["drop/a.txt"], output="relative", program="cat", arguments=["/in/a.txt"])
        fact("Run/RelativePathsBeginInTheFirstRoot",
             r["structuredContent"]["stdout"] == "some text\n" and (work / "relative").is_dir(), r)
        r = s.call("run", input=[str(work / "drop")], output=new_output(), program="cat", stdin="from the model\n")
        fact("Run/StandardInput", r["structuredContent"]["stdout"] == "from the model\n", r)
        r = s.call("run", input=[str(work / "drop")], output=new_output(), program="env", env={"GREETING": "hello"})
        fact("Run/Variables", "GREETING=hello\n" in r["structuredContent"]["stdout"], r)
        r = s.call("run", input=[str(work / "drop")], output=new_output(), program="cat", arguments=["/in/nothing"])
        fact("Run/AProgramThatFailsIsNoError",
             r["isError"] is False and r["structuredContent"]["exitCode"] == 1 and "No such file" in words_of(r), r)
        r = s.call("run", input=[str(work / "drop")], output=str(work / "drop"), program="cat")
        fact("Run/BlockedHasTheSentence",
             r["isError"] is True and words_of(r).startswith("BLOCKED: ") and "not empty" in words_of(r) and
             "/proc/self/fd" not in words_of(r), r)
    with server() as s:
        r = s.call("run", input=[str(work / "drop")], output=new_output(), program="true")
        fact("Run/WithoutAKeyThereIsNoEvidence", r["structuredContent"]["evidence"] is None, r)
        r = s.call("verify", evidence=out + ".evidence.json")
        fact("Verify/WithoutAKeyIsRefused", r["isError"] is True and "--trust" in words_of(r), r)
    with server("--trust", str(private / "host.pub"), "--venue", "native") as s:
        r = s.call("verify", evidence=out + ".evidence.json")
        fact("Verify/TrustsTheKeysOfTheOperator", r["structuredContent"]["result"]["verdict"] == "ACCEPTED", r)
        r = s.call("doctor")
        fact("Doctor", r["isError"] is False and r["structuredContent"]["result"]["holds"] is True, r)


def inspector():
    if not os.access(pathlib.Path(IMMURE).parent / "immure-inspect", os.X_OK):
        return
    with server("--key", str(key)) as s:
        report = new_output()
        r = s.call("inspect", drop=str(work / "drop"), output=report)
        c = r.get("structuredContent", {})
        fact("Inspect", r.get("isError") is False and c.get("verdict") == "ACCEPTED" and
             "manifest.sha256" in [o["name"] for o in c.get("outputs", [])], r)
        r = s.call("inspect", drop=str(private), output=new_output())
        fact("Inspect/OutsideIsRefused", r["isError"] is True and "outside" in words_of(r), r)


def refused(s, name, pattern, tool="run", **arguments):
    if tool in ("run", "explain"):
        arguments = {"input": [str(work / "drop")], "program": "true", **arguments}
    if tool == "run":
        arguments = {"output": new_output(), **arguments}
    r = s.call(tool, **arguments)
    fact(f"Refuses/{name}", r.get("isError") is True and pattern in words_of(r), r)


def what_a_call_may_name():
    os.symlink(private, work / "link")
    os.symlink(private / "secret.py", work / "drop-link")
    with server("--key", str(key)) as s:
        refused(s, "InputOutside", "lies outside", input=[str(private)])
        refused(s, "InputAbove", "has `..`", input=[str(work / "drop/../../private")])
        refused(s, "RelativeInputAbove", "has `..`", input=["../private"])
        refused(s, "NameThatOnlyBeginsLikeTheRoot", "lies outside", input=[str(work) + "-other"])
        refused(s, "InputThroughALink", "symbolic link", input=[str(work / "link")])
        refused(s, "FileThroughALink", "symbolic link", input=[str(work / "link/secret.py")])
        refused(s, "FileThatIsALink", "symbolic link", input=[str(work / "drop-link")])
        refused(s, "OutputOutside", "lies outside", output=str(HERE / "elsewhere"))
        refused(s, "OutputThroughALink", "symbolic link", output=str(work / "link/out"))
        refused(s, "OutputThatMayOnlyBeRead", "may only be read", output=str(only_read / "out"))
        refused(s, "OutputThatIsARoot", "is an allowed directory itself", output=str(work))
        refused(s, "EvidenceOutside", "lies outside", "show", evidence=str(private / "secret.py"))
        refused(s, "EvidenceThroughALink", "symbolic link", "show", evidence=str(work / "link/secret.py"))
        refused(s, "OptionAsAPath", "", input=["--key=" + str(key)])
        refused(s, "EmptyPath", "is no path", input=[""])
        refused(s, "NulInAPath", "NUL", input=[str(work / "drop") + "\0x"])
        refused(s, "NulInAnArgument", "NUL", arguments=["a\0--key=b"])
        refused(s, "Key", "no argument `key`", key=str(key))
        refused(s, "Signer", "no argument `signer`", signer="true")
        refused(s, "Venue", "no argument `venue`", venue="podman")
        refused(s, "RootDirectory", "no argument `rootfs`", rootfs=str(work))
        refused(s, "ForeignArgumentOfExplain", "no argument `output`", "explain", output="x")
        refused(s, "UnsafeProfile", "is none of", profile="jit")
        refused(s, "ProfileFile", "is none of", profile=str(work / "p.toml"))
        refused(s, "ProgramByPath", "is a path", program="/usr/bin/true")
        refused(s, "ProgramThatLooksLikeAnOption", "not found", program="--version")
        refused(s, "WrongType", "no array of texts", input="drop")
        refused(s, "TimeBelowOne", "no integer from 1", timeoutSeconds=0)
        refused(s, "TimeBeyondAllNumbers", "no integer from 1", timeoutSeconds=2**63)
        # Twins of the refusals: the same calls with what is allowed.
        for name, arguments in {"Input": {}, "Profile": {"profile": "dynamic"}, "Program": {"program": "true"},
                                "Time": {"timeoutSeconds": 60}, "ReadOnlyInput": {"input": [str(only_read)]}}.items():
            r = s.call("run", **{"input": [str(work / "drop")], "output": new_output(), "program": "true", **arguments})
            fact(f"Allows/{name}", r.get("isError") is False, r)
        # The arguments of an interpreter name no file of the host.
        r = s.call("run", input=[str(work / "drop")], output=new_output(), program="python3",
                   arguments=[str(private / "secret.py")])
        fact("Refuses/ScriptOfTheHost", "the secret of the host" not in json.dumps(r) and
             r["structuredContent"]["exitCode"] != 0, r)
        r = s.call("run", input=[str(work / "drop")], output=new_output(), program="python3",
                   arguments=["/in/script.py"])
        fact("Allows/ScriptOfTheInput", r["structuredContent"]["stdout"] == "SOME TEXT\n", r)
        if shutil.which("node"):
            refused(s, "UnsafeProfileThatFits", "--untrusted-command", program="node", arguments=["-e", "1"])
    with server("--program", "true", "--program", "/usr/bin/false") as s:
        refused(s, "ProgramThatIsNotAllowed", "is not among the programs", program="cat")
        for name, code in (("true", 0), ("/usr/bin/false", 1)):
            r = s.call("run", input=[str(work / "drop")], output=new_output(), program=name)
            fact(f"Allows/Listed{name.rsplit('/')[-1].title()}", r["structuredContent"]["exitCode"] == code, r)
    with server("--profile", "python") as s:
        refused(s, "ProfileBesideTheOperators", "for the operator to choose", profile="dynamic")
        r = s.call("run", input=[str(work / "drop")], output=new_output(), program="true")
        fact("Allows/ProfileOfTheOperator", r["isError"] is False, r)


def names_that_change():
    """A call reaches the directory that the operator opened, whatever has its name now."""
    with server() as s:
        moved = HERE / "moved"
        work.rename(moved)
        (work / "drop").mkdir(parents=True)
        (work / "drop/a.txt").write_text("put there later\n")
        r = s.call("run", input=[str(work / "drop")], output=str(work / "late"), program="cat", arguments=["/in/a.txt"])
        fact("Roots/AreHeldByDescriptor",
             r["structuredContent"]["stdout"] == "some text\n" and (moved / "late").is_dir() and
             not (work / "late").exists(), r)
        shutil.rmtree(work)
        moved.rename(work)


def what_is_printed():
    with server("--output-limit", "1KiB") as s:
        r = s.call("run", input=[str(work / "drop")], output=new_output(), program="seq", arguments=["10000"])
        c = r["structuredContent"]
        whole = "".join(f"{n}\n" for n in range(1, 10001))
        fact("Output/IsCut", c["stdout"] == whole[:1024] and c["stdoutLeftOut"] == len(whole) - 1024 and
             "further bytes were left out" in words_of(r), r)
        r = s.call("run", input=[str(work / "drop")], output=new_output(), program="printf", arguments=[r"\377\000x\n"])
        fact("Output/AnyBytes", r["structuredContent"]["stdout"] == "\\xff\0x\n", r)


prepare()
for test in (tools_that_work, inspector, what_a_call_may_name, names_that_change, what_is_printed):
    test()
sys.exit(mcp_client.failures > 0)
