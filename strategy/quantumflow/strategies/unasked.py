"""What the engine does for strategies that it does not trust: the exits of those it asks no more, and a check of what
users' ones want. Ours look at the same things themselves, and say more of them.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from quantumflow.kernel import kernel
from quantumflow.strategies.intents import market_intent, no_intent
from quantumflow.strategies.sizing import passes_filters
from quantumflow.strategies.view import Intent, View
from quantumflow.vocabulary import Side, SignalKind, SignalOutcome

__all__ = ["LEAVE_RETRY_NS", "TOLD_AGAIN_NS", "leave_now", "standing_outcome", "told_before"]

Record = Any
Table = npt.NDArray[np.void]

LEAVE_RETRY_NS = 2_000_000_000
"""An exit that did not go through is asked for again after so long."""
TOLD_AGAIN_NS = 1_000_000_000
"""The same reason why a signal became no order is journaled once in so long: a strategy may ask at each book."""

_BUY, _SELL = int(Side.BUY), int(Side.SELL)
_EXIT_COMMAND = int(SignalKind.EXIT_COMMAND)
_ORDERED, _NOT_TRADING = int(SignalOutcome.ORDERED), int(SignalOutcome.NOT_TRADING)
_ORDER_PENDING, _ORDER_SLOTS_FULL = int(SignalOutcome.ORDER_PENDING), int(SignalOutcome.ORDER_SLOTS_FULL)
_SHORT_DISABLED = int(SignalOutcome.SHORT_DISABLED)


@kernel
def leave_now(view: View, slot: Record) -> Intent:
    """All that is held, at the market, if an operator or the calendar wants it left; else nothing."""
    waits = slot["leave_ns"] > 0 and view.now_ns - slot["leave_ns"] < LEAVE_RETRY_NS
    if not view.must_leave or view.qty == 0 or view.order_pending or not view.order_room or waits:
        return no_intent()
    lots = abs(view.qty) if view.qty_max == 0 else min(abs(view.qty), view.qty_max)
    price = view.bid if view.qty > 0 else view.ask
    num, den = view.value_num, view.value_den
    if not passes_filters(lots, price, view.qty_min, view.qty_max, view.notional_min_e8, num, den):
        return no_intent()
    slot["leave_ns"] = view.now_ns
    return market_intent(_EXIT_COMMAND, _SELL if view.qty > 0 else _BUY, lots, 0.0, 1)


@kernel
def standing_outcome(core: Record, view: View, orders: Table, bot: int, k: int, intent: Intent) -> int:
    """ORDERED, or why the bot could not make this order whatever the market says."""
    if not view.order_room:
        return _ORDER_SLOTS_FULL
    if intent.reduce_only == 1:
        for row in range(core["open_orders"]):
            order = orders[row]
            if order["bot"] == bot and order["instrument"] == k and order["reduce_only"] == 1:
                return _ORDER_PENDING
        return _ORDERED
    if not view.may_enter:
        return _NOT_TRADING
    if view.order_pending:
        return _ORDER_PENDING
    if intent.side == _SELL and not view.may_short and intent.qty > view.qty:
        return _SHORT_DISABLED
    return _ORDERED


@kernel
def told_before(slot: Record, now_ns: int, outcome: int) -> bool:
    """Whether the same was told of this slot less than TOLD_AGAIN_NS ago; else it counts as told now."""
    if slot["told_outcome"] == outcome and slot["told_ns"] > 0 and now_ns - slot["told_ns"] < TOLD_AGAIN_NS:
        return True
    slot["told_ns"] = now_ns
    slot["told_outcome"] = outcome
    return False
