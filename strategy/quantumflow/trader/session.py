"""One run of the engine over one market session; live, in a replay of a market, and when a session is verified.

    events → advance → outputs → one commit → fills and ended orders to core_risk → on with the events

Whenever the engine asks (a verdict, a mark), what it said before is committed and delivered first. So what the journal
and core_risk are told is a function of frames and answers alone, however the frames were cut into reads.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, Generic, TypeVar

import structlog

from quantumflow.answers import MarkRequest, VerdictRequest, command_event
from quantumflow.bots.asking import Asked, Processes
from quantumflow.bots.roster import as_made, roster_of
from quantumflow.calendar.table import PauseTable, pause_table
from quantumflow.commands.request import COMMANDS, CommandRequest
from quantumflow.crash_points import reach
from quantumflow.engine import (
    State,
    advance,
    calendar_asked_ns,
    calendar_events,
    drain,
    feed_lost_event,
    finish,
    mark_answer_event,
    new_state,
    pending,
    verdict_event,
)
from quantumflow.errors import JournalFailed, RiskFailed, SettingsRefused
from quantumflow.events import Events, empty_events, head_row
from quantumflow.frames import Hello, Skipped
from quantumflow.journal.records import Record, record_of
from quantumflow.journal.recovery import opening_of, under_commands
from quantumflow.risk_answers import Judged, MarkAnswer
from quantumflow.specs import BotSpec, InstrumentSpec
from quantumflow.trader.commands import journal_command
from quantumflow.trader.crew import Crew
from quantumflow.trader.latency import Latency
from quantumflow.trader.ports import Books, Judge, SessionSettings
from quantumflow.trader.requests import asked_order, mark_body, verdict_evidence
from quantumflow.trader.risk_gate import OPENING_DEPOSIT
from quantumflow.trader.tally import Tally
from quantumflow.vocabulary import (
    CalendarPolicy,
    Command,
    EventKind,
    Refusal,
    Request,
    Trading,
    VerdictKind,
)

__all__ = ["Session", "Step", "account_currency"]

_log = structlog.get_logger("session")


Step = Callable[[State, Events, int, int], tuple[int, Request]]
"""How the engine is driven: `advance`, or in research one that answers some of its requests itself."""
_Books = TypeVar("_Books", bound=Books)
_Judge = TypeVar("_Judge", bound=Judge)


class Session(Generic[_Books, _Judge]):
    """An engine, the journal it writes through and the gate to core_risk, from a Hello to the end of its feed."""

    def __init__(
        self,
        settings: SessionSettings,
        hello: Hello,
        writer: _Books,
        gate: _Judge,
        wall_ns: Callable[[], int] = time.time_ns,
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
        step: Step = advance,
        asked: Asked | None = None,
    ) -> None:
        """`asked` answers for the strategies that users wrote; None: there is no such bot."""
        self.step = step
        self.hello = hello
        self.writer = writer
        self.gate = gate
        self.read_ns = 0
        """Monotonic time at which the events at work were read."""
        self.latency = {name: Latency() for name in ("decision", "verdict", "commit", "arrival")}
        self.tally = Tally()
        self._wall_ns = wall_ns
        self._monotonic_ns = monotonic_ns
        self._symbols = tuple(spec.symbol for spec in hello.instruments)
        bots = roster_of(settings.bots, writer.commands, self._symbols)
        self.crew = Crew(bots, self._symbols, asked or Processes(None))
        self._judged: Judged | None = None
        self._seq = 0
        self._event_ns = hello.recv_ns
        self._calendar = settings.calendar
        self.pauses: PauseTable | None = None
        """What the engine knows of the calendar; None: there is none, or no event came yet."""
        self._joined = False
        self._live_seq = 0
        self._past_left = 0
        opening = under_commands(opening_of(writer.totals), writer.commands, self.crew.names, hello.recv_ns)
        first = writer.totals.deposits_e8 == 0
        if first:
            opening = replace(opening, cash_e8=settings.deposit_e8, peak_e8=settings.deposit_e8)
        if self._calendar is not None:
            policy = CalendarPolicy[self._calendar.before.upper()]
            opening = replace(opening, calendar=True, calendar_policy=policy)
        self.state = new_state(hello.instruments, bots, settings.broker, settings.engine, opening)
        gate.began_ns = hello.recv_ns
        gate.employ(self.crew.capitals(self.state))
        writer.begin_session(hello.recv_ns, wall_ns(), _session_started(settings, hello, bots))
        if first:
            currency = account_currency(hello.instruments)
            deposit = {"deposit_id": OPENING_DEPOSIT, "amount_e8": settings.deposit_e8, "currency": currency}
            writer.commit([Record("deposit", hello.recv_ns, deposit)], wall_ns())

    def close(self) -> None:
        """Ends what runs beside it."""
        self.crew.close()

    @property
    def event_ns(self) -> int:
        """The engine's time: the newest event's."""
        return self._event_ns

    def on_events(self, events: Events, heads: int) -> None:
        """Feeds the first `heads` events; when it returns, all they caused is committed and delivered."""
        if heads == 0:
            return
        self._consume(events, heads)
        self._settle()
        self.tally.frames += heads
        last = events.heads[heads - 1]
        self._seq = int(last["seq"])
        self._event_ns = max(self._event_ns, int(last["recv_ns"]))
        if heads > self._past_left:
            self._live_seq = self._seq
            if self.hello.clock == "wall":
                self.latency["arrival"].add(max(0, self._wall_ns() - int(last["recv_ns"])))
        self._past_left = max(0, self._past_left - heads)

    @property
    def takes_commands(self) -> bool:
        """False while frames repeat the past: their seqs would not say where a command came."""
        return self._past_left == 0

    def on_command(self, request: CommandRequest, outcome: Mapping[str, Any] | None = None) -> None:
        """Journals an operator's command after the events so far, applies it, and tells core_risk what is its affair.

        `outcome`: what else its event has, of a command about a bot (bots/changes.py). In a replay it is given again
        when the engine has consumed the frame `frame_seq` of its event.
        """
        seq = int(self.state.core[0]["seq"])
        journal_command(self.writer, request, seq, self._event_ns, self._wall_ns(), outcome)
        reach("trader.after_command")
        command = COMMANDS[request.command]
        if command >= Command.CREATE_BOT:
            positions = self.writer.totals.positions
            self.state = self.crew.change(self.state, positions, request, outcome or {})
            self.gate.employ(self.crew.capitals(self.state))
        else:
            bot = self.crew.row(request.bot)
            if command is Command.RESUME:
                self.crew.begin_failed(self.state, bot)
            self._consume(command_event(self.state, command, self.writer.seq, bot, self._event_ns), 1)
        self._settle()
        self.gate.deliver_command(self._event_ns)

    def on_joined(self, hello: Hello) -> None:
        """Notes where the feed was joined. Everything that a connection brings to the engine is journaled.

        If frames follow that repeat the past, the engine's clock is set to the feed's first, as a heartbeat would.
        Otherwise a trader that starts in the middle of a session would live through that past with the past's time, and
        ask core_risk about moments that it has seen the end of.
        """
        self._past_left, self._joined, self._live_seq = hello.catch_up, True, hello.next_seq - 1
        place = {"frame_seq": hello.seq, "next_seq": hello.next_seq, "catch_up": hello.catch_up}
        self._note("joined", {**place, "hello_ns": hello.recv_ns})
        if hello.catch_up == 0:
            return
        events = empty_events(1, 0)
        events.heads[0] = head_row(kind=EventKind.HEARTBEAT, seq=hello.seq, recv_ns=hello.recv_ns)
        self._consume(events, 1)
        self._settle()
        self._event_ns = max(self._event_ns, hello.recv_ns)

    def on_skipped(self, skipped: Skipped) -> None:
        """Notes which Book frames this trader was not given because it was slow."""
        self._note("skipped", {"frame_seq": skipped.to, "first": skipped.first, "left_out": skipped.left_out})

    def on_feed_lost(self, problem: str) -> None:
        """The market socket is gone: no book may be used until it is published again. Harmless twice."""
        if not self._joined:
            return
        self._joined = False
        self._note("feed_lost", {"frame_seq": self._live_seq, "past_left": self._past_left, "problem": problem})
        self._consume(feed_lost_event(self.state), 1)
        self._settle()

    def end(self, reason: str, recv_ns: int) -> None:
        """Ends open orders, compares the books a last time, and closes the session in the journal."""
        self._event_ns = max(self._event_ns, recv_ns)
        finish(self.state, self._event_ns)
        self._settle()
        try:
            self.gate.mark(mark_body(self.writer.totals, self.hello.session, self._seq, self._event_ns))
        except RiskFailed as error:
            _log.warning("the books could not be compared at the end", refusal=error.name, detail=error.detail)
        self.writer.end_session(self._event_ns, self._wall_ns(), reason, self._live_seq, self._past_left)
        _log.info("session ended", reason=reason, fills=self.writer.totals.fills, digest=self.writer.digest())

    def _note(self, kind: str, payload: dict[str, Any]) -> None:
        self.writer.commit([Record(kind, self._event_ns, payload)], self._wall_ns())

    def _consume(self, events: Events, heads: int) -> None:
        start = 0
        while True:
            start, request = self.step(self.state, events, start, heads)
            if request is Request.NONE:
                return
            if request is Request.VERDICT:
                self.latency["decision"].add(self._monotonic_ns() - self.read_ns)
            self._settle()
            if request is Request.CALENDAR:
                self._tell_calendar()
            elif request is Request.INTENT:
                self._consume(self.crew.intent(self.state), 1)
            elif request is not Request.DRAIN:
                self._answer(pending(self.state))

    def _tell_calendar(self) -> None:
        """Journals the pauses around the moment that the engine asks for, and gives them to it.

        They are a function of that moment and the configuration; a replay may as well give those of the journal.
        """
        if self._calendar is None:
            raise TypeError("the engine asks for a calendar, but there is none")
        asked_ns = calendar_asked_ns(self.state)
        self.pauses = table = pause_table(self._calendar, asked_ns)
        extend_ns = asked_ns + (table.known_ns - asked_ns) // 2
        core = self.state.core[0]
        payload = {
            "frame_seq": int(core["seq"]),
            "known_ns": table.known_ns,
            "extend_ns": extend_ns,
            "pauses": [[pause.name, pause.prepare_ns, pause.start_ns, pause.end_ns] for pause in table.pauses],
        }
        event_ns = max(int(core["now_ns"]), self.hello.recv_ns)
        self.writer.commit([Record("calendar", event_ns, payload)], self._wall_ns())
        rows = [(pause.prepare_ns, pause.start_ns, pause.end_ns) for pause in table.pauses]
        self._consume(calendar_events(rows, table.known_ns, extend_ns), len(rows) + 1)

    def _answer(self, request: VerdictRequest | MarkRequest | None) -> None:
        if isinstance(request, VerdictRequest):
            answer = self._verdict(request)
        elif isinstance(request, MarkRequest):
            answer = self._mark(request)
        else:
            raise TypeError("the engine asks, but names nothing that it asks for")
        self._consume(answer, 1)

    def _verdict(self, request: VerdictRequest) -> Events:
        order = asked_order(request, self.crew.names, self._symbols, self.hello.session)
        asked_ns = self._monotonic_ns()
        try:
            judged = self.gate.check(order)
        except RiskFailed as error:
            self._judged = None
            _log.warning("order refused", order=order.client_id, refusal=error.name, detail=error.detail)
            return verdict_event(self.state, VerdictKind.REFUSE, 0, error.refusal)
        self.latency["verdict"].add(self._monotonic_ns() - asked_ns)
        reach("trader.after_verdict")
        self._judged = judged
        if judged.approved is None:
            return verdict_event(self.state, VerdictKind.REFUSE, 0, judged.refusal)
        return verdict_event(self.state, judged.kind, judged.approved.qty)

    def _mark(self, request: MarkRequest) -> Events:
        body = mark_body(self.writer.totals, self.hello.session, request.seq, request.event_ns)
        if (request.cash_e8, request.fills) != (body["cash_e8"], body["fills"]):
            raise JournalFailed(
                "books_disagree",
                f"the engine has {request.cash_e8} and {request.fills} fills, the journal {body['cash_e8']} and"
                f" {body['fills']}; this is a defect: report it",
            )
        try:
            answer = self.gate.mark(body)
        except RiskFailed as error:
            return mark_answer_event(self.state, Trading.UNKNOWN, error.refusal)
        return mark_answer_event(self.state, *_trading(answer))

    def _settle(self) -> None:
        """Commits what the engine said, then delivers it. Nothing is known outside before the commit."""
        outputs = drain(self.state)
        if not outputs:
            return
        bots = self.crew.names
        records = [self._record(record_of(output, bots, self._symbols)) for output in outputs]
        started_ns = self._monotonic_ns()
        self.writer.commit(records, self._wall_ns())
        self.latency["commit"].add(self._monotonic_ns() - started_ns)
        self.tally.take(records)
        self.gate.deliver(records)
        reach("trader.after_deliver")

    def _record(self, record: Record) -> Record:
        if record.kind == "bot":
            return record._replace(payload={**record.payload, "detail": self.crew.failure()})
        if record.kind != "verdict":
            return record
        judged, self._judged = self._judged, None
        return record._replace(payload={**record.payload, **verdict_evidence(judged)})


def _trading(answer: MarkAnswer) -> tuple[Trading, Refusal]:
    """core_risk's word on trading; a reason that the vocabulary does not have halts as an unknown one would."""
    if not answer.agree:
        return Trading.HALTED, Refusal.RECONCILE_MISMATCH
    if answer.trading == "active":
        return Trading.ACTIVE, Refusal.NONE
    return Trading.HALTED, _HALTS.get(answer.reason or "", Refusal.TRADING_HALTED)


_HALTS = {refusal.name.lower(): refusal for refusal in Refusal if refusal is not Refusal.NONE}


def account_currency(instruments: Sequence[InstrumentSpec]) -> str:
    """What the account counts in: every instrument's quote currency. Raises SettingsRefused if there are several."""
    quotes = sorted({spec.quote for spec in instruments})
    if len(quotes) > 1:
        symbols = ", ".join(f"{spec.symbol} in {spec.quote}" for spec in instruments)
        raise SettingsRefused(
            "venue.symbols",
            f"an account counts in one currency, these are quoted in several: {symbols}; leave some out",
        )
    return quotes[0] if quotes else ""


def _session_started(settings: SessionSettings, hello: Hello, bots: Sequence[BotSpec]) -> dict[str, Any]:
    """What the session is made of: enough to read every later event of it."""
    return {
        "market_session": hello.session,
        "venue": hello.venue,
        "simulated": hello.simulated,
        "clock": hello.clock,
        "build": hello.build,
        "instruments": [asdict(spec) for spec in hello.instruments],
        "bots": [as_made(bot) for bot in bots],
        "broker": asdict(settings.broker),
        "engine": asdict(settings.engine),
        "calendar": None if settings.calendar is None else asdict(settings.calendar),
    }
