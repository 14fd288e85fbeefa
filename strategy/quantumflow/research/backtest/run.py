"""Events in batches through the trader's own Session, until they end, somebody stops it, or a bound is met."""

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from quantumflow.bots.asking import Processes
from quantumflow.engine import State, advance
from quantumflow.errors import ResearchRefused
from quantumflow.events import Events, empty_events
from quantumflow.journal.writer import Writer
from quantumflow.research.backtest.fast import Unjudged, advance_unjudged
from quantumflow.research.backtest.options import BacktestOptions
from quantumflow.research.backtest.risk import CoreRisk, FedGate
from quantumflow.research.backtest.settings import BacktestSettings
from quantumflow.research.backtest.tape import Tape, count_traded
from quantumflow.trader.session import Session, Step
from quantumflow.vocabulary import Request

__all__ = ["Progress", "Ran", "Stop", "play"]

_PPM = 1_000_000

Progress = Callable[[int, float], None]
"""Called after each batch with the events so far and the share of the data's time that is behind them."""


@dataclass(slots=True)
class Stop:
    """Set from outside, by Ctrl-C for one; looked at between two batches."""

    asked: bool = False


@dataclass(slots=True)
class Ran:
    """What a run was: `heads` are events of every kind, `events` depth messages that made a book, and trades."""

    events: int = 0
    heads: int = 0
    engine_seconds: float = 0.0
    """Inside the engine: features, strategies, order life, matching, queue, account."""
    seconds: float = 0.0
    """Inside the Session: the engine, the journal, and the questions to core_risk."""
    loading_seconds: float = 0.0
    ended: str = ""


def play(
    tape: Tape,
    settings: BacktestSettings,
    options: BacktestOptions,
    writer: Writer,
    risk: CoreRisk | None,
    stop: Stop,
    progress: Progress,
) -> Ran:
    """Plays the whole tape into `writer`'s journal. Without `risk` nobody is asked (fast.py)."""
    hello = tape.hello
    if risk is None:
        step = _Timed(advance_unjudged)
        fast = Session(settings, hello, writer, Unjudged(), step=step, asked=Processes(settings.kept))
        with closing(fast):
            return _play(tape, fast, step, options, stop, progress)
    gate = FedGate(risk, tape, writer)
    try:
        step = _Timed(advance)
        asked = Session(settings, hello, writer, gate, step=step, asked=Processes(settings.kept))
        with closing(asked):
            gate.open(hello.recv_ns)
            return _play(tape, asked, step, options, stop, progress, gate.feed)
    finally:
        gate.close()


class _Timed:
    """Drives the engine and sums the time that takes."""

    def __init__(self, step: Step) -> None:
        self._step = step
        self.seconds = 0.0

    def __call__(self, state: State, events: Events, start: int, end: int) -> tuple[int, Request]:
        began = time.perf_counter()
        result = self._step(state, events, start, end)
        self.seconds += time.perf_counter() - began
        return result


def _play(
    tape: Tape,
    session: Session[Any, Any],
    step: _Timed,
    options: BacktestOptions,
    stop: Stop,
    progress: Progress,
    feed: Callable[[int], None] = lambda _: None,
) -> Ran:
    ran = Ran(ended="recording_ended")
    # Compiled kernels are loaded, and where sources changed compiled, before the clock starts.
    step(session.state, empty_events(1, 0), 0, 0)
    step.seconds, hello = 0.0, tape.hello
    began = time.perf_counter()
    session.on_joined(hello)
    ran.seconds += time.perf_counter() - began
    last_ns = hello.recv_ns
    while (events := tape.next()) is not None:
        heads = len(events.heads)
        began = time.perf_counter()
        session.on_events(events, heads)
        feed(int(events.heads["seq"][-1]))
        ran.seconds += time.perf_counter() - began
        ran.heads += heads
        ran.events += count_traded(events)
        last_ns = max(last_ns, int(events.heads["recv_ns"][-1]))
        progress(ran.events, (last_ns - tape.first_ns) / max(1, tape.last_ns - tape.first_ns))
        ended = _early_end(session, options, stop, ran)
        if ended:
            ran.ended = ended
            break
    began = time.perf_counter()
    session.end(ran.ended, last_ns)
    ran.seconds += time.perf_counter() - began
    ran.engine_seconds = step.seconds
    ran.loading_seconds = tape.loading_seconds
    _compare(session)
    return ran


def _early_end(session: Session[Any, Any], options: BacktestOptions, stop: Stop, ran: Ran) -> str:
    """Why the run ends before its data does; empty: it goes on."""
    if stop.asked:
        return "interrupted_by_user"
    if options.max_events and ran.events >= options.max_events:
        return "max_events"
    core = session.state.core[0]
    peak, equity = int(core["peak_e8"]), int(core["equity_e8"])
    if options.stop_drawdown_ppm and core["marked"] and (peak - equity) * _PPM >= options.stop_drawdown_ppm * peak:
        return "stop_drawdown"
    return ""


def _compare(session: Session[Any, Any]) -> None:
    """What the engine counts is what its journal adds up to, also where no core_risk looked on."""
    core, totals = session.state.core[0], session.writer.totals
    engine, journal = (int(core["cash_e8"]), int(core["fill_count"])), (totals.cash_e8, totals.fills)
    if engine != journal:
        raise ResearchRefused("books_disagree", f"the engine has {engine}, the journal {journal}; this is a defect")
