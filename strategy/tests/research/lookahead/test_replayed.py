"""A strategy through the engine under the probes: the live one passes, planted cheats on events are caught."""

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from engine.world import bot, broker, generated_market, instrument, timing

from quantumflow.engine import State, advance
from quantumflow.events import Events
from quantumflow.paths import PROJECT_ROOT
from quantumflow.research.lookahead.probes import Found, Limits, probe
from quantumflow.research.lookahead.recorded import bot_of as bot_of_file
from quantumflow.research.lookahead.replayed import Replayed, Step, part_of
from quantumflow.research.lookahead.told import in_words
from quantumflow.vocabulary import EventKind, Request

DATA = Path(os.environ.get("QF_DATA", PROJECT_ROOT / "../shared/data"))
EAGER = {"imbalance_min": 0.05, "imbalance_weighted_min": 0.05, "confidence_min": 0.0, "volatility_z_max": 100.0}
QUICK = {"volatility_long_books": 100, "momentum_s": 2, "repeat_s": 1, "rearm_s": 0}


def probed(step: Step = advance, cuts: int = 6) -> Found:
    events = generated_market(3, 3_000)
    bots = [bot("eager", ("BTCUSDT",), **EAGER, **QUICK)]
    subject = Replayed(events, [instrument()], bots, broker(allow_short=True), timing(), step)
    return probe(subject, Limits(cuts))


def test_the_live_strategy_passes() -> None:
    found = probed()
    assert found.passed, in_words("imbalance", found)
    assert found.signals > 100
    assert sum(cut.signals for cut in found.cuts) > 200
    assert found.warm_ups[-1].signals > 20


def peeking(state: State, events: Events, start: int, end: int) -> tuple[int, Request]:
    """An engine whose books lean as the next book will."""
    books = np.flatnonzero(events.heads["kind"] == int(EventKind.BOOK))
    heads = events.heads.copy()
    for name in ("imbalance_top", "imbalance_weighted"):
        heads[name][books[:-1]] = events.heads[name][books[1:]]
    return advance(state, Events(heads, events.levels), start, end)


def test_an_engine_that_sees_the_next_book_is_caught() -> None:
    found = probed(peeking)
    ahead = found.looks_ahead
    assert ahead is not None
    assert ahead.difference is not None
    lines = in_words("peeking", found)
    assert any(line.startswith("LOOKS AHEAD") for line in lines)
    assert any("with all data" in line for line in lines)


def counting(state: State, events: Events, start: int, end: int) -> tuple[int, Request]:
    """An engine whose books lean by how many it has seen since it began."""
    heads = events.heads.copy()
    sign = np.where(np.arange(len(heads)) // 40 % 2 == 0, 0.9, -0.9)
    for name in ("imbalance_top", "imbalance_weighted"):
        heads[name] = np.where(heads["kind"] == int(EventKind.BOOK), sign, 0.0)
    return advance(state, Events(heads, events.levels), start, end)


def test_an_engine_that_counts_from_its_beginning_is_caught() -> None:
    found = probed(counting)
    assert found.looks_ahead is None
    assert found.recursive is not None
    assert any(line.startswith("RECURSIVE") for line in in_words("counting", found))


def test_a_part_holds_its_own_books_and_no_others() -> None:
    events = generated_market(3, 50)
    part = part_of(events, 10, 30)
    books = part.heads["levels_row"] >= 0
    assert len(part.heads) == 20
    assert len(part.levels) == books.sum() < len(events.levels)
    whole = events.heads[10:30]["levels_row"]
    assert np.array_equal(part.levels[part.heads["levels_row"][books]], events.levels[whole[books]])


COUNTS = """
from quantumflow.strategy import BUY, enter, leave

def decide(view, parameters, memory):
    memory.books = getattr(memory, "books", 0) + 1
    if memory.books % 37 == 0 and view.qty == 0:
        return enter(BUY, 10)
    return leave(view) if view.qty > 0 else None
"""
LOOKS = COUNTS.replace("memory.books % 37 == 0", "view.imbalance_top > 0.5")


@pytest.mark.parametrize(("text", "recursive"), [(COUNTS, True), (LOOKS, False)])
def test_a_user_s_strategy_is_checked_through_the_engine(text: str, recursive: bool, tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(text)
    spec, mind = bot_of_file(str(file))
    bots = [replace(spec, instruments=("BTCUSDT",))]
    events = generated_market(3, 800)
    subject = Replayed(events, [instrument()], bots, broker(), timing(), mind=mind)
    found = probe(subject, Limits(cuts=2))
    assert found.signals > 10
    assert found.looks_ahead is None
    assert (found.recursive is not None) == recursive, in_words("mine", found)


def run(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "quantumflow.cli", "check", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, stdin=subprocess.DEVNULL)


def test_a_capture_is_checked_by_name() -> None:
    capture = DATA / "l2" / "spot_btcusdt_20240808.gz"
    if not capture.exists():
        pytest.skip(f"{capture} is not there: set QF_DATA")
    began = time.monotonic()
    done = run("imbalance", capture, "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["passed"]
    assert told["signals"] > 30
    assert not told["looks_ahead"]
    assert time.monotonic() - began < 240, "a minute on an idle machine"


def test_a_file_that_is_no_capture_is_refused(tmp_path: Path) -> None:
    nothing = tmp_path / "nothing.gz"
    nothing.write_bytes(b"nothing")
    done = run("imbalance", nothing, "--json")
    assert done.returncode == 2
    assert json.loads(done.stdout)["error"] == "not_a_capture"
