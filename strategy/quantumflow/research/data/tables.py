"""What a file holds as text, before any number is read: CSV, JSON lists of lists, plain, gzip, xz or zip.

The first field of the first line decides whether there is a header: a header's does not begin with digits. Without one
the number of columns says what they are (Binance's archives have none on spot, and on futures since 2022).
"""

import gzip
import io
import json
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import polars as pl

from quantumflow.errors import DataRefused

__all__ = ["CONTENT_BYTES_MAX", "Content", "Table", "open_content", "read_content", "read_table"]

CONTENT_BYTES_MAX = 8 * 1024**3
"""Of one file, unpacked."""

Content = IO[bytes] | gzip.GzipFile | lzma.LZMAFile
"""A file as it unpacks."""

_XZ = b"\xfd7zXZ\x00"

_KLINES = ("open_time", "open", "high", "low", "close", "volume")
_KLINES_12 = (*_KLINES, "close_time", "quote_volume", "trades", "taker_buy_volume", "taker_buy_quote_volume", "ignore")
_AGGREGATE_TRADES = ("id", "price", "qty", "first_id", "last_id", "time", "buyer_maker", "best_match")
_TRADES = ("id", "price", "qty", "quote_qty", "time", "buyer_maker", "best_match")
_BY_WIDTH = {6: _KLINES, 12: _KLINES_12, 8: _AGGREGATE_TRADES, 7: _TRADES}

_SYNONYMS = {
    "open_time_ms": "open_time",
    "timestamp": "open_time",
    "date": "open_time",
    "datetime": "open_time",
    "open time": "open_time",
    "vol": "volume",
    "count": "trades",
    "number_of_trades": "trades",
    "number of trades": "trades",
    "close time": "close_time",
    "quote_asset_volume": "quote_volume",
    "quote asset volume": "quote_volume",
    "taker_buy_base_asset_volume": "taker_buy_volume",
    "taker buy base asset volume": "taker_buy_volume",
    "taker_buy_quote_asset_volume": "taker_buy_quote_volume",
    "taker buy quote asset volume": "taker_buy_quote_volume",
    "agg_trade_id": "id",
    "trade_id": "id",
    "quantity": "qty",
    "amount": "qty",
    "first_trade_id": "first_id",
    "last_trade_id": "last_id",
    "transact_time": "time",
    "is_buyer_maker": "buyer_maker",
}
_CANDLE_COLUMNS = frozenset(_KLINES_12) - {"ignore"}
_TRADE_COLUMNS = frozenset({"id", "price", "qty", "first_id", "last_id", "time", "buyer_maker"})


@dataclass(frozen=True, slots=True)
class Table:
    """One file's rows as text. `kind` is candles or trades; row r stands in line `first_line + r` of `where`."""

    where: str
    kind: str
    rows: pl.DataFrame
    first_line: int
    ignored: tuple[str, ...]


def read_content(path: Path, head: int | None = None) -> tuple[str, bytes]:
    """What the file unpacks to, or its first `head` bytes, and the name to say of it.

    Raises DataRefused for what is damaged or too large.
    """
    with open_content(path) as (where, source):
        if head is not None:
            return where, source.read(head)
        data = source.read(CONTENT_BYTES_MAX + 1)
    if len(data) > CONTENT_BYTES_MAX:
        raise DataRefused("file_refused", f"{path} unpacks to more than {CONTENT_BYTES_MAX} bytes; split it")
    return where, data


@contextmanager
def open_content(path: Path) -> Iterator[tuple[str, Content]]:
    """What the file unpacks to, as a stream, and the name to say of it. Raises DataRefused, also while it is read."""
    try:
        with ExitStack() as stack:
            packed = stack.enter_context(path.open("rb"))
            start = packed.read(len(_XZ))
            packed.seek(0)
            if start.startswith(b"PK"):
                archive = stack.enter_context(zipfile.ZipFile(packed))
                member = _only_member(path, archive)
                yield f"{path}:{member}", stack.enter_context(archive.open(member))
            elif start.startswith(b"\x1f\x8b"):
                yield str(path), stack.enter_context(gzip.open(packed))
            elif start == _XZ:
                yield str(path), stack.enter_context(lzma.open(packed))
            else:
                yield str(path), packed
    except FileNotFoundError:
        raise DataRefused("no_such_file", f"{path} is not there") from None
    except (EOFError, OSError, lzma.LZMAError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        raise DataRefused("file_damaged", f"{path} cannot be read whole: {error}; get it again") from None


def _only_member(path: Path, archive: zipfile.ZipFile) -> str:
    members = [name for name in archive.namelist() if not name.endswith("/")]
    if len(members) != 1:
        detail = f"{path} holds {len(members)} files, and one is expected; unpack it and import each"
        raise DataRefused("file_refused", detail)
    return members[0]


def read_table(path: Path) -> Table:
    """The file's rows. Raises DataRefused, with file and line, for what is no table of candles or trades."""
    where, data = read_content(path)
    start = data[:64].lstrip()
    if not start:
        raise DataRefused("file_refused", f"{where} is empty")
    if start[:1] == b"[":
        return _from_json(where, data)
    return _from_csv(where, data)


def _from_json(where: str, data: bytes) -> Table:
    try:
        lists = json.loads(data, parse_float=str, parse_int=str)
    except (RecursionError, ValueError) as error:
        raise DataRefused("file_refused", f"{where} is no JSON: {error}") from None
    widths = {len(row) if isinstance(row, list) else -1 for row in lists}
    if len(widths) != 1 or (names := _BY_WIDTH.get(widths.pop())) is None:
        detail = f"{where}: known are lists of 6 or 12 numbers a candle; this is something else"
        raise DataRefused("file_refused", detail)
    columns = zip(*lists, strict=True)
    rows = pl.DataFrame(
        [pl.Series(n, [str(v) for v in c], dtype=pl.String) for n, c in zip(names, columns, strict=True)]
    )
    return _named(where, rows, 1)


def _from_csv(where: str, data: bytes) -> Table:
    first = data[: data.find(b"\n") if b"\n" in data else len(data)].decode("utf-8", "replace").strip("\ufeff\r ")
    separator = max(",;\t", key=first.count)
    fields = [field.strip().strip('"') for field in first.split(separator)]
    header = not (fields[0][:4].isdigit())
    try:
        rows = pl.read_csv(
            io.BytesIO(data), has_header=False, infer_schema=False, separator=separator, skip_rows=int(header)
        )
    except pl.exceptions.PolarsError as error:
        line = _uneven(data, separator, len(fields))
        why = f"not {len(fields)} fields as in line 1" if line else str(error)
        raise DataRefused("file_refused", f"{where}{line}: {why}; this is no table of candles or trades") from None
    if rows.width != len(fields):
        detail = f"{where}, line 1: {len(fields)} columns in the header, {rows.width} below it"
        raise DataRefused("file_refused", detail)
    names = [_SYNONYMS.get(name.lower(), name.lower()) for name in fields] if header else _BY_WIDTH.get(rows.width)
    if names is None:
        detail = f"{where}: {rows.width} columns without a header; write one, e.g. {','.join(_KLINES)}"
        raise DataRefused("file_refused", detail)
    if len(set(names)) != len(names):
        raise DataRefused("file_refused", f"{where}, line 1: two columns mean the same: {', '.join(names)}")
    return _named(where, rows.rename(dict(zip(rows.columns, names, strict=True))), 1 + int(header))


def _uneven(data: bytes, separator: str, width: int) -> str:
    """`, line N`, the first whose number of fields differs."""
    for number, line in enumerate(io.BytesIO(data), 1):
        if line.strip() and line.count(separator.encode()) + 1 != width:
            return f", line {number}"
    return ""


def _named(where: str, rows: pl.DataFrame, first_line: int) -> Table:
    have = set(rows.columns)
    if {"price", "qty"} <= have and ({"time", "open_time"} & have):
        rows = rows.rename({"open_time": "time"}) if "time" not in have else rows
        kind, known = "trades", _TRADE_COLUMNS
    else:
        rows = rows.rename({"time": "open_time"}) if "time" in have and "open_time" not in have else rows
        kind, known = "candles", _CANDLE_COLUMNS
        if missing := [name for name in _KLINES if name not in rows.columns]:
            detail = f"{where}, line 1: no column {', '.join(missing)}; found {', '.join(rows.columns)}"
            raise DataRefused("file_refused", detail)
    ignored = tuple(name for name in rows.columns if name not in known)
    return Table(where, kind, rows.drop(ignored), first_line, ignored)
