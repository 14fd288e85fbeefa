"""Bars as events: the next bar's open is what an order meets, the spread is against it, and no later bar is known."""

from pathlib import Path

import numpy as np
import pytest

import quantumflow as qf
from quantumflow.config import find_config, load_config
from quantumflow.errors import ResearchRefused
from quantumflow.frames import FrameReader
from quantumflow.research.backtest.bars import Bars, BarTape
from quantumflow.vocabulary import EventKind

MINUTE = 60 * 10**9
START_MS = 1_700_000_040_000
TABLE = load_config(find_config(None)).instruments


def made(count: int, gap_after: int = -1) -> Bars:
    close = 6_000_000 + np.cumsum(np.tile([500, -300, 400, -200], count))[:count]
    missing = 5 * ((np.arange(count) > gap_after) & (gap_after >= 0))
    ends = START_MS * 10**6 + MINUTE * (np.arange(1, count + 1) + missing)
    columns = {"close_ns": ends, "open": close - 100, "high": close + 900, "low": close - 900, "close": close}
    columns["volume"] = np.full(count, 10_000_000)
    return Bars("BTCUSDT", MINUTE, columns, {"price": 2, "qty": 5}, "made")


def test_a_bar_is_its_open_its_extremes_its_candle_and_its_close() -> None:
    bars = made(3)
    events = BarTape([bars], TABLE).next()
    assert events is not None
    kinds = [EventKind(kind).name for kind in events.heads["kind"][:5]]
    assert kinds == ["BOOK", "TRADE", "TRADE", "CANDLE", "BOOK"]
    first, last = events.levels[0], events.levels[1]
    assert first[0, 0, 0] < bars.columns["open"][0] < first[1, 0, 0]
    assert last[0, 0, 0] < bars.columns["close"][0] < last[1, 0, 0]
    assert last[1, 0, 0] - last[0, 0, 0] >= bars.columns["close"][0] * 100 // 10**6
    assert events.heads["recv_ns"][4] == bars.columns["close_ns"][0]
    assert (np.diff(events.heads["recv_ns"]) >= 0).all()


def test_nothing_of_a_bar_is_known_before_it() -> None:
    whole, short = made(40), made(40)
    cut = {name: values[:20] for name, values in short.columns.items()}
    one = BarTape([whole], TABLE).next()
    two = BarTape([Bars("BTCUSDT", MINUTE, cut, short.scales, "cut")], TABLE).next()
    assert one is not None
    assert two is not None
    assert one.heads[:100].tobytes() == two.heads.tobytes()
    assert np.array_equal(one.levels[:40], two.levels)


def test_missing_bars_begin_another_book() -> None:
    events = BarTape([made(6, gap_after=2)], TABLE).next()
    assert events is not None
    assert set(events.heads["epoch"][events.heads["kind"] == EventKind.BOOK]) == {1, 2}


def test_the_frames_of_bars_are_frames_and_say_the_same() -> None:
    tape = BarTape([made(4)], TABLE, frames=True)
    events = tape.next()
    assert events is not None
    reader = FrameReader()
    reader.push(tape.greeting())
    assert reader.take().notes[0] == tape.hello
    reader.push(tape.frames_until(7) + tape.frames_until(2**62))
    batch = reader.take()
    assert batch.events.heads[: batch.heads].tobytes() == events.heads.tobytes()


def test_an_order_of_a_close_is_filled_in_the_next_bar_and_against_it(tmp_path: Path) -> None:
    bars, rows = made(300), []
    for at in range(300):
        values = (bars.columns[name][at] / 100 for name in ("open", "high", "low", "close"))
        moment = int(bars.columns["close_ns"][at] - MINUTE) // 10**6
        rows.append(",".join([str(moment), *(f"{value:.2f}" for value in values), "100.00000"]))
    file = tmp_path / "BTCUSDT-1m-made.csv"
    file.write_text("open_time,open,high,low,close,volume\n" + "\n".join(rows) + "\n")
    eager = {"imbalance_min": 0.0, "imbalance_weighted_min": 0.0, "confidence_min": 0.0, "persistence_books": 1}
    eager |= {"momentum_min_ppm": -100_000, "volatility_z_max": 100.0, "hold_s": 120}
    result = qf.backtest(file, "imbalance", eager, risk="fast", out=tmp_path / "out")
    assert result.said["fills"] > 0
    for fill in result.fills:
        late_ns = fill["event_ns"] - fill["decided_ns"]
        assert late_ns >= 10**9, "never the bar it was decided on"
    with pytest.raises(ResearchRefused, match="names no symbol"):
        qf.backtest(file.rename(tmp_path / "made.csv"), "imbalance", risk="fast", out=tmp_path / "no")
