"""Changes of evidence that aim at the corners of single rules (docs/appraisal.md). Each function changes the predicate, or
the whole statement; a change that does not fit the evidence is left out."""
import base64
import copy
import hashlib
import struct

ALLOW, EPERM, ENOSYS = 0x7FFF0000, 0x00050001, 0x00050026
FILTERS = {
    "allow": [(6, 0, 0, ALLOW)],
    "eperm": [(6, 0, 0, EPERM)],
    "enosys": [(6, 0, 0, ENOSYS)],
    "feign": [(6, 0, 0, 0x00050000)],
    "most": [(6, 0, 0, 0x0005FFFF)],
    "kill": [(6, 0, 0, 0x80000000)],
    "trap": [(6, 0, 0, 0x00030000)],
    "log": [(6, 0, 0, 0x7FFC0000)],
    "notify": [(6, 0, 0, 0x7FC00000)],
    "accumulator": [(0x16, 0, 0, 0)],
    "no-end": [(0, 0, 0, 1)],
    "far-jump": [(5, 0, 0, 5), (6, 0, 0, EPERM)],
    "unaligned": [(0x20, 0, 0, 2), (6, 0, 0, EPERM)],
    "beyond": [(0x20, 0, 0, 64), (6, 0, 0, EPERM)],
    "add": [(0x04, 0, 0, 1), (6, 0, 0, EPERM)],
    "bits": [(0x20, 0, 0, 4), (0x45, 0, 1, 0x80000000), (6, 0, 0, ALLOW), (6, 0, 0, EPERM)],
}
NAMES = (
    "TOKENIZERS_PARALLELISM MAX_TOKENS MAX_TOKEN API_KEY x.auth GIT_AUTHOR PASS\u00c9WORD SECRET\u00e9 A\u00e9SECRET "
    "\u0130TOKEN \u0131 a.token CLIENTSECRET auth"
).split()


def encoded(program):
    """The bytes of a program, as struct sock_filter."""
    return b"".join(struct.pack("<HBBI", *step) for step in program)


def filters():
    """Other instructions of the filter and of the observer."""

    def filter_with(predicate, program):
        raw = encoded(program)
        predicate["filter"]["bpf"] = base64.b64encode(raw).decode()
        predicate["filter"] |= {"instructions": len(program), "sha256": hashlib.sha256(raw).hexdigest()}

    def observer_with(predicate, program):
        predicate["observer"]["bpf"] = base64.b64encode(encoded(program)).decode()

    for name, program in [*FILTERS.items(), ("empty", [])]:
        yield f"filter-{name}", lambda p, s, program=program: filter_with(p, program)
        yield f"observer-{name}", lambda p, s, program=program: observer_with(p, program)


def claims():
    """Claims that fit what the run gives, and claims that do not."""

    def claim(predicate, profile, gifts):
        back, scratch, pairs = gifts
        stated = {"profile": profile, "readBack": back, "scratchBytes": 5 if scratch else 0, "socketPairs": pairs}
        predicate["acceptance"] = stated

    def helpers(predicate, profile, files, whole):
        listed = [{"digest": {"sha256": "a" * 64}, "name": path} for path in files]
        claim(predicate, profile, (False, False, False))
        predicate["acceptance"]["helpers"] = {"files": listed, "wholeImage": whole}

    for profile in ("packet", "work", "build"):
        for whole in (False, True):
            for files in ([], ["/bin/a"], ["/bin/a", "/bin/b"], ["a"], ["/bin/"], ["/"], [""], ["/b", "/a"]):
                label = f"helpers-{profile}-{whole}-{','.join(files)}"
                yield label, lambda p, s, given=(profile, files, whole): helpers(p, *given)
    for profile in ("packet", "work", "build", "other", ""):
        for bits in range(8):
            gifts = (bool(bits & 1), bool(bits & 2), bool(bits & 4))
            yield f"claim-{profile}-{bits}", lambda p, s, profile=profile, gifts=gifts: claim(p, profile, gifts)


def venues():
    """Walls of venues, with a container beside the cell that shares namespaces with both."""

    def walls(predicate, venue, capabilities):
        gate = predicate["outside"][0]
        others = {name: inode + 7 for name, inode in gate["hostNamespaces"].items()}
        predicate["host"]["venue"] = venue
        predicate["outer"] = {
            "boundingCapabilities": capabilities,
            "command": ["x"],
            "effectiveCapabilities": "0" * 16,
            "namespaces": others,
            "noNewPrivs": 1,
            "root": ["ro"],
            "seccompMode": 0,
            "uid": 1,
        }
        shared = {"ipc": others["ipc"], "net": gate["namespaces"]["net"]}
        container = {"id": "x", "mounts": 0, "namespaces": shared, "wholeHost": False}
        predicate["neighbours"] = {"containers": [container], "looked": ["here"]}

    for venue in ("native", "bubblewrap", "docker", "oci", "podman", "other"):
        for held in ("0" * 16, "0000000080000000", "00000000C0000000", "000000008000000G", "0x00000080000000", ""):
            yield f"venue-{venue}-{held}", lambda p, s, venue=venue, held=held: walls(p, venue, held)


def records():
    """Answers of all probes, or of many of them."""

    def answer(predicate, members):
        for record in predicate["probes"]:
            record.update(members)

    def control_too(predicate, effect):
        for record in predicate["probes"][effect::34]:
            record["effect"] = effect
            record["control"] |= {key: record[key] for key in ("ret", "errno", "effect")}

    def attributed(predicate, layer):
        for record in predicate["probes"]:
            record["attribution"] = layer

    def walls(predicate, there):
        for record in predicate["probes"]:
            record.pop("walls", None)
            if there:
                record["walls"] = {"effect": 0, "errno": 1, "ret": -1}

    for signal in (31, 2**32 + 31, 30, 0, -31):
        members = {"effect": 8, "errno": 0, "ret": signal}
        yield f"signal-{signal}", lambda p, s, members=members: answer(p, members)
    yield "all-succeed", lambda p, s: answer(p, {"ret": 0, "errno": 0})
    yield "all-eacces", lambda p, s: answer(p, {"ret": -1, "errno": 13})
    for effect in range(34):
        yield f"effect-{effect}", lambda p, s, effect=effect: control_too(p, effect)
    for layer in (0, 1, 1000, -1):
        yield f"layer-{layer}", lambda p, s, layer=layer: attributed(p, layer)
    yield "walls", lambda p, s: walls(p, True)
    yield "no-walls", lambda p, s: walls(p, False)


def looks():
    """Texts of /proc, and how many looks there are."""

    def each(predicate, member, change):
        for look in predicate["outside"]:
            look[member] = change(look[member])

    def pending(predicate, hard):
        for view in [*predicate["outside"], predicate["inside"]]:
            for limit in view["limits"]:
                if limit["name"] == "pending-signals":
                    limit["hard"] = hard

    maps = {
        "line-before": lambda text: "0 1 1;" + text,
        "blank": lambda text: text + " ",
        "two-blanks": lambda text: text + "  ",
        "empty-line": lambda text: ";" + text,
        "empty-end": lambda text: text + ";",
        "beyond": lambda text: text.replace("1", "18446744073709551616"),
        "other-digits": lambda text: text.replace("1", "\u0661"),
    }
    for name, change in maps.items():
        yield f"map-{name}", lambda p, s, change=change: each(p, "uidMap", change)
    for line in ("1 00002", "1 99999999999", "1\t2", "1 \u0662", "1", "1 1", "", "1 2 ", "1  2", "3 2 1 2"):
        yield f"pids-{line!r}", lambda p, s, line=line: each(p, "nsPid", lambda _: line)
    for hard in ("0" * 30, "0000018446744073709551616", "+5", "5\n", "\u0665", "", "1024", "1025"):
        yield f"pending-{hard!r}", lambda p, s, hard=hard: pending(p, hard)

    yield "no-look", lambda p, s: p.update(outside=[])
    yield "gate-alone", lambda p, s: p.update(outside=p["outside"][:1])
    yield "three-looks", lambda p, s: p["outside"].append(copy.deepcopy(p["outside"][1]))
    yield "no-payload", lambda p, s: p.pop("payload")
    yield "no-payload-gate-alone", lambda p, s: p.update(outside=p["outside"][:1]) or p.pop("payload")
    yield "no-payload-no-look", lambda p, s: p.update(outside=[]) or p.pop("payload")
    for name in ("time", "x y", "\u00e9"):
        yield f"namespace-{name!r}", lambda p, s, name=name: [
            view[member].update({name: 5})
            for view in [p["inside"], *p["outside"]]
            for member in ("namespaces", "hostNamespaces")
            if member in view
        ]


def single_values():
    """Values at the bounds of one rule."""

    def environment(predicate, name):
        names = sorted([*predicate["environment"], name])
        predicate["environment"] = predicate["inside"]["environment"] = names
        predicate["outside"][1]["environment"] = names
        predicate["outside"][1]["environmentBytes"] += len(name.encode()) + 2

    def workdir(predicate, path):
        predicate["workdir"] = path
        for look in predicate["outside"]:
            look["cwd"] = path

    def subjects(statement, names):
        statement["subject"] = [{"digest": {"sha256": "a" * 64}, "name": name} for name in names]

    for name in NAMES:
        yield f"name-{name!r}", lambda p, s, name=name: environment(p, name)
    for path in ("/a/", "", "a", "/a/..b/.c", "/a//b", "/a/.", "/"):
        yield f"workdir-{path!r}", lambda p, s, path=path: workdir(p, path)
    for key, times in {"startedOn": ("2026-02-29", "0000-02-29", "2026-00-01"), "finishedOn": ("9999-12-31",)}.items():
        for day in times:
            yield f"{key}-{day}", lambda p, s, key=key, day=day: p.update({key: f"{day}T00:00:00Z"})
    for clock in ("24:00:00", "23:59:60", "23:60:00", "23:59:59"):
        yield f"clock-{clock}", lambda p, s, clock=clock: p.update(startedOn=f"2020-01-01T{clock}Z")
    for names in (["a", "b/..c", "\u00e9" * 2048], ["\u00e9" * 2049], ["a/"], ["a\0b"], ["\uffff", "\U00010000"], ["a", "a"]):
        yield f"subjects-{ascii(names)[:40]}", lambda p, s, names=names: subjects(s, names)
    for hits in (["memory", "processes", "wall-clock"], ["pids"], ["swap", "x"], ["wall-clock", "memory"], ["cpu", "cpu"]):
        yield f"hits-{hits}", lambda p, s, hits=hits: p["payload"].update(limitsHit=hits)
    for processors in (0, 1, 8192, 8193):
        yield f"processors-{processors}", lambda p, s, processors=processors: p.update(processors=processors)
    for held in ("leases", "staged: ", "staged:", "broken: x", "broken:"):
        yield f"held-{held}", lambda p, s, held=held: p["input"].update(held=held)
    for kernel in ("\u00e9" * (1 << 17), "\u00e9" * (1 << 17) + "x", "".join(map(chr, range(0x81))) + "\u2028\ufeff"):
        yield f"text-{len(kernel)}", lambda p, s, kernel=kernel: p["host"].update(kernel=kernel)
    yield "no-arguments", lambda p, s: p["payload"].update(argv=[])
    yield "two-ends", lambda p, s: p["payload"].update(signal=9)
    yield "no-end", lambda p, s: p["payload"].pop("exitCode")
    yield "no-mounts", lambda p, s: p["input"].pop("mounts")
    yield "unsafe", lambda p, s: p.update(unsafe=["unsafe_seccomp", "unsafe_syscalls", "unsafe_writable_code", "x"])
    parts = [{"name": "a", "place": "x", "sha256": "a" * 64}, {"name": "b", "place": "x", "sha256": ""}]
    yield "parts", lambda p, s: p["input"].update(parts=parts)
    unread = {"bytes": 1, "name": "a", "sha256": "", "taken": 1, "whole": True}
    yield "standard-input", lambda p, s: p["input"].update(standardInput=unread)


def corners(statement):
    """Each changed statement, with its name."""
    for part in (filters, claims, venues, records, looks, single_values):
        for name, change in part():
            changed = copy.deepcopy(statement)
            try:
                change(changed["predicate"], changed)
            except (KeyError, IndexError):
                continue
            yield name, changed
