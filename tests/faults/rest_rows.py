"""Rows of REST: what the exchange may answer in place of a snapshot, of its rules or of nothing."""

import time

from faults.exchange import Fault
from faults.row import BOOKS_AFTER, HIT, Expect, Row, Scene

__all__ = ["REST_ROWS"]

_UNCHECKED = {"rest_check_seconds": 0}
"""So that the spoiled answer meets the snapshot that is asked for after the gap, and no check."""
_GAP: Fault = {"gap": {"events": 1}}


def _spoiled(case: str, inject: str, fault: Fault, least: int = 2, within: float = 30.0, reason: str = "gap") -> Row:
    """The snapshot after a gap is spoiled once."""
    expect = "no part of it is used; asked again, and live with the good one"
    after = Expect((f"resyncing:{reason}", "live"), rest={"depth": (least, least + 1)}, within=within)
    return Row(case, f"a gap, and the snapshot is {inject}", expect, (fault, _GAP), after, changes=_UNCHECKED)


def _once(name: str, **more: int) -> Fault:
    return {name: {"calls": 1, "endpoint": "depth", **more}}


def _refused_place(status: int) -> Row:
    def act(stage: Scene) -> str:
        at = time.monotonic()
        calls = stage.exchange.counts()["rest"]["depth"]
        stage.exchange.fault({"rest_status": {"status": status, "calls": 1, "endpoint": "depth"}})
        stage.exchange.fault(_GAP, HIT)
        stage.passes(at, (f"geo_blocked:http_{status}",))
        time.sleep(3)
        again = stage.exchange.counts()["rest"]["depth"] - calls
        assert again == 1, f"{again} snapshots asked for: the next one is due after ten minutes"
        assert stage.watch.state[HIT] == "geo_blocked", stage.told(at)
        status_file = stage.market.status()
        assert status_file["state"] == "geo_blocked", status_file["state"]
        return stage.way(at) + "; one call, then none"

    expect = "said by name for the symbol and the whole feed; not asked again for ten minutes"
    return Row(f"F15-{status}", f"a gap, and REST answers {status}", expect, act=act, changes=_UNCHECKED)


def _ban(stage: Scene) -> str:
    at = time.monotonic()
    before = stage.exchange.counts()["rest"]
    stage.exchange.fault({"rest_status": {"status": 418, "retry_after_s": 4, "calls": 1, "endpoint": "depth"}})
    stage.exchange.fault(_GAP, HIT)
    stage.passes(at, ("banned:http_418",))
    banned = time.monotonic()
    time.sleep(3)
    during = stage.exchange.counts()["rest"]
    assert sum(during.values()) - sum(before.values()) == 1, f"{before} → {during}: REST was used during the ban"
    stage.all_live(BOOKS_AFTER)
    waited = time.monotonic() - banned
    assert waited >= 4, f"asked again {waited:.1f} s into a ban of 4 s"
    return stage.way(at)


REST_ROWS = (
    Row(
        "F15-429",
        "a gap, and REST answers 429 with Retry-After 3",
        "waits as told, then live",
        ({"rest_status": {"status": 429, "retry_after_s": 3, "calls": 1, "endpoint": "depth"}}, _GAP),
        Expect(("resyncing:rate_limited", "live"), rest={"depth": (2, 2)}),
        changes=_UNCHECKED,
    ),
    Row(
        "F15-418",
        "a gap, and REST answers 418 with Retry-After 4",
        "all REST stops until then",
        act=_ban,
        changes=_UNCHECKED,
    ),
    _refused_place(403),
    _refused_place(451),
    _spoiled("F15-500", "answered by 500", {"rest_status": {"status": 500, "calls": 1, "endpoint": "depth"}}),
    _spoiled("F15-hang", "answered after twelve seconds", _once("rest_hang", ms=12000), within=60),
    _spoiled("F15-html", "a web page", _once("rest_html"), reason="malformed"),
    _spoiled("F15-empty", "empty", _once("rest_empty"), reason="malformed"),
    _spoiled("F15-half", "cut in the middle", _once("rest_truncated"), reason="malformed"),
    _spoiled("X01-gzip", "compressed though nobody asked for it", _once("rest_gzip"), reason="malformed"),
    _spoiled("X02-redirect", "a redirection", _once("rest_redirect")),
    _spoiled("X03-other", "that of another symbol", {"rest_other_symbol": {"calls": 1}}),
    Row(
        "F10-snapshot",
        "a gap, and the snapshot holds a level of zero quantity",
        "no such level in the book",
        ({"zero_in_snapshot": {"calls": 1}}, _GAP),
        Expect(("resyncing:gap", "live")),
        changes=_UNCHECKED,
    ),
    Row(
        "X04-unsorted",
        "a gap, and the snapshot's second bid is above its first",
        "not used; live with the next one",
        (
            {"rest_rewrite": {"calls": 1, "endpoint": "depth", "field": "/bids/1/0", "value": "99999.00000000"}},
            _GAP,
        ),
        Expect(("resyncing:malformed", "live")),
        changes=_UNCHECKED,
    ),
    Row(
        "X05-negative-id",
        "a gap, and the snapshot's id is −1",
        "not used; live with the next one",
        ({"rest_rewrite": {"calls": 1, "endpoint": "depth", "field": "/lastUpdateId", "value": -1}}, _GAP),
        Expect(("resyncing:malformed", "live")),
        changes=_UNCHECKED,
    ),
    Row(
        "X06-future-id",
        "a gap, and the snapshot's id is a million ahead",
        "never live with it: nothing that comes would fit; live with a later one",
        ({"rest_rewrite": {"calls": 1, "endpoint": "depth", "field": "/lastUpdateId", "value": 1 << 60}}, _GAP),
        Expect(("resyncing:gap", "live"), within=60),
        changes=_UNCHECKED,
    ),
    Row(
        "X07-check",
        "the snapshot of a check is that of another symbol",
        "no order on a doubtful book; live again",
        ({"rest_other_symbol": {"calls": 2}},),
        Expect(both=True),
        settle=5.0,
    ),
)
