"""market_data as a process, and a reader of its frames that holds every live book against the truth."""

import json
import socket
import subprocess
import threading
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from faults.exchange import SYMBOLS
from faults.processes import free_port, start
from faults.truth import LEVELS, LiveBook, Truth, unpack
from quantumflow.appliance.programs import find_programs

__all__ = ["STALE_MS", "MarketData", "Seen", "Watch"]

STALE_MS = 2500
CROSSED_MS = 500
_HELLO, _BOOK, _TRADE, _CANDLE, _STATUS, _HEARTBEAT, _SKIPPED, _GOODBYE = range(1, 9)
_STATES = ("disconnected", "resyncing", "live", "stale", "crossed", "halted", "geo_blocked", "banned")
_LIVE = 2
_E8 = Decimal(10) ** -8
_RETRY_SECONDS = 0.005
BOOKS_KEPT_MAX = 200_000
READ_BYTES = 262_144
SAMPLE = 997
LATE_NS = 500_000_000


class MarketData:
    """One market_data, with bounds short enough for a row; started again by the row when it ended."""

    def __init__(
        self, directory: Path, exits: ExitStack, exchange_port: int, changes: dict[str, Any] | None = None
    ) -> None:
        self.directory = directory
        self._exits = exits
        self.process: subprocess.Popen[bytes] | None = None
        self.socket = directory / "market.sock"
        self.metrics_port = free_port()
        book = {
            "publish_levels": LEVELS,
            "snapshot_limit": 100,
            "imbalance_decay_ppm": 700_000,
            "stale_after_ms": STALE_MS,
            "crossed_resync_ms": CROSSED_MS,
            "rest_check_seconds": 2,
        }
        self.config: dict[str, Any] = {
            "venue": {
                "name": "sim",
                "simulated": True,
                "rest_url": f"http://127.0.0.1:{exchange_port}",
                "ws_url": f"ws://127.0.0.1:{exchange_port}",
            },
            "symbols": list(SYMBOLS),
            "instruments": {},
            "replay": None,
            "socket": str(self.socket),
            "metrics_listen": f"127.0.0.1:{self.metrics_port}",
            "status_file": str(directory / "market_data.status.json"),
            "book": {**book, **(changes or {})},
            "session_seconds": 86_400,
            "candle_seed": 5,
            "record": None,
            "log_level": "info",
        }

    def start(self, **settings: str) -> None:
        path = self.directory / "market_data.json"
        path.write_text(json.dumps(self.config))
        command = [*find_programs().command("market_data"), "--config", str(path)]
        self.process = start(command, self.directory / "market_data.out", self._exits, **settings)

    def counted(self, symbol: str) -> dict[str, Any]:
        """The instrument's row of the status file, which is renewed once a second."""
        status = self.status()
        row = status.get("instruments", {}).get(symbol, {})
        assert isinstance(row, dict)
        return row

    def status(self) -> dict[str, Any]:
        path = self.directory / "market_data.status.json"
        answer = json.loads(path.read_text()) if path.exists() else {}
        assert isinstance(answer, dict)
        return answer

    @property
    def rss_kib(self) -> int:
        """Resident memory now."""
        assert self.process is not None
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(next(line.split()[1] for line in text.splitlines() if line.startswith("VmRSS")))


@dataclass(frozen=True, slots=True)
class Seen:
    """A Status frame: when it was read, whose it is ("" the whole feed's), what it says."""

    at: float
    symbol: str
    state: str
    reason: str

    def __str__(self) -> str:
        return f"{self.state}:{self.reason}"


@dataclass
class Watch:
    """Reads every frame from the first on, connects again when it is lost, and compares what is live."""

    path: Path
    truth: Truth
    statuses: list[Seen] = field(default_factory=list)
    state: dict[str, str] = field(default_factory=dict)
    frames: Counter[int] = field(default_factory=Counter)
    live: dict[tuple[str, str, int, int], LiveBook] = field(default_factory=dict)
    """Live books that were the truth, by (session, symbol, epoch, last id)."""
    latest: dict[str, LiveBook] = field(default_factory=dict)
    trades: dict[str, list[int]] = field(default_factory=lambda: {symbol: [] for symbol in SYMBOLS})
    goodbyes: list[str] = field(default_factory=list)
    sessions: list[str] = field(default_factory=list)
    units: dict[str, tuple[Decimal, Decimal]] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    """What of the protocol did not hold: holes in seq, time that goes back."""
    recv_ns: int = 0
    sampling: bool = False
    """In a burst: only every SAMPLE-th of the books that are not of this moment is compared."""
    published: dict[tuple[str, str, int, int], LiveBook] = field(default_factory=dict)
    """Live books of a burst that were not compared."""
    _names: list[str] = field(default_factory=list)
    _next_seq: int = 0
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> "Watch":
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join(timeout=10)
        self.truth.close()

    def live_books(self, symbol: str) -> int:
        """Live books of a symbol so far that were the truth."""
        return self.truth.equal[symbol]

    def since(self, at: float, symbol: str) -> list[Seen]:
        """Statuses of a symbol from a moment on."""
        return [seen for seen in list(self.statuses) if seen.at >= at and seen.symbol == symbol]

    def _run(self) -> None:
        while not self._over.is_set():
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as channel:
                try:
                    channel.connect(str(self.path))
                except OSError:
                    time.sleep(_RETRY_SECONDS)
                    continue
                channel.settimeout(0.5)
                self._read(channel)

    def _read(self, channel: socket.socket) -> None:
        """Frames until the stream or the watch ends."""
        waiting = bytearray()
        while not self._over.is_set():
            try:
                part = channel.recv(READ_BYTES)
            except TimeoutError:
                continue
            except OSError:
                break
            if not part:
                break
            waiting += part
            self._take_whole(waiting)
        for symbol in self._names:
            self.state[symbol] = "disconnected"

    def _take_whole(self, waiting: bytearray) -> None:
        """Takes the whole frames from the front."""
        at = 0
        while len(waiting) >= at + 4:
            end = at + 4 + int.from_bytes(waiting[at : at + 4])
            if len(waiting) < end:
                break
            self._take(msgspec.msgpack.decode(waiting[at + 4 : end]))
            at = end
        del waiting[:at]

    def _take(self, frame: list[Any]) -> None:
        kind, seq, recv_ns = frame[:3]
        self.frames[kind] += 1
        if kind == _HELLO:
            self._greet(frame)
            return
        if kind == _SKIPPED:
            return
        if seq >= self._next_seq and kind != _GOODBYE:
            if seq != self._next_seq and self.frames[_SKIPPED] == 0:
                self.broken.append(f"seq {seq} after {self._next_seq - 1}")
            if recv_ns < self.recv_ns:
                self.broken.append(f"time goes back by {self.recv_ns - recv_ns} ns at seq {seq}")
            self._next_seq, self.recv_ns = seq + 1, recv_ns
        if kind == _STATUS:
            symbol = "" if frame[3] < 0 else self._names[frame[3]]
            seen = Seen(time.monotonic(), symbol, _STATES[frame[4]], frame[5])
            self.statuses.append(seen)
            self.state[symbol] = seen.state
        elif kind == _TRADE:
            self.trades[self._names[frame[3]]].append(frame[5])
        elif kind == _BOOK:
            self._book(frame)
        elif kind == _GOODBYE:
            self.goodbyes.append(frame[3])

    def _greet(self, frame: list[Any]) -> None:
        self.sessions.append(frame[5])
        self._names = [row[1] for row in frame[11]]
        self.units = {row[1]: (row[4] * _E8, row[5] * _E8) for row in frame[11]}
        self._next_seq, self.recv_ns = frame[9], 0

    def _book(self, frame: list[Any]) -> None:
        if frame[7] != _LIVE:
            return
        symbol = self._names[frame[3]]
        tick, lot = self.units[symbol]
        book = LiveBook(
            self.sessions[-1], symbol, frame[5], frame[6], frame[2], unpack(frame[8]), unpack(frame[9]),
            frame[10], frame[11], tick, lot,
        )  # fmt: skip
        self.latest[symbol] = book
        key = (book.session, symbol, book.epoch, book.last_id)
        late = time.time_ns() - book.recv_ns > LATE_NS
        if self.sampling and late and self.frames[_BOOK] % SAMPLE:
            self.published[key] = book
            return
        if self.truth.compare(book) and len(self.live) < BOOKS_KEPT_MAX:
            self.live[key] = book
