"""Rows of the way to core_risk: whatever stands in its place or becomes of its answers, no order goes through without
its true word.
"""

import json
import os
import shutil
import signal
import time
from typing import Any

from faults.processes import wait_until
from faults.risk_proxy import Json, Reply, Spoil, answer_bytes
from faults.row import Row
from faults.trading import ANSWER_MS, Trading

__all__ = ["RISK_ROWS"]

QUICK = ("R02-half", "R04", "X50", "X51", "X54")
"""The rest differ in one word of the answer; `make faults` runs them all."""
SPOILED_SECONDS = 3.0
MARK_SECONDS_MAX = 20.0
"""A mark a second compares the books, a status a second says so; until then they are unknown."""
CHECK = "/v1/orders/check"


def _ends_well(stage: Trading, told: str) -> str:
    """It trades again by itself, both books agree, and every fill stands."""
    stage.fills_grow()
    wait_until(lambda: stage.status["reconcile"] == "agree", MARK_SECONDS_MAX, "the books were compared and agree")
    return f"{told}; trades again; {stage.hold_fills()}"


def _absent(stage: Trading) -> str:
    stage.begin_trading()
    stage.kill("core_risk")
    stage.why_becomes({"risk_unreachable"})
    stage.none_filled_for(SPOILED_SECONDS)
    stage.run("core_risk")
    return _ends_well(stage, "risk_unreachable meanwhile")


def _stopped(stage: Trading) -> str:
    """core_risk lives and does nothing."""
    stage.begin_trading()
    pid = stage.processes["core_risk"].pid
    os.kill(pid, signal.SIGSTOP)
    try:
        stage.why_becomes({"risk_unreachable"})
        stage.none_filled_for(SPOILED_SECONDS)
    finally:
        os.kill(pid, signal.SIGCONT)
    return _ends_well(stage, "risk_unreachable meanwhile")


def _late(stage: Trading) -> str:
    """Every approval comes, but after the trader's time."""
    stage.begin_trading()
    stage.proxy.delay = 2.5 * ANSWER_MS / 1000
    stage.none_filled_for(2 * SPOILED_SECONDS)
    assert stage.refusals().get("risk_timeout", 0) > 0, stage.refusals()
    stage.proxy.delay = 0.0
    return _ends_well(stage, f"{stage.refusals()['risk_timeout']} orders refused by risk_timeout")


def _spoiled(case: str, inject: str, spoil: Spoil, refusals: set[str], path: str = CHECK) -> Row:
    """core_risk's verdicts are spoiled for some seconds."""

    def act(stage: Trading) -> str:
        stage.begin_trading()
        at = stage.proxy.asked
        stage.proxy.spoil = lambda asked, request, answer: spoil(asked, request, answer) if asked == path else answer
        stage.none_filled_for(SPOILED_SECONDS)
        assert stage.proxy.spoiled > 0, "nothing was asked meanwhile"
        said = stage.refusals()
        assert any(said.get(name, 0) for name in refusals), f"{said}, expected one of {refusals}"
        stage.proxy.spoil = None
        told = ", ".join(f"{count} × {name}" for name, count in sorted(said.items()) if name in refusals)
        return _ends_well(stage, f"{stage.proxy.asked - at} asked, refused: {told}")

    expect = "refused by name; trades again when it is over"
    return Row(case, inject, expect, act=act, stage=Trading, quick=case in QUICK)


def _changed(**fields: Any) -> Spoil:
    return lambda _path, _request, answer: {**answer, **fields}


def _half(_path: str, _request: Json, answer: Json) -> Reply:
    whole = answer_bytes(answer)
    return whole[: len(whole) // 2]


def _raw(reply: bytes) -> Spoil:
    return lambda _path, _request, _answer: reply


def _more(_path: str, _request: Json, answer: Json) -> Json:
    return {**answer, "qty": answer["qty"] + 1}


def _twice(_path: str, _request: Json, answer: Json) -> Reply:
    return answer_bytes(answer) * 2


def _without(name: str) -> Spoil:
    return lambda _path, _request, answer: {key: value for key, value in answer.items() if key != name}


def _swapped() -> Spoil:
    """Each answer is the one before: true, and about another order."""
    last: list[Json] = []

    def spoil(_path: str, _request: Json, answer: Json) -> Json | Reply:
        last.append(answer)
        return last[-2] if len(last) > 1 else None

    return spoil


def _halted(stage: Trading) -> str:
    """An operator's halt survives core_risk's restart, and ends by an operator's word alone."""
    stage.begin_trading()
    _post(stage, "/v1/halt", "a row of the matrix")
    stage.why_becomes({"risk_halted"})
    stage.kill("core_risk")
    stage.run("core_risk")
    time.sleep(2)
    stage.why_becomes({"risk_halted"})
    rows = stage.ask("SELECT count(*) FROM fills WHERE side = 'buy'")
    time.sleep(SPOILED_SECONDS)
    assert stage.ask("SELECT count(*) FROM fills WHERE side = 'buy'") == rows, "bought while halted"
    _post(stage, "/v1/resume", "the row goes on")
    return _ends_well(stage, "risk_halted, after a restart too")


def _post(stage: Trading, path: str, reason: str) -> None:
    build = stage.status["build"]
    body = json.dumps({"build": build, "reason": reason, "event_ns": stage.status["event_ns"]}).encode()
    headers = {"Authorization": f"Bearer {stage.token}", "Content-Type": "application/json"}
    status, answer = stage.proxy.forward("POST", path, headers, body)
    assert status == 200, answer


def _older_log(stage: Trading) -> str:
    """core_risk comes back with an older log: it is told the fills it lacks, and knows no approval of them."""
    stage.begin_trading()
    real = stage.risk["log"]
    shutil.copy(real, stage.directory / "older.log")
    stage.fills_grow(4)
    stage.kill("core_risk")
    shutil.copy(stage.directory / "older.log", real)
    stage.run("core_risk")
    stage.why_becomes({"risk_halted"})
    stage.none_filled_for(SPOILED_SECONDS)
    _post(stage, "/v1/resume", "the log was an older one")
    return _ends_well(stage, "the fills it lacked were delivered again, halted until an operator's word")


def _other_limits(stage: Trading) -> str:
    """core_risk comes back with other limits: each verdict says under which it was given."""
    stage.begin_trading()
    stage.kill("core_risk")
    stage.risk["limits"]["order_notional_max_e8"] //= 2
    stage.run("core_risk")
    told = _ends_well(stage, "")
    versions = stage.ask("SELECT count(DISTINCT limits_version) FROM verdicts WHERE limits_version IS NOT NULL")
    assert versions == [(2,)], versions
    return f"2 versions in the journal{told}"


def _mismatch(stage: Trading) -> str:
    """core_risk says that the books differ: trading halts until it says that they agree."""
    stage.begin_trading()
    difference = {"what": "cash_e8", "yours": 1, "ours": 2}
    stage.proxy.spoil = lambda path, _request, answer: (
        {**answer, "agree": False, "differences": [difference]} if path == "/v1/mark" else answer
    )
    stage.why_becomes({"risk_halted"})
    buys = stage.ask("SELECT count(*) FROM orders WHERE side = 'buy'")
    time.sleep(SPOILED_SECONDS)
    assert stage.ask("SELECT count(*) FROM orders WHERE side = 'buy'") == buys, "entered while the books differed"
    stage.proxy.spoil = None
    return _ends_well(stage, "risk_halted while they differ")


_MALFORMED = {"risk_malformed_answer"}
_ANY = {"risk_malformed_answer", "risk_unreachable", "risk_timeout"}

RISK_ROWS = (
    Row("R01-down", "core_risk is gone for some seconds", "each order refused by name", act=_absent, stage=Trading),
    Row(
        "R01-hang",
        "core_risk stands still for some seconds",
        "the same; recovers alone",
        act=_stopped,
        stage=Trading,
        quick=False,
    ),
    Row(
        "R01-late", "every approval comes after the trader's time", "a late approval is none", act=_late, stage=Trading
    ),
    _spoiled("R02-half", "core_risk approves and dies before the body ends", _half, _ANY),
    _spoiled(
        "R02-json", "a verdict that is no JSON", _raw(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{]}"), _MALFORMED
    ),
    _spoiled("R02-html", "a web page", _raw(b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n<html></html>"), _MALFORMED),
    _spoiled("R02-word", "a verdict that nobody knows", _changed(verdict="approved"), _MALFORMED),
    _spoiled("R02-extra", "a verdict with one more field", _changed(colour="green"), _MALFORMED),
    _spoiled("R02-less", "a verdict without its hash", _without("order_hash"), _MALFORMED),
    _spoiled("R04", "verdicts of another build", _changed(build="9.9.9+other"), {"risk_version_mismatch"}),
    _spoiled("X50", "each verdict is the one of the order before", _swapped(), _ANY),
    _spoiled("X51", "an approval of one lot more than asked", _more, _MALFORMED),
    _spoiled("X52", "each answer comes twice at once", _twice, _MALFORMED),
    _spoiled("X53", "the hash of another order", _changed(order_hash="0" * 64), _MALFORMED),
    _spoiled(
        "X54", "approvals that expired before they were given", _changed(expires_ns=1), _MALFORMED | {"verdict_expired"}
    ),
    _spoiled("X55", "an approval of nothing", _changed(verdict="approve", qty=0), _MALFORMED),
    _spoiled("X56", "an approval of −1 lots", _changed(verdict="reduce", qty=-1), _MALFORMED),
    _spoiled("X57", "an approval with a reason to refuse", _changed(refusal="leverage"), _MALFORMED),
    _spoiled("X58", "a verdict of another time", _changed(event_ns=1), _MALFORMED),
    _spoiled("X59", "a refusal that nobody knows", _changed(verdict="refuse", qty=0, refusal="mood"), _MALFORMED),
    _spoiled("X60", "the connection closes without an answer", lambda *_: None, _ANY),
    Row("X61", "an operator halts, core_risk dies and comes back", "a halt stays a halt", act=_halted, stage=Trading),
    Row(
        "X62",
        "core_risk comes back with an older log",
        "told again what it lacks; halted by name, for its approvals are gone, until an operator resumes",
        act=_older_log,
        stage=Trading,
        quick=False,
    ),
    Row(
        "X63",
        "core_risk comes back with other limits",
        "each verdict names its limits",
        act=_other_limits,
        stage=Trading,
        quick=False,
    ),
    Row("X64", "core_risk says that the books differ", "halted by name", act=_mismatch, stage=Trading, quick=False),
)
