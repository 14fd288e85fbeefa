"""market_data killed at each of its places: the next one is live again, and recordings are whole to a torn end."""

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from crash.house import House, within
from quantumflow.appliance.programs import find_programs
from reliability.tally import tallied

SECONDS_MAX = 60.0
RUNNING = (("before_publish", 9), ("after_publish", 9), ("before_flush", 2), ("after_flush", 3), ("after_manifest", 1))
REPLACING = (("before_rename", 1), ("before_status_rename", 2))
ENDING = (("before_index", 1), ("before_rename", 2), ("after_index", 1))
"""Reached when a segment is finished: at the end of the process at the latest."""


@pytest.mark.parametrize(("place", "times"), [*RUNNING, *REPLACING])
def test_killed_while_it_runs(house: House, place: str, times: int) -> None:
    with tallied("kills", f"market_data.{place}", "SIGKILL at the place", "live again, recordings whole") as figures:
        house.start("exchange_sim")
        house.start("market_data", f"market_data.{place}:{times}")
        within(SECONDS_MAX, "market_data dies", lambda: house.died("market_data"))
        figures.update(kills=1, lost=0, **lives_again(house))


@pytest.mark.parametrize(("place", "times"), ENDING)
def test_killed_while_it_ends_a_segment(house: House, place: str, times: int) -> None:
    with tallied("kills", f"market_data.{place} {times}", "SIGKILL at the place", "recordings whole") as figures:
        house.start("exchange_sim")
        house.start("market_data", f"market_data.{place}:{times}")
        within(SECONDS_MAX, "market_data is live", lambda: is_live(house))
        house.living["market_data"].send_signal(signal.SIGTERM)
        within(SECONDS_MAX, "market_data dies", lambda: house.died("market_data"))
        (recording,) = house.directory.recordings.iterdir()
        assert inspected(recording)
        figures.update(kills=1, lost=0, **lives_again(house))


def test_an_unknown_place_is_refused_by_name(house: House) -> None:
    house.start("market_data", "market_data.nowhere:1")
    assert house.living["market_data"].wait(timeout=30) == 2
    assert "market_data.after_publish" in house.log("market_data")


def lives_again(house: House) -> dict[str, float]:
    """Another market_data is live; what the dead one recorded can be read, up to where it was torn."""
    house.living.pop("market_data")
    house.start("market_data")
    seconds = within(SECONDS_MAX, "market_data is live again", lambda: is_live(house))
    for recording in sorted(house.directory.recordings.iterdir())[:-1]:
        if (recording / "manifest.json").exists() and any(segment.stat().st_size for segment in segments(recording)):
            inspected(recording)
    return {"ready_ms": round(1000 * seconds)}


def segments(recording: Path) -> list[Path]:
    return sorted(recording.glob("*.seg"))


def is_live(house: House) -> bool:
    instruments = house.status("market_data").get("instruments", {})
    return bool(instruments) and all(figures["state"] == "live" for figures in instruments.values())


def inspected(recording: Path) -> dict[str, Any]:
    """What market_data says of a recording; it reads all of it."""
    done = subprocess.run(
        [*find_programs().command("market_data"), "inspect", str(recording)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={name: value for name, value in os.environ.items() if not name.startswith("QF_")},
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
