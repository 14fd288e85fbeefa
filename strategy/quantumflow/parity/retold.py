"""core_risk decides its log again: the answers that it gave, and the first record that would be answered otherwise."""

import re
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import msgspec

__all__ = ["Retold", "retell"]

_REJECTED = re.compile(r"record (?P<record>[0-9]+) at byte [0-9]+ cannot be replayed by this version: (?P<why>.*)")
_DAMAGED = re.compile(r"record (?P<record>[0-9]+) at byte [0-9]+ is damaged: (?P<why>.*)")
_ANSWERED = re.compile(r'it was answered "(?P<was>[^"]*)" and would now be answered "(?P<now>[^"]*)"')


class Retold(msgspec.Struct):
    """What core_risk's log holds of one market session. Its verdicts are by client id, its fills by number."""

    result: str = "identical"
    reason: str | None = None
    detail: str | None = None
    records: int = 0
    digest: str | None = None
    difference: dict[str, Any] | None = None
    checks: dict[str, dict[str, Any]] = msgspec.field(default_factory=dict)
    answers: dict[str, dict[str, Any]] = msgspec.field(default_factory=dict)
    marks: dict[int, list[dict[str, Any]]] = msgspec.field(default_factory=dict)
    """By their event_ns. A mark that changed nothing was never written."""
    fills: dict[int, dict[str, Any]] = msgspec.field(default_factory=dict)
    last_fill: int = 0

    @property
    def is_sound(self) -> bool:
        """Every record would be answered as it was: its answers can be given again."""
        return self.result == "identical"


def retell(program: Sequence[str], log: Path, market_session: str, fills_after: int) -> Retold:
    """Runs core_risk over its log; of other sessions' orders and earlier fills only the count is kept."""
    retold = Retold()
    if not log.exists():
        retold.result, retold.reason = "unverifiable", "core_risk_log_missing"
        retold.detail = f"{log} does not exist"
        return retold
    with subprocess.Popen(  # noqa: S603 (our own program)
        [*program, "--retell", str(log)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        if process.stdout is None or process.stderr is None:
            raise RuntimeError("the program was started with pipes")
        for line in _lines(process.stdout):
            _take(retold, line, market_session, fills_after)
        complaint = process.stderr.read().decode("utf-8", "replace").strip()
    if process.returncode != 0:
        _judge(retold, complaint)
    return retold


def _lines(out: IO[bytes]) -> Iterator[dict[str, Any]]:
    for line in out:
        yield msgspec.json.decode(line)


def _take(retold: Retold, line: dict[str, Any], market_session: str, fills_after: int) -> None:
    if "record" not in line:
        retold.records, retold.digest = line["records"], line["state"]
        return
    record = line["record"]
    retold.records = line["seq"]
    if record["event"] == "check" and record["market_session"] == market_session:
        retold.checks[record["client_id"]] = {**record, "log_seq": line["seq"]}
        retold.answers[record["client_id"]] = line["answer"]
    elif record["event"] == "mark" and record["market_session"] == market_session:
        retold.marks.setdefault(record["event_ns"], []).append({**record, "log_seq": line["seq"]})
    elif record["event"] == "fill" and record["outcome"] != "arithmetic":
        retold.last_fill = record["fill_id"]
        if record["fill_id"] > fills_after:
            retold.fills[record["fill_id"]] = {**record, "log_seq": line["seq"]}


def _judge(retold: Retold, complaint: str) -> None:
    rejected, damaged = _REJECTED.search(complaint), _DAMAGED.search(complaint)
    if rejected is None:
        retold.result, retold.reason = "unverifiable", "core_risk_log_damaged" if damaged else "core_risk_failed"
        retold.detail = complaint
        return
    answered = _ANSWERED.search(rejected["why"])
    retold.result = "differs"
    retold.difference = {
        "where": f"record {rejected['record']} of core_risk.log",
        "seq": int(rejected["record"]),
        "expected": answered["was"] if answered else rejected["why"],
        "found": answered["now"] if answered else None,
    }
