"""Rows of too much at once: a burst, a reader that does not read, a strategy that has lost its senses."""

import itertools
import socket
import time
from typing import Any

import msgspec

from faults.processes import wait_until
from faults.row import BOOKS_AFTER, HIT, Expect, Row, Scene
from faults.trading import Trading

__all__ = ["OVERLOAD_ROWS"]

Frame = list[Any]
BURST = 300_000
"""Some seconds at a hundred thousand a second, so that a whole second lies inside."""
BURST_SECONDS_MAX = 120.0
MAD_A_SECOND = 10_000
MAD_SECONDS_MAX = 240.0
RSS_KIB_MAX = 150 * 1024
"""A bound against growth without end; what it really was is in what was observed."""
_BOOK, _TRADE, _SKIPPED = 2, 3, 7
_PATIENT = {"stale_after_ms": 20_000}
"""On a busy machine the exchange itself may pause while it makes a burst."""


def _burst(stage: Scene) -> str:
    """More depth updates than an hour has, as fast as the connection takes them."""
    stage.watch.sampling = True
    wait_until(lambda: "gaps" in stage.market.counted(HIT), BURST_SECONDS_MAX, "the first status file")
    before = stage.market.counted(HIT)
    messages = stage.market.status()["messages"]
    at = time.monotonic()
    counts = [(at, messages)]

    def whole() -> bool:
        """Notes each new count, which is told once a second."""
        now = stage.market.status()["messages"]
        if now != counts[-1][1]:
            counts.append((time.monotonic(), now))
        return bool(now - messages >= BURST)

    stage.exchange.burst(BURST)
    wait_until(whole, BURST_SECONDS_MAX, "the whole burst")
    fastest = max((n - m) / (t - s) for (s, m), (t, n) in itertools.pairwise(counts))
    stage.all_live(BOOKS_AFTER, BURST_SECONDS_MAX)
    assert not stage.watch.since(at, HIT), f"it did not stay live: {stage.told(at)}"
    after = stage.market.counted(HIT)
    assert after["gaps"] == before["gaps"], "updates were lost"
    assert stage.exchange.counts()["slow_connections"] == 0
    rss = stage.market.rss_kib
    assert rss < RSS_KIB_MAX, f"{rss} KiB"
    return f"{fastest:,.0f} messages in the fastest second, none lost; {rss // 1024} MiB resident; stayed live"


def _slow_reader(stage: Scene) -> str:
    """One reader stops reading while a burst is published; then it reads everything."""
    stage.watch.sampling = True
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as slow:
        slow.connect(str(stage.market.socket))
        messages = stage.market.status()["messages"]
        stage.exchange.burst(30_000)
        wait_until(lambda: stage.market.status()["messages"] - messages >= 30_000, BURST_SECONDS_MAX, "the burst")
        stage.all_live(BOOKS_AFTER, BURST_SECONDS_MAX)
        frames = _read_for(slow, 3.0)
    skipped = [frame for frame in frames if frame[0] == _SKIPPED]
    assert skipped, "nothing was said to be left out"
    trades = [frame[5] for frame in frames if frame[0] == _TRADE and frame[3] == 0]
    seen = stage.watch.trades[HIT]
    missing = [trade for trade in seen if trades[0] <= trade <= trades[-1] and trade not in set(trades)]
    assert not missing, f"trades were left out: {missing[:5]}"
    _no_hole(frames)
    count = sum(frame[4] for frame in skipped)
    return f"{count} books left out and said so, {len(trades)} trades all there; the other reader stayed live"


def _read_for(channel: socket.socket, seconds: float) -> list[Frame]:
    """Whole frames until nothing comes for so long."""
    channel.settimeout(seconds)
    waiting = bytearray()
    frames: list[Frame] = []
    end = time.monotonic() + BURST_SECONDS_MAX
    while time.monotonic() < end and not (frames and frames[-1][0] == _BOOK and len(waiting) == 0 and _fresh(frames)):
        part = channel.recv(1 << 20)
        waiting += part
        at = 0
        while len(waiting) >= at + 4 and len(waiting) >= at + 4 + int.from_bytes(waiting[at : at + 4]):
            size = int.from_bytes(waiting[at : at + 4])
            frames.append(msgspec.msgpack.decode(waiting[at + 4 : at + 4 + size]))
            at += 4 + size
        del waiting[:at]
    return frames


def _fresh(frames: list[Frame]) -> bool:
    """True once what is read is of this moment."""
    return bool(time.time_ns() - frames[-1][2] < 500_000_000)


def _no_hole(frames: list[Frame]) -> None:
    """Every seq is there, or inside a Skipped frame's range."""
    live = frames[1 + frames[0][10] :]
    covered: set[int] = set()
    for frame in live:
        covered.update(range(frame[3], frame[1] + 1) if frame[0] == _SKIPPED else [frame[1]])
    assert covered == set(range(frames[0][9], max(covered) + 1)), "a hole in seq that nothing explains"


def _mad_strategy(stage: Trading) -> str:
    """An order on each of ten thousand books a second; core_risk allows four a minute."""
    parameters = stage.trader["bots"][0]["parameters"]
    parameters |= {"repeat_s": 0, "imbalance_min": 0.0, "imbalance_weighted_min": 0.0}
    stage.risk["limits"] |= {"orders_per_second_max": 4, "orders_per_minute_max": 4}
    stage.begin()
    stage.run("core_risk")
    stage.run("trader")
    stage.fills_grow(1, "a first fill")
    stage.watch.sampling = True
    at = time.monotonic()
    failed = "SELECT count(*) FROM signals WHERE outcome = 'too_many_refusals'"
    while time.monotonic() - at < MAD_SECONDS_MAX and stage.ask(failed) == [(0,)]:
        stage.exchange.burst(MAD_A_SECOND)
        time.sleep(1)
    assert stage.ask(failed) > [(0,)], f"it was never stopped: {stage.refusals()}, {stage.count('signals')} signals"
    stopped = time.monotonic() - at
    wait_until(lambda: stage.why == "paused", 60, f"the status says so, not {stage.why}")
    worst = stage.ask("SELECT max(n) FROM (SELECT count(*) AS n FROM orders GROUP BY event_ns / 1000000000)")
    assert worst[0][0] <= 20, worst
    asked = stage.proxy.asked
    time.sleep(2)
    stage.all_live(BOOKS_AFTER, BURST_SECONDS_MAX)
    assert stage.status["reconcile"] == "agree"
    told = f"{stage.count('signals')} signals, at most {worst[0][0]} orders a second, {asked} asked"
    return f"{told}; failed after {stopped:.1f} s; {stage.hold_fills()}"


OVERLOAD_ROWS = (
    Row(
        "F23-burst",
        f"{BURST:,} updates as fast as they are taken",
        "none lost, memory bounded, live right afterwards",
        act=_burst,
        changes=_PATIENT,
        after=Expect(unknown_max=BURST),
    ),
    Row(
        "F23-reader",
        "a reader stops reading while 30,000 updates come",
        "books are left out for it and said so, trades never; others do not notice",
        act=_slow_reader,
        changes=_PATIENT,
        after=Expect(unknown_max=BURST),
    ),
    Row(
        "R06",
        f"a strategy that wants an order on each of {MAD_A_SECOND:,} books a second",
        "twenty a second at most, stopped by name after fifty refusals in a row, all others responsive",
        act=_mad_strategy,
        changes=_PATIENT,
        stage=Trading,
        quick=False,
        after=Expect(unknown_max=BURST),
    ),
)
