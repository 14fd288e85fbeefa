"""`quantumflow up`: what was prepared is started, watched, stopped and summed up."""

import os
import select
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from quantumflow.appliance.data_dir import DataDir
from quantumflow.appliance.follow import JournalFollower, LogFollower, tail
from quantumflow.appliance.happenings import Happened
from quantumflow.appliance.prepare import UpOptions, prepared
from quantumflow.appliance.programs import Programs
from quantumflow.appliance.resolve import Start
from quantumflow.appliance.screen import Screen
from quantumflow.appliance.status_files import read_status
from quantumflow.appliance.summary import summarise
from quantumflow.appliance.supervisor import Supervisor
from quantumflow.appliance.venue import Probe, probe_binance
from quantumflow.appliance.watch import Failure, Watch
from quantumflow.exits import ExitCode
from quantumflow.vocabulary import WhyNotTrading

__all__ = ["UpOptions", "run_up"]

POLL_SECONDS = 0.2
FOLLOW_SECONDS = 0.5
"""How often status files and the journal are looked at."""
LAST_LINES = 15
_NOT_RUNNING = WhyNotTrading.NOT_RUNNING.name.lower()
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run_up(
    options: UpOptions,
    screen: Screen,
    environment: Mapping[str, str],
    programs: Programs | None = None,
    probe: Probe = probe_binance,
) -> ExitCode:
    """Runs one appliance from start to end. Raises ConfigRefused or ApplianceRefused before anything is started."""
    with prepared(options, environment, programs, probe) as ready:
        screen.started(ready.facts)
        with _Signals() as signals, Supervisor(ready.environment, ready.lock) as supervisor:
            run = _Run(ready.start, ready.directory, screen, supervisor, signals, options)
            failure = run.watch()
            return run.end(failure)


class _Signals:
    """SIGINT, SIGTERM and SIGHUP as something to look at; `wait` sleeps until one comes or the pipe says something."""

    def __init__(self) -> None:
        self.asked: str | None = None
        self._before: dict[signal.Signals, Any] = {}
        self._reader, self._writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def __enter__(self) -> "_Signals":
        for number in _SIGNALS:
            self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        os.close(self._reader)
        os.close(self._writer)

    def _note(self, number: int, _frame: object) -> None:
        self.asked = signal.Signals(number).name
        with _full_pipe_is_enough():
            os.write(self._writer, b"!")

    def wait(self, descriptor: int, seconds: float) -> None:
        select.select([self._reader, descriptor], [], [], seconds)


@contextmanager
def _full_pipe_is_enough() -> Iterator[None]:
    try:
        yield
    except BlockingIOError:
        return


class _Run:
    """One run from the start of supervisord to the last line."""

    def __init__(
        self,
        start: Start,
        directory: DataDir,
        screen: Screen,
        supervisor: Supervisor,
        signals: _Signals,
        options: UpOptions,
    ) -> None:
        self._start, self._directory, self._screen = start, directory, screen
        self._supervisor, self._signals = supervisor, signals
        self._deadline = None if options.seconds is None else time.monotonic() + options.seconds
        self._watch = Watch(replay=start.replay)
        self._journal = JournalFollower(directory.journal)
        self._logs = LogFollower(directory.logs) if options.verbose else None
        self._why: tuple[str | None, str | None] | None = None

    def watch(self) -> Failure | None:
        """Until the run is over; what ended it, None if it ended as asked."""
        follow_at = 0.0
        while True:
            now = time.monotonic()
            self._take_events(now)
            self._watch.on_time(now)
            if self._watch.failure is not None:
                return self._watch.failure
            if self._watch.ended:
                self._screen.stopping("the recording ended")
                return None
            if not self._supervisor.running:
                return Failure("supervisord", "ended by itself")
            if self._signals.asked is not None:
                self._screen.stopping(f"{self._signals.asked} received")
                return None
            if self._deadline is not None and now >= self._deadline:
                self._screen.stopping("the time asked for is over")
                return None
            if now >= follow_at:
                self._follow()
                follow_at = now + FOLLOW_SECONDS
            self._signals.wait(self._supervisor.descriptor, POLL_SECONDS)

    def end(self, failure: Failure | None) -> ExitCode:
        """Stops everything and says what it came to."""
        if failure is not None:
            self._screen.failed(failure.program, failure.detail, self._last_lines(failure.program))
        self._supervisor.stop()
        self._follow()
        now_ns = time.time_ns()
        market_data = read_status(self._directory.run / "market_data.status.json", now_ns)
        trader = read_status(self._directory.run / "trader.status.json", now_ns)
        if failure is None and not (trader.final and market_data.final):
            program = "market_data" if trader.final else "trader"
            failure = Failure(program, "was stopped before it had written its last status")
            self._screen.failed(program, failure.detail, self._last_lines(program))
        summary = summarise(self._start.venue.name, self._start.simulated, market_data.values, trader.values)
        if market_data.values:
            summary["simulated"] = market_data.values.get("simulated", self._start.simulated)
        self._screen.summary(summary)
        if failure is not None:
            return ExitCode.FAILED
        return ExitCode.MISMATCH if summary["reconcile"] == "mismatch" else ExitCode.OK

    def _take_events(self, now: float) -> None:
        for event in self._supervisor.poll():
            self._watch.on_event(event, now)
            unexpected = event.happened is Happened.EXITED and not (self._start.replay and event.status == 0)
            if unexpected or event.happened is Happened.GAVE_UP:
                self._screen.program(event.program, event.happened.value, event.how)

    def _follow(self) -> None:
        """Fills, and changes of the one line that says why nothing trades."""
        if self._logs is not None:
            for program, line in self._logs.poll():
                self._screen.log_line(program, line)
        for fill, equity in self._journal.poll():
            self._screen.fill(fill, equity)
        status = read_status(self._directory.run / "trader.status.json", time.time_ns())
        if not status.running:
            return
        why = (status.values.get("why_not_trading"), status.values.get("detail"))
        starting = self._why is None and why[0] == _NOT_RUNNING
        if not starting and (self._why is None or why[0] != self._why[0]):
            self._screen.trading(*why)
            self._why = why

    def _last_lines(self, program: str) -> list[str]:
        if program == "supervisord":
            return self._supervisor.lines[-LAST_LINES:]
        return tail(self._directory.logs / f"{program}.log", LAST_LINES)
