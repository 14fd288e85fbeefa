"""The four spot captures of 2024-08-08/09 through the whole appliance, held against the exchange's own figures."""

import csv
import gzip
import json
import os
import subprocess
from pathlib import Path

import pytest

from end_to_end.appliance import Stopped, up
from end_to_end.frames import read_frames
from end_to_end.recompute import recompute
from quantumflow.appliance.programs import find_programs

SECONDS_MAX = 300.0
CHECKS = {"BTCUSDT": 1072, "ETHUSDT": 1056}
DEPTH_MESSAGES = {"BTCUSDT": 3451 + 3044, "ETHUSDT": 3434 + 3036}
FIRST_MINUTE_MS = 1_723_161_300_000
"""2024-08-08 23:55 UTC, the first complete minute; the last is 00:04."""
MINUTES = 10


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory, real_captures: list[Path]) -> Stopped:
    return replay(tmp_path_factory.mktemp("real"), real_captures)


def replay(data_dir: Path, captures: list[Path], **environment: str) -> Stopped:
    """All four at full speed."""
    venue = "replay:" + ",".join(map(str, captures))
    done = up(data_dir, "--venue", venue, seconds_max=SECONDS_MAX, **environment)
    assert done.code == 0, done.log
    return done


@pytest.mark.parametrize("symbol", ["BTCUSDT", "ETHUSDT"])
def test_the_book_equals_the_exchanges_best_prices_at_every_equal_update_id(first: Stopped, symbol: str) -> None:
    figures = first.summary["instruments"][symbol]
    assert figures["book_ticker_checks"] == CHECKS[symbol]
    assert figures["depth_messages"] == DEPTH_MESSAGES[symbol]
    assert figures["book_ticker_mismatches"] == figures["gaps"] == figures["resyncs"] == 0


def test_both_sets_of_books_agree_and_are_what_the_events_say(first: Stopped) -> None:
    assert first.summary["reconcile"] == "agree"
    books = recompute(first.journal)
    assert books.complaints == []
    assert books.fills == first.summary["fills"] > 0


def test_the_same_captures_give_the_same_digest(first: Stopped, real_captures: list[Path], tmp_path: Path) -> None:
    assert replay(tmp_path, real_captures).summary == first.summary


def test_plain_python_gives_the_same_digest(first: Stopped, real_captures: list[Path], tmp_path: Path) -> None:
    assert replay(tmp_path, real_captures, NUMBA_DISABLE_JIT="1").summary == first.summary


@pytest.mark.parametrize("symbol", ["BTCUSDT", "ETHUSDT"])
def test_candles_equal_the_exchanges_klines(data: Path, real_captures: list[Path], symbol: str, tmp_path: Path) -> None:
    klines = _klines(data / "klines" / f"spot_{symbol}_1m_20240726_20240825.csv.gz")
    captures = [path for path in real_captures if symbol.lower() in path.name]
    assert _candles(captures, symbol, tmp_path) == klines


def _klines(path: Path) -> dict[int, tuple[int, ...]]:
    """Open time in ms → open, high, low, close in hundredths, volume in lots of the configuration."""
    lots = 10**5 if "BTC" in path.name else 10**4
    with gzip.open(path, "rt", encoding="utf-8") as text:
        rows = list(csv.reader(text))[1:]
    wanted = range(FIRST_MINUTE_MS, FIRST_MINUTE_MS + MINUTES * 60_000, 60_000)
    found = {}
    for row in rows:
        opened = int(float(row[0]))
        if opened in wanted:
            found[opened] = (*(round(float(price) * 100) for price in row[1:5]), round(float(row[5]) * lots))
    assert len(found) == MINUTES, path
    return found


def _candles(captures: list[Path], symbol: str, folder: Path) -> dict[int, tuple[int, ...]]:
    """The closed bars that market_data publishes for the ten complete minutes of a replay."""
    table = {
        "BTCUSDT": {"base": "BTC", "lot": "0.00001", "qty_min": "0.00001"},
        "ETHUSDT": {"base": "ETH", "lot": "0.0001", "qty_min": "0.0001"},
    }[symbol]
    settings = {
        "venue": {"name": "replay", "simulated": False, "rest_url": "http://127.0.0.1:1", "ws_url": "ws://127.0.0.1:1"},
        "symbols": [symbol],
        "instruments": {
            symbol: {"quote": "USDT", "tick": "0.01", "qty_max": "9000", "notional_min": "5", **table},
        },
        "replay": {"files": [str(path) for path in captures], "speed": 0, "wait_readers": 1},
        "socket": str(folder / "market.sock"),
        "metrics_listen": "127.0.0.1:0",
        "status_file": str(folder / "market_data.status.json"),
        "book": {
            "publish_levels": 5,
            "snapshot_limit": 1000,
            "imbalance_decay_ppm": 700_000,
            "stale_after_ms": 5000,
            "crossed_resync_ms": 1000,
            "rest_check_seconds": 60,
        },
        "session_seconds": 86_400,
        "candle_seed": 0,
        "record": None,
        "log_level": "warning",
    }
    config = folder / "market_data.json"
    config.write_text(json.dumps(settings), encoding="utf-8")
    process = subprocess.Popen([*find_programs().market_data, "--config", str(config)], env=dict(os.environ))
    try:
        bars = {}
        for frame in read_frames(folder / "market.sock", 60):
            if frame[0] == 4 and frame[12] and frame[4] // 1_000_000 >= FIRST_MINUTE_MS:
                bars[frame[4] // 1_000_000] = tuple(frame[5:10])
        assert process.wait(timeout=20) == 0
    finally:
        process.kill()
        process.wait()
    return {opened: bar for opened, bar in bars.items() if opened < FIRST_MINUTE_MS + MINUTES * 60_000}
