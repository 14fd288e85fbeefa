"""`quantumflow up`: decide, claim the data directory, start the programs, watch them, stop them, sum up."""

import json
import os
import secrets
import select
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from quantumflow.appliance.captures import capture_symbols, holds_simulated
from quantumflow.appliance.data_dir import DataDir, claim, default_data_dir, make_web_token
from quantumflow.appliance.follow import JournalFollower, LogFollower, tail
from quantumflow.appliance.ports import choose_ports
from quantumflow.appliance.programs import Programs, find_programs, require_one_build
from quantumflow.appliance.resolve import Start, configured_ports, resolve, wanted_programs
from quantumflow.appliance.screen import Screen
from quantumflow.appliance.status_files import read_status
from quantumflow.appliance.summary import summarise
from quantumflow.appliance.supervisor import Happened, Supervisor, supervisor_environment
from quantumflow.appliance.venue import Probe, choose_venue, parse_speed, probe_binance
from quantumflow.appliance.watch import Failure, Watch
from quantumflow.config import Config, find_config, load_config
from quantumflow.exits import ExitCode
from quantumflow.vocabulary import WhyNotTrading

__all__ = ["UpOptions", "run_up"]

POLL_SECONDS = 0.2
FOLLOW_SECONDS = 0.5
"""How often status files and the journal are looked at."""
LAST_LINES = 15
_NOT_RUNNING = WhyNotTrading.NOT_RUNNING.name.lower()
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class UpOptions:
    """The flags of `up`; None where one was not given."""

    venue: str | None = None
    speed: str | None = None
    seconds: float | None = None
    data_dir: Path | None = None
    config: Path | None = None
    verbose: bool = False


def run_up(
    options: UpOptions,
    screen: Screen,
    environment: Mapping[str, str],
    programs: Programs | None = None,
    probe: Probe = probe_binance,
) -> ExitCode:
    """Runs one appliance from start to end. Raises ConfigRefused or ApplianceRefused before anything is started."""
    overrides = dict(environment) if options.venue is None else {**environment, "QF_VENUE__NAME": options.venue}
    config = load_config(find_config(options.config), overrides)
    if programs is None:
        programs = find_programs()
        require_one_build(programs)
    start = _decide(config, options, probe)
    root = options.data_dir or default_data_dir(start.venue.name)
    with claim(root, start.venue.name, datetime.now(UTC)) as (directory, lock):
        documents = resolve(config, start, directory)
        wanted = wanted_programs(start)
        _write_documents(documents, directory)
        if config.web.token is None:
            make_web_token(directory)
        token = secrets.token_urlsafe(32)
        filled = supervisor_environment(
            environment, programs, directory.run, directory.logs, wanted, not start.replay, token
        )
        screen.started(_facts(config, start, directory, wanted))
        with _Signals() as signals, Supervisor(filled, lock) as supervisor:
            run = _Run(start, directory, screen, supervisor, signals, options)
            failure = run.watch()
            return run.end(failure)


def _decide(config: Config, options: UpOptions, probe: Probe) -> Start:
    venue = choose_venue(config.venue.name, config.venue.rest_url, config.venue.probe_timeout_ms, probe)
    speed = parse_speed(options.speed, venue.name)
    replay = venue.name == "replay"
    symbols = capture_symbols(venue.files) if replay else config.venue.symbols
    wanted = {"market_data", "core_risk", "trader", "web"} | ({"exchange_sim"} if venue.name == "sim" else set())
    ports = choose_ports(configured_ports(config), wanted, replay)
    return Start(venue, symbols, speed, ports)


def _write_documents(documents: Mapping[str, Mapping[str, Any]], directory: DataDir) -> None:
    for name, document in documents.items():
        path = directory.run / f"{name}.json"
        path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
        path.chmod(0o600)


def _facts(config: Config, start: Start, directory: DataDir, wanted: set[str]) -> dict[str, Any]:
    address = f"http://{config.web.host}:{start.ports.web}" if "web" in wanted else None
    return {
        "venue": start.venue.name,
        "simulated": start.simulated or holds_simulated(start.venue.files),
        "why": start.venue.why,
        "symbols": list(start.symbols),
        "data_dir": str(directory.root.absolute()),
        "web": address,
        "token": "QF_WEB__TOKEN" if config.web.token is not None else f"cat {directory.web_token}",
    }


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
