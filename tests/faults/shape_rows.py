"""Rows of markets of an odd shape, played from captures made for them: an empty side, a giant spread, huge lots."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from end_to_end.capture_maker import BEGAN_NS, STEP_NS, MadeMarket
from faults.row import BOOKS_AFTER, HIT, OTHER, Row, Scene
from faults.trading import Trading

__all__ = ["SHAPE_ROWS"]

Books = dict[str, dict[int, int]]
SECONDS = 120
ODD_FROM, ODD_UNTIL = 12, 18
"""Seconds of the capture in which the market has its odd shape."""
MOST_LOTS = 922_337_203_685_477
"""Of 10⁻⁴: the largest quantity of an i64 of 10⁻⁸."""


@dataclass(slots=True)
class OddMarket(MadeMarket):
    """A made market whose books are changed for some seconds. Without a best price a bookTicker says nothing of it."""

    shape: Callable[[Books], Books] = dict
    odd_from: int = ODD_FROM
    odd_until: int = ODD_UNTIL
    second: float = 0.0

    def _books(self) -> Books:
        books = MadeMarket._books(self)
        return self.shape(books) if self.odd_from <= self.second < self.odd_until else books

    def _change(self, now: int) -> dict[str, object]:
        self.second = (now - BEGAN_NS) / (10 * STEP_NS)
        return MadeMarket._change(self, now)

    def _ticker(self) -> dict[str, object]:
        best = {"b": max(self.sent["b"], default=0), "a": min(self.sent["a"], default=0)}
        told: dict[str, object] = {"u": self.ids, "s": self.symbol}
        for side, name in (("b", "B"), ("a", "A")):
            price = best[side]
            told[side] = f"{price // 100}.{price % 100:02d}000000"
            lots = self.sent[side].get(price, 0)
            told[name] = f"{lots // 10_000}.{lots % 10_000:04d}0000"
        return {"stream": f"{self.symbol.lower()}@bookTicker", "data": told}

    def _trade(self, random: object, now: int, lean: int) -> dict[str, object]:
        whole = self.sent
        if not (whole["b"] and whole["a"]):
            self.sent = MadeMarket._books(self)
        try:
            return MadeMarket._trade(self, random, now, lean)  # type: ignore[arg-type] # its Random
        finally:
            self.sent = whole


def _no_asks(books: Books) -> Books:
    return {"b": books["b"], "a": {}}


def _no_bids(books: Books) -> Books:
    return {"b": {}, "a": books["a"]}


def _nothing(_books: Books) -> Books:
    return {"b": {}, "a": {}}


def _giant_spread(books: Books) -> Books:
    return {
        "b": {price // 100: qty for price, qty in books["b"].items()},
        "a": {p * 20: q for p, q in books["a"].items()},
    }


def _most_lots(books: Books) -> Books:
    return {side: dict.fromkeys(levels, MOST_LOTS) for side, levels in books.items()}


def _captures(shape: Callable[[Books], Books], odd: tuple[int, int]) -> Callable[[Path], tuple[Path, ...]]:
    def write(directory: Path) -> tuple[Path, ...]:
        whole: Callable[[Books], Books] = dict
        paths = []
        for symbol, mid, made in ((HIT, 6_000_000, shape), (OTHER, 300_000, whole)):
            market = OddMarket(symbol, mid, 1, shape=made, odd_from=odd[0], odd_until=odd[1])
            path = directory / f"{symbol}.txt"
            lines = (f"{now} {json.dumps(told)}\n" for now, told in market.messages(SECONDS))
            path.write_text("".join(lines))
            paths.append(path)
        return tuple(paths)

    return write


def _plays(case: str, inject: str, shape: Callable[[Books], Books], seen: Callable[[Scene], bool], expect: str) -> Row:
    """The feed alone: the odd books are published as they are or not at all, and it is live when it is over."""

    def act(stage: Scene) -> str:
        at = time.monotonic()
        odd = 0
        while time.monotonic() - at < ODD_UNTIL + 2:
            odd += seen(stage)
            time.sleep(0.05)
        assert odd, "the odd books were never seen"
        stage.all_live(BOOKS_AFTER)
        assert not stage.watch.since(at, OTHER), stage.told(at)
        return f"{stage.way(at)}; seen {odd} times"

    return Row(case, inject, expect, act=act, files=_captures(shape, (ODD_FROM, ODD_UNTIL)))


def _one_side(stage: Scene) -> bool:
    book = stage.watch.latest.get(HIT)
    return (book is not None and not (book.bids and book.asks)) or stage.watch.state.get(HIT) != "live"


def _wide(stage: Scene) -> bool:
    book = stage.watch.latest.get(HIT)
    return book is not None and bool(book.bids and book.asks) and book.asks[0][0] > 10 * book.bids[0][0]


def _trades_in(case: str, inject: str, shape: Callable[[Books], Books], expect: str, forbidden: bool) -> Row:
    """The whole appliance: from some seconds on the market is odd for the rest of the capture."""

    def act(stage: Trading) -> str:
        stage.begin_trading()
        if not forbidden:
            stage.fills_grow(2)
            assert stage.status["reconcile"] == "agree"
            return stage.hold_fills()
        time.sleep(ODD_FROM)
        fills = f"SELECT count(*) FROM fills WHERE symbol = '{HIT}'"  # noqa: S608 - a symbol of ours
        before = stage.ask(fills)
        time.sleep(6)
        assert stage.ask(fills) == before, "filled on a market that has no price"
        return f"none filled on {HIT} meanwhile; {stage.hold_fills()}"

    odd = (ODD_FROM, SECONDS) if forbidden else (0, SECONDS)
    return Row(case, inject, expect, act=act, stage=Trading, files=_captures(shape, odd), quick=False)


SHAPE_ROWS = (
    _plays(
        "X70-asks", "every ask is taken away for six seconds", _no_asks, _one_side, "never a price made up; live again"
    ),
    _plays(
        "X70-bids", "every bid is taken away for six seconds", _no_bids, _one_side, "never a price made up; live again"
    ),
    _plays(
        "X70-both", "the whole book is taken away for six seconds", _nothing, _one_side, "never a price made up; live"
    ),
    _plays(
        "X71",
        "the best ask is 2,000 times the best bid for six seconds",
        _giant_spread,
        _wide,
        "published as it is; live again",
    ),
    _plays(
        "X72",
        "every level holds the largest quantity that an i64 of 10⁻⁸ holds, for six seconds",
        _most_lots,
        lambda stage: any(qty > MOST_LOTS for _, qty in getattr(stage.watch.latest.get(HIT), "bids", ())),
        "published as it is; live again",
    ),
    _trades_in(
        "X70-trading", "every ask is taken away while it trades", _no_asks, "no fill there; both books agree", True
    ),
    _trades_in("X71-trading", "the spread becomes giant while it trades", _giant_spread, "no fill there", True),
    _trades_in("X72-trading", "every level holds the largest quantity", _most_lots, "trades, in exact figures", False),
)
