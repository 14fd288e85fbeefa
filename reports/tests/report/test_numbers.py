"""Numbers of lives that the journal's own writer wrote, against sums made by hand or by other means."""

import json
import math
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from quantumflow_reports.build import make_report
from quantumflow_reports.curve import POINTS_MAX
from quantumflow_reports.numbers import Numbers
from quantumflow_reports.source import open_source
from report.lives import DAY, DEPOSIT_E8, HOUR, MINUTE, MONDAY, Life, year


def report(journal: Path, until_day: int | None = None) -> Numbers:
    return make_report(open_source(journal), journal.parent / "none", until_day).numbers


def plain(value: Any) -> None:
    """No NaN, nothing that JSON does not have."""
    json.dumps(value, allow_nan=False)


def test_an_account_that_never_traded(tmp_path: Path) -> None:
    numbers = report(Life(tmp_path).begin().wait(HOUR).end().close())
    assert (numbers.equity_e8, numbers.profit_e8) == (DEPOSIT_E8, 0)
    assert numbers.win_rate.value is None
    assert numbers.sharpe.value is None
    assert (numbers.uptime_ppm, numbers.exposure_ppm, numbers.book_live_ppm) == (10**6, 0, 10**6)
    plain(numbers.as_json())


def test_a_journal_without_an_event(tmp_path: Path) -> None:
    numbers = report(Life(tmp_path).close())
    assert (numbers.equity_e8, numbers.profit_e8, numbers.uptime_ppm) == (None, None, None)
    assert numbers.profit_at("mid") is None
    plain(numbers.as_json())


def test_one_trip(tmp_path: Path) -> None:
    life = Life(tmp_path).begin()
    life.round_trip(6_000_000, 6_010_000, lots=1_000, lasts=MINUTE)
    life.wait(MINUTE)
    numbers = report(life.end().close())
    bought, sold = 60_000_000_000, 60_100_000_000
    fees = 60_000_000 + 60_100_000
    assert numbers.profit_e8 == sold - bought - fees
    assert list(numbers.facts.trips.net_e8) == [sold - bought - fees]
    whole = numbers.facts.tallies.whole
    assert (whole.fills, whole.trips, whole.wins, whole.fees_e8) == (2, 1, 0, fees)
    assert whole.slippage_e8 == 2 * 1_000 * 10, "a tick worse each way"
    assert numbers.exposure_ppm == 500_000
    assert numbers.expectancy_e8.value == sold - bought - fees
    assert numbers.expectancy_e8.low is None


def test_the_profits_of_three_models_differ_by_what_was_paid(tmp_path: Path) -> None:
    life = Life(tmp_path).begin()
    for step in range(20):
        life.round_trip(6_000_000 + 17 * step, 6_001_000 - 31 * step, lots=100 + step)
    numbers = report(life.end().close())
    realism, whole = numbers.facts.realism, numbers.facts.tallies.whole
    touch, model, mid = (numbers.profit_at(name) for name in ("touch", "model", "mid"))
    assert model == numbers.profit_e8 == sum(numbers.facts.trips.net_e8)
    assert touch - model == whole.slippage_e8 + realism.model.fees_e8 - realism.touch.fees_e8
    lots = sum(2 * (100 + step) for step in range(20))
    assert mid - touch == pytest.approx(lots * 10, abs=80), "half a spread of two ticks, fees and rounding aside"
    assert realism.model.fees_e8 == whole.fees_e8
    assert (realism.fills, realism.incomparable, realism.orders, realism.unfilled_orders) == (40, 0, 40, 0)


def test_what_was_never_filled_is_counted_apart(tmp_path: Path) -> None:
    life = Life(tmp_path).begin()
    where = {"bot": "imbalance", "symbol": "BTCUSDT"}
    part = life.order("buy", 1_000, 5_999_999, 6_000_000, **where)
    life.fill(part, "buy", 6_000_000, 400, 6_000_000, **where)
    life.ended(part, "cancelled", "no_liquidity", 400, **where)
    never = life.order("buy", 500, 5_999_999, 6_000_000, **where)
    life.ended(never, "expired", "order_deadline", 0, **where)
    life.order("buy", 9_000, 5_999_999, 6_000_000, refusal="order_size", **where)
    numbers = report(life.close())
    realism, tallies = numbers.facts.realism, numbers.facts.tallies
    assert (realism.orders, realism.unfilled_orders) == (2, 2)
    assert realism.unfilled_e8 == (600 + 500) * 6_000_000 * 10
    assert dict(tallies.refusals) == {"order_size": 1}
    assert dict(tallies.ends) == {"no_liquidity": 1, "order_deadline": 1}


def test_a_fill_that_turns_a_position_closes_one_trip_and_opens_the_next(tmp_path: Path) -> None:
    life = Life(tmp_path).begin()
    life.trade("buy", 1_000, 6_000_000, 5_999_999, 6_000_000)
    life.trade("sell", 3_000, 6_030_000, 6_030_000, 6_030_001)
    life.trade("buy", 2_000, 6_000_000, 5_999_999, 6_000_000)
    numbers = report(life.close())
    trips = numbers.facts.trips
    first = 300_000_000 - 60_000_000 - 60_300_000
    second = 600_000_000 - 2 * 60_300_000 - 120_000_000
    assert list(trips.net_e8) == [first, second]
    assert sum(trips.net_e8) == numbers.profit_e8


def test_open_positions_are_no_trips(tmp_path: Path) -> None:
    life = Life(tmp_path).begin()
    life.trade("buy", 1_000, 6_000_000, 5_999_999, 6_000_000)
    life.wait(MINUTE).equity(DEPOSIT_E8 - 5, DEPOSIT_E8)
    numbers = report(life.wait(MINUTE).close())
    assert numbers.equity_e8 == DEPOSIT_E8 - 5
    assert numbers.facts.trips.positions == {("imbalance", "BTCUSDT"): 1_000}
    assert len(numbers.facts.trips) == 0


def test_presence_is_measured_in_the_markets_time(tmp_path: Path) -> None:
    life = Life(tmp_path, ("BTCUSDT", "ETHUSDT")).begin()
    life.wait(HOUR).feed("BTCUSDT", "stale")
    life.wait(HOUR).feed("BTCUSDT", "live")
    life.trading("halted", "drawdown_breaker")
    life.wait(HOUR).trading("active", None)
    life.wait(HOUR).flush()
    life.wait(4 * HOUR).begin(deposit=False)
    life.wait(2 * HOUR).end()
    numbers = report(life.close())
    presence = numbers.facts.presence
    assert presence.up_ns == 5 * HOUR, "the killed session ends with its last event"
    assert numbers.uptime_ppm == 500_000
    assert (presence.feed.totals["stale"].ns, presence.feed.totals["live"].times) == (HOUR, 5)
    assert presence.trading.totals["halted: drawdown_breaker"].ns == HOUR
    assert presence.downtimes == [(MONDAY + 3 * HOUR, MONDAY + 8 * HOUR)]


def test_days_and_hours_are_utc_and_mondays_come_first(tmp_path: Path) -> None:
    life = Life(tmp_path).begin()
    life.wait(23 * HOUR).round_trip(6_000_000, 6_100_000)
    life.wait(2 * HOUR).round_trip(6_000_000, 5_900_000)
    tallies = report(life.close()).facts.tallies
    gain, loss = tallies.hours_e8[0][23], tallies.hours_e8[1][1]
    assert gain > 0 > loss
    assert sum(map(sum, tallies.hours_e8)) == gain + loss
    assert [day - MONDAY // DAY for day in tallies.by_day] == [0, 1]


def test_a_losing_week_is_told_as_one(tmp_path: Path) -> None:
    life = Life(tmp_path).begin()
    for day in range(8):
        life.now_ns = MONDAY + day * DAY + HOUR
        life.round_trip(6_000_000, 5_940_000 - 1_000 * day, lots=5_000)
        life.equity(life.books.cash, DEPOSIT_E8)
    numbers = report(life.end().close())
    assert numbers.profit_e8 is not None
    assert numbers.profit_e8 < 0
    assert numbers.win_rate.value == 0.0
    assert numbers.profit_factor.value == 0.0
    assert numbers.sharpe.value is not None
    assert numbers.sharpe.value < 0
    assert numbers.facts.curve.worst.amount_e8 == -numbers.profit_e8
    plain(numbers.as_json())


def test_another_currency_and_a_part_of_the_sessions_simulated(tmp_path: Path) -> None:
    life = Life(tmp_path, ("BTCEUR",), quote="EUR").begin(simulated=True).wait(HOUR).end()
    life.wait(HOUR).begin(deposit=False).wait(HOUR).end()
    numbers = report(life.close())
    assert numbers.currency == "EUR"
    assert numbers.simulated.stamp == "PARTLY SIMULATED: session 1"


def test_a_report_until_a_moment_knows_nothing_of_later(tmp_path: Path) -> None:
    life = Life(tmp_path).begin()
    life.wait(HOUR).round_trip(6_000_000, 6_100_000)
    life.now_ns = MONDAY + DAY
    life.round_trip(6_000_000, 6_100_000)
    journal = life.end().close()
    early = report(journal, MONDAY // DAY)
    assert early.chain.events < report(journal).chain.events
    assert early.facts.tallies.whole.fills == 2
    assert early.as_of_ns < MONDAY + DAY


def test_a_long_life_adds_up_and_stays_bounded(tmp_path: Path) -> None:
    life = year(tmp_path, days=210, trips_a_day=4)
    numbers = report(life.close())
    facts = numbers.facts
    assert sum(facts.trips.net_e8) == numbers.profit_e8 == life.books.cash - DEPOSIT_E8
    assert sum(tally.net_e8 for tally in facts.tallies.by_day.values()) == numbers.profit_e8
    assert sum(tally.net_e8 for tally in facts.tallies.by_bot.values()) == numbers.profit_e8
    assert len(facts.presence.downtimes) == 2
    assert len(facts.curve.points) <= POINTS_MAX + 1
    with sqlite3.connect(life.journal) as database:
        lowest = database.execute("SELECT min(equity_e8) FROM equity").fetchone()[0]
    assert min(point.equity_e8 for point in facts.curve.points) == lowest, "thinning keeps the low"
    assert all(math.isfinite(figure.value) for figure in (numbers.sharpe, numbers.sortino, numbers.calmar))
    assert numbers.sharpe.low < numbers.sharpe.value < numbers.sharpe.high


def test_a_recording_s_session_begins_at_its_first_record(tmp_path: Path) -> None:
    life = Life(tmp_path, symbols=(), now_ns=0)
    life.begin(venue="replay")
    life.now_ns = MONDAY
    life.trading("active", None)
    life.wait(HOUR).end()
    numbers = report(life.close())
    session = numbers.facts.presence.sessions[0]
    assert (session.started_ns, session.last_ns) == (MONDAY, MONDAY + HOUR)
    assert numbers.uptime_ppm == 10**6
    assert numbers.facts.presence.up_ns == HOUR


def test_what_the_feed_of_a_recording_said_is_measured_within_it(tmp_path: Path) -> None:
    life = Life(tmp_path, now_ns=0)
    life.symbols = ()  # its feed has said nothing when the session begins
    life.begin(venue="replay")
    life.now_ns = MONDAY
    life.feed("BTCUSDT", "resyncing")
    life.wait(HOUR).feed("BTCUSDT", "live")
    life.wait(3 * HOUR).end()
    assert report(life.close()).book_live_ppm == 750_000
