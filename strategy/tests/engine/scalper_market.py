"""Minutes for scalpers: a walk about a mean whose volatility changes, as candles with the books around them."""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from engine.world import (
    DEPOSIT,
    MS,
    SECOND,
    START,
    Row,
    answer,
    book,
    broker,
    event,
    instrument,
    opening,
    stream,
    world,
)
from quantumflow.engine import State, advance, drain
from quantumflow.outputs import Output
from quantumflow.specs import BotSpec, Opening
from quantumflow.vocabulary import EventKind, Request

__all__ = ["FIRST_NS", "MINUTE", "a_world", "candle", "closes_of", "minutes", "scalper", "steps"]

MINUTE = 60 * SECOND
FIRST_NS = START // MINUTE * MINUTE
Floats = npt.NDArray[np.float64]


def closes_of(seed: int, rows: int, base: float = 6_000_000.0) -> Floats:
    """Whole ticks."""
    random = np.random.default_rng(seed)
    width = random.choice([3e-4, 1e-3, 4e-3], rows // 40 + 1).repeat(40)[:rows]
    path, moves = np.zeros(rows), random.normal(0, 1, rows) * width
    for row in range(1, rows):
        path[row] = 0.97 * path[row - 1] + moves[row]
    return np.round(base * np.exp(path))


def candle(open_ns: int, close: int, k: int = 0, **fields: float) -> Row:
    values = {"instrument": k, "id": open_ns, "closed": 1, "window_bid": close, "window_ask": close + 20}
    return event(
        EventKind.CANDLE, open_ns + MINUTE, **{**values, "low": close - 20, "close": close, "volume": 5, **fields}
    )


def minutes(closes: Sequence[float] | Floats, start_ns: int = FIRST_NS, k: int = 0) -> list[Row]:
    """Of each minute a book after its beginning, its candle, a book after its end."""
    rows = []
    for number, close in enumerate(int(each) for each in closes):
        begin = start_ns + number * MINUTE
        sides = [(close - 5, 10**7)], [(close + 5, 10**7)]
        rows.append(book(begin + SECOND, *sides, instrument=k, id=2 * number + 1))
        rows.append(candle(begin, close, k))
        rows.append(book(begin + MINUTE + 100 * MS, *sides, instrument=k, id=2 * number + 2))
    return rows


def scalper(
    name: str, strategy: str, capital: int = 5_000, symbols: tuple[str, ...] = ("BTCUSDT",), **more: float
) -> BotSpec:
    return BotSpec(name, strategy, symbols, capital * 10**8, more)


def a_world(
    *bots: BotSpec,
    short: bool = False,
    symbols: Sequence[str] = ("BTCUSDT",),
    account: Opening | None = None,
    **changes: object,
) -> State:
    """The bots, with room on the account, or as `account` says."""
    instruments = [instrument(k, symbol) for k, symbol in enumerate(symbols)]
    return world(instruments, bots, broker(allow_short=short, **changes), account=account or opening(10 * DEPOSIT))


def steps(state: State, rows: Sequence[Row], first_seq: int = 1) -> Iterator[list[Output]]:
    """What each event made the engine tell, one after the other."""
    events = stream(rows, first_seq)
    for at in range(len(events.heads)):
        told: list[Output] = []
        next_at = at
        while next_at == at:
            next_at, request = advance(state, events, at, at + 1)
            told += drain(state)
            if request is not Request.NONE:
                answer(state)
        yield told + drain(state)
