"""The scalpers FF and LR: decided at each minute's bar, acted on at the books after it.

At a closed candle `see_bar` asks the specialist that stands (reversion.decide, the search's own step): FF has one for
each regime, LR one for all. What it answers stays for that bar: an entry may be made at the first tradable book within
FRESH_NS of the bar's end, an exit until the next bar. A bar that was older when it came (history, a feed that was away)
only fills the buffer. While the regime is UNKNOWN there is no entry, and what is held is left.

A position is left by the specialist that entered it, whatever regime stands since, after a restart too: which that was
and at which bar, the journal says (opening.py). In STRESS FF holds at most
stress_share_max of the instrument's capital: what is more is left at the first book, with nothing further to ask.

Of two scalpers with opposite wishes for one instrument one wins (peers.py): no order is made against what another
holds or has asked for, so they never hold opposite positions. Wishes that agree blend: both enter with the mean of
their confidences, weighted by capital.
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from quantumflow.broker.money import BEYOND, mul_div
from quantumflow.features.bars import MINUTE_NS
from quantumflow.kernel import kernel
from quantumflow.outbox import write_specialist
from quantumflow.regime import WINDOW, debounce_step, regime_of
from quantumflow.regime_vocabulary import Action, Regime
from quantumflow.reversion import atr_series, decide, half_life_series, score_series, volatility_series
from quantumflow.specialist import SPECIALIST_PARAMETERS
from quantumflow.state import BARS_KEPT
from quantumflow.strategies.intents import market_intent, no_intent, rejected_intent
from quantumflow.strategies.peers import Peers
from quantumflow.strategies.scalper_declared import FF, FIRST, LR, SPECIALISTS_FF, SPECIALISTS_LR
from quantumflow.strategies.sizing import entry_ticks, lots_for, passes_filters
from quantumflow.strategies.unasked import leave_now
from quantumflow.strategies.view import Intent, View
from quantumflow.vocabulary import BotState, Side, SignalKind, SignalOutcome

__all__ = ["FRESH_NS", "act", "is_scalper", "see_bar"]

Record = Any
Table = npt.NDArray[np.void]
Floats = npt.NDArray[np.float64]

FRESH_NS = 10_000_000_000
"""How old a bar may be for an entry; a closed candle comes within seconds of its end."""

if BARS_KEPT < WINDOW:
    raise ImportError("a regime's window is longer than the bars that the engine keeps")

_FIELDS = len(SPECIALIST_PARAMETERS)
(
    _MODE,
    _LOOKBACK,
    _ENTRY_SCORE,
    _EXIT_SCORE,
    _STOP_ATR,
    _ATR_BARS,
    _VOLATILITY_BARS,
    _VOLATILITY_MIN,
    _HALF_LIFE_BARS,
    _HALF_LIVES,
    _HOLD_BARS,
) = range(_FIELDS)
_CAPITAL_SHARE, _SPREAD_MAX, _EXIT_RETRY_S, _STRESS_SHARE, _DEBOUNCE = range(FIRST, FIRST + 5)

_UNKNOWN, _STRESS = int(Regime.UNKNOWN), int(Regime.STRESS)
_LONG, _SHORT, _STAY = int(Action.LONG), int(Action.SHORT), int(Action.STAY)
_AT_STOP, _AT_TARGET = int(Action.STOP), int(Action.TARGET)
_ENTRY, _EXIT_STOP, _EXIT_TARGET = int(SignalKind.ENTRY), int(SignalKind.EXIT_STOP), int(SignalKind.EXIT_TARGET)
_EXIT_TIME, _EXIT_STRESS = int(SignalKind.EXIT_TIME), int(SignalKind.EXIT_STRESS)
_EXIT_CONFLICT, _EXIT_UNKNOWN = int(SignalKind.EXIT_CONFLICT), int(SignalKind.EXIT_UNKNOWN)
_ORDERED, _CONFLICT = int(SignalOutcome.ORDERED), int(SignalOutcome.CONFLICT)
_NOT_TRADING, _ORDER_PENDING = int(SignalOutcome.NOT_TRADING), int(SignalOutcome.ORDER_PENDING)
_POSITION_OPEN, _SHORT_DISABLED = int(SignalOutcome.POSITION_OPEN), int(SignalOutcome.SHORT_DISABLED)
_SPREAD_TOO_WIDE, _SIZE_BELOW_MINIMUM = int(SignalOutcome.SPREAD_TOO_WIDE), int(SignalOutcome.SIZE_BELOW_MINIMUM)
_ORDER_SLOTS_FULL = int(SignalOutcome.ORDER_SLOTS_FULL)
_BUY, _SELL = int(Side.BUY), int(Side.SELL)
_REMOVED, _STOPPED = int(BotState.REMOVED), int(BotState.STOPPED)
_SECOND_NS, _MILLION = 1_000_000_000.0, 1_000_000.0
_PPM = 1_000_000


@kernel
def is_scalper(number: int) -> bool:
    """Whether the strategy of this number decides at bars."""
    return number in (FF, LR)


@kernel
def see_bar(
    core: Record, instruments: Table, bots: Table, slots: Table, parameters: Floats, outbox: Table, k: int
) -> None:
    """Every scalper of instrument `k` looks at its newest bar."""
    instrument = instruments[k]
    fresh = core["now_ns"] - (instrument["bar_ns"] + MINUTE_NS) <= FRESH_NS
    instrument["regime"] = regime_of(instrument["closes"][BARS_KEPT - instrument["bars"] :]) if fresh else _UNKNOWN
    for bot in range(bots.shape[0]):
        row, slot = bots[bot], slots[bot, k]
        if not is_scalper(row["strategy"]) or slot["trades"] == 0 or row["state"] in (_STOPPED, _REMOVED):
            continue
        stood = slot["bar_regime"]
        _turn_page(instrument, slot)
        if not fresh:
            slot["bar_regime"], slot["bar_seen"], slot["bar_run"] = _UNKNOWN, _UNKNOWN, 0
            continue
        bars = int(parameters[bot, _DEBOUNCE]) if row["strategy"] == FF else 1
        standing = debounce_step(stood, slot["bar_seen"], slot["bar_run"], instrument["regime"], bars)
        slot["bar_regime"], slot["bar_seen"], slot["bar_run"] = standing
        if slot["bar_regime"] == _UNKNOWN:
            slot["bar_exit"] = _EXIT_UNKNOWN if slot["qty"] != 0 else 0
        else:
            _ask_specialist(instrument, slot, row["strategy"], parameters[bot])
        if slot["bar_regime"] != stood:
            write_specialist(core, instrument, slot, outbox, bot, k, 0)


@kernel
def _turn_page(instrument: Record, slot: Record) -> None:
    """What was decided at the bar before is over; how long the position is held."""
    bar_ns = instrument["bar_ns"]
    if slot["qty"] == 0:
        slot["bar_since_ns"] = 0
        slot["bar_entry_regime"] = _UNKNOWN
    elif slot["bar_since_ns"] == 0:
        slot["bar_since_ns"] = bar_ns - MINUTE_NS
    slot["bars_held"] = (bar_ns - slot["bar_since_ns"]) // MINUTE_NS if slot["qty"] != 0 else 0
    slot["bar_ns"] = bar_ns
    slot["bar_until_ns"] = bar_ns + MINUTE_NS + int(FRESH_NS)
    slot["bar_wants"], slot["bar_exit"], slot["bar_told"] = 0, 0, -1
    slot["bar_score"] = slot["bar_atr"] = slot["bar_volatility"] = slot["bar_half_life"] = math.nan
    slot["bar_confidence"] = 0.0


@kernel
def _ask_specialist(instrument: Record, slot: Record, strategy: int, parameters: Floats) -> None:
    """The specialist's answer to the newest bar, kept in the slot."""
    held = 1 if slot["qty"] > 0 else -1 if slot["qty"] < 0 else 0
    regime = slot["bar_entry_regime"] if held != 0 and slot["bar_entry_regime"] != _UNKNOWN else slot["bar_regime"]
    at = SPECIALISTS_FF + (regime - 1) * _FIELDS if strategy == FF else SPECIALISTS_LR
    own = parameters[at : at + _FIELDS]
    lookback = int(own[_LOOKBACK])
    closes = instrument["closes"]
    begin = BARS_KEPT - lookback - 1
    highs, lows = instrument["highs"], instrument["lows"]
    slot["bar_score"] = score_series(int(own[_MODE]), lookback, closes[begin:], highs[begin:], lows[begin:])[-1]
    begin = BARS_KEPT - int(own[_ATR_BARS]) - 1
    slot["bar_atr"] = atr_series(int(own[_ATR_BARS]), closes[begin:], highs[begin:], lows[begin:])[-1]
    begin = BARS_KEPT - int(own[_VOLATILITY_BARS]) - 1
    slot["bar_volatility"] = volatility_series(int(own[_VOLATILITY_BARS]), closes[begin:])[-1]
    begin = BARS_KEPT - int(own[_HALF_LIFE_BARS]) - 1
    slot["bar_half_life"] = half_life_series(int(own[_HALF_LIFE_BARS]), closes[begin:])[-1]
    action = decide(
        slot["bar_score"],
        closes[BARS_KEPT - 1],
        slot["bar_atr"],
        slot["bar_volatility"],
        slot["bar_half_life"],
        held,
        entry_ticks(slot["qty"], slot["cost_e8"], instrument["value_num"], instrument["value_den"]),
        slot["bars_held"],
        own[_ENTRY_SCORE],
        own[_EXIT_SCORE],
        own[_STOP_ATR],
        own[_VOLATILITY_MIN],
        own[_HALF_LIVES],
        own[_HOLD_BARS],
    )
    slot["bar_confidence"] = min(max(abs(slot["bar_score"]) / own[_ENTRY_SCORE] - 1.0, 0.0), 1.0)
    if action in (_LONG, _SHORT):
        slot["bar_wants"] = action
    elif action != _STAY:
        slot["bar_exit"] = _EXIT_STOP if action == _AT_STOP else _EXIT_TARGET if action == _AT_TARGET else _EXIT_TIME
    elif held != 0 and strategy == FF and slot["bar_regime"] == _STRESS:
        slot["bar_exit"] = _EXIT_STRESS


@kernel
def act(view: View, slot: Record, strategy: int, parameters: Floats, peers: Peers) -> Intent:
    """One tradable book: the exit that is due, else the entry that the newest bar wants."""
    if view.must_leave:
        return leave_now(view, slot)
    intent = _leave(view, slot, parameters, peers)
    return intent if intent.signal >= 0 else _enter(view, slot, strategy, parameters, peers)


@kernel
def _leave(view: View, slot: Record, parameters: Floats, peers: Peers) -> Intent:
    """An exit at the market; asked for once, and again after a while if it did not go through."""
    kind = slot["bar_exit"]
    if view.qty * peers.superior_wants < 0:
        kind = _EXIT_CONFLICT
    if view.qty == 0 or kind == 0 or view.order_pending:
        return no_intent()
    if slot["bar_exit_ns"] > 0 and view.now_ns - slot["bar_exit_ns"] < parameters[_EXIT_RETRY_S] * _SECOND_NS:
        return no_intent()
    lots = abs(view.qty)
    if kind == _EXIT_STRESS:
        lots -= _lots_worth(view, int(parameters[_STRESS_SHARE] * _MILLION))
    lots = lots if view.qty_max == 0 else min(lots, view.qty_max)
    side, price = (_SELL, view.bid) if view.qty > 0 else (_BUY, view.ask)
    num, den = view.value_num, view.value_den
    if not passes_filters(lots, price, view.qty_min, view.qty_max, view.notional_min_e8, num, den):
        return no_intent()
    slot["bar_exit_ns"] = view.now_ns
    if not view.order_room:
        return rejected_intent(kind, _ORDER_SLOTS_FULL, side, 0.0)
    if kind == _EXIT_STRESS:
        slot["bar_exit"] = 0
    return market_intent(kind, side, lots, 0.0, 1)


@kernel
def _lots_worth(view: View, share_ppm: int) -> int:
    """Lots worth a share of the capital at the price of this book, rounded down."""
    notional, _ = mul_div(view.capital_e8, share_ppm, _PPM)
    if notional == BEYOND:
        return 0
    lots, _ = mul_div(notional, view.value_den, view.ask * view.value_num)
    return 0 if lots == BEYOND else lots


@kernel
def _enter(view: View, slot: Record, strategy: int, parameters: Floats, peers: Peers) -> Intent:
    """The entry that the bar wants, or the first reason against it; each reason is told once a bar.

    An entry that loses against what another holds waits for that to be left; every other outcome is the bar's last.
    """
    told = slot["bar_told"]
    if slot["bar_wants"] == 0 or view.now_ns > slot["bar_until_ns"] or told not in (-1, _CONFLICT):
        return no_intent()
    long = slot["bar_wants"] > 0
    side, price = (_BUY, view.ask) if long else (_SELL, view.bid)
    outcome = _outcome(view, slot, parameters, peers)
    lots = 0
    if outcome == _ORDERED:
        share = parameters[_CAPITAL_SHARE] * (0.5 + 0.5 * peers.confidence)
        if strategy == FF and slot["bar_regime"] == _STRESS:
            share = min(share, parameters[_STRESS_SHARE])
        lots = lots_for(view, price, int(share * _MILLION))
        if lots == 0:
            outcome = _SIZE_BELOW_MINIMUM
    if outcome == told:
        return no_intent()
    slot["bar_told"] = outcome
    if outcome != _ORDERED:
        return rejected_intent(_ENTRY, outcome, side, peers.confidence)
    slot["bar_entry_regime"] = slot["bar_regime"]
    return market_intent(_ENTRY, side, lots, peers.confidence, 0)


@kernel
def _outcome(view: View, slot: Record, parameters: Floats, peers: Peers) -> int:
    """ORDERED, or what speaks against the entry."""
    long = slot["bar_wants"] > 0
    if (peers.short if long else peers.long) or slot["bar_wants"] * peers.superior_wants < 0:
        return _CONFLICT
    if not view.may_enter:
        return _NOT_TRADING
    if view.order_pending:
        return _ORDER_PENDING
    if view.qty != 0:
        return _POSITION_OPEN
    if not long and not view.may_short:
        return _SHORT_DISABLED
    if (view.ask - view.bid) * _MILLION > parameters[_SPREAD_MAX] * view.bid:
        return _SPREAD_TOO_WIDE
    return _ORDERED if view.order_room else _ORDER_SLOTS_FULL
