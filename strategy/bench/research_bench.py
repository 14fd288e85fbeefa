"""How fast research is: captures to event arrays, and a tick backtest through the live kernels. One line of JSON.

    .venv/bin/python strategy/bench/research_bench.py

Reads the captures below QF_DATA. Reading is told with and without the first look through the files, which finds their
symbols and units, and in processor seconds, so that other work on the machine counts for little; the best of several
runs is told.
"""

import gzip
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from quantumflow.config import find_config, load_config
from quantumflow.research.backtest import backtest
from quantumflow.research.backtest.tape import RecordedTape

RUNS = 3
MESSAGES_PER_S_MIN = 1_000_000
EVENTS_PER_S_MIN = 1_000_000
FILES = tuple(f"l2/spot_{symbol}_2024080{day}.gz" for symbol in ("btcusdt", "ethusdt") for day in (8, 9))


def read(files: list[Path]) -> tuple[float, float, int]:
    """Processor seconds of making the events, the same with the first look, and stream messages."""
    config = load_config(find_config(None))
    began = time.process_time()
    tape = RecordedTape(files, config)
    opened = time.process_time()
    while tape.next() is not None:
        pass
    ended = time.process_time()
    return ended - opened, ended - began, int(tape.described()["counted"]["messages"])


def main() -> int:
    """Measure and print."""
    data = Path(os.environ.get("QF_DATA", "../shared/data"))
    files = [data / name for name in FILES]
    if not all(file.is_file() for file in files):
        sys.stderr.write(f"{files[0]} is absent: set QF_DATA\n")
        return 1
    reading, whole, messages = min(read(files) for _ in range(RUNS))
    with tempfile.TemporaryDirectory() as scratch:
        plain = [Path(scratch) / file.stem for file in files]
        for file, target in zip(files, plain, strict=True):
            target.write_bytes(gzip.decompress(file.read_bytes()))
        unpacked, unpacked_whole, _ = min(read(plain) for _ in range(RUNS))
        runs = [
            backtest(list(files), "imbalance", risk="fast", out=Path(scratch) / str(run)) for run in range(RUNS + 1)
        ]
        judged = backtest(list(files), "imbalance", out=Path(scratch) / "judged")
    said = max((run.said for run in runs), key=lambda run: int(run["events_per_second"]))
    note = f"{messages} messages of 4 captures, gzip and JSON included"
    told = f"{said['events']} depth messages and trades, {said['orders']} orders, --risk fast"
    figures: list[dict[str, Any]] = [
        row("captures to event arrays", messages / reading, "messages/s", MESSAGES_PER_S_MIN, note),
        row("with the first look through them", messages / whole, "messages/s", None, note),
        row("the same captures unpacked", messages / unpacked, "messages/s", MESSAGES_PER_S_MIN, "JSON included"),
        row("with the first look through them", messages / unpacked_whole, "messages/s", None, "JSON included"),
        row("backtest, engine", said["events_per_second"], "events/s", EVENTS_PER_S_MIN, told),
        row("backtest, with journal", said["events_per_second_whole"], "events/s", None, told),
        row("backtest, with core_risk", judged.said["events_per_second_whole"], "events/s", None, "each order judged"),
    ]
    sys.stdout.write(json.dumps({"bench": "research", "figures": figures}) + "\n")
    return 0


def row(what: str, measured: float, unit: str, aim: float | None, note: str) -> dict[str, Any]:
    """One figure as tests/bench takes it."""
    return {"what": what, "measured": measured, "unit": unit, "aim": aim, "at_most": False, "note": note}


if __name__ == "__main__":
    sys.exit(main())
