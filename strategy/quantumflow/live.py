"""The trader process: one thread, blocking sockets, crash-only.

    journal recovered → market socket → Hello → session begun → core_risk's handshake → frames, until the feed ends

Every start is a recovery, and every wait is bounded or written in the status file once a second. A market session that
changes under a running trader ends the process with ExitCode.RESTART: the next start is the only way into a session.
"""

import select
import signal
import socket
import sys
import time
from types import FrameType
from typing import Any, TextIO, cast

import structlog

from quantumflow.bots.asking import Processes
from quantumflow.bots.changes import Present, outcome_of
from quantumflow.bots.roster import roster_of
from quantumflow.bots.sources import Strategies
from quantumflow.commands.request import COMMANDS, CommandRequest
from quantumflow.commands.standing import StandingCommands
from quantumflow.crash_points import check_crash_points
from quantumflow.errors import CommandRefused, ConfigRefused, FeedBroken, JournalError, JournalRefused, SettingsRefused
from quantumflow.exits import ExitCode
from quantumflow.frames import Goodbye, Hello, Skipped
from quantumflow.journal.anchor import JOURNAL_LOCKED, AnchorFile
from quantumflow.journal.recovery import Recovered, recover
from quantumflow.log_lines import ForgivingStream
from quantumflow.metrics_door import serve_metrics
from quantumflow.risk_client import RiskClient
from quantumflow.trader.commands import CommandDesk, journal_command
from quantumflow.trader.control_socket import ControlSocket
from quantumflow.trader.market_feed import MarketFeed
from quantumflow.trader.metrics import trader_metrics
from quantumflow.trader.risk_gate import UNSURE_MAX, RiskGate
from quantumflow.trader.session import Session, account_currency
from quantumflow.trader.status import (
    LiveSession,
    Why,
    committed_figures,
    first_why,
    gate_why,
    killed_why,
    session_figures,
    session_why,
    standing_figures,
    write_status,
)
from quantumflow.trader_settings import TraderSettings
from quantumflow.vocabulary import Command, WhyNotTrading

__all__ = ["RISK_START_SECONDS_MAX", "SILENT_SECONDS_MAX", "STATUS_SECONDS", "TOKEN_LENGTH_MIN", "run"]

STATUS_SECONDS = 1.0
RISK_START_SECONDS_MAX = 15.0
"""How long a new session waits for core_risk before its first frame; then it goes on, and every order is refused."""
RISK_RETRY_SECONDS = 0.1
SILENT_SECONDS_MAX = 5.0
"""A market_data that lives sends a heartbeat each second; after so long without any frame, status says so."""
STILL_SECONDS_MAX = 3.0
"""A round of the loop waits for a second at most; after a longer one the feed is joined anew."""
TOKEN_LENGTH_MIN = 16

_log = structlog.get_logger("trader")


def run(settings: TraderSettings, token: str, build: str) -> int:
    """Trades until the feed ends (OK), a signal asks it to stop (OK), or something forbids it to go on.

    IN_USE: another trader has the journal.
    """
    _configure_logs(settings.log_level)
    trader = _Trader(settings, build)
    try:
        return trader.run(token)
    except (SettingsRefused, ConfigRefused) as error:
        _log.error("the settings cannot be used", name=error.name, detail=error.detail)
        trader.give_up(WhyNotTrading.NOT_RUNNING, str(error))
        return ExitCode.USAGE
    except JournalError as error:
        _log.error("the journal forbids to go on", name=error.name, detail=error.detail)
        if error.name == JOURNAL_LOCKED:
            return ExitCode.IN_USE  # the status file is the other's
        trader.give_up(WhyNotTrading.JOURNAL_FAILED, str(error))
        return ExitCode.FAILED


class _Trader:
    """The process's parts and its loop. Nothing here decides anything about trading."""

    def __init__(self, settings: TraderSettings, build: str) -> None:
        self._settings = settings
        self._build = build
        self._feed = MarketFeed(settings.market_socket, time.monotonic)
        self._recovered: Recovered | None = None
        self._gate: RiskGate | None = None
        self._session: LiveSession | None = None
        self._control: ControlSocket | None = None
        self._desk: CommandDesk | None = None
        self._stopping = False
        self._woken, self._wakes = socket.socketpair()
        self._status_due = 0.0
        self._awake = time.clock_gettime(time.CLOCK_BOOTTIME)
        self._status_failed = False
        self._said: dict[str, Any] = {}
        self._why_said: tuple[WhyNotTrading | None, int] = (None, 0)

    def run(self, token: str) -> int:
        if len(token) < TOKEN_LENGTH_MIN:
            raise SettingsRefused(
                "QF_RISK_TOKEN", f"give at least {TOKEN_LENGTH_MIN} characters; `quantumflow up` does"
            )
        check_crash_points("trader")
        AnchorFile(self._settings.anchor).close()  # refuses here, before a word in a status file that is another's
        self._catch_signals()
        self.say(why=(WhyNotTrading.NOT_RUNNING, "the journal is being checked"))
        if self._settings.metrics_listen is not None:
            serve_metrics(self._settings.metrics_listen, lambda: trader_metrics(self._said))
        recovered = recover(self._settings.journal, self._settings.anchor, time.time_ns())
        if recovered.misfit is not None:
            _log.warning("a checkpoint was not believed, the whole journal was checked", reason=recovered.misfit)
        _log.info(
            "journal recovered",
            events=recovered.writer.seq,
            checked_after=recovered.since,
            ended_orders=recovered.ended_orders,
        )
        self._recovered = recovered
        client = RiskClient(self._settings.risk_socket, token, self._build, self._settings.risk_answer_seconds)
        self._gate = RiskGate(client, recovered.writer, recovered.writer.unsure_orders(UNSURE_MAX))
        self._desk = CommandDesk(recovered.writer, self._bot_names, self._settings.kill_file, self._apply)
        self._desk.look_at_kill_file()
        self._control = ControlSocket(self._settings.control_socket, time.monotonic)
        try:
            code = self._loop()
            self.say(final=True, why=(WhyNotTrading.SESSION_ENDED, f"the trader ended with {code.name.lower()}"))
        finally:
            if self._session is not None:
                self._session.close()
            self._control.close()
            self._gate.close()
            recovered.writer.close()
        return code

    def give_up(self, why: WhyNotTrading, detail: str) -> None:
        """The last status. It shows no figures: those in memory may be of a transaction that failed."""
        self._session = self._recovered = None
        self.say(final=True, why=(why, detail))

    def say(self, why: Why | None = None, final: bool = False) -> None:
        """Writes the status file. `why` stands in for the session's own answer."""
        found, now_ns = why or self._why(), time.time_ns()
        if found[0] is not self._why_said[0]:
            self._why_said = found[0], now_ns
        values = standing_figures(self._build, now_ns, final, found, self._why_said[1])
        values["feed_connections"] = self._feed.connections
        if self._session is not None:
            values |= session_figures(self._session)
        elif self._recovered is not None:
            values |= committed_figures(self._recovered.writer)
        self._write_status(values)
        self._said = values
        self._status_due = time.monotonic() + STATUS_SECONDS

    def _write_status(self, values: dict[str, Any]) -> None:
        """A status that cannot be written ages and is not believed; that is no reason to stop what can go on."""
        try:
            write_status(self._settings.status_file, values)
        except OSError as error:
            if not self._status_failed:
                _log.error("the status file cannot be written", file=str(self._settings.status_file), reason=str(error))
            self._status_failed = True
        else:
            self._status_failed = False

    def _why(self) -> Why:
        if self._session is None:
            killed = None if self._recovered is None else killed_why(self._recovered.writer.commands)
            return first_why(killed, (WhyNotTrading.NO_MARKET_DATA, self._feed.problem))
        why, detail = session_why(self._session)
        if why is WhyNotTrading.NO_MARKET_DATA and self._feed.channel is None:
            return why, self._feed.problem
        silent = self._feed.seconds_silent()
        if silent > SILENT_SECONDS_MAX:
            said = f"market_data is connected, but has said nothing for {silent:.0f} s"
            return first_why((why, detail), (WhyNotTrading.NO_MARKET_DATA, said))
        return why, detail

    def _apply(self, request: CommandRequest) -> None:
        """A command between two events; without a session it is journaled, and the next one begins under it.

        One about a bot needs a session: what it asks for is checked against that.
        """
        if self._session is not None:
            self._session.on_command(request, outcome_of(request, self._present(self._session)))
        elif COMMANDS[request.command] >= Command.CREATE_BOT:
            raise CommandRefused("no_session", f"no market session runs yet: {self._feed.problem}; send it again then")
        elif self._recovered is not None:
            writer = self._recovered.writer
            journal_command(writer, request, 0, writer.event_ns, time.time_ns())

    def _bot_names(self) -> tuple[str, ...]:
        """Those there are now, or will be when a session begins."""
        if self._session is not None:
            return tuple(bot.name for bot in self._session.crew.there(self._session.state))
        commands = StandingCommands() if self._recovered is None else self._recovered.writer.commands
        return tuple(bot.name for bot in roster_of(self._settings.bots, commands, ()))

    def _present(self, session: LiveSession) -> Present:
        """What a command about a bot finds."""
        writer, strategies = session.writer, Strategies(self._settings.strategies, self._settings.strategies_kept)
        return session.crew.present(session.state, writer.totals, writer.commands, strategies)

    def _take_commands(self) -> None:
        """What waits at control.sock, and each second the kill file. Never in the middle of an event."""
        if self._control is None or self._desk is None or not (self._session is None or self._session.takes_commands):
            return
        desk, token = self._desk, self._control.token
        if time.monotonic() >= self._status_due:
            desk.look_at_kill_file()
        self._control.serve(lambda line: desk.answer(line, token))

    def _loop(self) -> ExitCode:
        """Until the feed ends or a signal comes. What is there is read whole before anything is waited for."""
        while not self._stopping:
            self._take_commands()
            if time.monotonic() >= self._status_due:
                self.say()
            if not self._feed.connect_if_due():
                self._wait(self._feed.seconds_to_try())
                continue
            self._wait(max(0.0, self._status_due - time.monotonic()), self._feed.channel)
            try:
                self._refuse_old()
                code = self._read()
            except FeedBroken as error:
                self._lost(str(error))
                continue
            if code is not None:
                return code
        self._end("stopping")
        return ExitCode.OK

    def _refuse_old(self) -> None:
        """Raises FeedBroken if the process stood still: what waits at the socket is the past, and no order may meet it.

        The clock is one that goes on while the machine sleeps. In a replay nothing is old: its time is the recording's.
        """
        now, before = time.clock_gettime(time.CLOCK_BOOTTIME), self._awake
        self._awake = now
        live = self._session is not None and self._session.hello.clock == "wall"
        if live and now - before > STILL_SECONDS_MAX:
            raise FeedBroken("stood_still", f"the trader stood still for {now - before:.1f} s")

    def _read(self) -> ExitCode | None:
        """Takes what the socket has. An exit code ends the process."""
        read_ns = time.monotonic_ns()
        for batch in self._feed.read():
            if self._session is not None:
                self._session.read_ns = read_ns
                self._session.on_events(batch.events, batch.heads)
            for note in batch.notes:
                code = None
                if isinstance(note, Hello):
                    code = self._greet(note)
                elif isinstance(note, Skipped) and self._session is not None:
                    self._session.on_skipped(note)
                elif isinstance(note, Goodbye):
                    code = self._goodbye(note)
                if code is not None:
                    return code
            if self._stopping or self._feed.channel is None:
                return None
        return None

    def _greet(self, hello: Hello) -> ExitCode | None:
        if hello.build != self._build:
            self._feed.drop(f"version_mismatch: market_data is build {hello.build}, the trader {self._build}")
            return None
        session = self._session or self._begin(hello)
        if (hello.session, hello.instruments) != (session.hello.session, session.hello.instruments):
            self._end("market_session_changed")
            return ExitCode.RESTART
        self._feed.greeted()
        session.on_joined(hello)
        return None

    def _begin(self, hello: Hello) -> LiveSession:
        if self._recovered is None or self._gate is None:
            raise RuntimeError("a session begins after recovery")
        if hello.venue != self._settings.venue:
            raise SettingsRefused(
                "venue", f"market_data publishes {hello.venue}, the trader is for {self._settings.venue}"
            )
        if self._recovered.venue not in (None, hello.venue):
            raise JournalRefused(
                "other_venue",
                f"{self._settings.journal} is the account of {self._recovered.venue}, not of {hello.venue};"
                " give another --data-dir",
            )
        currency, known = account_currency(hello.instruments), self._recovered.writer.currency()
        if known not in (None, currency):
            raise JournalRefused(
                "other_currency",
                f"{self._settings.journal} is an account in {known}, these instruments are quoted in {currency};"
                " give another --data-dir",
            )
        asked = Processes(self._settings.strategies_kept)
        session = self._session = Session(self._settings, hello, self._recovered.writer, self._gate, asked=asked)
        _log.info("session begun", session=hello.session, venue=hello.venue, clock=hello.clock)
        give_up = time.monotonic() + RISK_START_SECONDS_MAX
        while not self._gate.try_open(hello.recv_ns) and not self._stopping and time.monotonic() < give_up:
            self._take_commands()
            self.say(gate_why(self._gate))
            self._wait(RISK_RETRY_SECONDS)
        return session

    def _goodbye(self, goodbye: Goodbye) -> ExitCode | None:
        if goodbye.reason in ("recording_ended", "stopping"):
            self._end(goodbye.reason, goodbye.recv_ns)
            return ExitCode.OK
        self._lost(goodbye.reason)
        return None

    def _lost(self, problem: str) -> None:
        self._feed.drop(problem)
        if self._session is not None:
            self._session.on_feed_lost(problem)

    def _end(self, reason: str, recv_ns: int = 0) -> None:
        if self._session is not None:
            self._session.end(reason, recv_ns)

    def _wait(self, seconds: float, channel: socket.socket | None = None) -> None:
        """Until `channel` can be read, a command or a signal comes, or the time is over."""
        watched = [self._woken, *([] if channel is None else [channel])]
        if self._control is not None and (self._session is None or self._session.takes_commands):
            watched += self._control.channels()
        readable, _, _ = select.select(watched, [], [], seconds)
        if self._woken in readable:
            self._woken.recv(64)

    def _catch_signals(self) -> None:
        self._wakes.setblocking(False)
        signal.set_wakeup_fd(self._wakes.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True


def _configure_logs(level: str) -> None:
    """JSON lines to stderr: level, UTC time, event, and what belongs to it. The token is given to no logger."""
    structlog.configure(
        processors=[
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", ForgivingStream(sys.stderr))),
        cache_logger_on_first_use=True,
    )
