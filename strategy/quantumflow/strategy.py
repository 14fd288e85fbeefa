"""What a strategy of your own imports: what it sees, what it declares, and how it says what it wants.

    from quantumflow.strategy import Indicator, Parameter, View, enter, leave, lots_worth

    PARAMETERS = (Parameter("edge_min", 0.4, 0.0, 1.0, "imbalance to enter at"),)
    INDICATORS = (Indicator("edge", "ratio", "own", "the imbalance as it was seen"),)

    def decide(view, parameters, memory):
        memory.edge = view.imbalance_top
        if view.qty == 0 and view.may_enter and memory.edge >= parameters.edge_min:
            return enter(BUY, lots_worth(view, 0.2))
        if view.qty > 0 and memory.edge < 0:
            return leave(view)
        return None

`decide` is asked at each tradable book of each instrument of the bot. `parameters` has an attribute for each declared
parameter and for those of the features (quantumflow/features/parameters.py). `memory` is the bot's own for this
instrument: put on it whatever the next call shall find; it is empty at the start of a session and after a change. The
answer must depend on these three alone: a replay asks again and must hear the same.
"""

from quantumflow.parameters import Indicator, Parameter
from quantumflow.strategies.view import Intent, View
from quantumflow.vocabulary import OrderKind, Side, SignalKind, SignalOutcome, TimeInForce

__all__ = [
    "BUY",
    "SELL",
    "Indicator",
    "Intent",
    "Parameter",
    "View",
    "enter",
    "enter_at",
    "leave",
    "lots_worth",
]

BUY, SELL = Side.BUY, Side.SELL
_PPM = 1_000_000


def enter(side: Side, qty: int, confidence: float = 1.0) -> Intent | None:
    """Enters `qty` lots at the market; None, which is no intent, if that is no quantity."""
    if qty <= 0:
        return None
    ordered, market, ioc = SignalOutcome.ORDERED, OrderKind.MARKET, TimeInForce.IOC
    return Intent(SignalKind.ENTRY, ordered, side, qty, confidence, market, ioc, 0, 0, 0)


def enter_at(side: Side, qty: int, price: int, post_only: bool = True, confidence: float = 1.0) -> Intent | None:
    """Enters `qty` lots with a limit order at `price` ticks, which waits until it is filled or cancelled."""
    if qty <= 0:
        return None
    ordered, limit, gtc = SignalOutcome.ORDERED, OrderKind.LIMIT, TimeInForce.GTC
    return Intent(SignalKind.ENTRY, ordered, side, qty, confidence, limit, gtc, int(post_only), 0, price)


def leave(view: View, why: SignalKind = SignalKind.EXIT_TARGET) -> Intent | None:
    """Leaves all that is held, at the market; None if nothing is, or an order is under way."""
    if view.qty == 0 or view.order_pending:
        return None
    side = SELL if view.qty > 0 else BUY
    ordered, market, ioc = SignalOutcome.ORDERED, OrderKind.MARKET, TimeInForce.IOC
    return Intent(why, ordered, side, abs(view.qty), 1.0, market, ioc, 0, 1, 0)


def lots_worth(view: View, share: float) -> int:
    """Lots worth a share (0 … 1) of the bot's capital for this instrument, rounded down; 0 if the filters take none."""
    notional_e8 = view.capital_e8 * int(share * _PPM) // _PPM
    lots = notional_e8 * view.value_den // (view.ask * view.value_num)
    if view.qty_max > 0:
        lots = min(lots, view.qty_max)
    worth_e8 = lots * view.ask * view.value_num // view.value_den
    return lots if lots >= max(view.qty_min, 1) and worth_e8 >= view.notional_min_e8 else 0
