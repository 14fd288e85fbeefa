"""Costs, excursions, drawdowns, closes and attribution of journals that the real writer wrote, held to hand figures."""

from pathlib import Path

import pytest
from report.lives import DAY, DEPOSIT_E8, HOUR, MINUTE, MONDAY, Life, year

from quantumflow.research.analysis.attribution import UNLABELLED, Regimes, attribution_of
from quantumflow.research.analysis.history import Equity, History, history_of
from quantumflow.research.analysis.periods import Period, choose_period, closes_of, drawdowns, rolling
from quantumflow_reports.curve import Close
from quantumflow_reports.ratios import returns_between, sharpe_a_period
from quantumflow_reports.source import open_source

# One tick of one lot is 10⁶ · 10³ / 10⁸ = 10 units of 10⁻⁸; 1,000 lots at tick 6,000,000 are 600 USDT.
UNIT = 10
FEE = 60_000_000
"""0.1 % of 600 USDT."""


def read(journal: Path) -> History:
    return history_of(open_source(journal).events())


def test_costs_by_cause_by_hand(tmp_path: Path) -> None:
    life = Life(tmp_path).begin()
    # Decided at 5,999,996 / 6,000,000, half a spread of 2 ticks; filled at 6,000,003 in a book whose ask is 6,000,001.
    order = life.order("buy", 1_000, 5_999_996, 6_000_000, "imbalance", "BTCUSDT")
    life.fill(order, "buy", 6_000_003, 1_000, 6_000_000, "imbalance", "BTCUSDT")
    met_at(life, best_ask=6_000_001)
    whole = read(life.close()).costs.whole
    lots = 1_000 * UNIT
    assert (whole.spread_e8, whole.latency_e8, whole.impact_e8, whole.resting_e8) == (2 * lots, lots, 2 * lots, 0)
    assert whole.fees_e8 == 60_000_030
    assert whole.whole_e8 == 60_000_030 + 5 * lots


def test_a_maker_s_price_is_what_waiting_earned(tmp_path: Path) -> None:
    life = Life(tmp_path).begin()
    order = life.order("buy", 1_000, 5_999_996, 6_000_000, "imbalance", "BTCUSDT")
    life.fill(order, "buy", 5_999_996, 1_000, 6_000_000, "imbalance", "BTCUSDT")
    met_at(life, liquidity="maker", best_ask=6_000_000)
    whole = read(life.close()).costs.whole
    assert (whole.spread_e8, whole.latency_e8, whole.impact_e8) == (20_000, 0, 0)
    assert whole.resting_e8 == -40_000, "spread and resting together: bought two ticks below the mid"


def met_at(life: Life, **evidence: int | str) -> None:
    """Changes the evidence of the last fill, which still waits to be written."""
    record = next(record for record in reversed(life._waiting) if record.kind == "fill")
    life._waiting[life._waiting.index(record)] = record._replace(payload={**record.payload, **evidence})


def test_every_step_of_the_costs_adds_up_to_the_report_s_slippage(tmp_path: Path) -> None:
    history = read(year(tmp_path, days=20).close())
    assert history.costs.whole.slippage_e8 == history.facts.tallies.whole.slippage_e8
    assert history.costs.whole.fees_e8 == history.facts.tallies.whole.fees_e8
    realism = history.facts.realism
    moved = realism.mid.moved_e8 - realism.model.moved_e8 - (realism.model.fees_e8 - realism.mid.fees_e8)
    assert history.costs.whole.spread_e8 + history.costs.whole.slippage_e8 == moved
    parts = [cost.whole_e8 for cost in history.costs.by_bot.values()]
    assert sum(parts) == history.costs.whole.whole_e8


def test_a_trip_s_way_by_hand(tmp_path: Path) -> None:
    life = Life(tmp_path).begin()
    life.trade("buy", 1_000, 6_000_000, 5_999_997, 5_999_999)
    met_at(life, best_bid=5_999_999, best_ask=6_000_001)
    paid = life.books.cash
    life.wait(MINUTE).equity(paid + 6_050_000 * 1_000 * UNIT)  # marked 50,000 ticks higher
    life.wait(MINUTE).equity(paid + 5_900_000 * 1_000 * UNIT)  # 100,000 lower
    life.wait(MINUTE)
    life.trade("sell", 1_000, 6_000_200, 6_000_201, 6_000_203)
    (trip,) = read(life.close()).excursions.trips
    assert (trip.long, trip.closed_ns - trip.opened_ns) == (True, 3 * MINUTE)
    assert trip.cost_e8 == 6_000_000 * 1_000 * UNIT
    assert trip.favourable_e8 == 50_000 * 1_000 * UNIT
    assert trip.adverse_e8 == -100_000 * 1_000 * UNIT
    assert trip.gross_e8 == 200 * 1_000 * UNIT
    assert trip.net_e8 == 200 * 1_000 * UNIT - FEE - 60_002_000


def test_a_short_trip_s_way_is_seen_from_the_ask(tmp_path: Path) -> None:
    life = Life(tmp_path).begin()
    life.trade("sell", 1_000, 6_000_000, 6_000_001, 6_000_003)
    met_at(life, best_bid=5_999_999, best_ask=6_000_010)
    life.wait(MINUTE).trade("buy", 1_000, 5_900_000, 5_899_997, 5_899_999)
    (trip,) = read(life.close()).excursions.trips
    assert not trip.long
    # Its signals stood at asks of 6,000,003 and 5,899,999; the second is the best look, at the ask.
    assert trip.favourable_e8 == (6_000_000 - 5_899_999) * 1_000 * UNIT
    assert trip.adverse_e8 == -10 * 1_000 * UNIT
    assert trip.adverse_e8 <= trip.gross_e8 <= trip.favourable_e8


def test_an_empty_side_of_the_book_is_no_look(tmp_path: Path) -> None:
    life = Life(tmp_path).begin()
    life.trade("buy", 1_000, 6_000_000, 5_999_997, 5_999_999)
    met_at(life, best_bid=0, best_ask=0)
    life.wait(MINUTE).trade("sell", 1_000, 6_000_000, 6_000_001, 6_000_003)
    history = read(life.close())
    (trip,) = history.excursions.trips
    assert (trip.adverse_e8, trip.favourable_e8) == (0, 10_000), "its last signal stood a tick higher"
    assert history.costs.whole.latency_e8 == 0


def test_trips_are_the_report_s(tmp_path: Path) -> None:
    history = read(year(tmp_path, days=30).close())
    trips = history.excursions.trips
    assert [trip.net_e8 for trip in trips] == list(history.facts.trips.net_e8)
    assert [trip.closed_ns for trip in trips] == list(history.facts.trips.closed_ns)
    assert all(trip.adverse_e8 <= min(trip.gross_e8, 0) for trip in trips)
    assert all(trip.favourable_e8 >= max(trip.gross_e8, 0) for trip in trips)
    fees = sum(trip.gross_e8 - trip.net_e8 for trip in trips)
    assert fees == history.facts.tallies.whole.fees_e8


def equity(*rows: tuple[int, int], peak: int = 0) -> list[Equity]:
    """Rows of hour and equity, nothing paid in after the first."""
    told = []
    for hour, worth in rows:
        peak = max(peak, worth)
        told.append(Equity(MONDAY + hour * HOUR, worth, peak, rows[0][1], 0))
    return told


def test_drawdowns_by_hand() -> None:
    rows = equity((0, 1_000), (1, 900), (2, 950), (3, 1_000), (4, 1_100), (5, 1_045), (6, 1_089))
    deep, open_ = drawdowns(rows)
    assert (deep.ppm, deep.amount_e8) == (100_000, 100)
    assert [(at - MONDAY) // HOUR for at in (deep.peak_ns, deep.lowest_ns, deep.recovered_ns or 0)] == [0, 1, 3]
    assert (open_.ppm, open_.recovered_ns, (open_.peak_ns - MONDAY) // HOUR) == (50_000, None, 4)


def test_a_peak_between_two_rows_ends_a_drawdown() -> None:
    rows = equity((0, 1_000), (1, 900))
    rows.append(Equity(MONDAY + 2 * HOUR, 990, 1_050, 1_000, 0))
    assert [one.amount_e8 for one in drawdowns(rows)] == [100, 60]


def test_a_deposit_is_neither_gain_nor_the_end_of_a_drawdown() -> None:
    rows = equity((0, 1_000), (1, 900))
    rows.append(Equity(MONDAY + 2 * HOUR, 1_900, 2_000, 2_000, 0))
    (one,) = drawdowns(rows)
    assert (one.amount_e8, one.recovered_ns) == (100, None)
    assert closes_of(rows, Period.HOUR)[-1] == Close(MONDAY // HOUR + 2, 1_900, 1_000)
    assert returns_between(closes_of(rows, Period.HOUR)) == [0.0, pytest.approx(-0.1), 0.0]


def test_the_deepest_drawdown_and_the_daily_closes_are_the_report_s(tmp_path: Path) -> None:
    history = read(year(tmp_path, days=40).close())
    worst = history.facts.curve.worst
    deepest = drawdowns(history.equity)[0]
    assert (deepest.ppm, deepest.amount_e8, deepest.lowest_ns) == (worst.ppm, worst.amount_e8, worst.at_ns)
    assert closes_of(history.equity, Period.DAY) == history.facts.curve.closes


def test_the_period_is_the_longest_that_gives_enough() -> None:
    def every(step: int, count: int) -> list[Equity]:
        return [Equity(MONDAY + k * step, 1, 1, 1, 0) for k in range(count)]

    assert choose_period(every(DAY, 30)) is Period.DAY
    assert choose_period(every(HOUR, 40)) is Period.HOUR
    assert choose_period(every(MINUTE, 40)) is Period.MINUTE
    assert choose_period([]) is Period.MINUTE


def test_rolling_figures_end_at_their_period() -> None:
    closes = [Close(day, 0, 0) for day in range(5)]
    shown = rolling(closes, [0.1, 0.2, 0.1, 0.1, 0.1], 3, sharpe_a_period)
    assert [point.period for point in shown] == [2, 3, 4]
    assert shown[2].value is None, "three equal returns have no ratio"


def test_every_attribution_adds_up_to_the_profit(tmp_path: Path) -> None:
    life = year(tmp_path, days=10)
    life.now_ns = MONDAY + 11 * DAY
    life.trade("buy", 10, 6_000_000, 5_999_997, 5_999_999)  # stays open
    life.equity(life.books.cash + 100)
    history = read(life.close())
    trips, profit = history.excursions.trips, life.books.cash + 100 - DEPOSIT_E8
    regimes = Regimes([MONDAY + DAY, MONDAY + 5 * DAY], ["calm", "storm"])
    divided = {one.by: one for one in attribution_of(trips, profit, regimes)}
    assert set(divided) == {"bot", "instrument", "side", "hour (UTC)", "regime"}
    for one in divided.values():
        assert sum(part.net_e8 for part in one.parts.values()) + one.rest_e8 == profit
        assert sum(part.trips for part in one.parts.values()) == len(trips)
    early = [trip for trip in trips if trip.opened_ns < MONDAY + DAY]
    assert divided["regime"].parts[UNLABELLED].trips == len(early) > 0


@pytest.mark.parametrize(("starts", "labels"), [([2, 1], ["a", "b"]), ([1, 1], ["a", "b"]), ([1], ["a", "b"])])
def test_labels_out_of_order_are_refused(starts: list[int], labels: list[str]) -> None:
    with pytest.raises(ValueError, match="regimes"):
        Regimes(starts, labels)
