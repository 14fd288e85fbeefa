"""What an engine is built from: instruments, bots, broker and timing, as frozen values with integers of named units.

config.py makes them from quantumflow.toml, the Hello frame gives the instruments; the engine turns them into arrays.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import gcd

__all__ = [
    "BOTS_MAX",
    "EXPECTED_FIGURES",
    "INSTRUMENTS_MAX",
    "MONEY_MAX",
    "BotSpec",
    "BrokerSpec",
    "EngineSpec",
    "InstrumentSpec",
    "OpenPosition",
    "Opening",
]

INSTRUMENTS_MAX = 16
BOTS_MAX = 8
EXPECTED_FIGURES = ("mean_log_return", "standard_error", "deviation", "trades")
"""Of a regime's trades out of sample: their mean log return, its error, one trade's deviation, how many they were."""
MONEY_MAX = 2**62 - 1
"""Largest amount of money, in 10⁻⁸ of the quote currency; core_risk's integers have 63 bits."""


@dataclass(frozen=True, slots=True)
class InstrumentSpec:
    """One instrument of a session. Units of price and quantity in 10⁻⁸; bounds in lots, 0: no such filter."""

    index: int
    symbol: str
    base: str
    quote: str
    tick_e8: int
    lot_e8: int
    qty_min_lots: int
    qty_max_lots: int
    notional_min_e8: int
    filters_from: str

    @property
    def value(self) -> tuple[int, int]:
        """What one tick of one lot is worth, in 10⁻⁸ quote, as a reduced fraction (API.md, Money)."""
        product = self.tick_e8 * self.lot_e8
        divisor = gcd(product, 10**8)
        return product // divisor, 10**8 // divisor


@dataclass(frozen=True, slots=True)
class BotSpec:
    """One bot: a strategy, its parameters (absent ones have the strategy's default), its instruments and capital."""

    name: str
    strategy: str
    instruments: tuple[str, ...]
    capital_e8: int
    parameters: Mapping[str, float] = field(default_factory=dict)
    source: str | None = None
    """SHA-256 of the text of a strategy that a user wrote; None: one of ours."""
    specialists: str | None = None
    """Signature of the specialists.toml that its parameters are of; None: of no file."""
    expected: Mapping[str, Mapping[str, float]] | None = None
    """What that file expects of a trade, by regime (`bull`): EXPECTED_FIGURES; None: of no file."""


@dataclass(frozen=True, slots=True)
class BrokerSpec:
    """The paper broker's model. `latency_us` are the quantiles 0, 25, 50, 75, 90, 99, 100 % in microseconds."""

    maker_fee_ppm: int
    taker_fee_ppm: int
    latency_seed: int
    latency_us: tuple[int, int, int, int, int, int, int]
    order_deadline_ns: int
    allow_short: bool
    queue_model: int = 0
    """QueueModel; the appliance's is ALL_AHEAD, research may choose another."""
    impact_model: int = 0
    """ImpactModel; the appliance's is REMEMBERED."""
    fill_model: int = 0
    """FillModel; the appliance's is MODEL."""


@dataclass(frozen=True, slots=True)
class EngineSpec:
    """Timing of the engine, all in nanoseconds of event time (`recv_ns`)."""

    mark_interval_ns: int
    equity_interval_ns: int
    max_book_age_ns: int
    approval_valid_ns: int


@dataclass(frozen=True, slots=True)
class OpenPosition:
    """One bot's position at the start; `cost_e8` as core_risk/API.md says."""

    bot: str
    symbol: str
    qty: int
    cost_e8: int
    realised_e8: int
    entered_ns: int = 0
    """Event time of the last fill that made it larger."""
    entry_regime: int = 0
    """Regime whose specialist opened it, and the bar at which it did; 0: none did."""
    entry_bar_ns: int = 0


@dataclass(frozen=True, slots=True)
class Opening:
    """The account as a session finds it: zero everywhere but the deposit at the very first start."""

    cash_e8: int
    peak_e8: int
    fees_e8: int
    orders: int
    """Orders ever made; the next has this number + 1."""
    signals: int
    fills: int
    positions: tuple[OpenPosition, ...] = ()
    paused: frozenset[str] = frozenset()
    """Bots that an operator paused, or flattened."""
    flatten: frozenset[str] = frozenset()
    stopped: frozenset[str] = frozenset()
    """Bots that an operator stopped."""
    removing: frozenset[str] = frozenset()
    """Of these, those that are no more once they are flat."""
    failed: Mapping[str, int] = field(default_factory=dict)
    """Bots whose strategy failed: BotReason."""
    killed: int = 0
    """Command.KILL or KILL_FLATTEN if one stands, which counts from `killed_ns` on."""
    killed_ns: int = 0
    calendar: bool = False
    """Whether pauses of a calendar hold; the engine then asks for them."""
    calendar_policy: int = 0
    """CalendarPolicy"""
