"""One journal session once more: the trader's own Session, over the frames it was given and the answers it got."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

from quantumflow.bots.roster import bot_of
from quantumflow.calendar.spec import CalendarSpec
from quantumflow.commands.request import CommandRequest
from quantumflow.errors import QuantumFlowError
from quantumflow.frames import Skipped
from quantumflow.journal.records import Record
from quantumflow.journal.recovery import ended_by_restart
from quantumflow.journal.totals import BooksDisagree
from quantumflow.parity.answers import Quote, StoredAnswers
from quantumflow.parity.books import Differs, StoredBooks, StoryEnds
from quantumflow.parity.frames import RepeatedFrames, Step
from quantumflow.parity.rows import SessionSpan, StoredRow, Window
from quantumflow.parity.strategies import StoredIntents
from quantumflow.specs import BotSpec, BrokerSpec, EngineSpec
from quantumflow.trader.session import Session

__all__ = ["Repeated", "repeat_session"]


class _Settings(NamedTuple):
    """What the session was made of, as its first event says."""

    bots: tuple[BotSpec, ...]
    broker: BrokerSpec
    engine: EngineSpec
    deposit_e8: int
    calendar: CalendarSpec | None


@dataclass(slots=True)
class Repeated:
    """What came of it. `beyond`: events for which no frame is left."""

    difference: dict[str, Any] | None = None
    beyond: int = 0
    frames: int = 0
    first_ns: int = 0
    last_ns: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    digest: str = ""


def repeat_session(
    span: SessionSpan,
    inputs: tuple[list[Window], list[StoredRow]],
    frames: RepeatedFrames,
    books: StoredBooks,
    answers: StoredAnswers,
    intents: StoredIntents,
    progress: Callable[[int], None],
) -> Repeated:
    """Repeats it as far as both the frames and the journal go, or to the first event that differs."""
    repeat = _Repeat(span, inputs, frames, books, answers, intents, progress)
    done = Repeated()
    try:
        repeat.run()
        _end_as_the_restart_did(books)
        if not books.standing.session_open:
            books.pass_commands()
    except Differs as found:
        done.difference = found.as_json()
    except (QuantumFlowError, BooksDisagree, ValueError, KeyError, TypeError) as error:
        # What the journal says cannot be done at all: the next event is not one that such a session could have had.
        stored = books.rows.peek()
        if stored is None:
            raise
        done.difference = Differs(stored, {"kind": None, "refused": f"{type(error).__name__}: {error}"}).as_json()
    finally:
        intents.close()
    left = books.rows.left()
    done.beyond = 0 if done.difference else left
    # Who joins before the first record is greeted at no time.
    done.first_ns = repeat.first_ns or frames.first_ns
    done.frames, done.last_ns = frames.frames, frames.last_ns
    done.counts, done.digest = books.counts, books.digest()
    return done


def _end_as_the_restart_did(books: StoredBooks) -> None:
    """The events by which the next start ended what this session had left open."""
    stored = books.rows.peek()
    if stored is None or not stored.by_restart:
        return
    records = ended_by_restart(books.standing, lambda order: books.orders[order])
    for record in records:
        stored = books.rows.peek()
        if stored is None:
            return
        books.match(stored, record)
    stored = books.rows.peek()
    if stored is not None:
        place = {"frame_seq": 0, "past_left": 0}
        ended = {"session": books.standing.session, "reason": "interrupted", "digest": books.digest(), **place}
        books.match(stored, Record("session_ended", books.event_ns, ended))


class _Repeat:
    def __init__(
        self,
        span: SessionSpan,
        inputs: tuple[list[Window], list[StoredRow]],
        frames: RepeatedFrames,
        books: StoredBooks,
        answers: StoredAnswers,
        intents: StoredIntents,
        progress: Callable[[int], None],
    ) -> None:
        self._span = span
        self._windows, self._commands_after = inputs
        self._frames = frames
        self._books = books
        self._answers = answers
        self._intents = intents
        self._progress = progress
        self._session: Session[StoredBooks, StoredAnswers] | None = None
        self.first_ns = 0

    def run(self) -> None:
        try:
            if not all(self._connection(window) for window in self._windows):
                return
            if self._session is None:
                return
            self._command(self._commands_after)
            if self._span.ended is not None and not self._span.interrupted:
                self._session.end(self._span.ended.content["reason"], self._span.ended.event_ns)
        except StoryEnds:
            return

    def _connection(self, window: Window) -> bool:
        """One connection from its Hello to its end; False if the frames end before it does, or nobody ended it."""
        hello = self._frames.join()
        if hello is None:
            return False
        if self._session is None:
            self.first_ns = hello.recv_ns
            settings = _settings(self._span)
            self._session = Session(settings, hello, self._books, self._answers, asked=self._intents)
            self._answers.quote = self._quote
        self._command(window.before)
        self._session.on_joined(hello)
        self._feed(self._frames.past(max(0, hello.catch_up - window.past_left)))
        for command in window.commands:
            at = int(command.content["frame_seq"])
            self._feed(self._frames.live(at))
            if self._frames.exhausted and self._frames.last_seq < at:
                return False
            self._command([command])
        if window.past_left == 0:
            self._feed(self._frames.live(window.last_seq))
        if window.last_seq is None or self._frames.last_seq < window.last_seq:
            return False
        if window.problem is not None:
            self._session.on_feed_lost(window.problem)
        return True

    def _command(self, rows: list[StoredRow]) -> None:
        """Gives operators' commands again."""
        for row in rows:
            if self._session is not None:
                content = row.content
                asked = {name: content[name] for name in CommandRequest.__struct_fields__ if name in content}
                outcome = {name: value for name, value in content.items() if name in ("made", "removing")}
                self._session.on_command(msgspec.convert(asked, CommandRequest), outcome)

    def _feed(self, steps: Iterator[Step]) -> None:
        if self._session is None:
            raise RuntimeError("frames come after a Hello")
        for step in steps:
            if isinstance(step, Skipped):
                self._session.on_skipped(step)
                continue
            events, heads = step
            self._session.on_events(events, heads)
            self._progress(self._frames.last_ns)

    def _quote(self, symbol: str) -> Quote:
        """The instrument as the engine has it now."""
        if self._session is None:
            return {}
        index = next(spec.index for spec in self._session.hello.instruments if spec.symbol == symbol)
        row = self._session.state.instruments[index]
        levels = row["levels"]
        return {"bid": int(levels[0, 0, 0]), "ask": int(levels[1, 0, 0]), "recv_ns": int(row["recv_ns"])}


def _settings(span: SessionSpan) -> _Settings:
    started = span.started
    bots = tuple(bot_of(bot) for bot in started["bots"])
    broker = BrokerSpec(**{**started["broker"], "latency_us": tuple(started["broker"]["latency_us"])})
    said = started.get("calendar")
    calendar = None if said is None else msgspec.convert(said, CalendarSpec)
    return _Settings(bots, broker, EngineSpec(**started["engine"]), span.deposit_e8, calendar)
