"""Candles made from trades, or from shorter candles: right-aligned, as the exchange makes its own.

A trade at the moment a candle ends belongs to the next one. Where nothing was traded there is no candle; the exchange
writes a flat one there, and `flat=True` does the same and says so by its volume of zero.
"""

import numpy as np

from quantumflow.errors import DataRefused
from quantumflow.research.data.columns import CANDLES
from quantumflow.research.data.dataset import Candles, Trades
from quantumflow.research.data.intervals import grid_offset_ns, interval_ns
from quantumflow.research.data.numbers import Integers

__all__ = ["candles_of", "resampled"]

_MULTIPLY_MAX = 2**63 - 1


def candles_of(trades: Trades, interval: str, flat: bool = False) -> Candles:
    """Complete candles only: the one in which the trades begin and the one in which they end are left out.

    Raises DataRefused if a candle's quote volume does not fit 63 bits.
    """
    length = interval_ns(interval)
    time_ns, price, qty = trades.time_ns, trades["price"], trades["qty"]
    bar = _bar_end(time_ns, length)
    starts = np.flatnonzero(np.diff(bar, prepend=bar[0] - 1)) if len(bar) else np.empty(0, dtype=np.int64)
    if len(starts) < 3:
        raise DataRefused("too_few_trades", f"{len(bar)} trades do not cover one whole candle of {interval}")
    ends = np.append(starts[1:], len(bar))
    starts, ends = starts[1:-1], ends[1:-1]  # the first and the last may be torn
    ids = bool((trades["id"] >= 0).all())
    bought = np.where(trades["buyer_maker"] == 0, qty, 0)
    columns = {
        "close_ns": bar[starts],
        "open": price[starts],
        "high": _extremes(np.maximum, price, starts, ends),
        "low": _extremes(np.minimum, price, starts, ends),
        "close": price[ends - 1],
        "volume": _sums(qty, starts, ends),
        "trades": _sums(trades["last_id"] - trades["first_id"] + 1 if ids else np.ones_like(qty), starts, ends),
        "taker_buy_volume": _sums(bought, starts, ends),
    }
    scales = {"price": trades.scales["price"], "qty": trades.scales["qty"]}
    made = Candles({name: columns[name] for name in CANDLES if name in columns}, scales, length)
    return _flat_between(made) if flat else made


def _bar_end(time_ns: Integers, length: int) -> Integers:
    offset = grid_offset_ns(length)
    return ((time_ns - offset) // length + 1) * length + offset


def _sums(values: Integers, starts: Integers, ends: Integers) -> Integers:
    if len(values) and int(np.abs(values).max()) > _MULTIPLY_MAX // max(len(values), 1):
        raise DataRefused("sum_too_large", "the volumes of a dataset at this scale do not fit 63 bits")
    total = np.concatenate([[0], np.cumsum(values)])
    return np.asarray(total[ends] - total[starts], dtype=np.int64)


def _extremes(reduce: np.ufunc, values: Integers, starts: Integers, ends: Integers) -> Integers:
    if not len(starts):
        return values[:0]
    return np.asarray(reduce.reduceat(values[: ends[-1]], starts), dtype=np.int64)


def _flat_between(candles: Candles) -> Candles:
    """A candle for each interval between the first and the last; price of the last close, everything else zero."""
    close_ns = candles.close_ns
    every = np.arange(close_ns[0], close_ns[-1] + 1, candles.interval_ns)
    of = np.searchsorted(close_ns, every, side="right") - 1
    real = close_ns[of] == every
    columns = {}
    for name, values in candles.columns.items():
        filled = (
            candles["close"][of] if name in ("open", "high", "low", "close") else np.zeros(len(every), dtype=np.int64)
        )
        columns[name] = np.where(real, values[of], filled)
    return Candles({**columns, "close_ns": every}, candles.scales, candles.interval_ns)


def resampled(candles: Candles, interval: str) -> Candles:
    """Longer candles; each is made of those that are there, as the exchange's are across a halt.

    The first and the last are left out where their interval is not covered to its edge. Raises DataRefused for an
    interval that is no multiple.
    """
    length = interval_ns(interval)
    if length % candles.interval_ns:
        detail = f"{interval} is no multiple of the candles' {candles.interval_ns // 10**9} s"
        raise DataRefused("interval_refused", detail)
    bar = _bar_end(candles.close_ns - 1, length)
    starts = np.flatnonzero(np.diff(bar, prepend=bar[0] - 1))
    ends = np.append(starts[1:], len(bar))
    if candles.close_ns[0] - candles.interval_ns != bar[0] - length:
        starts, ends = starts[1:], ends[1:]
    if len(ends) and candles.close_ns[-1] != bar[-1]:
        starts, ends = starts[:-1], ends[:-1]
    columns: dict[str, Integers] = {"close_ns": bar[starts]}
    for name, values in candles.columns.items():
        if name == "open":
            columns[name] = values[starts]
        elif name == "close":
            columns[name] = values[ends - 1]
        elif name in ("high", "low"):
            reduce = np.maximum if name == "high" else np.minimum
            columns[name] = _extremes(reduce, values, starts, ends)
        elif name != "close_ns":
            columns[name] = _sums(values, starts, ends)
    return Candles(columns, candles.scales, length)
