"""Captures and recordings as the engine's events: market_data replays them as it does for a trader."""

import json
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt

from quantumflow.appliance.captures import capture_symbols
from quantumflow.appliance.data_dir import DataDir
from quantumflow.appliance.programs import find_programs
from quantumflow.appliance.resolve import Ports, Start, resolve
from quantumflow.appliance.venue import VenueChoice
from quantumflow.bots.process import StrategyProcess
from quantumflow.bots.schemas import declaration_of
from quantumflow.bots.sources import Source
from quantumflow.config import Config, find_config, load_config
from quantumflow.errors import ApplianceRefused
from quantumflow.events import Events
from quantumflow.frames import Batch, FrameReader, Goodbye, Hello
from quantumflow.orphans import end_with_parent
from quantumflow.research.lookahead.replayed import Replayed
from quantumflow.specs import BotSpec
from quantumflow.strategies.registry import STRATEGIES
from quantumflow.trader_settings import read_settings

__all__ = ["BOOKS_MAX", "bot_of", "recorded_subject"]

BOOKS_MAX = 400_000
"""All events stand in memory: 640 bytes a book."""
START_SECONDS_MAX = 30.0
SILENCE_SECONDS_MAX = 60.0
READ_BYTES = 131_072
COMPLAINT_BYTES_MAX = 65_536
CAPITAL_E8 = 5_000 * 10**8


def recorded_subject(strategy: str, paths: Sequence[Path], config_file: Path | None = None) -> Replayed:
    """`strategy` with its own defaults on every instrument of the inputs; broker and timing as configured.

    It is the name of one of ours, or the file of a user's. Raises ApplianceRefused for what is neither.
    """
    config = load_config(find_config(config_file), dict(os.environ))
    bot, mind = bot_of(strategy)
    venue = VenueChoice("replay", tuple(path.absolute() for path in paths))
    symbols = capture_symbols(venue.files)
    with tempfile.TemporaryDirectory(prefix="qf-check-") as scratch:
        directory = DataDir(Path(scratch))
        directory.run.mkdir(parents=True)
        documents = _documents(config, Start(venue, symbols, 0.0, Ports(0, 0, 0, 0, 0)), directory)
        settings = read_settings(documents["trader"])
        hello, events = _replayed(documents["market_data"], directory.run / "market.sock")
    bots = [replace(bot, instruments=symbols)]
    return Replayed(events, hello.instruments, bots, settings.broker, settings.engine, mind=mind)


def bot_of(strategy: str) -> tuple[BotSpec, Callable[[], StrategyProcess] | None]:
    """A bot of it, and for a user's file what starts it."""
    known = [one.name for one in STRATEGIES]
    if strategy in known:
        return BotSpec(strategy, strategy, (), CAPITAL_E8), None
    file = Path(strategy)
    if file.suffix != ".py" or not file.is_file():
        detail = f"{strategy!r}: there are {', '.join(known)}, a FILE.py with decide, or FILE.py:FUNCTION of columns"
        raise ApplianceRefused("no_such_strategy", detail)
    source = Source(file.stem, "file", str(file), file.read_bytes())
    declared = declaration_of(source)
    if isinstance(declared, str):
        raise ApplianceRefused("strategy_broken", f"{file}: {declared}")
    parameters = {one["name"]: float(one["default"]) for one in declared["parameters"]}

    def mind() -> StrategyProcess:
        process = StrategyProcess(file.absolute(), source.name)
        process.begin(parameters)
        return process

    return BotSpec(source.name, source.name, (), CAPITAL_E8, parameters, source.digest), mind


def _documents(config: Config, start: Start, directory: DataDir) -> dict[str, Path]:
    """The programs' configuration, as `up` resolves it, with one reader and no recording of its own."""
    bot = next(iter(config.bots.values())).model_copy(update={"instruments": ("*",)})
    resolved = resolve(config.model_copy(update={"bots": {"checked": bot}}), start, directory)
    market, trader = resolved["market_data"], resolved["trader"]
    market |= {"record": None, "replay": {**market["replay"], "wait_readers": 1}, "log_level": "error"}
    written = {}
    for name, document in (("market_data", market), ("trader", {**trader, "metrics_listen": None})):
        written[name] = directory.run / f"{name}.json"
        written[name].write_text(json.dumps(document), encoding="utf-8")
    return written


def _replayed(document: Path, place: Path) -> tuple[Hello, Events]:
    """Every event from Hello to the end. Raises ApplianceRefused if market_data cannot read the inputs."""
    gathered, reader = _Gathered(), FrameReader()
    with _market_data(document) as feed, _connected(place, feed) as channel:
        while not gathered.ended and (data := channel.recv(READ_BYTES)):
            reader.push(data)
            while (batch := reader.take()).heads or batch.notes:
                gathered.take(batch)
    if gathered.hello is None or not gathered.books:
        raise ApplianceRefused("data_unreadable", f"market_data published no book of it: {feed.said()}")
    return gathered.hello, gathered.events()


class _Gathered:
    """Batches of frames, copied into arrays that stay."""

    def __init__(self) -> None:
        self.hello: Hello | None = None
        self.ended = False
        self.books = 0
        self._heads: list[npt.NDArray[np.void]] = []
        self._levels: list[npt.NDArray[np.int64]] = []

    def take(self, batch: Batch) -> None:
        """Raises ApplianceRefused beyond BOOKS_MAX."""
        self.hello = next((note for note in batch.notes if isinstance(note, Hello)), self.hello)
        self.ended = self.ended or any(isinstance(note, Goodbye) for note in batch.notes)
        heads = batch.events.heads[: batch.heads].copy()
        has = heads["levels_row"] >= 0
        self._levels.append(batch.events.levels[heads["levels_row"][has]])
        heads["levels_row"][has] = np.arange(self.books, self.books + len(self._levels[-1]))
        self.books += len(self._levels[-1])
        self._heads.append(heads)
        if self.books > BOOKS_MAX:
            raise ApplianceRefused("data_too_long", f"more than {BOOKS_MAX:,} books: name a shorter capture")

    def events(self) -> Events:
        return Events(np.concatenate(self._heads), np.concatenate(self._levels))


@dataclass(frozen=True, slots=True)
class _Feed:
    """market_data at work, and what it complained of."""

    process: "subprocess.Popen[bytes]"
    complaints: IO[bytes]

    def said(self) -> str:
        self.complaints.seek(0)
        lines = self.complaints.read(COMPLAINT_BYTES_MAX).decode(errors="replace").splitlines()
        told = f" ({lines[-1]})" if lines else ""
        return f"exit status {self.process.poll()}{told}; `quantumflow import FILE` says what is wrong with a capture"


@contextmanager
def _market_data(document: Path) -> Iterator[_Feed]:
    command = [*find_programs().market_data, "--config", str(document)]
    with tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(  # noqa: S603 (our own program)
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=complaints,
            preexec_fn=end_with_parent,
        )
        try:
            yield _Feed(process, complaints)
        finally:
            process.kill()
            process.wait()


@contextmanager
def _connected(place: Path, feed: _Feed) -> Iterator[socket.socket]:
    """A connection to the market socket, as soon as it is there."""
    end = time.monotonic() + START_SECONDS_MAX
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as channel:
        channel.settimeout(SILENCE_SECONDS_MAX)
        while True:
            try:
                channel.connect(str(place))
                break
            except OSError:
                if feed.process.poll() is not None or time.monotonic() > end:
                    raise ApplianceRefused("data_unreadable", f"market_data cannot read it: {feed.said()}") from None
                time.sleep(0.02)
        yield channel
