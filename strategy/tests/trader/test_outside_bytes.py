"""Random bytes into what the Python programs read from outside: a value, or an error with a name, and never another.

`FUZZ_CASES` (of each parser) and `FUZZ_SEED` choose another run.
"""

import json
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fuzz.mutator import changed
from quantumflow.commands.request import check_request, read_request
from quantumflow.config.load import load_config
from quantumflow.errors import QuantumFlowError
from quantumflow.journal.export import row_of_line
from quantumflow.paths import PROJECT_ROOT
from quantumflow.risk_answers import CheckAnswer, MarkAnswer, StateAnswer, parse
from quantumflow.trader_settings import read_settings
from reliability.tally import tallied
from trader.stage import settings

CASES = int(os.environ.get("FUZZ_CASES", "200"))
SEED = int(os.environ.get("FUZZ_SEED", "20240808"))

CHECK = {
    "build": "b",
    "client_id": "one-00000001",
    "order_hash": "0" * 64,
    "verdict": "reduce",
    "qty": 3,
    "refusal": None,
    "rules": [{"rule": "order_size", "value": 1, "limit": 2, "ok": True}],
    "event_ns": 7,
    "expires_ns": 9,
    "limits_version": "0" * 12,
    "log_seq": 1,
}
MARK = {
    "build": "b",
    "agree": False,
    "differences": [{"what": "cash_e8", "yours": 1, "ours": -2}],
    "trading": "halted",
    "reason": "drawdown",
    "equity_e8": None,
    "peak_e8": 5,
    "drawdown_ppm": 0,
    "day_start_e8": 1,
    "consecutive_losses": 0,
    "reserved_e8": 0,
    "log_seq": 3,
}
STATE = {"build": "b", "fills": 3, "commands": 1, "open_orders": [{"client_id": "one-00000001"}], "more": [1.5]}
ORDER = {"command": "pause", "bot": "one", "reason": "why", "who": "cli:ana", "key": "k-1"}
LINE = {
    "seq": 1,
    "session": 1,
    "event_ns": 5,
    "recorded_ns": 6,
    "kind": "deposit",
    "payload": '{"amount_e8":1}',
    "hash": "0f" * 32,
}
ENVIRONMENTS = [
    b"QF_DATA=../data\nPATH=/bin\nQF_CRASH_AT=trader.nowhere:1",
    b"QF_VENUE__SYMBOLS=BTCUSDT,ETHUSDT\nQF_WEB__TOKEN=t\nQF_BROKER__ALLOW_SHORT=false",
]


def said(value: Any) -> bytes:
    return json.dumps(value).encode()


def read_control(data: bytes) -> None:
    _, request = read_request(data)
    check_request(request, ("one", "two"))


def from_file(read: Callable[[Path], Any]) -> Callable[[bytes, Path], None]:
    def reading(data: bytes, folder: Path) -> None:
        (folder / "given").write_bytes(data)
        read(folder / "given")

    return reading


def read_environment(data: bytes, _: Path) -> None:
    """Lines NAME=value as an environment can hold them: no zero byte, surrogates for what is no UTF-8."""
    lines = [line.decode("utf-8", "surrogateescape") for line in data.replace(b"\0", b"").split(b"\n")]
    load_config(PROJECT_ROOT / "quantumflow.toml", dict(line.split("=", 1) for line in lines if "=" in line))


def plain(read: Callable[[bytes], Any]) -> Callable[[bytes, Path], None]:
    return lambda data, _: read(data)


TOML = (PROJECT_ROOT / "quantumflow.toml").read_bytes()
PARSERS: dict[str, tuple[list[bytes], Callable[[bytes, Path], None], int]] = {
    "a verdict": ([said(CHECK)], plain(lambda data: parse(data, CheckAnswer)), 4),
    "the answer to a mark": ([said(MARK)], plain(lambda data: parse(data, MarkAnswer)), 4),
    "core_risk's state": ([said(STATE)], plain(lambda data: parse(data, StateAnswer)), 4),
    "a line of control.sock": ([said({"token": "t", "request": ORDER})], plain(read_control), 4),
    "a line of an export": ([said(LINE)], plain(lambda data: row_of_line(data, "a test")), 4),
    "trader.json": ([said(settings(Path("run")))], from_file(read_settings), 4),
    "quantumflow.toml": ([TOML], from_file(lambda file: load_config(file, {})), 1),
    "the environment": (ENVIRONMENTS, read_environment, 1),
}


@pytest.mark.parametrize("what", PARSERS)
def test_whatever_comes_is_read_or_refused_by_name(what: str, tmp_path: Path) -> None:
    given, read, weight = PARSERS[what]
    draw, taken, refused = random.Random(f"{SEED} {what}"), 0, 0
    with tallied("fuzz", f"Python: {what}", "random bytes", "a value, or an error with a name") as told:
        for data in [*given, *(changed(draw, given) for _ in range(CASES * weight // 4))]:
            try:
                read(data, tmp_path)
            except QuantumFlowError as error:
                refused += bool(error.name)
            except Exception as error:
                raise AssertionError(f"FUZZ_SEED={SEED}: {type(error).__name__}: {error} for {data!r}") from error
            else:
                taken += 1
        told |= {"runs": taken + refused, "taken": taken, "seed": str(SEED)}
    assert refused > 0, "nothing was refused, or not by a name"
    assert taken > 0
