"""Order-book imbalance: enter with the heavier side of the book, leave by stop, target, reversal or time.

A signal is an edge: the book has leaned to one side for `persistence_books` books in a row, and had not for `rearm_s`,
or the last signal to that side is `repeat_s` old. A lean that comes and goes is one opportunity, not one at each
return: a shorter absence is no absence. Each side has its own, so that a book that swings does not make each swing
new. Every signal is told, with the first reason why it became no order.
"""

import numpy as np
import numpy.typing as npt

from quantumflow.features.persistence import lean_of, run_after
from quantumflow.kernel import kernel
from quantumflow.strategies.imbalance_declared import FIRST, PARAMETERS
from quantumflow.strategies.intents import market_intent, no_intent, rejected_intent
from quantumflow.strategies.sizing import lots_for, passes_filters
from quantumflow.strategies.view import Intent, View
from quantumflow.vocabulary import Side, SignalKind, SignalOutcome

__all__ = ["decide"]

(
    _IMBALANCE_MIN,
    _WEIGHTED_MIN,
    _PERSISTENCE,
    _REARM_S,
    _REPEAT_S,
    _SPREAD_MAX,
    _Z_MAX,
    _MOMENTUM_MIN,
    _MOMENTUM_FULL,
    _CONFIDENCE_MIN,
    _CAPITAL_SHARE,
    _VOLATILITY_TARGET,
    _STOP_ATR,
    _TARGET_ATR,
    _REVERSAL_MIN,
    _REVERSAL_BOOKS,
    _HOLD_S,
    _EXIT_RETRY_S,
    _COOLDOWN_S,
) = range(FIRST, len(PARAMETERS))

# What the strategy keeps for one instrument: integers, then floats.
_EPOCH, _RUN, _REVERSAL_RUN, _HELD, _ENTRY_NS, _EXIT_NS, _CLOSED_NS = range(7)
_GONE_NS, _SIGNAL_NS = 7, 9
"""Two words each, for buys and for sells: since when the lean is gone (0: it is there), and the last signal's time."""
_STOP, _TARGET = range(2)

_BUY, _SELL = int(Side.BUY), int(Side.SELL)
_ENTRY, _EXIT_STOP, _EXIT_TARGET = int(SignalKind.ENTRY), int(SignalKind.EXIT_STOP), int(SignalKind.EXIT_TARGET)
_EXIT_REVERSAL, _EXIT_TIME = int(SignalKind.EXIT_REVERSAL), int(SignalKind.EXIT_TIME)
_EXIT_COMMAND = int(SignalKind.EXIT_COMMAND)
_ORDERED, _SPREAD_TOO_WIDE = int(SignalOutcome.ORDERED), int(SignalOutcome.SPREAD_TOO_WIDE)
_VOLATILITY_TOO_HIGH = int(SignalOutcome.VOLATILITY_TOO_HIGH)
_MOMENTUM_DISAGREES = int(SignalOutcome.MOMENTUM_DISAGREES)
_CONFIDENCE_TOO_LOW = int(SignalOutcome.CONFIDENCE_TOO_LOW)
_POSITION_OPEN, _ORDER_PENDING = int(SignalOutcome.POSITION_OPEN), int(SignalOutcome.ORDER_PENDING)
_COOLING_DOWN, _SHORT_DISABLED = int(SignalOutcome.COOLING_DOWN), int(SignalOutcome.SHORT_DISABLED)
_SIZE_BELOW_MINIMUM, _NOT_TRADING = int(SignalOutcome.SIZE_BELOW_MINIMUM), int(SignalOutcome.NOT_TRADING)
_WARMING_UP, _ORDER_SLOTS_FULL = int(SignalOutcome.WARMING_UP), int(SignalOutcome.ORDER_SLOTS_FULL)

_SECOND_NS = 1_000_000_000.0
_MILLION = 1_000_000.0

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@kernel
def decide(view: View, parameters: Floats, words: Integers, figures: Floats) -> Intent:
    """One tradable book: at most one signal. `words` and `figures` are this bot's memory of this instrument."""
    _follow_book(view, parameters, words)
    held = _held(view)
    _follow_position(view, parameters, words, figures, held)
    if held > 0:
        intent = _leave(view, parameters, words, figures, held)
        if intent.signal >= 0:
            return intent
    direction = _edge(view, parameters, words)
    return no_intent() if direction == 0 else _enter(view, parameters, words, held, direction)


@kernel
def _follow_book(view: View, parameters: Floats, words: Integers) -> None:
    """Count the runs of books that lean to one side, for entries and for reversals; a new epoch starts them again."""
    if words[_EPOCH] != view.epoch:
        words[_EPOCH] = view.epoch
        words[_RUN] = 0
        words[_REVERSAL_RUN] = 0
    top, weighted = view.imbalance_top, view.imbalance_weighted
    words[_RUN] = run_after(words[_RUN], lean_of(top, parameters[_IMBALANCE_MIN], weighted, parameters[_WEIGHTED_MIN]))
    reversal = parameters[_REVERSAL_MIN]
    words[_REVERSAL_RUN] = run_after(words[_REVERSAL_RUN], lean_of(top, reversal, weighted, reversal))


@kernel
def _held(view: View) -> int:
    """Lots that an exit could ask for now; 0 when flat, or when too little is left for the exchange's filters."""
    lots = abs(view.qty) if view.qty_max == 0 else min(abs(view.qty), view.qty_max)
    price = view.bid if view.qty > 0 else view.ask
    num, den = view.value_num, view.value_den
    return lots if passes_filters(lots, price, view.qty_min, view.qty_max, view.notional_min_e8, num, den) else 0


@kernel
def _follow_position(view: View, parameters: Floats, words: Integers, figures: Floats, held: int) -> None:
    """Note when a position began and its stop and target, which then stay; note when it ended.

    Where the average true range is smaller than the spread, two spreads keep the stop out of the spread itself.
    """
    if held == 0:
        if words[_HELD] == 1:
            words[_HELD] = 0
            words[_CLOSED_NS] = view.now_ns
            figures[_STOP] = 0.0
            figures[_TARGET] = 0.0
        return
    if words[_HELD] == 0:
        words[_HELD] = 1
        words[_ENTRY_NS] = view.entered_ns
        words[_EXIT_NS] = 0
    if figures[_STOP] == 0.0 and view.ready:
        least = 2.0 * (view.ask - view.bid)
        figures[_STOP] = max(parameters[_STOP_ATR] * view.atr, least)
        figures[_TARGET] = max(parameters[_TARGET_ATR] * view.atr, least)


@kernel
def _leave(view: View, parameters: Floats, words: Integers, figures: Floats, held: int) -> Intent:
    """The exit that is due, if any; asked for once, and again after a while if it did not go through."""
    kind = _exit_kind(view, parameters, words, figures)
    waits = words[_EXIT_NS] > 0 and view.now_ns - words[_EXIT_NS] < parameters[_EXIT_RETRY_S] * _SECOND_NS
    if kind < 0 or view.order_pending or waits:
        return no_intent()
    words[_EXIT_NS] = view.now_ns
    side = _SELL if view.qty > 0 else _BUY
    if not view.order_room:
        return rejected_intent(kind, _ORDER_SLOTS_FULL, side, 0.0)
    return market_intent(kind, side, held, 0.0, 1)


@kernel
def _exit_kind(view: View, parameters: Floats, words: Integers, figures: Floats) -> int:
    """Why the position should be left now, -1 if it should not."""
    if view.must_leave:
        return _EXIT_COMMAND
    long = view.qty > 0
    gain = view.bid - view.entry_ticks if long else view.entry_ticks - view.ask
    if figures[_STOP] > 0.0 and gain <= -figures[_STOP]:
        return _EXIT_STOP
    if figures[_STOP] > 0.0 and gain >= figures[_TARGET]:
        return _EXIT_TARGET
    against = -words[_REVERSAL_RUN] if long else words[_REVERSAL_RUN]
    if against >= parameters[_REVERSAL_BOOKS]:
        return _EXIT_REVERSAL
    if view.now_ns - words[_ENTRY_NS] >= parameters[_HOLD_S] * _SECOND_NS:
        return _EXIT_TIME
    return -1


@kernel
def _edge(view: View, parameters: Floats, words: Integers) -> int:
    """1 or -1 at the book at which a new lean has lasted long enough, or an old one for `repeat_s`; else 0."""
    signal = 0
    for side in range(2):
        direction = 1 - 2 * side
        gone_ns = words[_GONE_NS + side]
        if direction * words[_RUN] < parameters[_PERSISTENCE]:
            if gone_ns == 0:
                words[_GONE_NS + side] = view.now_ns
            continue
        words[_GONE_NS + side] = 0
        new = gone_ns > 0 and view.now_ns - gone_ns >= parameters[_REARM_S] * _SECOND_NS
        repeats = view.now_ns - words[_SIGNAL_NS + side] >= parameters[_REPEAT_S] * _SECOND_NS
        if new or repeats:
            words[_SIGNAL_NS + side] = view.now_ns
            signal = direction
    return signal


@kernel
def _enter(view: View, parameters: Floats, words: Integers, held: int, direction: int) -> Intent:
    """The entry that a signal asks for, or the first reason against it."""
    side = _BUY if direction > 0 else _SELL
    confidence = _confidence(view, parameters, direction)
    outcome = _standing_reason(view, parameters, words, held, direction)
    if outcome == _ORDERED:
        outcome = _market_reason(view, parameters, direction, confidence)
    if outcome != _ORDERED:
        return rejected_intent(_ENTRY, outcome, side, confidence)
    lots = _entry_lots(view, parameters, view.ask if direction > 0 else view.bid, confidence)
    if lots == 0:
        return rejected_intent(_ENTRY, _SIZE_BELOW_MINIMUM, side, confidence)
    if not view.order_room:
        return rejected_intent(_ENTRY, _ORDER_SLOTS_FULL, side, confidence)
    return market_intent(_ENTRY, side, lots, confidence, 0)


@kernel
def _standing_reason(view: View, parameters: Floats, words: Integers, held: int, direction: int) -> int:
    """Why the bot could not enter whatever the book says; ORDERED if it could."""
    if not view.ready:
        return _WARMING_UP
    if not view.may_enter:
        return _NOT_TRADING
    if view.order_pending:
        return _ORDER_PENDING
    if held > 0:
        return _POSITION_OPEN
    cooldown_ns = parameters[_COOLDOWN_S] * _SECOND_NS
    if words[_CLOSED_NS] > 0 and view.now_ns - words[_CLOSED_NS] < cooldown_ns:
        return _COOLING_DOWN
    if direction < 0 and not view.may_short:
        return _SHORT_DISABLED
    return _ORDERED


@kernel
def _market_reason(view: View, parameters: Floats, direction: int, confidence: float) -> int:
    """What in the market speaks against an entry; ORDERED if nothing does."""
    if (view.ask - view.bid) * _MILLION > parameters[_SPREAD_MAX] * view.bid:
        return _SPREAD_TOO_WIDE
    if view.volatility_z > parameters[_Z_MAX]:
        return _VOLATILITY_TOO_HIGH
    if view.momentum * direction * _MILLION < parameters[_MOMENTUM_MIN]:
        return _MOMENTUM_DISAGREES
    return _ORDERED if confidence >= parameters[_CONFIDENCE_MIN] else _CONFIDENCE_TOO_LOW


@kernel
def _confidence(view: View, parameters: Floats, direction: int) -> float:
    """0 ... 1: the excess of both imbalances (35 % each), the momentum's agreement (20 %), calm (10 %)."""
    top = _excess(abs(view.imbalance_top), parameters[_IMBALANCE_MIN])
    weighted = _excess(abs(view.imbalance_weighted), parameters[_WEIGHTED_MIN])
    agreement = min(max(view.momentum * direction * _MILLION / parameters[_MOMENTUM_FULL], 0.0), 1.0)
    highest = parameters[_Z_MAX]
    calm = 1.0 if highest <= 0.0 else min(max(1.0 - view.volatility_z / highest, 0.0), 1.0)
    return float(0.35 * top + 0.35 * weighted + 0.2 * agreement + 0.1 * calm)


@kernel
def _excess(figure: float, threshold: float) -> float:
    """Where a figure stands between its threshold (0) and 1 (1)."""
    return 1.0 if threshold >= 1.0 else min(max((figure - threshold) / (1.0 - threshold), 0.0), 1.0)


@kernel
def _entry_lots(view: View, parameters: Floats, price: int, confidence: float) -> int:
    """Lots to enter with: the capital's share, smaller with less confidence and with more volatility."""
    volatility_ppm = view.volatility * _MILLION
    target = parameters[_VOLATILITY_TARGET]
    calm = 1.0 if volatility_ppm <= target else target / volatility_ppm
    share = parameters[_CAPITAL_SHARE] * (0.5 + 0.5 * confidence) * calm
    return lots_for(view, price, int(share * _MILLION))
