"""Real klines and captures: what is known of them from elsewhere is what the datasets say."""

from pathlib import Path

import numpy as np
import pytest

from quantumflow.research.data import candles_of, resampled
from quantumflow.research.data.building import import_files
from quantumflow.research.data.dataset import Dataset
from quantumflow.research.data.store import Store

from .conftest import quiet


def _made(store: Store, files: list[Path], symbol: str, interval: str, name: str) -> Dataset:
    return import_files(store, files, symbol, interval, name, "refuse", quiet)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(tmp_path_factory.mktemp("research"))


def test_two_and_a_half_years_of_minutes_know_their_one_gap_and_their_halt(stored: Store, recorded: Path) -> None:
    made = _made(stored, [recorded / "klines/spot_BTCUSDT_1m_20220101_20240625.csv.xz"], "BTCUSDT", "1m", "minutes")
    assert len(made) == 1_306_000
    assert [gap["missing"] for gap in made.facts["gaps"]] == [80]
    assert [halt["bars"] for halt in made.facts["halts"]] == [72]
    assert made.candles["low"].min() == 15_476 * 10**8
    hours = resampled(made.candles, "1h")
    official = _made(stored, [recorded / "klines/spot_BTCUSDT_1h_20170817_20240421.csv.gz"], "BTCUSDT", "1h", "hours")
    assert sum(gap["missing"] for gap in official.facts["gaps"]) == 128
    at = np.searchsorted(official.candles.close_ns, hours.close_ns)
    both = at < len(official)
    assert both.sum() == 20_198
    for name in ("close_ns", "open", "high", "low", "close", "volume"):
        assert np.array_equal(official.candles[name][at[both]], hours[name][both]), name


def test_minutes_made_of_recorded_trades_are_the_exchange_s_own(stored: Store, recorded: Path) -> None:
    captures = [recorded / "l2/spot_btcusdt_20240808.gz", recorded / "l2/spot_btcusdt_20240809.gz"]
    trades = _made(stored, captures, "BTCUSDT", "", "trades")
    assert len(trades) == 19_904
    assert trades.facts["gaps"] == []
    minutes = candles_of(trades.trades, "1m")
    klines = _made(stored, [recorded / "klines/spot_BTCUSDT_1m_20240726_20240825.csv.gz"], "BTCUSDT", "1m", "klines")
    at = np.searchsorted(klines.candles.close_ns, minutes.close_ns)
    assert len(minutes) == 10
    for name in ("close_ns", "open", "high", "low", "close", "volume"):
        assert np.array_equal(klines.candles[name][at], minutes[name]), name


def test_the_order_and_number_of_files_do_not_change_the_content(stored: Store, recorded: Path) -> None:
    files = sorted((recorded / "klines/native").glob("*2022-05-*.zip"))
    forward = _made(stored, files, "BTCUSDT", "1m", "forward")
    backward = _made(stored, files[::-1], "BTCUSDT", "1m", "backward")
    assert len(forward) == 7 * 1_440
    assert forward.content_hash == backward.content_hash
    assert "quote_volume" in forward.candles.columns


def test_a_capture_of_others_gives_its_aggregates(stored: Store, recorded: Path) -> None:
    made = _made(stored, [recorded / "l2/BINANCE_20211012.ws.1.0.gz"], "NKNUSDT", "", "nkn")
    assert len(made) >= 1
    assert (made.trades["last_id"] >= made.trades["first_id"]).all()
