"""The simulator against a naive model that asks `decide` at each bar, on series of every shape."""

from typing import Any

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from quantumflow.research.search.simulator import FIELDS, REGIME_ROWS, simulate

from .naive import Trade, naive_trades

AT = {name: place for place, name in enumerate(FIELDS)}


def made_series(seed: int, bars: int) -> dict[str, Any]:
    """Prices that move by a tenth of a per cent a bar; scores, regimes and blind bars by chance; some unknown."""
    draw = np.random.default_rng(seed)
    closes = 100.0 * np.exp(np.cumsum(draw.normal(0.0, 0.001, bars)))
    score = draw.normal(0.0, 1.5, bars)
    score[draw.random(bars) < 0.05] = np.nan
    half_life = draw.exponential(10.0, bars)
    half_life[draw.random(bars) < 0.2] = np.inf
    return {
        "score": score,
        "open": np.concatenate([[100.0], closes[:-1]]) * np.exp(draw.normal(0.0, 0.0002, bars)),
        "close": closes,
        "atr": np.where(draw.random(bars) < 0.05, np.nan, draw.exponential(0.1, bars)),
        "volatility": draw.exponential(0.001, bars),
        "half_life": half_life,
        "regime": draw.integers(0, 5, bars).astype(np.int8),
        "blind": (draw.random(bars) < 0.05).astype(np.uint8),
        "days": (np.arange(bars) // 40).astype(np.int32),
    }


def simulated(
    rules: Any, series: dict[str, Any], runs: Any, cuts: Any, members: Any, costs: tuple[float, float, int], each: bool
) -> tuple[Any, Any]:
    days = int(series["days"][-1]) + 1
    totals = np.zeros((len(rules), members.shape[1], len(REGIME_ROWS), len(FIELDS)))
    daily = np.zeros((len(rules) if each else 1, len(REGIME_ROWS), days))
    names = ("score", "open", "close", "atr", "volatility", "half_life", "regime", "blind", "days")
    simulate(rules, *(series[name] for name in names), runs, cuts, members, *costs, totals, daily)
    return totals, daily


def added(trades: list[Trade], series: dict[str, Any], cuts: Any, members: Any) -> tuple[Any, Any]:
    totals = np.zeros((members.shape[1], len(REGIME_ROWS), len(FIELDS)))
    daily = np.zeros((len(REGIME_ROWS), int(series["days"][-1]) + 1))
    paths: dict[tuple[int, int], list[float]] = {}
    for trade in trades:
        row = int(series["regime"][trade["decided"]]) - 1
        segment = max(n for n in range(len(members)) if cuts[n] <= trade["decided"])
        for slot in range(members.shape[1]):
            if not members[segment][slot]:
                continue
            net = trade["net"]
            paths.setdefault((slot, row), [0.0]).append(paths.get((slot, row), [0.0])[-1] + net)
            of = totals[slot, row]
            of[AT["trades"]] += 1
            of[AT["wins"]] += net > 0
            of[AT["net_log_return"]] += net
            of[AT["net_log_return_squares"]] += net**2
            of[AT["net_log_gains"]] += max(net, 0.0)
            of[AT["net_log_loss_squares"]] += min(net, 0.0) ** 2
            of[AT["gross_log_return"]] += trade["gross"]
            of[AT["bars_held"]] += trade["held"]
            of[AT["stops"]] += trade["stop"]
            of[AT["gap_ends"]] += trade["gap"]
            path = np.array(paths[slot, row])
            of[AT["worst_drawdown"]] = float((np.maximum.accumulate(path) - path).max())
            if slot % 2 == 0:
                daily[row, series["days"][trade["ended"]]] += net
    return totals, daily


RULES = st.tuples(
    st.sampled_from([0.5, 1.0, 2.0]),
    st.sampled_from([-0.5, 0.0, 0.4]),
    st.sampled_from([0.5, 2.0, 50.0]),
    st.sampled_from([0.0, 800.0]),
    st.sampled_from([0.0, 1.5]),
    st.sampled_from([1.0, 5.0, 60.0]),
)


@settings(max_examples=150, deadline=None)
@given(
    st.integers(0, 2**31),
    st.lists(RULES, min_size=1, max_size=4),
    st.integers(2, 200),
    st.sampled_from([1, 2, 3]),
    st.integers(1, 199),
)
@example(1, [(0.5, 0.0, 0.5, 0.0, 0.0, 1.0)], 2, 3, 1)
def test_it_does_what_asking_at_each_bar_does(
    seed: int, rules: list[tuple[float, ...]], bars: int, latency: int, edge: int
) -> None:
    series = made_series(seed, bars)
    edge = min(edge, bars - 1)
    runs = np.array([[0, edge], [edge, bars]], np.int64)
    cuts = np.array([0, bars // 3, bars // 2, bars], np.int64)
    members = np.array([[0, 1, 0, 0], [1, 0, 0, 1], [0, 0, 1, 1]], np.uint8)
    costs = (1_000.0, 50.0, latency)
    totals, daily = simulated(np.array(rules), series, runs, cuts, members, costs, True)
    _, together = simulated(np.array(rules), series, runs, cuts, members, costs, False)
    for n, one in enumerate(rules):
        trades = naive_trades(one, series, [(0, edge), (edge, bars)], costs)
        expected, days = added(trades, series, cuts, members)
        np.testing.assert_allclose(totals[n], expected, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(daily[n], days, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(together[0], daily.sum(axis=0), rtol=1e-9, atol=1e-12)


def test_a_long_and_a_short_cost_spread_and_fee_twice() -> None:
    series = made_series(1, 10)
    flat = {**series, "open": np.full(10, 100.0), "close": np.full(10, 100.0), "blind": np.zeros(10, np.uint8)}
    flat |= {"atr": np.ones(10), "volatility": np.ones(10), "regime": np.full(10, 2, np.int8)}
    for side in (1, -1):
        flat["score"] = np.array([-3.0 * side, 0, 0, 0, 0, 0, 0, 0, 0, 0])
        rules = np.array([[2.0, 0.0, 5.0, 0.0, 0.0, 60.0]])
        members = np.array([[1]], np.uint8)
        totals, _ = simulated(rules, flat, np.array([[0, 10]]), np.array([0, 10]), members, (1_000.0, 50.0, 1), True)
        entered, left = 100.0 * (1 + side * 50e-6), 100.0 * (1 - side * 50e-6)
        expected = np.log1p((side * (left - entered) - 1e-3 * (entered + left)) / entered)
        of = totals[0, 0, 1]
        assert of[AT["trades"]] == 1
        assert of[AT["gross_log_return"]] == 0.0
        assert of[AT["net_log_return"]] == expected
        assert of[AT["bars_held"]] == 1
