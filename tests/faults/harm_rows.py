"""Rows of what is done to a running program: no room for another file, files taken away, signals, slow clients."""

import os
import shutil
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from faults.place_rows import whole
from faults.processes import wait_until
from faults.row import BOOKS_AFTER, HIT, Row, Scene
from faults.shims import Files
from faults.trading import Trading

__all__ = ["HARM_ROWS"]

WITHOUT_SECONDS = 4.0
SLOW_CLIENTS = 300
SEGMENT_BYTES = 65_536
"""The least there may be: seconds of two symbols."""
SEGMENT_SECONDS = 20.0
PROGRAMS = ("market_data", "core_risk", "trader")


def _no_new_files(program: str) -> Callable[[Trading], str]:
    def act(stage: Trading) -> str:
        files = Files(stage.directory)
        stage.begin()
        for name in ("core_risk", "trader"):
            stage.run(name, **(files.settings if name == program else {}))
        stage.fills_grow(1, "a first fill")
        files.set(1)
        time.sleep(WITHOUT_SECONDS)
        files.set(0)
        process = stage.processes[program]
        ended = process.poll()
        if ended is not None:
            assert ended > 0, f"{program} died of a signal: {ended}"
            stage.run(program)
        stage.fills_grow(2)
        wait_until(lambda: stage.status["reconcile"] == "agree", 60, "the books agree")
        return f"{'went on' if ended is None else f'ended with {ended}, started again'}; {stage.hold_fills()}"

    return act


def _recording(stage: Scene) -> Path:
    recordings = stage.directory / "recordings"
    stage.market.config["record"] = {
        "directory": str(recordings),
        "max_bytes": 64 << 20,
        "segment_bytes": SEGMENT_BYTES,
    }
    return recordings


def _no_new_segments(stage: Scene) -> str:
    files = Files(stage.directory)
    recordings = _recording(stage)
    stage.exchange.start()
    stage.market.start(**files.settings)
    stage.exits.enter_context(stage.watch)
    stage.all_live(BOOKS_AFTER)
    at = time.monotonic()
    files.set(1)
    before = len(list(recordings.rglob("*.seg")))
    stage.all_live(BOOKS_AFTER)
    assert not stage.watch.since(at, HIT), f"it did not stay live: {stage.told(at)}"
    wait_until(
        lambda: "the recording cannot be written" in stage.log("market_data"), 60, "it says that nothing is recorded"
    )
    files.set(0)
    return f"stayed live; {before} segments before, {len(list(recordings.rglob('*.seg')))} after"


def _recordings_gone(stage: Scene) -> str:
    """Somebody clears the folder of recordings under a market_data that writes there."""
    recordings = _recording(stage)
    stage.begin()
    at = time.monotonic()
    shutil.rmtree(recordings)
    recordings.write_text("a file in its place")
    time.sleep(SEGMENT_SECONDS)
    stage.all_live(BOOKS_AFTER)
    assert not stage.watch.since(at, HIT), f"it did not stay live: {stage.told(at)}"
    wait_until(
        lambda: "the recording cannot be written" in stage.log("market_data"), 20, "it says that nothing is recorded"
    )
    return "stayed live; said that the recording cannot be written"


def _signals(stage: Trading) -> str:
    """What a terminal or a mistaken script sends: none of it may leave a program that lives and does nothing."""
    stage.begin_trading()
    told = []
    for number in (signal.SIGWINCH, signal.SIGPIPE, signal.SIGURG, signal.SIGCONT, signal.SIGTSTP, signal.SIGUSR1):
        for program in PROGRAMS:
            process = stage.market.process if program == "market_data" else stage.processes[program]
            assert process is not None
            os.kill(process.pid, number)
            time.sleep(0.2)
            if process.poll() is None:
                os.kill(process.pid, signal.SIGCONT)
            time.sleep(0.2)
            if process.poll() is not None:
                told.append(f"{program} ended by {number.name}")
                if program == "market_data":
                    stage.market.start()
                else:
                    stage.run(program)
        if stage.processes["trader"].poll() is not None:
            stage.run("trader")
    wait_until(lambda: _restarted(stage) or stage.why in {None, "warming_up"}, 120, "it trades")
    stage.fills_grow(2)
    stage.all_live(BOOKS_AFTER)
    wait_until(lambda: stage.status["reconcile"] == "agree", 60, "the books agree")
    return f"{'; '.join(told) or 'none ended'}; {stage.hold_fills()}"


def _restarted(stage: Trading) -> bool:
    """A trader that ended by itself under a new market session is started again, as its supervisor does."""
    if stage.processes["trader"].poll() is not None:
        stage.run("trader")
    return False


@contextmanager
def _clients(path: Path, count: int, first: bytes) -> Iterator[list[socket.socket]]:
    """So many clients that begin a request and do not end it."""
    channels = []
    for _ in range(count):
        channel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        channel.settimeout(0.5)
        with suppress(OSError):  # who is kept out holds nothing
            channel.connect(str(path))
            channel.sendall(first)
        channels.append(channel)
    try:
        yield channels
    finally:
        for channel in channels:
            channel.close()


def _slow_clients(first: bytes, again: bytes) -> Callable[[Trading], str]:
    def act(stage: Trading) -> str:
        stage.begin_trading()
        core_risk = stage.processes["core_risk"]
        handles = len(list(Path(f"/proc/{core_risk.pid}/fd").iterdir()))
        with _clients(stage.real_socket, SLOW_CLIENTS, first) as channels:
            end = time.monotonic() + WITHOUT_SECONDS
            while time.monotonic() < end:
                for channel in channels:
                    with suppress(OSError):  # closed by core_risk
                        channel.sendall(again)
                time.sleep(0.2)
            during = len(list(Path(f"/proc/{core_risk.pid}/fd").iterdir()))
            stage.fills_grow(1, "it trades beside them")
        assert core_risk.poll() is None, "core_risk ended"
        wait_until(
            lambda: len(list(Path(f"/proc/{core_risk.pid}/fd").iterdir())) <= handles + 4, 60, "handles are given back"
        )
        stage.fills_grow(1)
        wait_until(lambda: stage.status["reconcile"] == "agree", 60, "the books agree")
        return f"{during - handles} of {SLOW_CLIENTS} held at once; {stage.hold_fills()}"

    return act


def _journal_unlinked(stage: Trading) -> str:
    """The journal's files are deleted under the trader that writes them: what it says from then on is on no disk."""
    stage.begin_trading()
    for name in ("journal.db", "journal.db-wal", "journal.db-shm"):
        (stage.directory / name).unlink()
    trader = stage.processes["trader"]
    wait_until(lambda: trader.poll() is not None, 60, "the trader ends")
    assert trader.returncode == 1, f"exit {trader.returncode}"
    assert stage.why == "journal_failed", stage.why
    stage.run("trader")
    wait_until(lambda: stage.processes["trader"].poll() is not None, 120, "the next one refuses")
    assert "journal_missing" in stage.log("trader") or "journal_behind_anchor" in stage.log("trader"), stage.log(
        "trader"
    )
    return "ended by name at once; the next start refuses by name"


_HEAD = b"POST /v1/orders/check HTTP/1.1\r\nHost: core_risk\r\nAuthorization: Bearer "

HARM_ROWS = (
    whole(
        "M22-core_risk",
        "no new file can be made (no inode is left) under core_risk",
        "goes on, or ends by name; trades when there is room",
        _no_new_files("core_risk"),
    ),
    whole(
        "M22-trader",
        "no new file can be made (no inode is left) under the trader",
        "goes on, or ends by name; trades when there is room",
        _no_new_files("trader"),
    ),
    Row(
        "M22-recording",
        "no new file can be made under market_data, and its segments are small",
        "live throughout, and it says that it records no more",
        act=_no_new_segments,
        stage=Scene,
    ),
    Row(
        "M23-recordings",
        "the folder of recordings is deleted under market_data, a file stands in its place",
        "live throughout, and it says that it records no more",
        act=_recordings_gone,
        stage=Scene,
    ),
    whole(
        "M23-journal",
        "the journal is deleted under the trader",
        "it ends by name: nothing is told that no disk has; no start without it",
        _journal_unlinked,
        True,
    ),
    whole(
        "M24",
        "SIGWINCH, SIGPIPE, SIGURG, SIGCONT, SIGTSTP and SIGUSR1 to each program",
        "ignored, or an end that a supervisor sees; trades again",
        _signals,
    ),
    whole(
        "M25-head",
        f"{SLOW_CLIENTS} clients of core_risk send a head a byte at a time",
        "held within a bound, never in the way of an order",
        _slow_clients(_HEAD, b"x"),
        True,
    ),
    whole(
        "M25-body",
        f"{SLOW_CLIENTS} clients of core_risk send a body of 10 GB, a byte at a time",
        "held within a bound, never in the way of an order",
        _slow_clients(_HEAD + b"x\r\nContent-Length: 10000000000\r\n\r\n{", b" "),
    ),
)
