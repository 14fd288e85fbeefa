"""Rows of the machine around: slow disks, starved processors, clocks that tremble, descriptors, logs without room."""

import os
import resource
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random

from faults.processes import wait_until
from faults.row import BOOKS_AFTER, HIT, Row, Scene
from faults.shims import Clock, Disk
from faults.trading import ANSWER_MS, Trading

__all__ = ["MACHINE_ROWS"]

SLOW_SECONDS = 4.0
JOURNAL_MS, RISK_MS, RECORDING_MS = 200, 3 * ANSWER_MS, 1000
DESCRIPTORS = 40
READERS = 60
STARVED_SECONDS = 8.0
STARVED_ON, STARVED_OFF = 0.02, 0.08
TREMBLE_NS = 300_000_000
LOGS_FULL = Path("/dev/full")


def _up(stage: Trading, slow: str, disk: Disk) -> None:
    """Everything up and trading, with the disk of one program in our hand."""
    stage.begin()
    stage.run("core_risk", **(disk.settings if slow == "core_risk" else {}))
    stage.run("trader", **(disk.settings if slow == "trader" else {}))
    stage.fills_grow(1, "a first fill")


def _slow_journal(stage: Trading) -> str:
    disk = Disk(stage.directory)
    _up(stage, "trader", disk)
    disk.set(JOURNAL_MS)
    stage.fills_grow(1, "it trades on a slow disk")
    time.sleep(SLOW_SECONDS)
    disk.set(0)
    stage.fills_grow(2)
    assert stage.status["reconcile"] == "agree"
    return stage.hold_fills()


def _slow_risk_log(stage: Trading) -> str:
    disk = Disk(stage.directory)
    _up(stage, "core_risk", disk)
    before = stage.refusals().get("risk_timeout", 0)
    disk.set(RISK_MS)

    def refused() -> int:
        return stage.refusals().get("risk_timeout", 0) - before

    wait_until(
        lambda: refused() > 0 or stage.why == "risk_unreachable", 60, "an order is refused for want of an answer"
    )
    time.sleep(1)
    stage.none_filled_for(SLOW_SECONDS)
    told = refused()
    disk.set(0)
    stage.fills_grow(2)
    wait_until(lambda: stage.status["reconcile"] == "agree", 60, "the books agree")
    return f"{told} orders refused by risk_timeout; {stage.hold_fills()}"


def _slow_recording(stage: Scene) -> str:
    disk = Disk(stage.directory)
    recordings = stage.directory / "recordings"
    stage.market.config["record"] = {
        "directory": str(recordings), "max_bytes": 64 << 20, "segment_bytes": 1 << 20,
    }  # fmt: skip
    disk.set(RECORDING_MS)
    stage.exchange.start()
    stage.market.start(**disk.settings)
    stage.exits.enter_context(stage.watch)
    stage.all_live(BOOKS_AFTER)
    at = time.monotonic()
    time.sleep(2 * SLOW_SECONDS)
    stage.all_live(BOOKS_AFTER)
    assert not stage.watch.since(at, HIT), f"it did not stay live: {stage.told(at)}"
    written = sum(path.stat().st_size for path in recordings.rglob("*") if path.is_file())
    assert written > 0, "nothing was recorded"
    return f"stayed live; {written} bytes recorded meanwhile"


def _no_descriptors(stage: Scene) -> str:
    """So many readers that market_data has no descriptor left; then they go."""
    process = stage.market.process
    assert process is not None
    at = time.monotonic()
    resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS))
    with _readers(stage.market.socket, READERS):
        time.sleep(1)
        stage.exchange.fault({"abrupt_close": {}})
        time.sleep(SLOW_SECONDS)
        open_now = _descriptors(process.pid)
    stage.all_live(BOOKS_AFTER, 90)
    assert process.poll() is None, "market_data ended"
    return f"{open_now} of {DESCRIPTORS} descriptors in use; {stage.way(at)}"


def _descriptors(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


@contextmanager
def _readers(path: Path, count: int) -> Iterator[list[socket.socket]]:
    """So many connections that never read."""
    channels = []
    for _ in range(count):
        channel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        channel.settimeout(0.2)
        with suppress(OSError):
            channel.connect(str(path))
        channels.append(channel)
    try:
        yield channels
    finally:
        for channel in channels:
            channel.close()


def _rude_readers(stage: Scene) -> str:
    """Readers that come and go at once, and some that send bytes where nothing is ever asked."""
    process = stage.market.process
    assert process is not None
    at, random = time.monotonic(), Random(stage.seed)
    before = _descriptors(process.pid)
    for turn in range(500):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as channel:
            channel.settimeout(2)
            channel.connect(str(stage.market.socket))
            if turn % 5 == 0:
                with suppress(OSError):
                    channel.sendall(random.randbytes(random.randrange(1, 5000)))
    stage.all_live(BOOKS_AFTER)
    assert not stage.watch.since(at, HIT), f"it did not stay live: {stage.told(at)}"
    wait_until(lambda: _descriptors(process.pid) <= before + 2, 20, "the readers' descriptors are given back")
    return f"500 readers; {before} descriptors before, {_descriptors(process.pid)} after"


def _full_logs(stage: Trading) -> str:
    """What the programs say goes nowhere: each write of a line fails with ENOSPC."""
    links = [stage.directory / f"{program}.out" for program in ("market_data", "core_risk", "trader")]
    for link in links:
        link.symlink_to(LOGS_FULL)
    try:
        stage.begin_trading()
        stage.exchange.fault({"abrupt_close": {}})
        stage.fills_grow(2)
        stage.all_live(BOOKS_AFTER)
        assert stage.status["reconcile"] == "agree"
    finally:
        for link in links:
            link.unlink()
    return stage.hold_fills()


def _starved(stage: Trading) -> str:
    """Every program runs for a fifth of the time, in slices, as under a quota of a shared machine."""
    stage.begin_trading()
    assert stage.market.process is not None
    pids = [stage.market.process.pid, *(process.pid for process in stage.processes.values())]
    at, end = time.monotonic(), time.monotonic() + STARVED_SECONDS
    while time.monotonic() < end:
        for what, seconds in ((signal.SIGSTOP, STARVED_OFF), (signal.SIGCONT, STARVED_ON)):
            for pid in pids:
                os.kill(pid, what)
            time.sleep(seconds)
    stage.fills_grow(2)
    stage.all_live(BOOKS_AFTER)
    wait_until(lambda: stage.status["reconcile"] == "agree", 60, "the books agree")
    return f"{stage.way(at)}; {stage.hold_fills()}"


def _trembling(stage: Trading) -> str:
    """The wall clock is wrong by another amount each ten milliseconds."""
    clock, over = Clock(stage.directory), threading.Event()

    def tremble() -> None:
        random = Random(stage.seed)
        while not over.wait(0.01):
            clock.set(random.randrange(-TREMBLE_NS, TREMBLE_NS))

    stage.exchange.start()
    stage.market.start(**clock.settings)
    stage.exits.enter_context(stage.watch)
    stage.all_live(BOOKS_AFTER)
    stage.run("core_risk", **clock.settings)
    stage.run("trader", **clock.settings)
    stage.fills_grow(1, "a first fill")
    thread = threading.Thread(target=tremble)
    thread.start()
    try:
        stage.fills_grow(3, "it trades while the clock trembles")
        stage.all_live(BOOKS_AFTER)
    finally:
        over.set()
        thread.join()
    clock.set(0)
    wait_until(lambda: stage.status["reconcile"] == "agree", 60, "the books agree")
    return stage.hold_fills()


def _status_barred(stage: Trading) -> str:
    """The trader's status file cannot be replaced: a folder stands in its place."""
    stage.begin_trading()
    path = stage.directory / "run" / "trader.status.json"
    fills = stage.count("fills")
    path.unlink()
    (path / "in_the_way").mkdir(parents=True)
    wait_until(lambda: stage.count("fills") >= fills + 2 or stage.processes["trader"].poll() is not None, 120, "a word")
    ended = stage.processes["trader"].poll()
    (path / "in_the_way").rmdir()
    path.rmdir()
    if ended is None:
        stage.fills_grow(1)
        return f"traded on without it; {stage.hold_fills()}"
    assert ended > 0, f"the trader died of a signal: {ended}"
    stage.run("trader")
    stage.fills_grow(1)
    return f"ended with {ended} and said why, started again; {stage.hold_fills()}"


def _whole(case: str, inject: str, expect: str, act: Callable[[Trading], str], quick: bool = False) -> Row:
    return Row(case, inject, expect, act=act, stage=Trading, quick=quick)


MACHINE_ROWS = (
    _whole(
        "D10-journal",
        f"each flush of the journal takes {JOURNAL_MS} ms longer",
        "slower and nothing else: every fill on a live book, both books agree",
        _slow_journal,
    ),
    _whole(
        "D10-risk",
        f"each flush of core_risk's log takes {RISK_MS} ms longer than nothing, the trader waits {ANSWER_MS} ms",
        "refused by name while it lasts; trades again alone",
        _slow_risk_log,
        quick=True,
    ),
    Row(
        "D10-recording",
        f"each flush of the recording takes {RECORDING_MS} ms longer",
        "no frame waits for the recorder: live throughout",
        act=_slow_recording,
        stage=Scene,
    ),
    Row(
        "M10",
        f"{READERS} readers that do not read, {DESCRIPTORS} descriptors, and the connection breaks",
        "market_data lives; connected and live again when they are gone",
        act=_no_descriptors,
    ),
    Row(
        "M11",
        "500 readers that come and go at once, every fifth sends random bytes",
        "nobody else notices; every descriptor is given back",
        act=_rude_readers,
    ),
    _whole("M12", "what the programs say cannot be written (no space for logs)", "they trade on", _full_logs),
    _whole(
        "M13",
        f"every program is stopped for {STARVED_OFF * 1000:.0f} of each 100 ms",
        "no order on a book that is old; trades again alone",
        _starved,
    ),
    _whole(
        "M14",
        "every wall clock is wrong by up to 0.3 s, by another amount each 10 ms",
        "ages are of the monotonic clock; both books agree",
        _trembling,
    ),
    _whole("M15", "the status file cannot be replaced", "trades on, or ends by name and starts again", _status_barred),
)
