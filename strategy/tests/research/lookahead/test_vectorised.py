"""Functions of columns under the probes: sound ones pass, planted cheats are caught and named."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from quantumflow.errors import ApplianceRefused
from quantumflow.research.analysis.benchmark_file import benchmark as benchmark_of
from quantumflow.research.columns import Columns, columns_of
from quantumflow.research.data.building import import_files
from quantumflow.research.data.store import Store
from quantumflow.research.lookahead.check import check
from quantumflow.research.lookahead.probes import Found, Limits, probe
from quantumflow.research.lookahead.told import as_json, in_words
from quantumflow.research.lookahead.vectorised import Vectorised
from research.in_process import Done, quantumflow

ROWS = 1_200
Function = Callable[[Columns], Any]


def walk(rows: int = ROWS) -> Columns:
    steps = np.random.default_rng(5).normal(0.0, 1.0, rows)
    return Columns({"open_time_ms": np.arange(rows) * 60_000, "close": 1_000.0 + np.cumsum(steps)})


def probed(function: Function, **limits: Any) -> Found:
    return probe(Vectorised(function, walk()), Limits(**limits))


def average(candles: Columns, window: int = 20) -> Any:
    sums = np.cumsum(np.concatenate([np.zeros(window), candles.close]))
    means = (sums[window:] - sums[:-window]) / window
    means[: window - 1] = np.nan
    return means.round(6)


def exponential(candles: Columns, span: float = 20.0) -> Any:
    smoothed = candles.close.copy()
    for k in range(1, len(smoothed)):
        smoothed[k] = smoothed[k - 1] + (candles.close[k] - smoothed[k - 1]) * 2 / (span + 1)
    return smoothed


def crossing(candles: Columns) -> Any:
    fast, slow = average(candles, 5), average(candles, 20)
    return {"side": np.where(fast > slow, "long", "flat"), "gap": fast - slow}


@pytest.mark.parametrize("function", [average, exponential, crossing])
def test_what_looks_back_only_passes(function: Function) -> None:
    found = probed(function)
    assert found.passed, in_words("it", found)
    assert found.signals == ROWS


def next_row(candles: Columns) -> Any:
    return np.roll(candles.close, -1) > candles.close


def centred(candles: Columns) -> Any:
    return np.convolve(candles.close, np.ones(5) / 5, mode="same")


def by_the_whole_mean(candles: Columns) -> Any:
    return (candles.close - candles.close.mean()) / candles.close.std()


def to_the_coming_high(candles: Columns) -> Any:
    return np.maximum.accumulate(candles.close[::-1])[::-1]


def end_of_its_day(candles: Columns) -> Any:
    """Each row has the close of its whole block of 60: right at its end alone."""
    return (
        np.repeat(candles.close[59::60], 60)[: len(candles.close)] if len(candles.close) % 60 == 0 else _ragged(candles)
    )


def _ragged(candles: Columns) -> Any:
    blocks = np.array_split(candles.close, range(60, len(candles.close), 60))
    return np.concatenate([np.full(len(block), block[-1]) for block in blocks])


@pytest.mark.parametrize("cheat", [next_row, centred, by_the_whole_mean, to_the_coming_high, end_of_its_day])
def test_a_peek_at_later_rows_is_caught(cheat: Function) -> None:
    found = probed(cheat)
    assert found.looks_ahead is not None
    assert not found.passed
    assert any("LOOKS AHEAD" in line for line in in_words("it", found))


def test_the_first_signal_that_differs_is_told_with_both_sides() -> None:
    def peek(candles: Columns) -> Any:
        return {"next": np.append(candles.close[1:], -1.0), "own": candles.close}

    data = Columns({"close": np.arange(100.0)})
    found = probe(Vectorised(peek, data), Limits(cuts=1))
    ahead = found.looks_ahead
    assert ahead is not None
    assert ahead.difference is not None
    assert (ahead.difference.place, ahead.difference.column) == (ahead.index - 1, "next")
    assert (ahead.difference.whole, ahead.difference.part) == (float(ahead.index), -1.0)
    told = as_json("peek", found)
    assert told["first_ahead"] == {
        "cut": ahead.index, "place": ahead.index - 1, "column": "next", "whole": float(ahead.index), "part": -1.0
    }  # fmt: skip


def running_sum(candles: Columns) -> Any:
    return np.cumsum(candles.close)


def since_the_beginning(candles: Columns) -> Any:
    return candles.close / candles.close[0] > 1.01


def every_third_row(candles: Columns) -> Any:
    return np.arange(len(candles.close)) % 7 == 0


@pytest.mark.parametrize("cheat", [running_sum, since_the_beginning, every_third_row])
def test_a_state_that_depends_on_where_it_began_is_caught(cheat: Function) -> None:
    found = probed(cheat)
    assert found.looks_ahead is None
    assert found.recursive is not None
    assert found.recursive.difference is not None
    assert any("RECURSIVE" in line for line in in_words("it", found))


def test_an_average_without_end_settles_and_the_warm_up_it_needs_is_told() -> None:
    slow: Function = lambda candles: exponential(candles, 60.0)  # noqa: E731
    found = probed(slow)
    shortest, longest = found.warm_ups[0], found.warm_ups[-1]
    assert shortest.difference is not None
    assert longest.difference is None
    assert shortest.deviations["signal"] > 10 * longest.deviations["signal"]
    assert probed(slow, warm_up=shortest.rows).recursive is not None
    assert probed(slow, warm_up=longest.rows).recursive is None


def test_a_memory_from_one_run_to_the_next_is_caught() -> None:
    seen: list[float] = []

    def remembers(candles: Columns) -> Any:
        seen.append(1.0)
        return candles.close + len(seen)

    found = probed(remembers)
    assert found.unrepeatable is not None
    assert not found.passed


def test_writing_into_the_data_reaches_no_other_run() -> None:
    def spoils(candles: Columns) -> Any:
        said = candles.close.copy()
        candles.close[:] = 0.0
        return said

    assert probed(spoils).passed


def test_a_subject_that_says_nothing_passes_nothing() -> None:
    found = probe(Vectorised(lambda candles: {}, Columns({"close": np.zeros(0)})), Limits())
    assert not found.passed
    assert not found.compared


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (lambda candles: candles.close[1:], "signal_shape"),
        (lambda candles: candles.nothing, "subject_raised"),
        (lambda candles: np.array([None] * len(candles.close)), "signal_type"),
    ],
)
def test_a_function_that_is_no_subject_is_refused_by_name(function: Function, name: str) -> None:
    with pytest.raises(ApplianceRefused) as refused:
        probed(function)
    assert refused.value.name == name


# As a user runs it


@pytest.fixture
def table(tmp_path: Path) -> Path:
    file = tmp_path / "candles.csv"
    candles = walk(400)
    rows = [f"{at},{close!r}" for at, close in zip(candles.open_time_ms.tolist(), candles.close.tolist(), strict=True)]
    file.write_text("\n".join(["open_time_ms,close", *rows]) + "\n")
    return file


SOURCE = """
import numpy as np

def honest(candles):
    return np.append(0.0, np.diff(candles.close))

def cheat(candles):
    return np.append(np.diff(candles.close), 0.0)
"""


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    return lambda *arguments: quantumflow(monkeypatch, capsys, "check", *arguments)


def test_the_command_tells_a_cheat_by_its_exit_status(table: Path, tmp_path: Path, run: Callable[..., Done]) -> None:
    file = tmp_path / "mine.py"
    file.write_text(SOURCE)
    honest = run(f"{file}:honest", table)
    assert honest.returncode == 0, honest.stderr
    assert "no look ahead" in honest.stdout
    cheat = run(f"{file}:cheat", table, "--json")
    assert cheat.returncode == 8
    assert json.loads(cheat.stdout)["looks_ahead"] is True


@pytest.mark.parametrize(
    ("arguments", "code", "name"),
    [
        (("nowhere.py:signals", "TABLE"), 6, "no_such_strategy"),
        (("math:nothing", "TABLE"), 6, "no_such_strategy"),
        (("math:sqrt", "TABLE"), 1, "subject_raised"),
        (("math:sqrt", "nowhere.csv"), 6, "no_such_data"),
        (("math:sqrt", "TABLE", "TABLE"), 2, "one_table"),
        (("nothing", "TABLE"), 6, "no_such_strategy"),
    ],
)
def test_what_cannot_be_checked_is_refused_by_name(
    table: Path, run: Callable[..., Done], arguments: tuple[str, ...], code: int, name: str
) -> None:
    done = run(*[str(table) if argument == "TABLE" else argument for argument in arguments], "--json")
    assert done.returncode == code, done.stderr
    assert json.loads(done.stdout)["error"] == name


def test_a_function_is_checked_from_python(table: Path) -> None:
    assert check(exponential, table, Limits(tolerance=0.05)).passed
    assert not check(next_row, table).passed


def test_a_candle_is_known_when_it_ends(table: Path) -> None:
    benchmark = benchmark_of(table, "BTC")
    columns = columns_of(table)
    assert benchmark.at_ns[0] == 60 * 10**9
    assert benchmark.level.tolist() == columns.close.tolist()


def test_a_dataset_is_a_table_by_its_name(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Callable[..., Done]
) -> None:
    full = tmp_path / "full.csv"
    rows = [line.split(",") for line in table.read_text().splitlines()[1:]]
    prices = [(int(at) + 1_700_000_040_000, f"{float(close):.4f}") for at, close in rows]
    full.write_text("".join(f"{at},{close},{close},{close},{close},1\n" for at, close in prices))
    monkeypatch.setenv("QF_RESEARCH_DIR", str(tmp_path / "research"))
    store = Store(tmp_path / "research")
    made = import_files(store, [full], "BTCUSDT", "1m", "BTCUSDT-1m", "refuse", lambda *_: None)
    by_name = columns_of("BTCUSDT-1m")
    assert by_name.close.tolist() == made.candles.close.tolist()
    assert benchmark_of(made).at_ns.tolist() == made.candles.close_ns.tolist()
    assert check(exponential, made, Limits(tolerance=0.05)).passed
    file = tmp_path / "mine.py"
    file.write_text(SOURCE)
    assert run(f"{file}:honest", "BTCUSDT-1m").returncode == 0
    assert run(f"{file}:honest", "nothing-of-the-kind").returncode == 6
