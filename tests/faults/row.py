"""A row of the matrix, and how one is run: start, inject, look, and hold the property."""

import shutil
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from faults.exchange import SYMBOLS, Exchange, Fault
from faults.market import MarketData, Seen, Watch
from faults.processes import wait_until
from faults.truth import Truth

__all__ = ["Expect", "Outcome", "Row", "Scene", "own_directory", "run_row", "scene"]

READY_SECONDS_MAX = 30.0
BACK_SECONDS_MAX = 30.0
"""A bound against hanging, not a figure: how long it really took is in what was observed."""
BOOKS_BEFORE = 5
BOOKS_AFTER = 10
"""Live books compared with the truth before the fault, and after it is over."""
HIT, OTHER = SYMBOLS
LOGS = ("market_data", "core_risk", "trader")
WAY_MAX = 8
FOR_EVER_NS = 1 << 62
"""Statuses that are shown of what was observed."""


@dataclass(frozen=True, slots=True)
class Expect:
    """What must be seen of the symbol that is hit; the other one stays as it was unless `both`."""

    passes: tuple[str, ...] = ()
    """`state` or `state:reason`, alternatives joined by `|`, in this order, others may stand between."""
    never: tuple[str, ...] = ()
    quiet: bool = False
    """No status of it at all: it stays live throughout."""
    live_again: bool = True
    counted: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Counters of the status file: least and most by which they grow."""
    rest: dict[str, tuple[int, int]] = field(default_factory=dict)
    """REST calls by endpoint: least and most."""
    both: bool = False
    unknown_max: int = 0
    """Live books of which the exchange may have lost the truth: where its ids begin anew."""
    within: float = BACK_SECONDS_MAX


@dataclass(frozen=True, slots=True)
class Row:
    """One case: what is injected and expected, in words and as data."""

    case: str
    inject: str
    expect: str
    faults: tuple[Fault, ...] = ()
    after: Expect = Expect()
    act: Callable[[Any], str] | None = None
    """What the row does in place of giving its faults; says what it saw."""
    symbol: str | None = HIT
    changes: dict[str, Any] = field(default_factory=dict)
    """Of market_data's book settings."""
    settle: float = 0.0
    """Seconds the faults last by themselves."""
    quick: bool = True
    files: Callable[[Path], tuple[Path, ...]] | None = None
    """Captures that the exchange plays in place of its generator."""
    stage: type["Scene"] | None = None
    """More than the feed: a scene that its `act` begins by itself."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a row. `problem` empty: it held."""

    case: str
    inject: str
    expect: str
    observed: str
    problem: str
    seconds: float
    books: int
    """Live books compared with the truth."""

    @property
    def held(self) -> bool:
        return not self.problem


class Scene:
    """exchange_sim, market_data and a watch on its frames, in a directory of their own."""

    def __init__(self, directory: Path, exits: ExitStack, row: Row, seed: int) -> None:
        self.directory = directory
        self.exits = exits
        self.seed = seed
        files = row.files(directory) if row.files else ()
        self.exchange = Exchange(directory, exits, seed, files)
        self.market = MarketData(directory, exits, self.exchange.port, row.changes)
        self.watch = Watch(self.market.socket, Truth(self.exchange.port))
        self.exchange.restarting = lambda: self._ambiguous_until(FOR_EVER_NS)
        self.exchange.restarted = lambda: self._ambiguous_until(time.time_ns())

    def begin(self) -> None:
        """Everything live, and some books compared."""
        self.exchange.start()
        self.market.start()
        self.exits.enter_context(self.watch)
        self.all_live(BOOKS_BEFORE)

    def _ambiguous_until(self, ns: int) -> None:
        self.watch.truth.ambiguous_ns = ns

    def all_live(self, books: int, within: float = READY_SECONDS_MAX, symbols: tuple[str, ...] = SYMBOLS) -> None:
        """Waits until each symbol is live and so many more of its books were the truth."""
        wanted = {symbol: self.watch.live_books(symbol) + books for symbol in symbols}

        def holds() -> bool:
            return all(
                self.watch.state.get(symbol) == "live" and self.watch.live_books(symbol) >= wanted[symbol]
                for symbol in symbols
            )

        try:
            wait_until(holds, within, "")
        except AssertionError:
            raise AssertionError(f"not live within {within:g} s: {self.watch.state}, {self.told(0)}") from None

    def passes(
        self, since: float, wanted: tuple[str, ...], within: float = BACK_SECONDS_MAX, symbol: str = HIT
    ) -> None:
        """Waits until the statuses of a symbol since then hold the wanted ones in their order."""
        try:
            wait_until(lambda: _passed(self.watch.since(since, symbol), wanted), within, "")
        except AssertionError:
            expected = " → ".join(wanted)
            raise AssertionError(f"{symbol} did not pass {expected} within {within:g} s: {self.told(since)}") from None

    def way(self, since: float, symbol: str = HIT) -> str:
        """The statuses of a symbol with the seconds since then."""
        seen = self.watch.since(since, symbol)
        shown = [f"{one} {one.at - since:.1f} s" for one in seen]
        if len(shown) > WAY_MAX:
            shown = [*shown[: WAY_MAX - 1], f"… {len(shown) - WAY_MAX} more …", shown[-1]]
        return " → ".join(shown) if shown else "stayed live"

    def told(self, since: float) -> str:
        """The statuses of both symbols, for a message."""
        return " ".join(f"{seen.symbol}={seen}" for seen in self.watch.statuses if seen.at >= since)[-600:]

    def log(self, program: str) -> str:
        """The end of what a program said; "" where a device stands in for its file, which may have no end."""
        path = self.directory / f"{program}.out"
        return path.read_text(errors="replace")[-1500:] if path.is_file() else ""


def own_directory(exits: ExitStack) -> Path:
    """A short path of its own, gone with the row."""
    directory = Path(tempfile.mkdtemp(prefix="qf-"))
    exits.callback(shutil.rmtree, directory, ignore_errors=True)
    return directory


@contextmanager
def scene(row: Row, seed: int) -> Iterator[Scene]:
    """A scene whose programs all end with the block."""
    with ExitStack() as exits:
        make = row.stage or Scene
        yield make(own_directory(exits), exits, row, seed)


def run_row(row: Row, seed: int = 7) -> Outcome:
    """Runs one row from start to end; never raises."""
    began = time.monotonic()
    observed, problem, books = "", "", 0
    with scene(row, seed) as stage:
        try:
            if row.stage is None:
                stage.begin()
            observed = row.act(stage) if row.act else _inject(stage, row)
        except AssertionError as error:
            problem = str(error) or traceback.format_exc(limit=-2)
        except Exception:  # noqa: BLE001 - a row that breaks is a row that failed, and the others go on
            problem = traceback.format_exc(limit=-3)
        truth = stage.watch.truth
        books = sum(truth.equal.values())
        broken = [*truth.wrong[:3], *stage.watch.broken[:3]]
        if truth.unknown > row.after.unknown_max:
            broken.append(f"{truth.unknown} live books at ids that the exchange does not know")
        if broken:
            problem = "; ".join([*broken, *([problem] if problem else [])])
        if problem:
            problem += "".join(f"\n--- {program}\n{stage.log(program)}" for program in LOGS)
    return Outcome(row.case, row.inject, row.expect, observed, problem, time.monotonic() - began, books)


def _inject(stage: Scene, row: Row) -> str:
    """Gives the faults, waits for what is expected, and says how it went."""
    watch, expect = stage.watch, row.after
    counted = stage.market.counted(HIT)
    calls = stage.exchange.counts()["rest"]
    at = time.monotonic()
    for fault in row.faults:
        stage.exchange.fault(fault, row.symbol)
    if expect.passes:
        stage.passes(at, expect.passes, expect.within)
    time.sleep(row.settle)
    if expect.live_again:
        stage.all_live(BOOKS_AFTER, expect.within)
    seen = watch.since(at, HIT)
    if expect.quiet:
        assert not seen, f"it did not stay live: {stage.told(at)}"
    for word in expect.never:
        assert not any(_is(one, word) for one in seen), f"{word} was seen: {stage.told(at)}"
    if not expect.both:
        assert not watch.since(at, OTHER), f"{OTHER} was not left alone: {stage.told(at)}"
    grown = _counted(stage, counted, expect)
    for endpoint, (least, most) in expect.rest.items():
        count = stage.exchange.counts()["rest"].get(endpoint, 0) - calls.get(endpoint, 0)
        assert least <= count <= most, f"{count} calls of {endpoint}, expected {least} to {most}"
        grown.append(f"{endpoint} calls {count}")
    return "; ".join([stage.way(at), *grown])


def _is(seen: Seen, word: str) -> bool:
    return word in {seen.state, str(seen)}


def _passed(seen: list[Seen], wanted: tuple[str, ...]) -> bool:
    """Whether the wanted statuses stand among the seen ones, in their order."""
    rest = iter(seen)
    return all(any(any(_is(one, either) for either in word.split("|")) for one in rest) for word in wanted)


def _counted(stage: Scene, before: dict[str, Any], expect: Expect) -> list[str]:
    """Waits until each counter is within its bounds: the status file is renewed once a second."""
    grown: dict[str, int] = {}

    def holds() -> bool:
        now = stage.market.counted(HIT)
        grown.update({name: now.get(name, 0) - before.get(name, 0) for name in expect.counted})
        return all(low <= grown[name] <= high for name, (low, high) in expect.counted.items())

    try:
        wait_until(holds, 5.0, "")
    except AssertionError:
        raise AssertionError(f"counters grew by {grown}, expected {expect.counted}") from None
    return [f"{name} +{count}" for name, count in grown.items()]
