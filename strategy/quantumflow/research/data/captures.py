"""The trades inside a capture or a recording: lines `<receive time> <JSON>` of Binance's trade or aggTrade stream."""

import json
import re
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import polars as pl

from quantumflow.appliance.captures import MANIFEST
from quantumflow.errors import DataRefused
from quantumflow.recordings import export_run
from quantumflow.research.data.columns import Finding, Rows, rows_of
from quantumflow.research.data.tables import Content, Table, open_content, read_content

__all__ = ["capture_trades", "is_capture"]

_LINE = re.compile(rb"^[0-9]{10,19}(?:\.[0-9]+)?:? (\{.*\})\s*$")
_EVENTS = (b'"e":"trade"', b'"e":"aggTrade"', b'"e": "trade"', b'"e": "aggTrade"')
_HEAD_BYTES = 65_536
_LINE_BYTES_MAX = 16 * 1024**2
_CHUNK_ROWS = 65_536
"""Trades that stand in memory as Python text at a time."""
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
    with open_content(path) as (where, source):
        found = _read(where, source, symbol)
    if found.torn and found.torn != [found.unended]:
        detail = f"{where}, line {found.torn[0]}: a trade that cannot be read; correct or remove the line"
        raise DataRefused("line_refused", detail)
    if not found.lines:
        raise DataRefused("no_trades", f"{where} holds no trade of {symbol}")
    rows = rows_of(Table(where, "trades", pl.concat(found.frames), 1, ()), 0)
    note = Finding("other messages of the capture", found.ended - len(found.lines), "not trades of this symbol")
    return replace(rows, origin=np.asarray(found.lines, dtype=np.int64), findings=(*rows.findings, note))


@dataclass(slots=True)
class _Found:
    """What a pass over the lines keeps: of trades their columns, of all others nothing."""

    frames: list[pl.DataFrame] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    """Number of each trade's line."""
    torn: list[int] = field(default_factory=list)
    """Numbers of lines that should be trades and cannot be read, two at most: the first says enough."""
    ended: int = 0
    unended: int = 0
    """Number of the last line if no line break ends it: what was being written when the capture was cut."""


def _read(where: str, source: Content, symbol: str) -> _Found:
    """One pass, line by line; text of trades becomes columns `_CHUNK_ROWS` at a time."""
    found, waiting, number = _Found(), [], 0
    while line := source.readline(_LINE_BYTES_MAX):
        number += 1
        if line.endswith(b"\n"):
            found.ended += 1
        elif len(line) == _LINE_BYTES_MAX:
            raise DataRefused("file_refused", f"{where}, line {number}: longer than {_LINE_BYTES_MAX} bytes")
        else:
            found.unended = number
        if not any(event in line for event in _EVENTS):
            continue
        match = _LINE.match(line)
        row = None if match is None else _trade(match[1], symbol)
        if row is None and len(found.torn) < 2:  # the last line alone is forgiven
            found.torn.append(number)
        elif row:
            waiting.append(row)
            found.lines.append(number)
            if len(waiting) == _CHUNK_ROWS:
                found.frames.append(_columns(waiting))
                waiting = []
    found.frames.append(_columns(waiting))
    return found


def _columns(rows: list[tuple[str, ...]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict.fromkeys(_COLUMNS, pl.String), orient="row")


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
