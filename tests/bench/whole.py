"""The appliance as a whole on the generated market: how much memory it rests in, how fast it starts, tick to order."""

import tempfile
import time
from pathlib import Path

from bench.figure import Figure
from end_to_end.appliance import Running, running
from end_to_end.frames import read_frames

__all__ = ["measure_whole"]

PROGRAMS = ("exchange_sim", "market_data", "core_risk", "trader", "web")
MEMORY_MB_MAX = {"market_data": 50.0, "core_risk": 40.0, "trader": 200.0}
APPLIANCE_MB_MAX = 512.0
FIRST_FRAME_SECONDS_MAX = 5.0
REST_SECONDS = 60.0
DECISION_P99_US_MAX = 100.0


def measure_whole() -> list[Figure]:
    """A first start, to have everything warm; a second one, timed; its figures after a minute."""
    with tempfile.TemporaryDirectory(prefix="qf-") as folder:
        with running(Path(folder), "--venue", "sim") as first:
            _first_book(first)
            first.stop()
        began = time.monotonic()
        with running(Path(folder), "--venue", "sim") as second:
            _first_book(second)
            to_first_book = time.monotonic() - began
            time.sleep(REST_SECONDS)
            figures = [_seconds_to_first_book(to_first_book), *_memory(second), *_latency(second)]
            second.stop()
    return figures


def _first_book(appliance: Running) -> None:
    """Returns when a Book frame was read off the market socket."""
    for frame in read_frames(appliance.data_dir / "run" / "market.sock", FIRST_FRAME_SECONDS_MAX * 4):
        if frame[0] == 2:
            return
    raise AssertionError("the feed ended before its first Book frame")


def _seconds_to_first_book(seconds: float) -> Figure:
    return Figure("appliance", "second start to first Book frame", seconds, "s", FIRST_FRAME_SECONDS_MAX)


def _memory(appliance: Running) -> list[Figure]:
    """Resident memory of each program, and of all that `up` started with itself."""
    pids = {name: appliance.pid(name) for name in PROGRAMS}
    resident = {name: _resident_mb(pid) for name, pid in pids.items() if pid is not None}
    figures = [
        Figure(name, f"resident after {REST_SECONDS:.0f} s", megabytes, "MB", MEMORY_MB_MAX.get(name))
        for name, megabytes in resident.items()
    ]
    total = sum(map(_resident_mb, _descendants(appliance.process.pid)))
    note = "with `up`, supervisord and exchange_sim; shared pages counted in each"
    return [*figures, Figure("appliance", "resident, all processes", total, "MB", APPLIANCE_MB_MAX, note=note)]


def _resident_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _descendants(pid: int) -> list[int]:
    """`pid` and every process below it."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            except OSError:
                continue
            parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found = [pid]
    for one in found:
        found += parents.get(one, [])
    return found


def _latency(appliance: Running) -> list[Figure]:
    """The trader's own measure of its way from frame to approved order."""
    latency = appliance.status("trader").get("latency_us") or {}
    aims = {"decision": {"p99": DECISION_P99_US_MAX}}
    notes = {"verdict": "with core_risk's fsync", "commit": "with the journal's fsync"}
    figures = []
    for stage, quantiles in latency.items():
        aim = aims.get(stage, {})
        figures += [
            Figure("trader", f"{stage} {name}", value, "µs", aim.get(name), note=notes.get(stage, ""))
            for name in ("p50", "p99")
            if (value := (quantiles or {}).get(name)) is not None
        ]
    stages = [latency.get(name) for name in ("decision", "commit", "verdict")]
    medians = [one["p50"] for one in stages if one and one["p50"] is not None]
    if len(medians) == len(stages):
        whole = sum(medians)
        note = "frame in the engine → order journaled → verdict journaled by core_risk and checked; sum of the p50s"
        figures.append(Figure("appliance", "tick → approved order, p50", whole, "µs", note=note))
    return figures
