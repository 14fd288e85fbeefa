"""The trades inside a capture or a recording: lines `<receive time> <JSON>` of Binance's trade or aggTrade stream."""

import json
import re
import tempfile
from dataclasses import replace
from pathlib import Path

import polars as pl

from quantumflow.appliance.captures import MANIFEST
from quantumflow.errors import DataRefused
from quantumflow.recordings import export_run
from quantumflow.research.data.columns import Finding, Rows, rows_of
from quantumflow.research.data.tables import Table, read_content

__all__ = ["capture_trades", "is_capture"]

_LINE = re.compile(rb"^[0-9]{10,19}(?:\.[0-9]+)?:? (\{.*\})\s*$")
_EVENTS = (b'"e":"trade"', b'"e":"aggTrade"', b'"e": "trade"', b'"e": "aggTrade"')
_HEAD_BYTES = 65_536
_COLUMNS = ("id", "price", "qty", "first_id", "last_id", "time", "buyer_maker")


def is_capture(path: Path) -> bool:
    """Whether it is a recording's directory or a text file whose first lines are those of a capture."""
    if path.is_dir():
        return (path / MANIFEST).is_file()
    head = read_content(path, _HEAD_BYTES)[1]
    return any(_LINE.match(line) for line in head.splitlines()[:20])


def capture_trades(path: Path, symbol: str) -> Rows:
    """Every trade of `symbol` in it. Raises DataRefused with the line of a message that cannot be read."""
    if path.is_dir():
        with tempfile.TemporaryDirectory() as folder:
            text = Path(folder) / "lines"
            export_run(path, text, (None, None), symbol)
            rows = capture_trades(text, symbol)
        return replace(rows, sources=(str(path),))
    where, data = read_content(path)
    found: list[tuple[str, ...]] = []
    lines: list[int] = []
    torn = []
    for number, line in enumerate(data.split(b"\n"), 1):
        if not any(event in line for event in _EVENTS):
            continue
        match = _LINE.match(line)
        row = None if match is None else _trade(match[1], symbol)
        if row is None:
            torn.append(number)
        elif row:
            found.append(row)
            lines.append(number)
    if torn and not data.endswith(b"\n") and torn[-1] == data.count(b"\n") + 1:
        torn.pop()
    if torn:
        raise DataRefused(
            "line_refused", f"{where}, line {torn[0]}: a trade that cannot be read; correct or remove the line"
        )
    if not found:
        raise DataRefused("no_trades", f"{where} holds no trade of {symbol}")
    frame = pl.DataFrame(found, schema=dict.fromkeys(_COLUMNS, pl.String), orient="row")
    rows = rows_of(Table(where, "trades", frame, 1, ()), 0)
    note = Finding("other messages of the capture", data.count(b"\n") - len(found), "not trades of this symbol")
    return replace(rows, origin=pl.Series(lines).to_numpy(), findings=(*rows.findings, note))


def _trade(text: bytes, symbol: str) -> tuple[str, ...] | None:
    """The fields as text; () for another symbol or another stream, None for what is broken."""
    try:
        message = json.loads(text, parse_int=str)
        data = message.get("data", message)
        event = data.get("e")
        if event not in ("trade", "aggTrade") or data["s"] != symbol:
            return ()
        ids = (data["t"],) * 3 if event == "trade" else (data["a"], data["f"], data["l"])
        return (ids[0], data["p"], data["q"], ids[1], ids[2], data["T"], str(data["m"]))
    except (AttributeError, KeyError, TypeError, ValueError):
        return None
