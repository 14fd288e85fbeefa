"""What the engine tells the world: rows of one record, one journal event each, with the names of their fields.

A kernel writes a row into the bounded outbox; the shell reads rows as dictionaries and journals them. Names here are
the names in the journal, in the API and on the page.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from quantumflow.vocabulary import OutputKind

__all__ = ["FIELDS", "FLOATS", "INTEGERS", "OUTPUT", "Output", "read_outputs"]

INTEGERS = 32
FLOATS = 8

OUTPUT = np.dtype(
    [
        ("kind", np.int64),  # OutputKind
        ("event_ns", np.int64),  # recv_ns of the event that caused it
        ("seq", np.int64),  # of the frame that caused it
        ("bot", np.int64),  # −1: none
        ("instrument", np.int64),  # −1: none
        ("i", np.int64, (INTEGERS,)),
        ("f", np.float64, (FLOATS,)),
    ]
)

# Order of the names = index into `i` and `f`. Kernels name the indices as constants beside the code that writes them;
# a test holds the two together. Numbers of orders, signals and fills count from 1 over the life of the journal.
FIELDS: dict[OutputKind, tuple[tuple[str, ...], tuple[str, ...]]] = {
    OutputKind.SIGNAL: (
        ("signal", "signal_kind", "outcome", "side", "qty", "bid", "ask", "epoch", "last_id", "order", "book_recv_ns"),
        (
            "imbalance",
            "imbalance_weighted",
            "volatility",
            "volatility_z",
            "momentum",
            "atr",
            "confidence",
            "microprice",
        ),
    ),
    OutputKind.ORDER: (
        (
            "order",
            "signal",
            "side",
            "order_kind",
            "time_in_force",
            "post_only",
            "reduce_only",
            "qty",
            "limit_price",
            "reference_price",
            "epoch",
            "last_id",
        ),
        (),
    ),
    OutputKind.VERDICT: (("order", "verdict", "qty", "refusal"), ()),
    OutputKind.ORDER_STATE: (
        ("order", "state", "reason", "filled", "remaining", "latency_ns", "arrive_ns", "queue_ahead"),
        (),
    ),
    OutputKind.FILL: (
        (
            "fill",
            "order",
            "side",
            "liquidity",
            "price",
            "qty",
            "notional_e8",
            "fee_e8",
            "fee_ppm",
            # evidence: the book it met
            "epoch",
            "last_id",
            "book_recv_ns",
            "book_age_ns",
            "best_bid",
            "best_ask",
            "displayed",  # lots shown at this price
            "consumed_before",  # lots of it that earlier fills of ours had taken
            # evidence: the way there, and the queue of a resting order
            "decided_ns",
            "latency_ns",
            "queue_at_entry",
            "queue_consumed",
            "first_trade_id",
            "last_trade_id",
            "trades",
            # against the best opposite price at the decision; positive: worse for us
            "reference_price",
            "slippage_e8",
            # the account after it
            "cash_e8",
            "position_qty",
            "position_cost_e8",
            "realised_e8",
            "order_remaining",
            "fill_model",  # journaled where it is not the appliance's own
        ),
        (),
    ),
    OutputKind.EQUITY: (
        ("cash_e8", "equity_e8", "peak_e8", "drawdown_ppm", "exposure_e8", "realised_e8", "fees_e8", "fills"),
        (),
    ),
    OutputKind.FEED: (("state", "epoch"), ()),
    OutputKind.TRADING: (("trading", "reason"), ()),
    OutputKind.BOT: (("bot_state", "bot_reason"), ()),
    # what a specialist saw at a bar: with each signal, and without one (`signal` 0) where its regime changed
    OutputKind.SPECIALIST: (
        ("signal", "regime", "entry_regime", "bar_ns", "bars", "bars_held"),
        ("score", "atr", "volatility", "half_life", "confidence"),
    ),
}


class Output(NamedTuple):
    """One row, named. `bot` and `instrument` are indices, −1: none."""

    kind: OutputKind
    event_ns: int
    seq: int
    bot: int
    instrument: int
    values: dict[str, Any]


def read_outputs(rows: npt.NDArray[np.void]) -> Iterator[Output]:
    """The rows of an outbox as named values: Python ints and floats only."""
    for number, event_ns, seq, bot, instrument, i, f in rows.tolist():
        kind = OutputKind(number)
        integers, floats = FIELDS[kind]
        # A row has room for the longest kind: what lies behind a kind's own fields is not its.
        values: dict[str, Any] = dict(zip(integers, i.tolist(), strict=False))
        values.update(zip(floats, f.tolist(), strict=False))
        yield Output(kind, event_ns, seq, bot, instrument, values)
