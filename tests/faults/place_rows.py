"""Rows of where it runs: zones, locales, far dates, umask, links."""

import os
import stat
import time
from collections.abc import Callable
from datetime import UTC, datetime

from faults.processes import wait_until
from faults.row import BOOKS_AFTER, Row
from faults.shims import Clock
from faults.trading import Trading

__all__ = ["PLACE_ROWS", "whole"]


def whole(case: str, inject: str, expect: str, act: Callable[[Trading], str], quick: bool = False) -> Row:
    """A row of the whole appliance."""
    return Row(case, inject, expect, act=act, stage=Trading, quick=quick)


def _up(stage: Trading, settings: dict[str, str]) -> None:
    """Everything up with these settings in the environment of each program, and a first fill."""
    stage.exchange.start()
    stage.market.start(**settings)
    stage.exits.enter_context(stage.watch)
    stage.all_live(BOOKS_AFTER)
    stage.run("core_risk", **settings)
    stage.run("trader", **settings)
    stage.fills_grow(1, "a first fill")


def _zone(zone: str, locale: str) -> Callable[[Trading], str]:
    def act(stage: Trading) -> str:
        _up(stage, {"TZ": zone, "LC_ALL": locale, "LANG": locale, "LANGUAGE": locale[:2]})
        stage.fills_grow(1)
        assert stage.status["reconcile"] == "agree"
        off = stage.ask("SELECT max(abs(recorded_ns - event_ns)) FROM events")[0][0]
        assert off < 600 * 1_000_000_000, f"an event was recorded {off / 1e9:.0f} s from its time"
        return stage.hold_fills()

    return act


def _at(moment: datetime, zone: str, last: float = 0.0) -> Callable[[Trading], str]:
    """The wall clock says another moment; `last` seconds later it falls back by a second, once."""

    def act(stage: Trading) -> str:
        clock = Clock(stage.directory)
        ahead = int((moment.timestamp() - time.time()) * 1_000_000_000)
        clock.set(ahead)
        _up(stage, {**clock.settings, "TZ": zone})
        if last:
            clock.set(ahead - int(last * 1_000_000_000))
        stage.fills_grow(2)
        stage.all_live(BOOKS_AFTER)
        wait_until(lambda: stage.status["reconcile"] == "agree", 60, "the books agree")
        newest = stage.ask("SELECT max(recorded_ns) FROM events")[0][0]
        assert abs(newest / 1e9 - moment.timestamp()) < 900, f"the journal says {newest}"
        back = stage.ask("SELECT max(a.recorded_ns - b.recorded_ns) FROM events a JOIN events b ON b.seq = a.seq + 1")
        assert back[0][0] <= 0, f"the journal's recorded time goes back by {back[0][0]} ns"
        return stage.hold_fills()

    return act


def _open_to_all(stage: Trading) -> str:
    """Programs that are started under umask 000: what they write is still the owner's alone."""
    before = os.umask(0)
    try:
        stage.begin_trading()
    finally:
        os.umask(before)
    stage.fills_grow(1)
    named = ("journal.db", "journal.anchor", "core_risk.log", "run/control.sock", "run/real.sock", "market.sock")
    loose = {}
    for path in sorted(stage.directory.rglob("*")):
        name = str(path.relative_to(stage.directory))
        mode = stat.S_IMODE(path.stat().st_mode)
        if (name in named or path.suffix in {".token", ".db-wal"}) and mode & 0o077:
            loose[name] = oct(mode)
    assert not loose, f"others may use {loose}"
    return stage.hold_fills()


def _linked(stage: Trading) -> str:
    """Journal, anchor and core_risk's log are links to another folder, as where a volume is mounted elsewhere."""
    other = stage.directory / "a volume, with spaces & ü"
    other.mkdir()
    for name in ("journal.db", "journal.anchor", "core_risk.log"):
        (stage.directory / name).symlink_to(other / name)
    stage.begin_trading()
    for program in ("trader", "core_risk"):
        stage.kill(program)
    stage.run("core_risk")
    stage.run("trader")
    stage.fills_grow(2)
    wait_until(lambda: stage.status["reconcile"] == "agree", 60, "the books agree")
    return stage.hold_fills()


PLACE_ROWS = (
    whole(
        "T20-zone",
        "every program runs in Chatham's zone (+13:45) and in Turkish",
        "no figure and no time depends on it",
        _zone("Pacific/Chatham", "tr_TR.UTF-8"),
    ),
    whole(
        "T20-none",
        "every program runs in a zone and a locale that do not exist",
        "no figure and no time depends on it",
        _zone("Nowhere/At_All", "xx_XX.nothing"),
    ),
    whole(
        "T21-dst",
        "every wall clock stands at the hour that Berlin has twice, and the zone is Berlin's",
        "times are UTC: nothing happens twice",
        _at(datetime(2026, 10, 25, 0, 59, 40, tzinfo=UTC), "Europe/Berlin"),
    ),
    whole(
        "T21-leap",
        "23:59:59 comes twice on New Year's Eve, as a leap second is told",
        "recorded times never go back; trades on",
        _at(datetime(2026, 12, 31, 23, 50, 59, tzinfo=UTC), "UTC", 1.0),
        True,
    ),
    whole(
        "T22-2038",
        "every wall clock says 2038-01-19 03:14:00 and goes past the end of 31 bits",
        "trades as ever",
        _at(datetime(2038, 1, 19, 3, 14, 0, tzinfo=UTC), "UTC"),
    ),
    whole(
        "T22-2096",
        "every wall clock says 2096, near the last time that is believed",
        "trades as ever",
        _at(datetime(2096, 9, 1, tzinfo=UTC), "UTC"),
    ),
    whole(
        "T22-1970",
        "every wall clock says 1970-01-02: a machine without a battery",
        "trades as ever",
        _at(datetime(1970, 1, 2, tzinfo=UTC), "UTC"),
    ),
    whole(
        "M20-umask", "every program is started under umask 000", "its files and sockets are the owner's", _open_to_all
    ),
    whole(
        "M21-links",
        "journal, anchor and core_risk's log are links to a folder with spaces and umlauts",
        "an account as any other, over a kill too",
        _linked,
    ),
)
