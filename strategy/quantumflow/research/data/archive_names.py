"""Names of the files in Binance's bulk archive of spot data (binance/binance-public-data, README of 2025-01-09).

    data/spot/{daily|monthly}/{klines|aggTrades}/SYMBOL[/INTERVAL]/SYMBOL-{INTERVAL|aggTrades}-YYYY-MM[-DD].zip

and beside each a `.CHECKSUM`: `<sha256>  <file>`. Whole months are taken as one file, the days at the edges one by one.
"""

import re
from datetime import date, timedelta

from quantumflow.errors import DataRefused
from quantumflow.research.data.intervals import INTERVALS
from quantumflow.research.data.providers import Wanted

__all__ = ["KINDS", "archive_files", "checksum_of", "days_of"]

KINDS = ("klines", "aggTrades")
_SYMBOL = re.compile(r"[A-Z0-9]{2,20}")
_SUM = re.compile(r"([0-9a-f]{64})\s+\*?(\S+)\s*")


def archive_files(wanted: Wanted) -> list[str]:
    """In order of time. Raises DataRefused for a kind, symbol, interval or span that the archive cannot have."""
    if wanted.kind not in KINDS:
        raise DataRefused("kind_refused", f"{wanted.kind!r}: known are {', '.join(KINDS)}")
    if not _SYMBOL.fullmatch(wanted.symbol):
        raise DataRefused("symbol_refused", f"{wanted.symbol!r} is no symbol like BTCUSDT")
    if wanted.kind == "klines" and wanted.interval not in INTERVALS:
        raise DataRefused("interval_refused", f"{wanted.interval!r}: the archive has {', '.join(INTERVALS)}")
    if wanted.first > wanted.last:
        raise DataRefused("span_refused", f"{wanted.first} comes after {wanted.last}")
    files = []
    day = wanted.first
    while day <= wanted.last:
        following = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
        if day.day == 1 and following - timedelta(days=1) <= wanted.last:
            files.append(_path(wanted, "monthly", f"{day:%Y-%m}"))
            day = following
        else:
            files.append(_path(wanted, "daily", f"{day:%Y-%m-%d}"))
            day += timedelta(days=1)
    return files


def _path(wanted: Wanted, period: str, stamp: str) -> str:
    inner = f"{wanted.symbol}/{wanted.interval}" if wanted.kind == "klines" else wanted.symbol
    label = wanted.interval if wanted.kind == "klines" else "aggTrades"
    return f"data/spot/{period}/{wanted.kind}/{inner}/{wanted.symbol}-{label}-{stamp}.zip"


def days_of(file: str) -> list[str]:
    """The daily files that a monthly one stands for: the newest month has no file of its own for some days."""
    match = re.search(r"-(\d{4})-(\d{2})\.zip$", file)
    if match is None:
        return []
    first = date(int(match[1]), int(match[2]), 1)
    count = ((first + timedelta(days=32)).replace(day=1) - first).days
    stem = file.replace("/monthly/", "/daily/").removesuffix(".zip")
    return [f"{stem}-{day:02d}.zip" for day in range(1, count + 1)]


def checksum_of(text: str, where: str) -> str:
    """The SHA-256 that a .CHECKSUM file says. Raises DataRefused for something else."""
    match = _SUM.fullmatch(text)
    if match is None:
        raise DataRefused("checksum_refused", f"{where} is no line of a SHA-256 and a name")
    return match[1]
