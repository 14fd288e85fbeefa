"""Rows of what an exchange may say wrongly, field by field, and of ids, times and connections that lie."""

import time
from typing import Any

from faults.exchange import Fault
from faults.row import BOOKS_AFTER, HIT, OTHER, Expect, Row, Scene

__all__ = ["INVENTED_ROWS"]

_UNHARMED = Expect(quiet=True, counted={"resyncs": (0, 0)})
_UNCHECKED = {"rest_check_seconds": 0}


def _rewrite(stream: str, field: str, messages: int = 1, **to: Any) -> Fault:
    return {"rewrite": {"stream": stream, "field": field, "messages": messages, **to}}


def _unreadable(case: str, inject: str, field: str, value: Any) -> Row:
    """A value of a depth update that is no value."""
    fault = _rewrite("depth", field, value=value)
    expect = "not read as a number that it is not: the update is missing, the book is built anew"
    return Row(case, inject, expect, (fault,), Expect(("resyncing:malformed", "live"), counted={"resyncs": (1, 1)}))


def _harmless(case: str, inject: str, *faults: Fault, counted: dict[str, tuple[int, int]] | None = None) -> Row:
    after = Expect(quiet=True, counted={"resyncs": (0, 0), **(counted or {})})
    return Row(case, inject, "the book stays live and true", faults, after, settle=1.0)


def _back(case: str, inject: str, ids: int) -> Row:
    """Ids that go back by more than an update holds are found by the first one; by less, they look like an overlap."""
    after = Expect(("resyncing", "live"), unknown_max=100)
    expect = "found with the first bookTicker or update: old ids that are young are no repetition"
    return Row(case, inject, expect, ({"engine_restart": {"ids": ids}},), after)


def _trade_ids_repeat(stage: Scene) -> str:
    """An id repeated in the same instant is published once; a count that begins anew is followed."""
    stage.exchange.fault(_rewrite("trade", "/t", 3, add=1_000_000), HIT)
    time.sleep(3)
    before = len(stage.watch.trades[HIT])
    time.sleep(3)
    after = len(stage.watch.trades[HIT])
    assert after > before, "no trade was published after three ids of the future"
    assert stage.watch.state[HIT] == "live"
    return f"{after - before} trades in the three seconds after it"


def _tick_changes(stage: Scene) -> str:
    """The session's units are no longer true: it ends by name, and the next one has the new ones."""
    for field, value in (("/symbols/0/filters/0/tickSize", "0.00100000"),):
        fault: Fault = {"calls": 1000, "endpoint": "exchange_info", "field": field, "value": value}
        stage.exchange.fault({"rest_rewrite": fault})
    process = stage.market.process
    assert process is not None
    stage.exchange.fault({"stall": {"ms": 5000}}, HIT)
    code = process.wait(timeout=30)
    assert code == 5, f"exit {code}"
    assert "stopping" in stage.watch.goodbyes, stage.watch.goodbyes
    stage.market.start()
    stage.all_live(BOOKS_AFTER)
    tick = stage.watch.units[HIT][0]
    assert str(tick) == "0.00100000", tick
    return f"Goodbye(stopping), exit 5; a new session with a tick of {tick.normalize()}"


def _shutdowns(stage: Scene) -> str:
    """Ten notices in a row, the first connection closed after a second."""
    at = time.monotonic()
    before = stage.exchange.counts()["connections"]
    stage.exchange.fault({"server_shutdown": {"close_after_ms": 1000}})
    for _ in range(9):
        stage.exchange.fault({"server_shutdown": {}})
        time.sleep(0.05)
    time.sleep(3)
    stage.all_live(BOOKS_AFTER)
    opened = stage.exchange.counts()["connections"] - before
    assert opened <= 4, f"{opened} connections for ten notices"
    return f"{opened} new connections; {stage.way(at)}"


def _interleaved(stage: Scene) -> str:
    """While two connections deliver every message twice: a gap, a swap, a repetition, then updates of old ids."""
    at = time.monotonic()
    stage.exchange.fault({"server_shutdown": {}})
    faults: tuple[Fault, ...] = ({"swap": {}}, {"duplicate": {"events": 20}}, {"gap": {"events": 1}})
    for fault in faults:
        stage.exchange.fault(fault, HIT)
    stage.all_live(BOOKS_AFTER)
    time.sleep(1)
    stage.all_live(BOOKS_AFTER)
    assert not stage.watch.since(at, OTHER), stage.told(at)
    return stage.way(at)


def _storm(stage: Scene) -> str:
    """The connection breaks six times as soon as it is up."""
    at = time.monotonic()
    before = stage.exchange.counts()["connections"]
    for _ in range(6):
        stage.exchange.fault({"abrupt_close": {}})
        time.sleep(0.4)
    stage.all_live(BOOKS_AFTER, 60)
    opened = stage.exchange.counts()["connections"] - before
    assert opened <= 6, f"{opened} connections"
    return f"{opened} connections; {stage.way(at)}"


INVENTED_ROWS = (
    _back("X10", "ids go back by a million, as after a restart of the exchange's engine", 1_000_000),
    _back("X11", "ids go back by twenty, and soon fit again", 20),
    Row(
        "X13",
        "three updates of one symbol come under another symbol's name",
        "missing for the first, nothing to the second",
        (_rewrite("depth", "/s", 3, value=OTHER),),
        Expect(("resyncing:malformed", "live")),
    ),
    _harmless("X14", "event time 0", _rewrite("depth", "/E", 3, value=0)),
    _unreadable("X15", "event time −5", "/E", -5),
    _harmless("X16", "event time an hour ahead, then right again", _rewrite("depth", "/E", 3, add=3_600_000)),
    _harmless("X17", "event time in microseconds", _rewrite("depth", "/E", 5, times=1000)),
    _unreadable("X18", "event time a text", "/E", "soon"),
    _unreadable("X19", "a quantity NaN", "/b/0/1", "NaN"),
    _unreadable("X20", "a price 6e4", "/b/0/0", "6e4"),
    _unreadable("X21", "a price of thirteen places", "/a/0/0", "60000.0000000000001"),
    _unreadable("X22", "a quantity as a JSON number", "/b/0/1", 1.5),
    _unreadable("X23", "a quantity −1", "/a/0/1", "-1.00000000"),
    _unreadable("X24", "a quantity beyond 63 bits", "/b/0/1", "92233720368.54775808"),
    _unreadable("X25", "an update whose u is below its U", "/u", 1),
    _unreadable("X26", "ids beyond 63 bits", "/u", 2**63),
    _unreadable("X27", "a level that is no pair", "/b/0", ["60000.00"]),
    _unreadable("X28", "a side that is no list", "/b", {}),
    Row(
        "X29",
        "200 bookTickers whose quantity is not the book's",
        "never believed and never quiet: built anew with growing waits, live when it is over",
        (_rewrite("book_ticker", "/B", 200, value="9999.00000000"),),
        Expect(("resyncing:ticker_mismatch", "live"), rest={"depth": (1, 12)}, within=120),
        changes=_UNCHECKED,
        settle=3.0,
    ),
    _harmless("X30", "five trades with ids used before", _rewrite("trade", "/t", 5, add=-1)),
    Row(
        "X31", "three trades with ids a million ahead", "later trades are published all the same", act=_trade_ids_repeat
    ),
    _harmless("X32", "a trade off the tick", _rewrite("trade", "/p", value="60000.00500000")),
    _harmless(
        "X33",
        "a trade of nothing, one at a negative price",
        _rewrite("trade", "/q", value="0.00000000"),
        _rewrite("trade", "/p", value="-1.0"),
    ),
    _harmless(
        "X34", "klines that contradict the trades and themselves", _rewrite("kline", "/k/h", 3, value="1.00000000")
    ),
    _harmless("X35", "a kline of a year ahead", _rewrite("kline", "/k/t", value=1_900_000_020_000)),
    _harmless("X36", "no bookTicker for two seconds", {"silence": {"stream": "book_ticker", "ms": 2000}}),
    _harmless("X37", "no trade for two seconds", {"silence": {"stream": "trade", "ms": 2000}}),
    Row(
        "X38",
        "half of the streams is silent: no update for five seconds, trades and bookTickers go on",
        "stale by its own clock, whatever else comes",
        ({"silence": {"stream": "depth", "ms": 5000}},),
        Expect(("stale:no_depth", "live")),
    ),
    _harmless(
        "X39",
        "messages {}, [] and null on the stream of updates",
        *({"message": {"stream": "depth", "text": text}} for text in ("{}", "null")),
    ),
    Row(
        "X40",
        "an update with its ids twice, the second time others",
        "the second one is not applied as the first",
        (
            {
                "message": {
                    "stream": "depth",
                    "text": '{"e":"depthUpdate","E":1,"s":"BTCUSDT","U":5,"u":4,"b":[],"a":[]}',
                }
            },
        ),
        Expect(("resyncing:malformed", "live")),
    ),
    _harmless(
        "X41",
        "a USD-M futures message on another stream",
        {"message": {"stream": "trade", "text": '{"e":"trade","pu":1}'}},
    ),
    Row(
        "X42",
        "the tick of one symbol becomes finer in exchangeInfo",
        "the session ends by name, the next has the new units",
        act=_tick_changes,
    ),
    Row(
        "X43",
        "serverShutdown ten times, the connection closed after a second",
        "two connections at most, no break",
        act=_shutdowns,
    ),
    Row(
        "X44",
        "two connections deliver the same with a gap, a swap and twenty repetitions",
        "a gap at most; live and true",
        act=_interleaved,
    ),
    Row("X45", "six breaks in two seconds", "waits grow, connections are few", act=_storm),
)
