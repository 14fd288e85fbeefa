"""`make bench-peers`: the same events, the same rule, by us and by the peers; ratios with versions.

python tests/bench/peers/compare.py [--write FILE] [--rounds N] [--json]

The peers come from the package registry into .build/peers at the versions of requirements.txt beside this file. Each
engine is a process of its own that made its data before the clock starts; they take turns on one core, and the median
of each counts. Work is compared too: events seen and orders made must be those of a plain loop over rule.py, within
TOLERANCE.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.machine import describe_machine
from bench.peers.page import page_of, put
from bench.peers.prepare import write_bars, write_ticks
from quantumflow.paths import PROJECT_ROOT

__all__ = ["TOLERANCE", "main"]

TOLERANCE = 0.05
"""Of events and orders: engines differ in their warm-up, and in when an order that waits lets the next one be made."""
WANTED = Path(__file__).resolve().parent / "requirements.txt"
VENV = PROJECT_ROOT / ".build" / "peers"
INSTALL_SECONDS_MAX = 900
TICKS = tuple(f"l2/spot_btcusdt_2024080{day}.gz" for day in (8, 9))
BARS = tuple(f"klines/native/BTCUSDT-1m-2022-05-{day:02}.zip" for day in range(7, 14))


class Engine(NamedTuple):
    """One of those compared."""

    name: str
    module: str
    kind: str
    python: Path
    data: str
    """What it gets of the events, in words."""


OURS = Path(sys.executable)
PEER = VENV / "bin/python"
ENGINES = (
    Engine("QuantumFlow", "ours", "ticks", OURS, "books of 20 levels, trades"),
    Engine("hftbacktest", "hft", "ticks", PEER, "the same as changes of levels, trades"),
    Engine("NautilusTrader", "nautilus", "ticks", PEER, "best prices of the books, trades"),
    Engine("QuantumFlow", "ours", "bars", OURS, "bars, each as two books and two trades"),
    Engine("vectorbt", "vectors", "bars", PEER, "bars as columns"),
    Engine("backtesting.py", "bars", "bars", PEER, "bars"),
)


def main() -> int:
    """Measure, tell, write; 1 if an engine could not be measured or did other work, which is told."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one JSON document")
    parser.add_argument("--rounds", type=int, default=7, metavar="N", help="turns that count for each engine")
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the table into this page")
    options = parser.parse_args()
    data = Path(os.environ.get("QF_DATA", PROJECT_ROOT.parent / "shared" / "data"))
    missing = [name for name in TICKS + BARS if not (data / name).is_file()]
    if missing:
        sys.stderr.write(f"{data / missing[0]} is absent: set QF_DATA to the folder that has it\n")
        return 1
    problem = _install()
    machine = describe_machine()
    rows = _measure(data, max(1, options.rounds), problem)
    page = page_of(machine, rows, options.rounds, TOLERANCE)
    sys.stdout.write(json.dumps({"machine": machine, "rows": rows}) + "\n" if options.json else page)
    if options.write:
        put(options.write, page)
    return 1 if any("problem" in row for row in rows) else 0


def _install() -> str:
    """What kept the peers from being installed; empty: they are."""
    try:
        if not PEER.exists():
            subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True, timeout=INSTALL_SECONDS_MAX)
        command = [str(VENV / "bin/pip"), "install", "-q", "-r", str(WANTED)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_SECONDS_MAX, check=False)
    except (OSError, subprocess.SubprocessError) as error:
        return str(error)
    return "" if done.returncode == 0 else _last(done.stderr, f"pip ended with {done.returncode}")


def _measure(data: Path, rounds: int, problem: str) -> list[dict[str, Any]]:
    """One row an engine, in their order."""
    files = {"ticks": [data / name for name in TICKS], "bars": [data / name for name in BARS]}
    with tempfile.TemporaryDirectory(prefix="qf-peers-") as scratch, ExitStack() as stack:
        arrays = {kind: Path(scratch) / f"{kind}.npz" for kind in files}
        work = {
            "ticks": write_ticks(files["ticks"], arrays["ticks"]),
            "bars": write_bars(files["bars"], arrays["bars"]),
        }
        errors = {engine: Path(scratch) / f"{engine.module}-{engine.kind}.txt" for engine in ENGINES}
        running: dict[Engine, subprocess.Popen[str]] = {}
        turns: dict[Engine, list[dict[str, Any]]] = {engine: [] for engine in ENGINES}
        for engine in ENGINES:
            if engine.python == PEER and problem:
                continue
            sys.stderr.write(f"==> {engine.name}, {engine.kind}: its data, and what it compiles\n")
            names = [str(file) for file in files[engine.kind]] if engine.module == "ours" else []
            command = [str(engine.python), "-m", f"bench.peers.{engine.module}", engine.kind, str(arrays[engine.kind])]
            stream = stack.enter_context(errors[engine].open("w"))
            running[engine] = stack.enter_context(_Running([*command, *names], stream))
            _turn(running[engine])  # the first one compiles
        for number in range(rounds):
            sys.stderr.write(f"==> round {number + 1} of {rounds}\n")
            for engine in ENGINES if number % 2 == 0 else reversed(ENGINES):
                said = _turn(running[engine]) if engine in running else None
                turns[engine] += [said] if said else []
        return [
            _row(engine, turns[engine], work[engine.kind], problem or _last_of(errors[engine])) for engine in ENGINES
        ]


class _Running(subprocess.Popen[str]):
    """An engine's process, ended with its input."""

    def __init__(self, command: list[str], errors: Any) -> None:
        folder = Path(__file__).resolve().parents[2]
        super().__init__(
            command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True, bufsize=1
        )


def _turn(process: "subprocess.Popen[str]") -> dict[str, Any] | None:
    """What it measured; None if it is gone."""
    if process.stdin is None or process.stdout is None:
        raise TypeError("both are pipes")
    try:
        process.stdin.write("go\n")
        process.stdin.flush()
        said: dict[str, Any] = json.loads(process.stdout.readline())
    except (OSError, ValueError):
        return None
    return said


def _row(engine: Engine, turns: list[dict[str, Any]], work: tuple[int, int], error: str) -> dict[str, Any]:
    """The medians, and whether it did the work of the plain loop."""
    row: dict[str, Any] = {"name": engine.name, "kind": engine.kind, "data": engine.data, "count": work[0]}
    if not turns:
        return {**row, "problem": error or "it ended without a word"}
    last = turns[-1]
    for name in ("seconds", "whole_seconds"):
        if name in last:
            row[name] = statistics.median(turn[name] for turn in turns)
            row[f"{name}_spread"] = (min(turn[name] for turn in turns), max(turn[name] for turn in turns))
    row |= {"version": last["version"], "events": last["events"], "orders": last["orders"], "orders_asked": work[1]}
    off = [
        f"{name} {row[name]:,} of {want:,}"
        for name, want in zip(("events", "orders"), work, strict=True)
        if abs(row[name] - want) > TOLERANCE * want
    ]
    return {**row, "problem": f"other work: {', '.join(off)}"} if off else row


def _last_of(file: Path) -> str:
    return _last(file.read_text(encoding="utf-8", errors="replace"), "") if file.exists() else ""


def _last(text: str, otherwise: str) -> str:
    return (text.strip().splitlines() or [otherwise])[-1][:200]


if __name__ == "__main__":
    sys.exit(main())
