"""Judges the probe records (docs/appraisal.md, "The claim and the probes")."""
from __future__ import annotations

import hashlib
from typing import Any

from .canonical import canonical_bytes
from .demand import ANY, FILTER, Demand, Demands, asks_layer, value_of
from .facts import Evidence, edition_of, gifts_of, is_grouped, profile_of
from .findings import Findings
from .tables import Edition, Probe, constants, probes, since, table

Answer = dict[str, Any]


def transcript_head(evidence: Evidence) -> str:
    """The head of the hash chain over the probe records (docs/evidence-format.md, "Read a probe record")."""
    seed = f"immure-transcript-v1\n{evidence['runId']}\n{evidence.get('nonce', '')}\n"
    head = hashlib.sha256(seed.encode("utf-8")).digest()
    for record in evidence["probes"]:
        head = hashlib.sha256(head + canonical_bytes(record)).digest()
    return head.hex()


class _Record:
    """Judges one record by its row. docs/appraisal.md, "How a record is judged", has the rules."""

    def __init__(
        self, edition: Edition, demand: Demand, row: Probe, record: Answer, allowed: list[int], findings: Findings
    ) -> None:
        self.demand, self.row, self.record, self.allowed, self.findings = demand, row, record, allowed, findings
        self.asks_layer = asks_layer(edition, row)
        self.effects: dict[str, int] = constants()["effects"]

    def unproved(self, code: str, expected: str, observed: object) -> bool:
        self.findings.unproved(self.row.test, code, self.row.id, expected, observed)
        return False

    def open(self, code: str, expected: str, observed: object) -> None:
        self.findings.open(self.row.test, code, self.row.id, expected, observed)

    def judge(self) -> None:
        control, walls = self.record["control"], self.record.get("walls")
        if not (self.makes_sense(control) if self.row.control_tried else self.is_left_out(control)):
            return
        if walls is not None and not self.row.walls:
            self.unproved("answer-contradicts", "no `walls` in this record", walls)
            return
        if walls is None and self.row.walls:
            self.unproved("probe-not-run", "a call behind mounts and credentials alone", "not run")
            return
        if walls is not None and not self.makes_sense(walls):
            return
        if not self.makes_sense(self.record):
            return
        if self.demand.open:
            self.open("filter-passed", "a denial by the filter", f"a filter that {self.demand.open}")
            return
        self.check_cell()
        self.check_control(control)
        self.check_walls(walls)
        self.check_layer()

    def is_left_out(self, answer: Answer) -> bool:
        if (answer["ret"], answer["errno"], answer["effect"]) == (-1, 0, self.effects["notRun"]):
            return True
        return self.unproved("answer-contradicts", "a control that says \"not run\"", answer)

    def makes_sense(self, answer: Answer) -> bool:
        if answer["effect"] & self.effects["notRun"]:
            return self.unproved("probe-not-run", "a call that was made", "not run")
        if answer["effect"] & ~sum(self.effects.values()):
            return self.unproved("answer-contradicts", "no unknown effect", answer["effect"])
        succeeded, errno = answer["ret"] >= 0, answer["errno"]
        if succeeded != (errno == 0) or answer["ret"] < -1 or errno < 0:
            return self.unproved("answer-contradicts", "either a result or an errno", answer)
        return True

    def check_cell(self) -> None:
        record, demand = self.record, self.demand
        forbidden = bool(record["effect"] & demand.forbidden)
        if demand.met_by(record) and not forbidden:
            if record["effect"] & demand.effects != demand.effects:
                self.unproved("probe-weak", "a byte that was written and then read again", record["effect"])
            return
        if record["effect"] & self.effects["signal"] and not forbidden:
            self.unproved("probe-killed", "a denial", f"signal {record['ret']}")
            return
        self.open("probe-leaked" if forbidden or record["ret"] >= 0 else "probe-weak", "a denial", value_of(record))

    def check_control(self, control: Answer) -> None:
        if control["where"] != constants()["controlPlace"]:
            self.unproved("control-missing", "a control", control["where"])
        elif self.row.control_differs and self.demand.control_differs and self.demand.met_by(control):
            self.unproved("control-missing", "a control that answers something else than the cell", value_of(control))

    def check_walls(self, walls: Answer | None) -> None:
        if walls is None:
            return
        if value_of(walls) not in self.demand.walls or walls["effect"] & self.demand.forbidden:
            self.open("walls-open", "a denial from mounts and credentials alone", value_of(walls))

    def check_layer(self) -> None:
        answer = self.record.get("attribution")
        if answer is None or not self.asks_layer:
            if self.asks_layer:
                self.unproved("probe-not-run", "an `attribution` that says which layer answered", "not run")
            elif answer is not None:
                self.unproved("answer-contradicts", "no `attribution` in this record", answer)
            return
        by_filter = answer == constants()["filterAnswer"]
        feigns = self.demand.by == FILTER and 0 in self.demand.answers
        if (self.record["ret"] >= 0 and not feigns) if by_filter else answer != self.record["errno"]:
            self.unproved("answer-contradicts", "an `attribution` that fits the answer of the probe", answer)
        elif self.demand.by == ANY:
            if not by_filter and self.row.number not in self.allowed:
                self.open("filter-passed", "a denial by the filter", answer)
        elif by_filter and self.demand.by != FILTER:
            self.unproved("answer-contradicts", "an answer of the kernel, not of the filter", answer)
        elif not by_filter and self.demand.by == FILTER:
            self.open("filter-passed", "a denial by the filter", answer)


def _in_order(evidence: Evidence, rows: tuple[Probe, ...], findings: Findings) -> bool:
    records = evidence["probes"]
    if not records:
        findings.unproved_all("probes-missing", "/probes", f"{len(rows)} probes", "none")
        return False
    for index in range(max(len(rows), len(records))):
        if index < min(len(rows), len(records)):
            row, record = rows[index], records[index]
            stated = [record["id"], record["seq"], record["boundary"], record["syscall"], record["args"]]
            if stated == [row.id, index, row.boundary, row.syscall, row.args]:
                continue
        expected = rows[index].id if index < len(rows) else "the end"
        observed = records[index]["id"] if index < len(records) else "the end"
        findings.unproved_all("probes-inconsistent", f"/probes/{index}", expected, observed)
        return False
    return True


def _check_transcript(evidence: Evidence, findings: Findings) -> None:
    stated = evidence["transcript"]
    if stated["entries"] != len(evidence["probes"]):
        findings.unproved_all("transcript-count", "/transcript/entries", len(evidence["probes"]), stated["entries"])
    elif stated["head"] != (head := transcript_head(evidence)):
        findings.unproved_all("transcript-head", "/transcript/head", head, stated["head"])


def _names_helpers(evidence: Evidence) -> bool:
    """True unless the evidence has a list of helpers that names neither the whole image nor absolute paths."""
    helpers = evidence.get("acceptance", {}).get("helpers")
    if helpers is None:
        return True
    paths = [file["name"] for file in helpers["files"]]
    if helpers["wholeImage"]:
        return not paths
    return bool(paths) and all(path.startswith("/") and not path.endswith("/") for path in paths)


def judge_claim(evidence: Evidence, findings: Findings) -> None:
    """Judges whether the acceptance profile is known and fits the gifts of the run."""
    gifts, profile = gifts_of(evidence), profile_of(evidence)
    profiles: list[str] = table("acceptance")["profiles"]
    wanted = [row["profile"] for row in table("acceptance")["gifts"] if row["gift"] in gifts]
    # The list of profiles ends with the one that gives most.
    fitting = max(wanted, key=profiles.index, default=table("acceptance")["without"])
    edition = edition_of(evidence)
    first = since("helpers" if "helpers" in gifts else "claims")
    in_time = not gifts or (edition is not None and edition.number >= first)
    if profile != fitting or not in_time or not _names_helpers(evidence):
        findings.unproved_all(
            "acceptance-unknown", "/acceptance", "the acceptance profile that fits the gifts of the run", profile
        )


def judge_probes(evidence: Evidence, edition: Edition, findings: Findings) -> None:
    """Judges the records, the transcript, the `unsafe_` keys of the profile, and whether the filter can be read."""
    rows = probes(edition.machine, edition.number)
    if not _in_order(evidence, rows, findings):
        return
    _check_transcript(evidence, findings)
    for key in evidence["unsafe"]:
        if key not in constants()["unsafe"]:
            findings.unproved_all("unsafe-unknown", "/unsafe", "only keys that this verifier knows", key)
    demands = Demands(evidence, edition)
    allowed = evidence["filter"].get("allowed", {}).get("numbers", [])
    grouped = is_grouped(evidence, edition)
    if not demands.readable:
        _no_filter(findings)
        return
    for row, record in zip(rows, evidence["probes"]):
        if row.unless and row.unless in evidence["unsafe"]:
            continue
        if grouped and row.id == constants()["addressSpaceProbe"]:
            continue
        demand = demands.of(row)
        if demand is None:
            _no_filter(findings)
            return
        _Record(edition, demand, row, record, allowed, findings).judge()


def _no_filter(findings: Findings) -> None:
    findings.unproved_all(
        "filter-missing", "/filter/bpf", "valid instructions whose digest is /filter/sha256", "none, or others"
    )
