"""The parts' own bench programs, one after the other, and what each says as figures.

A part's program prints one line of JSON with `--json`; where it holds `figures` in our form they are taken as they are.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from bench.figure import Figure
from quantumflow.paths import PROJECT_ROOT

__all__ = ["PARTS", "Part", "PartFailed", "measure_part"]

SECONDS_MAX = 900.0
BARE_SCAN_RATIO_MAX = 2.0
LEVEL_NS_MAX = 30.0
FLOOD_PER_SECOND_MIN = 100_000.0
FEED_MEMORY_MB_MAX = 50.0
WRITTEN_P50_US_MAX = 20.0
WRITTEN_P99_US_MAX = 100.0
VERDICT_P50_US_MAX = 150.0


class PartFailed(Exception):
    """A part's bench program ended badly, or said nothing that can be read."""


class Part(NamedTuple):
    """A bench program: where it is started, how, and how its JSON becomes figures."""

    name: str
    folder: str
    command: tuple[str, ...]
    figures: Callable[[dict[str, Any]], Iterator[Figure]]


def measure_part(part: Part) -> list[Figure]:
    """Runs one program. Raises PartFailed with its last words."""
    done = subprocess.run(
        part.command,
        cwd=PROJECT_ROOT / part.folder,
        env={"QF_DATA": str(PROJECT_ROOT.parent / "shared" / "data"), **os.environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    lines = done.stdout.strip().splitlines()
    if done.returncode != 0 or not lines:
        raise PartFailed(f"{part.name}: exit {done.returncode}: {done.stderr.strip()[-400:]}")
    said = json.loads(lines[-1])
    if "figures" in said:
        return [Figure(part=part.name, **figure) for figure in said["figures"]]
    return list(part.figures(said))


def _feed(said: dict[str, Any]) -> Iterator[Figure]:
    """What one depth message costs inside market_data's pure part."""
    part, note = "feed, pure", f"{said['source']}: {said['depth_messages']} depth messages, {said['levels']} levels"
    for stage, nanoseconds in said["ns_a_message"].items():
        yield Figure(part, stage.replace("_", " "), nanoseconds, "ns/message", note=note)
    yield Figure(part, "whole session, per level", said["ns_a_level"], "ns/level", LEVEL_NS_MAX)
    yield Figure(part, "whole session ÷ bare scan", said["whole_to_bare_scan"], "×", BARE_SCAN_RATIO_MAX)


def _feed_sockets(said: dict[str, Any]) -> Iterator[Figure]:
    """market_data between the exchange's socket and its own."""
    part, flood, paced = "feed, sockets", said["flood"], said["paced"]
    note = f"{flood['messages']} over one connection, {flood['gaps']} gaps, {flood['mismatches']} mismatches"
    yield Figure(
        part, "flood", flood["messages_a_second"], "messages/s", FLOOD_PER_SECOND_MIN, at_most=False, note=note
    )
    for name, microseconds in paced["depth_sent_to_frame_read_us"].items():
        note = f"sent by one process, read by it again, at {paced['messages_a_second']:.0f} messages/s"
        yield Figure(part, f"depth sent → frame read, {name}", microseconds, "µs", note=note)
    note = "received → written to the reader's socket"
    for name, share_min, bound_us in (("p50", 0.5, WRITTEN_P50_US_MAX), ("p99", 0.99, WRITTEN_P99_US_MAX)):
        share = _share_within(paced["received_to_written"], bound_us)
        yield Figure(
            part, f"frames within {bound_us:.0f} µs ({name})", share, "share", share_min, at_most=False, note=note
        )
    note = f"{paced['instruments']} instruments, the most it ever had"
    yield Figure(part, "resident", paced["resident_kb_max"] / 1024, "MB", FEED_MEMORY_MB_MAX, note=note)


def _share_within(histogram: dict[str, float], bound_us: float) -> float:
    """The share of the widest bucket that is not wider than the bound."""
    shares = {}
    for name, share in histogram.items():
        text = name.removeprefix("within ").removesuffix(" s")
        if text != "+Inf":
            shares[float(text) * 1e6] = share
    return max((share for bound, share in shares.items() if bound <= bound_us + 1e-6), default=0.0)


def _verdict(said: dict[str, Any]) -> Iterator[Figure]:
    """One verdict at a time over core_risk's Unix socket; what the disk adds is told apart."""
    note = f"{said['checks']} checks by one keep-alive client"
    for name, microseconds in said["without_fsync"].items():
        aim = VERDICT_P50_US_MAX if name.startswith("p50") else None
        yield Figure("core_risk", f"verdict, {name[:3]}", microseconds, "µs", aim, note=note)
    for name, microseconds in said["with_fsync"].items():
        added = microseconds - said["without_fsync"][name]
        yield Figure("core_risk", f"its fsync, {name[:3]}", added, "µs", note="the disk's share, by the difference")


def _own_figures_only(said: dict[str, Any]) -> Iterator[Figure]:
    """For a program that must say its figures in our form."""
    raise PartFailed(f"{said.get('bench')} says no figures")


PARTS = (
    Part(
        "feed, pure",
        "market_data",
        (
            "cargo",
            "run",
            "--release",
            "--locked",
            "--quiet",
            "-p",
            "session",
            "--example",
            "feed_budget",
            "--",
            "--json",
        ),
        _feed,
    ),
    Part(
        "feed, sockets",
        "market_data",
        ("cargo", "bench", "--locked", "--quiet", "-p", "feed", "--bench", "socket_budget", "--", "--json"),
        _feed_sockets,
    ),
    Part(
        "core_risk",
        "core_risk",
        ("dune", "exec", "--root", ".", "./bench/verdict_bench.exe", "--", "--json"),
        _verdict,
    ),
    Part("engine", ".", (sys.executable, "strategy/bench/engine_bench.py"), _own_figures_only),
    Part("research", ".", (sys.executable, "strategy/bench/research_bench.py"), _own_figures_only),
    Part("journal", ".", (sys.executable, "strategy/bench/journal_bench.py"), _own_figures_only),
)
