"""How long the trader's start takes on a journal of months: makes one, starts the program on it. One line of JSON.

    .venv/bin/python strategy/bench/journal_bench.py [--events N] [--directory DIR]

The journal is written by the writer itself, in large transactions without fsync: signals, and now and then an order
with its verdict and its fill, in one session that is never ended, as a kill leaves it. A directory that holds one is
used as it is. The start is the whole program, up to the first frame that it has worked on.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from journal.sample import Life, journal_of
from trader.market import MarketSocket, hello, market
from trader.risk import RiskBooks, RiskSocket
from trader.stage import trader

from quantumflow.journal.reader import JournalReader
from quantumflow.journal.records import Record
from quantumflow.journal.recovery import recover
from quantumflow.journal.schema import connect_reader
from quantumflow.journal.verify import check_journal
from quantumflow.vocabulary import OutputKind

EVENTS = 2_000_000
BATCH = 2_000
SIGNALS_TO_AN_ORDER = 8
START_SECONDS_MAX = 5.0
WAIT_SECONDS_MAX = 120.0


class Collected(Life):
    """A life whose records are kept for one large transaction."""

    waiting: list[Record]

    def commit(self, *records: Record) -> None:
        self.waiting.extend(records)

    def refused_signal(self) -> None:
        self.signals += 1
        values = {"order": None, "side": "sell", "signal_kind": "entry", "outcome": "short_disabled"}
        self.waiting.append(self.record(OutputKind.SIGNAL, **values, signal=self.signals, imbalance=0.123456789))


def write_journal(directory: Path, events: int) -> float:
    """A journal of `events` events; the seconds it took."""
    began = time.perf_counter()
    life = Collected(recover(*journal_of(directory), time.time_ns()).writer, now_ns=time.time_ns())
    life.waiting = []
    life.writer._connection.execute("PRAGMA synchronous = OFF")
    life.begin()
    while life.writer.seq < events:
        while len(life.waiting) < BATCH:
            for _ in range(SIGNALS_TO_AN_ORDER):
                life.refused_signal()
            life.round_trip(6_000_000, 100)
        life.writer.commit(life.waiting, time.time_ns())
        life.waiting = []
    life.writer._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    life.writer.close()
    return time.perf_counter() - began


def start_seconds(directory: Path) -> dict[str, Any]:
    """From the start of the process to its first question about a frame, and where recovery began to read."""
    with JournalReader(directory / "journal.db") as journal:
        books = RiskBooks()
        books.fills = {number: {} for number in range(1, journal.account()["fills"] + 1)}
    for name in ("market.sock", "trader.log"):
        (directory / name).unlink(missing_ok=True)
    with MarketSocket(directory / "market.sock", [hello(), *market(5)]), RiskSocket(directory / "risk.sock", books):
        began = time.perf_counter()
        with trader(directory, fresh=True) as running:
            while not any(path == "/v1/mark" for path, _ in books.requests):
                if time.perf_counter() - began > WAIT_SECONDS_MAX or running.process.poll() is not None:
                    raise RuntimeError(running.log[-2000:])
                time.sleep(0.005)
            seconds = time.perf_counter() - began
            recovered = next(json.loads(line) for line in running.log.splitlines() if "checked_after" in line)
    return {"seconds": seconds, "events": recovered["events"], "checked_after": recovered["checked_after"]}


def whole_check(directory: Path) -> dict[str, float]:
    """What doctor --deep costs, and SQLite's own checks of the whole file alone."""
    connection = connect_reader(directory / "journal.db")
    seconds = {}
    for name in ("integrity_check", "quick_check"):
        began = time.perf_counter()
        connection.execute(f"PRAGMA {name}").fetchall()
        seconds[name] = time.perf_counter() - began
    connection.close()
    began = time.perf_counter()
    check_journal(*journal_of(directory))
    return {**seconds, "whole": time.perf_counter() - began}


def main() -> None:
    """Make or take a journal, start the trader on it, check it whole, say the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=EVENTS)
    parser.add_argument("--directory", type=Path, default=None, help="keep the journal here, or use the one that is")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="quantumflow-bench-") as temporary:
        directory = options.directory or Path(temporary)
        directory.mkdir(parents=True, exist_ok=True)
        if not (directory / "journal.db").exists():
            write_journal(directory, options.events)
        killed, clean = start_seconds(directory), start_seconds(directory)
        checks = whole_check(directory)
        megabytes = (directory / "journal.db").stat().st_size / 1e6
    note = f"{killed['events']:,} events, {megabytes:,.0f} MB; read from event {killed['checked_after']:,} on"
    figures = [
        _figure("trader's start on a long journal", max(killed["seconds"], clean["seconds"]), START_SECONDS_MAX, note),
        _figure("doctor --deep on it", checks["whole"], None, "every event, and SQLite's integrity_check"),
        _figure("integrity_check alone", checks["integrity_check"], None, "grows with the file: not at a start"),
        _figure("quick_check alone", checks["quick_check"], None, "grows with the file: not at a start"),
    ]
    sys.stdout.write(json.dumps({"bench": "journal", "figures": figures}) + "\n")


def _figure(what: str, seconds: float, aim: float | None, note: str) -> dict[str, Any]:
    return {"what": what, "measured": round(seconds, 2), "unit": "s", "aim": aim, "note": note}


if __name__ == "__main__":
    main()
