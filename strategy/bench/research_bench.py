"""How fast research is: captures to event arrays, and a tick backtest through the live kernels. One line of JSON.

    .venv/bin/python strategy/bench/research_bench.py

Reads the captures below QF_DATA. Reading is told with and without the first look through the files, which finds their
symbols and units and unpacks what is kept in memory, and in processor seconds, so that other work on the machine
counts for less; the best of several runs is told. What that means on this machine a bare pass says, taken in turn with
each run: zlib unpacks the same files and their lines are split, nothing else. Our own recording is the same captures,
recorded anew.
"""

import gzip
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from quantumflow.config import find_config, load_config
from quantumflow.paths import PROJECT_ROOT
from quantumflow.research.backtest import backtest
from quantumflow.research.backtest.tape import RecordedTape

RUNS = 3
READS = 7
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


def unpack(files: list[Path]) -> float:
    """Processor seconds of unpacking the captures and splitting their lines: the least that reading them can be."""
    began = time.process_time()
    for file in files:
        gzip.decompress(file.read_bytes()).split(b"\n")
    return time.process_time() - began


def record(files: list[Path], directory: Path) -> None:
    """The captures as a recording of our own."""
    command = [
        "cargo",
        "run",
        "--release",
        "--locked",
        "--quiet",
        "-p",
        "capture",
        "--example",
        "record_captures",
        "--",
    ]
    paths = [str(path.resolve()) for path in (directory, *files)]
    subprocess.run(  # noqa: S603 (our own program)
        [*command, *paths], cwd=PROJECT_ROOT / "market_data", check=True
    )


def main() -> int:
    """Measure and print."""
    data = Path(os.environ.get("QF_DATA", "../shared/data"))
    files = [data / name for name in FILES]
    if not all(file.is_file() for file in files):
        sys.stderr.write(f"{files[0]} is absent: set QF_DATA\n")
        return 1
    with tempfile.TemporaryDirectory() as scratch:
        recording = Path(scratch) / "recording"
        record(files, recording)
        turns = [(unpack(files), read(files), read([recording])) for _ in range(READS)]
        bare = min(turn[0] for turn in turns)
        reading, whole, messages = (min(column) for column in zip(*(turn[1] for turn in turns), strict=True))
        _, recorded, recorded_messages = min(turn[2] for turn in turns)
        runs = [
            backtest(list(files), "imbalance", risk="fast", out=Path(scratch) / str(run)) for run in range(RUNS + 1)
        ]
        judged = backtest(list(files), "imbalance", out=Path(scratch) / "judged")
    said = max((run.said for run in runs), key=lambda run: int(run["events_per_second"]))
    note = f"{messages} messages of 4 captures: first look, gzip and JSON included"
    told = f"{said['events']} depth messages and trades, {said['orders']} orders, --risk fast"
    figures: list[dict[str, Any]] = [
        row("captures to event arrays", messages / whole, "messages/s", MESSAGES_PER_S_MIN, note),
        row("the same ÷ zlib alone", whole / bare, "×", None, f"zlib and split: {messages / bare:,.0f} messages/s"),
        row("own recording to event arrays", recorded_messages / recorded, "messages/s", MESSAGES_PER_S_MIN, "zstd"),
        row("the same ÷ zlib alone", recorded / bare, "×", None, "zlib on the captures it was recorded from"),
        row(
            "captures, behind the first look",
            messages / reading,
            "messages/s",
            None,
            "unpacked by that look, in memory",
        ),
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
