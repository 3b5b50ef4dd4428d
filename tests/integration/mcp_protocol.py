"""How `immure mcp` speaks the protocol, and how calls end. usage: mcp_protocol.py IMMURE DIRECTORY"""
import pathlib

import mcp_client
from mcp_client import *

IMMURE, HERE = sys.argv[1], pathlib.Path(sys.argv[2])
work = HERE / "work"
number = 0


def server(*options, **kwargs):
    return Server(IMMURE, "--allow", str(work), *options, **kwargs)


def run_arguments(program, *arguments, **more):
    global number
    number += 1
    return {"input": [str(work / "drop")], "output": str(work / f"out{number}"), "program": program,
            "arguments": list(arguments), **more}


def code_of(answer):
    return answer.get("error", {}).get("code")


def beginning():
    for version in ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"):
        with server(begin=False) as s:
            answer = s.begin(version)
            fact(f"Initialize/{version}", answer["result"]["protocolVersion"] == version, answer)
    with server(begin=False) as s:
        fact("Initialize/PingComesBefore", s.ask("ping").get("result") == {})
        fact("Initialize/NothingElseComesBefore", code_of(s.ask("tools/list")) == -32600)
        fact("Initialize/NeedsAVersion", code_of(s.ask("initialize", {})) == -32602)
        answer = s.begin("1999-01-01")
        fact("Initialize/UnknownVersionGetsTheNewest", answer["result"]["protocolVersion"] == "2025-11-25", answer)
        fact("Initialize/TellsTheDirectories", str(work) in answer["result"]["instructions"], answer)
        fact("Initialize/Once", code_of(s.ask("initialize", {"protocolVersion": "2025-11-25"})) == -32600)
        listed = s.ask("tools/list")["result"]["tools"]
        names = [tool["name"] for tool in listed]
        fact("List/Tools", names == ["run", "explain", "verify", "show", "doctor", "inspect"], names)
        fact("List/Hints", [tool["name"] for tool in listed if tool["annotations"]["readOnlyHint"]] ==
             ["verify", "show", "doctor"] and not any(tool["annotations"]["openWorldHint"] or
                                                      tool["annotations"]["destructiveHint"] for tool in listed), listed)
        fact("List/Schemas", all(tool["inputSchema"]["additionalProperties"] is False and tool["title"] and
                                 tool["description"] and tool["outputSchema"]["type"] == "object" for tool in listed))
        fact("List/NoFurtherPage", code_of(s.ask("tools/list", {"cursor": "x"})) == -32602)
        fact("UnknownMethod", code_of(s.ask("resources/list")) == -32601)
        fact("UnknownTool", code_of(s.ask("tools/call", {"name": "session", "arguments": {}})) == -32602)
        fact("CallWithoutName", code_of(s.ask("tools/call", {})) == -32602)
        fact("ArgumentsThatAreNoObject", code_of(s.ask("tools/call", {"name": "run", "arguments": []})) == -32602)


def hostile_lines():
    with server() as s:
        # Each line gets an error, and the next request still gets its answer.
        lines = {
            "NotJson": (b"hello\n", -32700), "CutOff": (b'{"jsonrpc":"2.0"\n', -32700),
            "InvalidUtf8": (b'{"jsonrpc":"2.0","id":"\xff","method":"ping"}\n', -32700),
            "LoneSurrogate": (b'{"jsonrpc":"2.0","id":"\\ud800","method":"ping"}\n', -32700),
            "Batch": (b'[{"jsonrpc":"2.0","id":1,"method":"ping"}]\n', -32600), "EmptyBatch": (b"[]\n", -32600),
            "Text": (b'"ping"\n', -32600), "Deep": (b"[" * 100000 + b"\n", -32600),
            "DeepObject": (b'{"a":' * 50000 + b"1" + b"}" * 50000 + b"\n", -32600),
            "KeyTwice": (b'{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}\n', -32600),
            "KeyTwiceWithin": (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":1,"a":2}}\n', -32600),
            "IdNull": (b'{"jsonrpc":"2.0","id":null,"method":"ping"}\n', -32600),
            "IdFraction": (b'{"jsonrpc":"2.0","id":1.5,"method":"ping"}\n', -32600),
            "IdObject": (b'{"jsonrpc":"2.0","id":{},"method":"ping"}\n', -32600),
            "IdBeyondDoubles": (b'{"jsonrpc":"2.0","id":9007199254740993,"method":"ping"}\n', -32600),
            "LongId": (b'{"jsonrpc":"2.0","id":"' + b"x" * 300 + b'","method":"ping"}\n', -32600),
            "LongLine": (b"x" * (3 << 20) + b"\n", -32600),
        }
        for name, (line, code) in lines.items():
            error = s.error(line)
            fact(f"Hostile/{name}", code_of(error) == code and error["id"] is None and "result" in s.ask("ping"), error)
        for name, message in {"NoVersion": {"id": 900, "method": "ping"}, "NoMethod": {"jsonrpc": "2.0", "id": 900},
                              "OtherVersion": {"jsonrpc": "1.0", "id": 900, "method": "ping"},
                              "LongMethod": {"jsonrpc": "2.0", "id": 900, "method": "x" * 200}}.items():
            s.send(message)
            fact(f"Hostile/{name}", code_of(s.answer(900)) == -32600)
        s.send({"jsonrpc": "2.0", "id": 901, "method": "ping", "params": [1]})
        fact("Hostile/ParamsThatAreAnArray", code_of(s.answer(901)) == -32602)
        # No answer to what asks nothing.
        s.send({"jsonrpc": "2.0", "method": "no/such/notification"})
        s.send({"jsonrpc": "2.0", "id": 902, "result": {}})
        s.send({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": "unknown"}})
        s.write(b"\n  \r\n")
        s.others.clear()
        fact("NotificationsGetNoAnswer", s.ask("ping").get("result") == {} and not s.others, s.others)


def calls_at_once():
    with server("--calls", "3") as s:
        ids = [s.call("run", wait=False, **run_arguments("echo", str(i))) for i in range(20)]
        said = [s.answer(id)["result"].get("structuredContent", {}).get("stdout") for id in ids]
        fact("TwentyAtOnce", said == [f"{i}\n" for i in range(20)], said)
    with server("--calls", "1") as s:
        mark = "1000.61"
        first = s.call("run", wait=False, **run_arguments("sleep", mark))
        fact("AtMostOne/Runs", eventually(lambda: runs(mark) == 1))
        waiting = [s.call("run", wait=False, **run_arguments("sleep", mark)) for _ in range(64)]
        r = s.call("run", **run_arguments("true"))
        fact("AtMostOne/TooManyWait", r["isError"] is True and "Too many calls" in words_of(r), r)
        fact("AtMostOne/NoSecondOneRuns", runs(mark) == 1)
        s.send({"jsonrpc": "2.0", "id": first, "method": "ping"})
        message = s.read()
        fact("IdOfARunningCall", code_of(message) == -32600 and message["id"] is None, message)
        for id in [*waiting, first]:
            s.cancel(id)
        r = s.call("run", **run_arguments("echo", "next"))
        fact("AtMostOne/GoesOnAfterCancellation", r["structuredContent"]["stdout"] == "next\n", r)
        fact("AtMostOne/CancelledCallsGiveNoAnswer", not s.answers, s.answers)


def nothing_left(mark):
    return eventually(lambda: not processes(mark), 20)


def running(mark):
    return eventually(lambda: runs(mark) > 0)


def ends_of_calls():
    with server() as s:
        arguments = run_arguments("sleep", "1000.62")
        id = s.call("run", wait=False, **arguments)
        fact("Cancelled/Runs", running("1000.62"))
        s.cancel(id)
        fact("Cancelled/IsKilled", nothing_left("1000.62"), processes("1000.62"))
        fact("Cancelled/LeavesNoDirectory", eventually(lambda: not pathlib.Path(arguments["output"]).exists(), 20))
        try:
            answer = s.answer(id, 1)
        except Gone:
            answer = None
        fact("Cancelled/GivesNoAnswer", answer is None, answer)
        fact("Cancelled/ServerGoesOn", s.ask("ping").get("result") == {})
    with server("--timeout", "4s") as s:
        r = s.call("run", **run_arguments("sleep", "1000.63"))
        c = r["structuredContent"]
        fact("TimeLimit", c["exitCode"] == 124 and c["result"]["end"] == "time-limit" and "time limit" in words_of(r), r)
    s = server()
    s.call("run", wait=False, **run_arguments("sleep", "1000.64"))
    fact("EndOfInput/Runs", running("1000.64"))
    fact("EndOfInput/ExitCode", s.end() == 0)
    fact("EndOfInput/KillsTheCalls", nothing_left("1000.64"), processes("1000.64"))
    for name, number in (("Terminated", signal.SIGTERM), ("Interrupted", signal.SIGINT)):
        s, mark = server(), f"1000.{number + 100}"
        s.call("run", wait=False, **run_arguments("sleep", mark))
        fact(f"{name}/Runs", running(mark))
        s.process.send_signal(number)
        fact(f"{name}/ExitCode", s.process.wait(30) == 128 + number)
        fact(f"{name}/KillsTheCalls", nothing_left(mark), processes(mark))
    s = server("--calls", "2")
    for _ in range(4):
        s.call("run", wait=False, **run_arguments("sleep", "1000.65"))
    fact("Killed/Runs", running("1000.65"))
    s.process.kill()
    s.process.wait()
    fact("Killed/NothingIsLeft", nothing_left("1000.65"), processes("1000.65"))


def client_that_goes():
    """The client closes the end of the pipe from which it would read, and keeps the other pipe open."""
    reader, writer = os.pipe()
    process = subprocess.Popen([IMMURE, "mcp", "--allow", str(work)], stdin=subprocess.PIPE, stdout=writer)
    os.close(writer)

    def send(id, method, params):
        line = json.dumps({"jsonrpc": "2.0", "id": id, "method": method, "params": params})
        process.stdin.write(line.encode() + b"\n")
        process.stdin.flush()

    send(1, "initialize", {"protocolVersion": "2025-11-25"})
    send(2, "tools/call", {"name": "run", "arguments": run_arguments("sleep", "1000.66")})
    fact("ClientGone/Runs", running("1000.66"))
    os.close(reader)
    send(3, "ping", {})
    fact("ClientGone/Ends", eventually(lambda: process.poll() is not None, 20))
    fact("ClientGone/KillsTheCalls", nothing_left("1000.66"), processes("1000.66"))
    process.kill()


def progress():
    with server() as s:
        r = s.call("run", meta={"progressToken": "p1"}, **run_arguments("sleep", "2.5"))
        told = [m["params"] for m in s.others if m["method"] == "notifications/progress"]
        values = [p["progress"] for p in told]
        fact("Progress", r["isError"] is False and len(told) >= 1 and values == sorted(set(values)) and
             all(p["progressToken"] == "p1" and p["message"] and p["total"] > p["progress"] for p in told), told)
        s.others.clear()
        s.call("run", **run_arguments("sleep", "1.5"))
        fact("Progress/OnlyIfAsked", not s.others, s.others)


(work / "drop").mkdir(parents=True)
(work / "drop/a.txt").write_text("some text\n")
for test in (beginning, hostile_lines, calls_at_once, ends_of_calls, client_that_goes, progress):
    test()
sys.exit(mcp_client.failures > 0)
