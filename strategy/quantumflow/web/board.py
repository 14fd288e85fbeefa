"""What of the market is shown: the newest book, state and candles of each instrument, out of frames. Pure."""

from collections import OrderedDict, deque
from collections.abc import Callable
from struct import iter_unpack
from typing import Any, NamedTuple

from quantumflow.frame_layout import BOOK, CANDLE, GOODBYE, HELLO, STATUS, TRADE
from quantumflow.journal.records import word
from quantumflow.specs import InstrumentSpec
from quantumflow.vocabulary import Aggressor, FeedState

__all__ = ["CANDLES_KEPT", "CANDLE_NS", "TRADES_KEPT", "Board", "Shown"]

CANDLES_KEPT = 1_500
"""Minutes of each instrument."""
TRADES_KEPT = 200
"""Newest trades of each instrument, for who begins to look."""
TICK_TRADES_MAX = 500
"""Trades told in one tick; of more the newest are told and the rest counted."""
CANDLE_NS = 60_000_000_000

_CANDLE_NAMES = (*("open_ns", "open", "high", "low", "close", "volume", "buy_volume", "trades", "closed", "origin"),)
_LEVEL = "<qq"
_ALL = -1


class Tick(NamedTuple):
    """What of one instrument changed since the last tick."""

    book: dict[str, Any] | None
    trades: list[dict[str, Any]]
    trades_left_out: int
    candles: list[dict[str, Any]]
    state: dict[str, Any] | None


class Shown:
    """One instrument as it is shown."""

    def __init__(self, spec: InstrumentSpec) -> None:
        self.spec = spec
        self.state, self.reason, self.epoch = "disconnected", "starting", 0
        self.candles: OrderedDict[int, dict[str, Any]] = OrderedDict()
        self.trades: deque[dict[str, Any]] = deque(maxlen=TRADES_KEPT)
        self._book: list[Any] | None = None
        self._changed = {"book": False, "state": False}
        self._trades_due: list[dict[str, Any]] = []
        self._trades_left_out = 0
        self._candles_due: OrderedDict[int, dict[str, Any]] = OrderedDict()

    @property
    def recv_ns(self) -> int | None:
        """When what caused the newest book was received."""
        return None if self._book is None else int(self._book[2])

    def take_book(self, frame: list[Any]) -> None:
        self._book = frame
        self._changed["book"] = True
        self.take_state(frame[7], None, frame[5])

    def take_state(self, state: int, reason: str | None, epoch: int) -> None:
        """`reason` None: as it was."""
        name = word(FeedState(state))
        if name != self.state or (reason is not None and reason != self.reason):
            self._changed["state"] = True
        self.state, self.epoch = name, epoch
        self.reason = self.reason if reason is None else reason

    def take_trade(self, frame: list[Any]) -> None:
        _, seq, recv_ns, _, event_ns, trade_id, price, qty, aggressor = frame
        trade = {
            "trade_id": trade_id,
            "event_ns": event_ns or recv_ns,
            "price": price,
            "qty": qty,
            "aggressor": word(Aggressor(aggressor)),
            "seq": seq,
        }
        self.trades.append(trade)
        self._trades_due.append(trade)
        if len(self._trades_due) > TICK_TRADES_MAX:
            del self._trades_due[0]
            self._trades_left_out += 1

    def take_candle(self, frame: list[Any]) -> None:
        candle = dict(zip(_CANDLE_NAMES, frame[4:], strict=True))
        at = candle["open_ns"]
        self.candles[at] = candle
        if len(self.candles) > CANDLES_KEPT:
            self.candles.popitem(last=False)
        self._candles_due[at] = candle

    def lost(self) -> None:
        """market_data is gone: what was seen is the past."""
        self.take_state(int(FeedState.DISCONNECTED), "connection_lost", self.epoch)

    def book(self, now_ns: int, levels: int | None = None) -> dict[str, Any] | None:
        """The newest book as an answer; None if there is none."""
        if self._book is None:
            return None
        _, seq, recv_ns, _, event_ns, epoch, last_id, _, bids, asks, _, _, *floats = self._book
        best, top, weighted, microprice = floats
        return {
            "symbol": self.spec.symbol,
            "tick_e8": self.spec.tick_e8,
            "lot_e8": self.spec.lot_e8,
            "seq": seq,
            "recv_ns": recv_ns,
            "event_ns": event_ns,
            "age_ms": max(0, now_ns - recv_ns) // 1_000_000,
            "epoch": epoch,
            "last_id": last_id,
            "state": self.state,
            "reason": self.reason,
            "bids": [list(level) for level in iter_unpack(_LEVEL, bids)][:levels],
            "asks": [list(level) for level in iter_unpack(_LEVEL, asks)][:levels],
            "imbalance_best": best,
            "imbalance_top": top,
            "imbalance_weighted": weighted,
            "microprice": microprice,
        }

    def tick(self, now_ns: int) -> Tick | None:
        """What changed since the last call; None if nothing did."""
        book = self.book(now_ns) if self._changed["book"] else None
        state = {"state": self.state, "reason": self.reason, "epoch": self.epoch} if self._changed["state"] else None
        tick = Tick(book, self._trades_due, self._trades_left_out, list(self._candles_due.values()), state)
        self._changed = dict.fromkeys(self._changed, False)
        self._trades_due, self._trades_left_out = [], 0
        self._candles_due.clear()
        return tick if tick != _NOTHING else None


_NOTHING = Tick(None, [], 0, [], None)


class Board:
    """All instruments of the market session, frame by frame. A new Hello of another session begins anew."""

    def __init__(self) -> None:
        self.session: str | None = None
        self.clock = "wall"
        self.shown: dict[str, Shown] = {}
        self.seq = 0
        self.now_ns = 0
        """The newest frame's receive time: ages are differences of it."""
        self.connected = False
        self._by_index: list[Shown] = []

    def apply(self, frame: list[Any]) -> None:
        """Takes one checked frame of the connection, in order."""
        kind, seq, recv_ns = frame[0], frame[1], frame[2]
        self.seq, self.now_ns = max(self.seq, seq), max(self.now_ns, recv_ns)
        if kind == HELLO:
            self._begin(frame)
        elif kind in _OF_INSTRUMENT and frame[3] < len(self._by_index):
            if frame[3] == _ALL:
                for shown in self._by_index:
                    shown.take_state(frame[4], frame[5], shown.epoch)
            else:
                _OF_INSTRUMENT[kind](self._by_index[frame[3]], frame)
        elif kind == GOODBYE:
            self.lose()

    def lose(self) -> None:
        """There is no connection any more."""
        self.connected = False
        for shown in self._by_index:
            shown.lost()

    def _begin(self, frame: list[Any]) -> None:
        self.clock = frame[8]
        session, specs = frame[5], [InstrumentSpec(*row) for row in frame[11]]
        self.connected = True
        if (session, specs) != (self.session, [shown.spec for shown in self._by_index]):
            self._by_index = [Shown(spec) for spec in specs]
            self.shown = {shown.spec.symbol: shown for shown in self._by_index}
            self.session, self.seq, self.now_ns = session, frame[1], frame[2]


def _status(shown: Shown, frame: list[Any]) -> None:
    shown.take_state(frame[4], frame[5], frame[6])


_OF_INSTRUMENT: dict[int, Callable[[Shown, list[Any]], None]] = {
    BOOK: Shown.take_book,
    TRADE: Shown.take_trade,
    CANDLE: Shown.take_candle,
    STATUS: _status,
}
