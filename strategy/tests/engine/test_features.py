"""Each feature against a naive reference that keeps everything it has seen."""

import math
import random
from itertools import pairwise
from statistics import mean

import numpy as np
import pytest

from engine.world import MS, SECOND, START
from quantumflow.features.atr import update_atr
from quantumflow.features.momentum import update_momentum
from quantumflow.features.persistence import lean_of, run_after
from quantumflow.features.update import update_features
from quantumflow.features.volatility import update_volatility
from quantumflow.state import empty_state
from quantumflow.strategies.imbalance_declared import PARAMETERS


def walk(seed: int, length: int) -> list[tuple[int, int]]:
    """Times and mids in half ticks, with pauses longer than any window."""
    draw = random.Random(seed)
    now, mid2, path = START, 100_000, []
    for _ in range(length):
        now += draw.choice([1, 20, 100, 100, 150, 30_000 if draw.random() < 0.02 else 90]) * MS
        mid2 = max(1_000, mid2 + draw.randint(-60, 60))
        path.append((now, mid2))
    return path


@pytest.mark.parametrize("seed", range(5))
def test_volatility_is_the_exponential_average_that_its_page_defines(seed: int) -> None:
    slot, books, long_books = empty_state(1, 1).slots[0, 0], 20.0, 100.0
    mids = [mid2 for _, mid2 in walk(seed, 400)]
    variance = average = spread = z = 0.0
    for index, mid2 in enumerate(mids):
        update_volatility(slot, mid2, books, long_books)
        if index == 0:
            continue
        square = ((mid2 - mids[index - 1]) / mids[index - 1]) ** 2
        if index == 1:
            variance, average = square, math.sqrt(square)
            continue
        variance += 2 / (books + 1) * (square - variance)
        distance, share = math.sqrt(variance) - average, 2 / (long_books + 1)
        z = distance / math.sqrt(spread) if spread else 0.0
        average, spread = average + share * distance, (1 - share) * (spread + share * distance**2)
        assert slot["volatility"] == pytest.approx(math.sqrt(variance), rel=1e-12)
        assert slot["volatility_z"] == pytest.approx(z, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("window_s", [1, 10, 60])
def test_momentum_refers_to_the_newest_sample_that_is_a_window_old(seed: int, window_s: int) -> None:
    slot, window = empty_state(1, 1).slots[0, 0], window_s * SECOND
    samples: list[tuple[int, int]] = []
    for now, mid2 in walk(seed, 800):
        update_momentum(slot, now, mid2, window)
        if not samples or now - samples[-1][0] >= window // 64:
            samples.append((now, mid2))
        old = [mid for at, mid in samples if now - at >= window]
        assert bool(slot["momentum_ready"]) == bool(old)
        assert slot["momentum"] == ((mid2 - old[-1]) / old[-1] if old else 0.0)


@pytest.mark.parametrize("seed", range(5))
def test_atr_is_the_mean_and_then_wilders_average_of_the_true_ranges(seed: int) -> None:
    slot, bar_ns, bars = empty_state(1, 1).slots[0, 0], 5 * SECOND, 4
    path = walk(seed, 600)
    by_bar: dict[int, list[int]] = {}
    for now, mid2 in path:
        update_atr(slot, now, mid2, bar_ns, bars)
        by_bar.setdefault(now // bar_ns, []).append(mid2)
    closed = list(by_bar.values())[:-1]
    ranges = [(max(closed[0]) - min(closed[0])) / 2]
    for before, bar in pairwise(closed):
        ranges.append((max(*bar, before[-1]) - min(*bar, before[-1])) / 2)
    expected = mean(ranges[:bars])
    for true_range in ranges[bars:]:
        expected = (expected * (bars - 1) + true_range) / bars
    assert slot["atr_bars"] == len(ranges)
    assert slot["atr"] == pytest.approx(expected, rel=1e-12)


def test_a_run_counts_books_that_lean_to_one_side() -> None:
    runs, run = [], 0
    for top, weighted in [(0.5, 0.5), (0.4, 0.9), (0.4, 0.1), (-0.5, -0.6), (-0.5, -0.5), (0.5, 0.5)]:
        run = int(run_after(run, lean_of(top, 0.3, weighted, 0.4)))
        runs.append(run)
    assert runs == [1, 2, 0, -1, -2, 1]


def test_a_new_epoch_gives_no_return_and_no_momentum_across_it() -> None:
    parameters = [parameter.default for parameter in PARAMETERS]
    slot = empty_state(1, 1).slots[0, 0]
    values = np.array(parameters)
    for index in range(400):
        update_features(slot, START + index * 100 * MS, 1, 100_000 + index % 2, values)
    assert slot["ready"] == 1
    volatility = float(slot["volatility"])
    update_features(slot, START + 400 * 100 * MS, 2, 150_000, values)
    assert slot["volatility"] == volatility
    assert slot["momentum_ready"] == 0
    assert slot["ready"] == 0
