"""What a strategy sees, and what it answers. Without Numba: a strategy of a user's own is loaded in a small process."""

from typing import NamedTuple

__all__ = ["NO_SIGNAL", "Intent", "View"]

NO_SIGNAL = -1


class View(NamedTuple):
    """One instrument at one tradable book, as one bot sees it. Prices in ticks, quantities in lots."""

    now_ns: int
    epoch: int
    bid: int
    ask: int
    imbalance_best: float
    imbalance_top: float
    imbalance_weighted: float
    microprice: float
    volatility: float
    """Standard deviation of the mid's return from book to book."""
    volatility_z: float
    momentum: float
    atr: float
    """Ticks."""
    ready: bool
    """Every feature has seen enough."""
    qty: int
    """The bot's position, negative: short."""
    entry_ticks: float
    """The price at which it was entered, on average; 0 when flat."""
    entered_ns: int
    """Event time of the last fill that made the position larger, of an earlier session perhaps; it stays when flat."""
    capital_e8: int
    """The bot's capital for this instrument."""
    value_num: int
    value_den: int
    """One tick of one lot is value_num / value_den · 10^-8."""
    qty_min: int
    qty_max: int
    notional_min_e8: int
    may_enter: bool
    """core_risk trades and the operator has not paused the bot."""
    must_leave: bool
    """The operator wants the position closed."""
    may_short: bool
    order_pending: bool
    """An order of this bot on this instrument is not done."""
    order_room: bool
    """The table of orders has a free row."""


class Intent(NamedTuple):
    """A signal, and with outcome ORDERED the order that it asks for. `signal` NO_SIGNAL: nothing to say."""

    signal: int
    outcome: int
    side: int
    qty: int
    confidence: float
    order_kind: int
    time_in_force: int
    post_only: int
    reduce_only: int
    limit_price: int
