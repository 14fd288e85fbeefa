"""What the engine consumes: one array of event heads, and one of book levels that the heads point into.

The arrays come from frames.py (live, replay) or from quantumflow_native (research); `advance` sees no difference.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["DEPTH", "HEAD", "Events", "empty_events", "head_row"]

DEPTH = 20
"""Levels of one side that the engine keeps; frames with more are cut, with fewer filled up with zero quantity."""

HEAD = np.dtype(
    [
        ("kind", np.int64),  # EventKind
        ("instrument", np.int64),  # index of Hello; −1: none
        ("seq", np.int64),  # of the frame; of an answer, the seq it answers
        ("recv_ns", np.int64),  # the engine's time
        ("event_ns", np.int64),  # the exchange's time
        ("epoch", np.int64),  # BOOK, STATUS
        # INTENT: the bot in id, the strategy's answer in state, code, side, qty, price, window_*, low, close, and its
        # confidence in imbalance_best; epoch: why it failed, 0: it did not (asked.py)
        ("id", np.int64),  # BOOK last_id · TRADE trade_id · VERDICT order number · CANDLE open_ns · COMMAND id
        ("price", np.int64),  # TRADE
        ("qty", np.int64),  # TRADE · VERDICT granted lots
        ("side", np.int64),  # TRADE aggressor
        ("state", np.int64),  # BOOK, STATUS FeedState · VERDICT VerdictKind · MARK_ANSWER Trading · COMMAND Command
        ("code", np.int64),  # VERDICT, MARK_ANSWER Refusal · CANDLE origin · COMMAND bot, −1: all · BOOK 0
        ("closed", np.int64),  # CANDLE
        ("window_bid", np.int64),  # BOOK · CANDLE open
        ("window_ask", np.int64),  # BOOK · CANDLE high
        ("low", np.int64),  # CANDLE
        ("close", np.int64),  # CANDLE
        ("volume", np.int64),  # CANDLE
        ("levels_row", np.int64),  # BOOK: row of Events.levels; −1: none
        ("bid_count", np.int64),  # BOOK: levels that hold something
        ("ask_count", np.int64),
        ("imbalance_best", np.float64),
        ("imbalance_top", np.float64),
        ("imbalance_weighted", np.float64),
        ("microprice", np.float64),
    ]
)


class Events(NamedTuple):
    """`heads`: (n,) HEAD. `levels`: (rows, 2, DEPTH, 2) int64 — side (bid, ask), level (best first), (ticks, lots)."""

    heads: npt.NDArray[np.void]
    levels: npt.NDArray[np.int64]


def empty_events(heads: int, rows: int) -> Events:
    """Zeroed room for `heads` events of which `rows` are books."""
    return Events(np.zeros(heads, dtype=HEAD), np.zeros((rows, 2, DEPTH, 2), dtype=np.int64))


def head_row(**fields: int | float) -> Sequence[int | float]:
    """One HEAD as a tuple in field order; unnamed fields are 0, `instrument` and `levels_row` −1.

    Raises KeyError for a name that HEAD does not have.
    """
    values: dict[str, int | float] = dict.fromkeys(HEAD.names or (), 0)
    values["instrument"] = -1
    values["levels_row"] = -1
    for name, value in fields.items():
        if name not in values:
            raise KeyError(name)
        values[name] = value
    return tuple(values.values())
