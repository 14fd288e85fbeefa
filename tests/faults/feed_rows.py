"""Rows of the feed: what becomes of updates and connections on their way, and of the market itself."""

import os
import signal
import time

from faults.exchange import Fault
from faults.row import BOOKS_AFTER, HIT, OTHER, Expect, Row, Scene

__all__ = ["FEED_ROWS"]

_GAP = ("resyncing:gap", "live")
_MALFORMED = ("resyncing:malformed", "live")
_NOT_LIVE = "crossed:book_crossed|resyncing:ticker_mismatch"
_RECONNECT = Expect(("disconnected:connection_lost", "live"), both=True)
_UNHARMED = Expect(quiet=True, counted={"resyncs": (0, 0)})


def _broken(case: str, inject: str, fault: Fault, seconds: float = 0.0) -> Row:
    """A depth update that cannot be read is one that is missing."""
    expect = "counted, never read as something else: the book is built anew"
    return Row(case, inject, expect, (fault,), Expect(_MALFORMED, counted={"resyncs": (1, 1)}), settle=seconds)


def _ignored(case: str, inject: str, fault: Fault) -> Row:
    return Row(case, inject, "ignored or counted, the book stays live", (fault,), _UNHARMED, settle=0.5)


def _halt(case: str, status: str, reason: str) -> Row:
    def act(stage: Scene) -> str:
        at = time.monotonic()
        stage.exchange.fault({"instrument_status": {"status": status}}, HIT)
        stage.passes(at, (f"halted:{reason}",))
        assert not stage.watch.since(at, OTHER), stage.told(at)
        assert not any(seen.state == "live" for seen in stage.watch.since(at, HIT)), stage.told(at)
        told = stage.way(at)
        if status == "DELISTED":
            return told
        again = time.monotonic()
        stage.exchange.fault({"instrument_status": {"status": "TRADING"}}, HIT)
        stage.all_live(BOOKS_AFTER)
        return f"{told}; trades again {time.monotonic() - again:.1f} s after the exchange does"

    expect = "halted by name, the other symbol goes on" + (
        "" if status == "DELISTED" else "; live soon after it is over"
    )
    return Row(f"F16-{status.lower()}", f"exchangeInfo says {status}, updates stop", expect, act=act)


def _sleeps(stage: Scene) -> str:
    """The whole exchange stands still, its sockets stay open."""
    assert stage.exchange.process is not None
    at = time.monotonic()
    os.kill(stage.exchange.process.pid, signal.SIGSTOP)
    try:
        stage.passes(at, ("stale:no_depth",))
        time.sleep(4)
        assert not any(seen.state == "live" for seen in stage.watch.since(at, HIT)), stage.told(at)
    finally:
        os.kill(stage.exchange.process.pid, signal.SIGCONT)
    stage.all_live(BOOKS_AFTER)
    return stage.way(at)


def _dies(stage: Scene) -> str:
    assert stage.exchange.process is not None
    at = time.monotonic()
    stage.exchange.process.kill()
    stage.exchange.process.wait()
    stage.passes(at, ("disconnected:connection_lost",))
    time.sleep(2)
    stage.exchange.start()
    stage.all_live(BOOKS_AFTER)
    return stage.way(at)


FEED_ROWS = (
    Row(
        "F01",
        "one depth update is lost",
        "found at once by its ids, built anew from one snapshot",
        ({"gap": {"events": 1}},),
        Expect(_GAP, counted={"gaps": (1, 1), "resyncs": (1, 1)}),
    ),
    Row(
        "F01-many",
        "forty-five depth updates in a row are lost",
        "stale while nothing comes, a gap with the first that comes; live again",
        ({"gap": {"events": 45}},),
        Expect(("stale:no_depth", "live")),
    ),
    Row(
        "F02",
        "the last depth update is sent again, then the last twenty",
        "counted as duplicates, the book stays live",
        ({"duplicate": {"events": 1}}, {"duplicate": {"events": 20}}),
        Expect(quiet=True, counted={"duplicates": (6, 21), "resyncs": (0, 0)}),
        settle=1.0,
    ),
    Row(
        "F03",
        "two neighbours change places",
        "the first shows a gap, the late one is not applied twice; live again",
        ({"swap": {}},),
        Expect(_GAP, counted={"resyncs": (1, 1)}),
    ),
    Row(
        "F04",
        "updates that begin exactly behind the book (always), and three that begin three ids early",
        "both are accepted without one resync",
        ({"rewrite": {"stream": "depth", "field": "/U", "add": -3, "messages": 3}},),
        _UNHARMED,
        settle=1.0,
    ),
    Row(
        "F05",
        "five snapshots older than the first update that waits, then a good one",
        "asked again with growing waits, what waits is kept, live with the sixth",
        ({"stale_snapshot": {"ms": 30000, "calls": 5}}, {"gap": {"events": 1}}),
        Expect(("resyncing:snapshot_too_old", "live"), rest={"depth": (6, 9)}, within=90),
        changes={"rest_check_seconds": 0},
        quick=False,
    ),
    Row(
        "F06",
        "two snapshots that are 30 s old, then a good one",
        "never live with an old one",
        ({"stale_snapshot": {"ms": 30000, "calls": 2}}, {"gap": {"events": 1}}),
        Expect(("resyncing:snapshot_too_old", "live"), rest={"depth": (3, 5)}, within=60),
        changes={"rest_check_seconds": 0},
    ),
    Row(
        "F08-crossed",
        "one update shows a bid above the best ask",
        "not live at once: crossed, or built anew if a bookTicker of that id contradicts it; then live",
        ({"crossed": {"events": 1}},),
        Expect((_NOT_LIVE, "live")),
    ),
    Row(
        "F08-locked",
        "one update shows a bid at the best ask",
        "counts as crossed",
        ({"locked": {"events": 1}},),
        Expect((_NOT_LIVE, "live")),
    ),
    Row(
        "F08-long",
        "the book is crossed for three seconds",
        "built anew, and not live before it is uncrossed",
        ({"crossed": {"events": 30}},),
        Expect((_NOT_LIVE, "live"), within=90),
    ),
    Row(
        "F09",
        "the connection breaks, levels go meanwhile",
        "no ghost level: the whole book equals the truth after it",
        ({"abrupt_close": {}},),
        _RECONNECT,
    ),
    _ignored("F10-zero", "an update removes a level that nobody has", {"zero_unknown": {}}),
    _ignored("F10-twice", "an update names one price twice, the second time rightly", {"duplicate_price": {}}),
    _ignored("F10-both", "an update sets a price as bid and removes it as ask", {"same_price_both_sides": {}}),
    Row(
        "F11-one",
        "one of two symbols is silent for five seconds, pings go on",
        "stale for this one only, live again alone",
        ({"stall": {"ms": 5000}},),
        Expect(("stale:no_depth", "live")),
    ),
    Row(
        "F11-all",
        "every symbol is silent for five seconds, pings go on",
        "stale, then live again alone",
        ({"stall": {"ms": 5000}},),
        Expect(("stale:no_depth", "live"), both=True),
        symbol=None,
    ),
    Row(
        "F12-1006", "the connection ends without a close frame", "connected again", ({"abrupt_close": {}},), _RECONNECT
    ),
    Row("F12-1008", "the connection is closed with 1008", "connected again", ({"close": {"code": 1008}},), _RECONNECT),
    Row(
        "F12-half",
        "the connection stays open and nothing comes any more",
        "stale; the exchange's own best price differs, so a new connection takes over",
        ({"half_open": {}},),
        Expect(("stale:no_depth", "live"), both=True),
    ),
    Row(
        "F14",
        "the connection breaks, the next three are accepted and dropped at once",
        "each try waits longer; live with the fifth connection",
        ({"accept_then_close": {"connections": 3}}, {"abrupt_close": {}}),
        Expect(("disconnected:connection_lost", "live"), both=True, within=60),
    ),
    _halt("F16", "HALT", "symbol_halt"),
    _halt("F16", "BREAK", "symbol_break"),
    _halt("F16", "CANCEL_ONLY", "cancel_only"),
    _halt("F16", "DELISTED", "delisted"),
    Row(
        "F18-utf8",
        "a text frame that is no UTF-8",
        "the connection is given up and another opened",
        ({"invalid_utf8": {}},),
        _RECONNECT,
    ),
    _ignored("F18-fragments", "twenty updates in WebSocket frames of seven bytes", {"fragmented": {"events": 20}}),
    Row(
        "F18-20MiB",
        "a message of 20 MiB",
        "never held in memory: the connection is given up",
        ({"oversized": {"bytes": 20971520}},),
        _RECONNECT,
    ),
    _ignored("F18-binary", "a binary frame", {"binary_frame": {}}),
    _ignored("F18-unknown", "an event of a kind that nobody knows", {"unknown_event": {}}),
    _ignored("F18-extra", "an update with a field that nobody knows", {"extra_field": {}}),
    _broken("F18-missing", "an update without u", {"missing_field": {}}),
    _broken("F18-case", "an update with B and A for b and a", {"wrong_case": {}}),
    _broken("F18-deep", "100,000 brackets inside each other", {"deep_nesting": {"depth": 100000}}),
    _broken("F18-garbage", "a message that ends in its middle", {"garbage": {}}),
    Row(
        "P01-exchange",
        "the exchange's process dies and comes back two seconds later",
        "no book meanwhile; live again alone",
        act=_dies,
    ),
    Row(
        "F11-sleep",
        "the exchange stands still for five seconds",
        "stale, never live meanwhile; live again alone",
        act=_sleeps,
    ),
)
