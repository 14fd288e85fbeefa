"""The engine's whole memory: a tuple of fixed-size arrays, so that it is bytes: kept, hashed and compared as it is.

Every field is eight bytes wide, so a record has no padding and its bytes depend on its values alone. Kernels receive
single records (`state.slots[bot, instrument]`) and name their fields; nothing else holds state.
"""

import hashlib
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from quantumflow.events import DEPTH
from quantumflow.outputs import OUTPUT
from quantumflow.specs import BOTS_MAX, INSTRUMENTS_MAX

__all__ = [
    "BARS_KEPT",
    "BOT",
    "CORE",
    "EVENT_OUTPUTS_MAX",
    "INSTRUMENT",
    "KILL_FLATTEN_NS_MAX",
    "LIQUIDITY_MEMORY_MAX",
    "MOMENTUM_SAMPLES",
    "NAME_WORDS",
    "NEVER_NS",
    "ORDER",
    "ORDERS_MAX",
    "OUTBOX_MAX",
    "PARAMETERS_MAX",
    "PAUSES_MAX",
    "SLOT",
    "STRATEGY_WORDS",
    "State",
    "empty_state",
    "name_of",
    "name_words",
    "state_bytes",
    "state_digest",
]

ORDERS_MAX = 32
"""Orders alive at one time, of all bots."""
LIQUIDITY_MEMORY_MAX = 64
"""Levels of one instrument from which our fills have taken something."""
PARAMETERS_MAX = 64
MOMENTUM_SAMPLES = 128
BARS_KEPT = 1_000
"""One-minute bars of one instrument: the window of a regime (regime/rules.py)."""
KILL_FLATTEN_NS_MAX = 60_000_000_000
"""Event time in which a KILL_FLATTEN may still leave positions; then it is a KILL."""
NEVER_NS = 2**62
"""Later than any event."""
PAUSES_MAX = 64
"""Pauses of the calendar that the engine knows ahead."""
STRATEGY_WORDS = 16
"""Integers, and as many floats, that a strategy may keep for one bot and instrument."""
NAME_WORDS = 4

EVENT_OUTPUTS_MAX = ORDERS_MAX * (2 * DEPTH + 2) + INSTRUMENTS_MAX + 5 * BOTS_MAX + 8
"""Most rows that one event can write: every order filled at every level twice and done, every state, every signal and
what a specialist saw with it."""
OUTBOX_MAX = 2 * EVENT_OUTPUTS_MAX

_I = np.int64
_F = np.float64

CORE = np.dtype(
    [
        # the event at work: `stage` says how far it has come, `bot` whose turn is next
        ("now_ns", _I),
        ("seq", _I),
        ("stage", _I),
        ("bot", _I),
        ("pending", _I),  # Request that waits for its answer; NONE: nothing does
        ("pending_order", _I),
        ("pending_bot", _I),  # whose intent the shell was asked for, and of which instrument
        ("pending_instrument", _I),
        ("events", _I),
        ("ended", _I),
        ("feed_lost", _I),
        # trading as core_risk sees it
        ("trading", _I),
        ("reason", _I),
        # what an operator's KILL and KILL_FLATTEN left: the command, 0: none, and when it came
        ("killed", _I),
        ("killed_ns", _I),
        # the calendar: what it allows, until when that stands, what it covers, and when to ask for more
        ("phase", _I),
        ("phase_until_ns", _I),
        ("pauses", _I),  # rows of `calendar` in use
        ("calendar_known_ns", _I),
        ("calendar_extend_ns", _I),
        ("calendar_asked_ns", _I),
        ("calendar_policy", _I),
        ("next_mark_ns", _I),
        ("next_equity_ns", _I),
        # the account
        ("cash_e8", _I),
        ("fees_e8", _I),
        ("realised_gone_e8", _I),  # of bots that are no more
        ("equity_e8", _I),
        ("peak_e8", _I),
        ("exposure_e8", _I),
        ("marked", _I),  # 1: equity_e8 is known
        ("order_count", _I),
        ("signal_count", _I),
        ("fill_count", _I),
        # the tables
        ("open_orders", _I),  # rows of `orders` in use, in order of their numbers
        ("outputs", _I),  # rows of `outbox` in use
        # the broker's model
        ("maker_fee_ppm", _I),
        ("taker_fee_ppm", _I),
        ("latency_seed", _I),
        ("latency_ns", _I, (7,)),
        ("order_deadline_ns", _I),
        ("allow_short", _I),
        ("queue_model", _I),
        ("impact_model", _I),
        ("fill_model", _I),
        # the engine's timing
        ("mark_interval_ns", _I),
        ("equity_interval_ns", _I),
        ("max_book_age_ns", _I),
        ("approval_valid_ns", _I),
    ]
)

INSTRUMENT = np.dtype(
    [
        ("name", _I, (NAME_WORDS,)),
        ("tick_e8", _I),
        ("lot_e8", _I),
        ("value_num", _I),
        ("value_den", _I),
        ("qty_min", _I),
        ("qty_max", _I),
        ("notional_min_e8", _I),
        # the latest book
        ("state", _I),
        ("epoch", _I),
        ("last_id", _I),
        ("recv_ns", _I),
        ("event_ns", _I),
        ("bid_count", _I),
        ("ask_count", _I),
        ("window_bid", _I),
        ("window_ask", _I),
        ("levels", _I, (2, DEPTH, 2)),  # side (bid, ask), level, (ticks, lots)
        ("imbalance_best", _F),
        ("imbalance_top", _F),
        ("imbalance_weighted", _F),
        ("microprice", _F),
        # the last two-sided book, for marking what is held
        ("mark_bid", _I),
        ("mark_ask", _I),
        # what our fills took from levels that have not changed since: side, ticks, displayed, taken
        ("memory_count", _I),
        ("memory", _I, (LIQUIDITY_MEMORY_MAX, 4)),
        # features/bars.py: the newest `bars` of them stand at the end, in ticks
        ("bars", _I),
        ("bar_ns", _I),  # when the newest opened
        ("regime", _I),  # Regime at the newest bar; UNKNOWN too where that bar was old when it came
        ("closes", _F, (BARS_KEPT,)),
        ("highs", _F, (BARS_KEPT,)),
        ("lows", _F, (BARS_KEPT,)),
    ]
)

BOT = np.dtype(
    [
        ("name", _I, (NAME_WORDS,)),
        ("strategy", _I),
        ("state", _I),  # BotState
        ("reason", _I),  # BotReason of a FAILED one
        ("removing", _I),  # 1: it is no more once it is flat
        ("capital_e8", _I),
        ("instruments", _I),  # how many it trades
        ("flatten", _I),  # 1: leave every position, until flat
        # restraint.py: orders of this second, refusals in a row and since when
        ("second", _I),
        ("second_orders", _I),
        ("refusals", _I),
        ("refusals_ns", _I),
    ]
)

# One bot on one instrument: its position, what its features remember, and its strategy's own words.
SLOT = np.dtype(
    [
        ("trades", _I),  # 1: this bot trades this instrument
        ("traded", _I),  # 1: it ever did, so its books are compared
        ("qty", _I),
        ("cost_e8", _I),
        ("realised_e8", _I),
        ("fees_e8", _I),
        ("cash_e8", _I),  # what its fills moved, fees included
        ("fills", _I),
        ("entered_ns", _I),  # event time of the last fill that made the position larger
        ("epoch", _I),
        # features/volatility.py
        ("volatility_mid2", _I),
        ("volatility_samples", _I),
        ("volatility_variance", _F),
        ("volatility", _F),
        ("volatility_mean", _F),
        ("volatility_spread", _F),
        ("volatility_z", _F),
        # features/momentum.py
        ("momentum_head", _I),
        ("momentum_count", _I),
        ("momentum_ns", _I, (MOMENTUM_SAMPLES,)),
        ("momentum_mid2", _I, (MOMENTUM_SAMPLES,)),
        ("momentum_ready", _I),
        ("momentum", _F),
        # features/persistence.py
        ("persistence", _I),  # books in a row that lean to one side; positive: to the bids
        # features/atr.py
        ("atr_bar", _I),
        ("atr_high2", _I),
        ("atr_low2", _I),
        ("atr_close2", _I),
        ("atr_previous2", _I),
        ("atr_bars", _I),
        ("atr", _F),  # ticks
        # strategies/
        ("leave_ns", _I),  # when the engine itself last asked for the exit of a bot that is asked no more
        ("told_ns", _I),  # of a user's strategy: the last signal that became no order, and why
        ("told_outcome", _I),
        # strategies/scalper.py: what was decided at the newest bar, and what of it is done
        ("bar_ns", _I),
        ("bar_until_ns", _I),  # entries are made until then
        ("bar_regime", _I),  # Regime that stands after the debounce
        ("bar_seen", _I),  # Regime of the newest bar, and for how many bars in a row
        ("bar_run", _I),
        ("bar_since_ns", _I),  # the bar after which the position was entered; 0: none is held
        ("bar_entry_regime", _I),  # Regime whose specialist entered
        ("bar_wants", _I),  # 1 long, -1 short, 0 nothing
        ("bar_exit", _I),  # SignalKind of the exit that is due, 0: none
        ("bar_exit_ns", _I),  # when it was last asked for
        ("bar_told", _I),  # SignalOutcome that was told of the entry, -1: none
        ("bars_held", _I),
        ("bar_score", _F),  # standard deviations from the mean
        ("bar_atr", _F),  # ticks
        ("bar_volatility", _F),
        ("bar_half_life", _F),  # bars
        ("bar_confidence", _F),
        ("ready", _I),  # 1: every feature has seen enough
        ("words", _I, (STRATEGY_WORDS,)),
        ("figures", _F, (STRATEGY_WORDS,)),
    ]
)

ORDER = np.dtype(
    [
        ("number", _I),
        ("signal", _I),
        ("bot", _I),
        ("instrument", _I),
        ("side", _I),
        ("kind", _I),
        ("time_in_force", _I),
        ("post_only", _I),
        ("reduce_only", _I),
        ("state", _I),
        ("qty", _I),  # asked; after the verdict what was granted
        ("filled", _I),
        ("limit_price", _I),  # of a stop: its trigger; 0: none
        ("reference_price", _I),
        ("decided_ns", _I),
        ("latency_ns", _I),
        ("arrive_ns", _I),
        ("triggered", _I),
        # the queue of a resting order
        ("epoch", _I),
        ("queue_at_entry", _I),  # -1: the price was not shown
        ("queue_ahead", _I),  # -1: still unknown
        ("queue_consumed", _I),
        ("first_trade_id", _I),
        ("last_trade_id", _I),
        ("trades", _I),
        ("queue_shown", _I),  # displayed at the price when the queue was last looked at
        ("queue_traded", _I),  # of the queue, consumed by trades since then
    ]
)


class State(NamedTuple):
    """Everything the engine knows. `advance` changes it in place; copy the arrays to keep a moment."""

    core: npt.NDArray[np.void]
    """(1,) CORE"""
    instruments: npt.NDArray[np.void]
    """(instruments,) INSTRUMENT"""
    bots: npt.NDArray[np.void]
    """(bots,) BOT"""
    slots: npt.NDArray[np.void]
    """(bots, instruments) SLOT"""
    parameters: npt.NDArray[np.float64]
    """(bots, PARAMETERS_MAX), in the order in which the bot's strategy declares them"""
    orders: npt.NDArray[np.void]
    """(ORDERS_MAX,) ORDER; the first `core.open_orders` are alive, in order of their numbers"""
    outbox: npt.NDArray[np.void]
    """(OUTBOX_MAX,) OUTPUT; the first `core.outputs` wait to be drained"""
    calendar: npt.NDArray[np.int64]
    """(PAUSES_MAX, 3): prepare, start and end of each pause in nanoseconds; the first `core.pauses` count"""


def empty_state(instruments: int, bots: int) -> State:
    """Zeroed arrays of the right sizes."""
    return State(
        np.zeros(1, CORE),
        np.zeros(instruments, INSTRUMENT),
        np.zeros(bots, BOT),
        np.zeros((bots, instruments), SLOT),
        np.zeros((bots, PARAMETERS_MAX), np.float64),
        np.zeros(ORDERS_MAX, ORDER),
        np.zeros(OUTBOX_MAX, OUTPUT),
        np.zeros((PAUSES_MAX, 3), np.int64),
    )


def state_bytes(state: State) -> bytes:
    """Every array's bytes, in the order of the tuple; of the tables only the rows in use."""
    core = state.core[0]
    parts = [state.core, state.instruments, state.bots, state.slots, state.parameters]
    parts.append(state.orders[: int(core["open_orders"])])
    parts.append(state.outbox[: int(core["outputs"])])
    parts.append(state.calendar[: int(core["pauses"])])
    return b"".join(np.ascontiguousarray(part).tobytes() for part in parts)


def state_digest(state: State) -> str:
    """SHA-256 of `state_bytes`, hex."""
    return hashlib.sha256(state_bytes(state)).hexdigest()


def name_words(name: str) -> npt.NDArray[np.int64]:
    """A name as NAME_WORDS integers, because kernels keep no text. Longer than 32 bytes: ValueError."""
    raw = name.encode()
    if len(raw) > 8 * NAME_WORDS:
        raise ValueError(f"{name!r} is longer than {8 * NAME_WORDS} bytes; choose a shorter name")
    return np.frombuffer(raw.ljust(8 * NAME_WORDS, b"\0"), dtype="<i8").astype(np.int64)


def name_of(words: npt.NDArray[np.int64]) -> str:
    """The name that `name_words` packed."""
    return words.astype("<i8").tobytes().rstrip(b"\0").decode()
