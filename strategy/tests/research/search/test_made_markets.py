"""The real search on made markets: a walk without memory is called luck, and an edge that was planted is found."""

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import parquet
from typer.testing import CliRunner, Result

from quantumflow.cli.search import search_app
from quantumflow.errors import ResearchRefused
from quantumflow.research.data.building import import_files
from quantumflow.research.data.store import Store

from .made_space import FIRST_MS, SPACE, write_space

BARS = 43_200
"""A month."""
STEP = 0.0005
"""Deviation of a minute's log return, of both markets; a round trip costs about 0.0002."""
PULL = 0.1
"""Share of the way back to the mean that the market with an edge goes in a minute."""


def closes_of(edge: bool, seed: int = 11) -> npt.NDArray[np.float64]:
    """A walk without memory; with an edge, around one that moves a fifth as much, to which it comes back."""
    draw = np.random.default_rng(seed)
    steps = draw.normal(0.0, STEP, BARS)
    if not edge:
        return 60_000.0 * np.exp(np.cumsum(steps))
    away, total = np.empty(BARS), 0.0
    for bar, step in enumerate(steps):
        total += step - PULL * total
        away[bar] = total
    return 60_000.0 * np.exp(away + np.cumsum(draw.normal(0.0, STEP / 5.0, BARS)))


def searched(folder: Path, edge: bool) -> tuple[Result, Path]:
    """What `search promote` said after `search` went through a month of that market."""
    folder.mkdir()
    closes = closes_of(edge).round(2)
    opens = np.concatenate([closes[:1], closes[:-1]])
    spread = np.random.default_rng(5).exponential(3.0, (2, BARS)).round(2)
    highs, lows = np.maximum(opens, closes) + spread[0], np.minimum(opens, closes) - spread[1]
    rows = zip(opens, highs, lows, closes, strict=True)
    lines = [f"{FIRST_MS + n * 60_000},{o:.2f},{h:.2f},{low:.2f},{c:.2f},1.5" for n, (o, h, low, c) in enumerate(rows)]
    file = folder / "minutes.csv"
    file.write_text("\n".join(["open_time,open,high,low,close,volume", *lines]) + "\n", encoding="utf-8")
    import_files(Store(folder / "research"), [file], "BTCUSDT", "1m", "made-1m", "refuse", lambda *_: None)
    space = write_space(folder, SPACE, count="6", train_bars="8000", mode='["zscore", "regression"]', half_lives="0.0")
    place = ["--research-dir", str(folder / "research")]
    done = CliRunner().invoke(search_app, ["run", str(space), "--workers", "2", *place, "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout.splitlines()[-1])["trials"] == 16
    to = folder / "specialists.toml"
    return CliRunner().invoke(search_app, ["promote", "made", "--to", str(to), *place, "--json"]), to


def test_a_walk_without_memory_is_called_luck(tmp_path: Path) -> None:
    said, file = searched(tmp_path / "noise", edge=False)
    assert isinstance(said.exception, ResearchRefused)
    assert said.exception.name == "luck_too_likely"
    assert not file.exists()


def test_an_edge_that_was_planted_is_found_and_promoted(tmp_path: Path) -> None:
    said, file = searched(tmp_path / "edge", edge=True)
    assert said.exit_code == 0, said.output
    regimes = json.loads(said.stdout)["regimes"]
    assert min(one["luck"] for one in regimes.values()) <= 0.05
    assert "[specialists." in file.read_text(encoding="utf-8")
    place = ["--research-dir", str(tmp_path / "edge" / "research")]
    assert CliRunner().invoke(search_app, ["verify", str(file), *place]).exit_code == 0
    (rows, *_) = sorted((tmp_path / "edge" / "research" / "datasets").rglob("*.parquet"))
    table = parquet.read_table(rows)
    closes = table["close"].to_numpy().copy()
    closes[7] += 1
    parquet.write_table(table.set_column(table.schema.get_field_index("close"), "close", pa.array(closes)), rows)
    doubted = CliRunner().invoke(search_app, ["verify", str(file), *place])
    assert isinstance(doubted.exception, ResearchRefused)
    assert (doubted.exception.name, "the rows of dataset made-1m" in str(doubted.exception)) == ("not_proven", True)
