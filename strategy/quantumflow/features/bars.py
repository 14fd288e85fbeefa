"""One-minute bars of an instrument, from closed candles of the feed: the newest BARS_KEPT without a hole between them.

The feed gives its history first (market_data asks the exchange for it, `market_data.candle_seed`), then each minute as
it closes, and the history again to who joins: a bar that is not newer than the newest is passed over. After a minute
that is missing, or one that the feed saw only in part, the bars begin again: what is unknown is not guessed.
In ticks, as float64 (exact: ticks are below 2 ** 53), because scores and regimes are floats.
"""

from typing import Any

from quantumflow.kernel import kernel
from quantumflow.state import BARS_KEPT

__all__ = ["MINUTE_NS", "take_candle"]

Record = Any

MINUTE_NS = 60_000_000_000
_ORIGIN_WHOLE_MAX = 2
"""PROTOCOL.md, Candle: 3 was built from trades, but not from the minute's first."""


@kernel
def take_candle(instrument: Record, head: Record) -> bool:
    """Take in a candle; whether there is a new newest bar, or none any more."""
    open_ns = head["id"]
    if head["closed"] != 1 or open_ns <= instrument["bar_ns"]:
        return False
    whole = head["code"] <= _ORIGIN_WHOLE_MAX and head["low"] > 0
    if not whole or open_ns != instrument["bar_ns"] + MINUTE_NS:
        instrument["bars"] = 0
    instrument["bar_ns"] = open_ns
    if whole:
        _append(instrument["closes"], head["close"])
        _append(instrument["highs"], head["window_ask"])
        _append(instrument["lows"], head["low"])
        instrument["bars"] = min(instrument["bars"] + 1, BARS_KEPT)
    return True


@kernel
def _append(values: Any, newest: int) -> None:
    for at in range(1, BARS_KEPT):
        values[at - 1] = values[at]
    values[BARS_KEPT - 1] = newest
