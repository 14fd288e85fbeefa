"""The imbalance strategy, book by book: when it signals, why it does not enter, how much, and when it leaves."""

from typing import Any

import numpy as np
import pytest

from engine.world import MS, SECOND, START, bot, generated_market, play, world
from quantumflow.errors import ConfigRefused
from quantumflow.state import STRATEGY_WORDS
from quantumflow.strategies.imbalance import decide
from quantumflow.strategies.imbalance_declared import PARAMETERS
from quantumflow.strategies.view import Intent, View
from quantumflow.vocabulary import OrderKind, OutputKind, Side, SignalKind, SignalOutcome

NOTHING = -1

CALM: dict[str, Any] = {
    "now_ns": START,
    "epoch": 1,
    "bid": 1_000_000,
    "ask": 1_000_010,
    "imbalance_best": 0.6,
    "imbalance_top": 0.6,
    "imbalance_weighted": 0.6,
    "microprice": 1_000_005.0,
    "volatility": 10e-6,
    "volatility_z": 0.0,
    "momentum": 300e-6,
    "atr": 100.0,
    "ready": True,
    "qty": 0,
    "entry_ticks": 0.0,
    "entered_ns": START,
    "capital_e8": 1_000 * 10**8,
    "value_num": 10,
    "value_den": 1,
    "qty_min": 1,
    "qty_max": 0,
    "notional_min_e8": 5 * 10**8,
    "may_enter": True,
    "must_leave": False,
    "may_short": False,
    "order_pending": False,
    "order_room": True,
}
"""A book that asks for an entry: heavy bids, little spread, calm, rising."""

HELD = {"qty": 1000, "entry_ticks": 1_000_005.0, "imbalance_top": 0.0}


class Bot:
    """The strategy with its memory and the defaults but for what a test changes."""

    def __init__(self, **changes: float) -> None:
        values = {parameter.name: parameter.default for parameter in PARAMETERS} | changes
        self.parameters = np.array(list(values.values()), dtype=np.float64)
        self.words = np.zeros(STRATEGY_WORDS, np.int64)
        self.figures = np.zeros(STRATEGY_WORDS, np.float64)
        self.now = START

    def sees(self, after_ms: int = 100, **changes: Any) -> Intent:
        self.now += after_ms * MS
        view = View(**(CALM | changes | {"now_ns": self.now}))
        return decide(view, self.parameters, self.words, self.figures)

    def signal_after(self, books: int, **changes: Any) -> Intent:
        for _ in range(books - 1):
            assert self.sees(**changes).signal == NOTHING
        return self.sees(**changes)


def test_an_entry_is_a_market_order_with_the_heavier_side() -> None:
    intent = Bot().signal_after(3)
    assert (intent.signal, intent.outcome, intent.side) == (SignalKind.ENTRY, SignalOutcome.ORDERED, Side.BUY)
    assert (intent.order_kind, intent.reduce_only, intent.limit_price) == (OrderKind.MARKET, 0, 0)


def test_a_signal_comes_when_the_run_is_long_enough_and_only_once_while_it_lasts() -> None:
    strategy = Bot(persistence_books=5, repeat_s=10)
    seen = [strategy.sees().signal for _ in range(50)]
    assert [index for index, signal in enumerate(seen) if signal != NOTHING] == [4]


def test_a_signal_that_stays_true_is_given_again_after_a_while() -> None:
    strategy = Bot(persistence_books=5, repeat_s=10)
    seen = [strategy.sees().signal for _ in range(250)]
    assert [index for index, signal in enumerate(seen) if signal != NOTHING] == [4, 104, 204]


def test_a_book_that_does_not_lean_starts_the_run_again() -> None:
    strategy = Bot(rearm_s=0)
    assert strategy.signal_after(3).signal == SignalKind.ENTRY
    assert strategy.sees(imbalance_top=0.0).signal == NOTHING
    assert strategy.signal_after(3).signal == SignalKind.ENTRY


NO_LEAN = {"imbalance_top": 0.0}
OTHER_SIDE = {"imbalance_top": -0.6, "imbalance_weighted": -0.6}


def test_a_lean_that_flickers_is_one_signal_and_is_given_again_only_after_a_while() -> None:
    strategy = Bot(persistence_books=1, rearm_s=2, repeat_s=10)
    seen = [strategy.sees(**({} if book % 2 == 0 else NO_LEAN)).signal for book in range(250)]
    assert [book for book, signal in enumerate(seen) if signal != NOTHING] == [0, 100, 200]


@pytest.mark.parametrize(("absent_ms", "signals"), [(1_900, 1), (2_000, 2)])
def test_a_lean_that_was_gone_long_enough_is_new(absent_ms: int, signals: int) -> None:
    strategy = Bot(persistence_books=1, rearm_s=2)
    seen = [strategy.sees(), strategy.sees(**NO_LEAN), strategy.sees(absent_ms)]
    assert [intent.signal != NOTHING for intent in seen].count(True) == signals


def test_a_book_that_swings_between_the_sides_gives_each_side_one_signal() -> None:
    strategy = Bot(persistence_books=1, rearm_s=2, repeat_s=60)
    seen = [strategy.sees(**({} if book % 2 == 0 else OTHER_SIDE)) for book in range(100)]
    assert [(book, intent.side) for book, intent in enumerate(seen) if intent.signal != NOTHING] == [
        (0, Side.BUY),
        (1, Side.SELL),
    ]


def test_books_that_come_seldom_do_not_make_a_lean_new() -> None:
    strategy = Bot(persistence_books=1, rearm_s=2, repeat_s=60)
    assert [strategy.sees(5_000).signal != NOTHING for _ in range(8)] == [True, *[False] * 7]


def test_a_new_epoch_starts_the_run_again() -> None:
    strategy = Bot()
    strategy.sees()
    strategy.sees()
    assert strategy.signal_after(3, epoch=2).signal == SignalKind.ENTRY


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({}, SignalOutcome.ORDERED),
        ({"ready": False}, SignalOutcome.WARMING_UP),
        ({"may_enter": False}, SignalOutcome.NOT_TRADING),
        ({"order_pending": True}, SignalOutcome.ORDER_PENDING),
        ({"imbalance_top": -0.6, "imbalance_weighted": -0.6}, SignalOutcome.SHORT_DISABLED),
        ({"ask": 1_000_300}, SignalOutcome.SPREAD_TOO_WIDE),
        ({"volatility_z": 3.1}, SignalOutcome.VOLATILITY_TOO_HIGH),
        ({"momentum": -1e-6}, SignalOutcome.MOMENTUM_DISAGREES),
        ({"imbalance_top": 0.3, "imbalance_weighted": 0.3, "momentum": 0.0}, SignalOutcome.CONFIDENCE_TOO_LOW),
        ({"capital_e8": 10**8}, SignalOutcome.SIZE_BELOW_MINIMUM),
        ({"order_room": False}, SignalOutcome.ORDER_SLOTS_FULL),
        ({"qty": 1000, "entry_ticks": 1_000_000.0}, SignalOutcome.POSITION_OPEN),
    ],
)
def test_every_signal_has_the_first_reason_against_it(changes: dict[str, Any], outcome: SignalOutcome) -> None:
    assert Bot().signal_after(3, **changes).outcome == outcome


def test_a_short_is_entered_where_it_is_allowed() -> None:
    asks_heavy = {"imbalance_top": -0.6, "imbalance_weighted": -0.6, "momentum": -300e-6, "may_short": True}
    intent = Bot().signal_after(3, **asks_heavy)
    assert (intent.outcome, intent.side) == (SignalOutcome.ORDERED, Side.SELL)


def test_the_size_grows_with_confidence_shrinks_with_volatility_and_stays_within_the_share() -> None:
    sure, unsure = Bot().signal_after(3, imbalance_top=0.9), Bot().signal_after(3, imbalance_top=0.4)
    wild = Bot().signal_after(3, imbalance_top=0.9, volatility=60e-6)
    assert wild.qty < unsure.qty < sure.qty
    assert sure.qty * 1_000_010 * 10 <= 0.4 * 1_000 * 10**8
    assert wild.qty == pytest.approx(sure.qty / 2, abs=1)


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"bid": 999_806, "ask": 999_816}, NOTHING),
        ({"bid": 999_805, "ask": 999_815}, SignalKind.EXIT_STOP),
        ({"bid": 1_000_304, "ask": 1_000_314}, NOTHING),
        ({"bid": 1_000_305, "ask": 1_000_315}, SignalKind.EXIT_TARGET),
        ({"must_leave": True}, SignalKind.EXIT_COMMAND),
        ({"after_ms": 60_000}, SignalKind.EXIT_TIME),
    ],
)
def test_a_long_is_left_by_stop_target_command_or_time(changes: dict[str, Any], kind: int) -> None:
    strategy = Bot()
    assert strategy.sees(**HELD).signal == NOTHING
    intent = strategy.sees(**(HELD | changes))
    assert intent.signal == kind
    if kind != NOTHING:
        assert (intent.side, intent.qty, intent.reduce_only) == (Side.SELL, 1000, 1)


def test_stop_and_target_stay_where_they_were_when_the_position_began() -> None:
    strategy = Bot()
    strategy.sees(**HELD)
    assert strategy.sees(**(HELD | {"atr": 1.0, "bid": 999_900, "ask": 999_910})).signal == NOTHING


def test_a_short_is_left_by_a_stop_above_it() -> None:
    short = {"qty": -1000, "entry_ticks": 1_000_005.0, "imbalance_top": 0.0}
    strategy = Bot()
    strategy.sees(**short)
    intent = strategy.sees(**(short | {"bid": 1_000_200, "ask": 1_000_205}))
    assert (intent.signal, intent.side, intent.reduce_only) == (SignalKind.EXIT_STOP, Side.BUY, 1)


def test_a_reversal_that_lasts_leaves_the_position() -> None:
    strategy = Bot(reversal_books=4, persistence_books=100)
    against = HELD | {"imbalance_top": -0.5, "imbalance_weighted": -0.5}
    assert strategy.signal_after(4, **against).signal == SignalKind.EXIT_REVERSAL


def test_an_exit_that_did_not_go_through_is_asked_for_again_later() -> None:
    strategy = Bot(exit_retry_s=1)
    leaving = HELD | {"must_leave": True}
    seen = [strategy.sees(**leaving).signal for _ in range(21)]
    assert [index for index, signal in enumerate(seen) if signal != NOTHING] == [0, 10, 20]
    assert strategy.sees(5_000, **(leaving | {"order_pending": True})).signal == NOTHING


def test_the_time_of_a_position_that_was_found_counts_from_its_entry() -> None:
    found = HELD | {"entered_ns": START - 50 * SECOND}
    strategy = Bot(hold_s=60)
    assert strategy.sees(9_000, **found).signal == NOTHING
    assert strategy.sees(1_000, **found).signal == SignalKind.EXIT_TIME


def test_after_a_position_the_bot_cools_down() -> None:
    strategy = Bot(cooldown_s=10, repeat_s=10)
    strategy.sees(**HELD)
    assert strategy.signal_after(3).outcome == SignalOutcome.COOLING_DOWN
    assert strategy.sees(10_000).outcome == SignalOutcome.ORDERED


def test_what_the_filters_would_not_sell_counts_as_no_position() -> None:
    dust = {"qty": 4, "entry_ticks": 1_000_000.0}
    assert Bot().signal_after(3, **dust).outcome == SignalOutcome.ORDERED


@pytest.mark.parametrize(
    ("parameters", "key", "remedy"),
    [
        ({"imbalance_mn": 0.3}, "bots.imbalance.parameters.imbalance_mn", "known are atr_bar_s"),
        ({"imbalance_min": 1.5}, "bots.imbalance.parameters.imbalance_min", "between 0 and 1"),
        ({"persistence_books": 2.5}, "bots.imbalance.parameters.persistence_books", "whole number"),
        ({"stop_atr": float("nan")}, "bots.imbalance.parameters.stop_atr", "give a number"),
    ],
)
def test_a_wrong_parameter_is_refused_by_its_name(parameters: dict[str, float], key: str, remedy: str) -> None:
    with pytest.raises(ConfigRefused) as caught:
        world(bots=[bot(**parameters)])
    (problem,) = caught.value.problems
    assert problem.key == key
    assert remedy in problem.remedy


def test_the_defaults_trade_on_a_generated_market_within_two_minutes() -> None:
    told = play(world(), generated_market(1, 1_200))
    fills = [output for output in told if output.kind is OutputKind.FILL]
    assert fills
    assert fills[0].event_ns - START < 120 * SECOND
