"""A strategy through the engine, on events, as a subject: the live kernels, on less data each time.

Each run is a new engine over copies of its events alone. Orders are approved as they are: core_risk's limits are no
part of what a strategy can see of the future. `run_settled` refuses every order instead (core_risk is away), so that no
position of its own makes two beginnings differ: a recursion is looked for in entries. The features that a signal
carries are figures: averages without an end settle slowly, and how far they are off is told.
"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from typing import Protocol

import numpy as np

from quantumflow.bots.process import Answer
from quantumflow.engine import (
    MarkRequest,
    State,
    VerdictRequest,
    advance,
    asked_of,
    drain,
    intent_event,
    mark_answer_event,
    new_state,
    pending,
    verdict_event,
)
from quantumflow.errors import ApplianceRefused
from quantumflow.events import Events
from quantumflow.journal.records import word
from quantumflow.outputs import FIELDS, Output
from quantumflow.research.lookahead.signals import Signals
from quantumflow.specs import BotSpec, BrokerSpec, EngineSpec, InstrumentSpec, Opening
from quantumflow.strategies.view import View
from quantumflow.vocabulary import (
    BotReason,
    OutputKind,
    Refusal,
    Request,
    Side,
    SignalKind,
    SignalOutcome,
    Trading,
    VerdictKind,
)

__all__ = ["Mind", "Replayed", "Step", "part_of"]

Step = Callable[[State, Events, int, int], tuple[int, Request]]

ANSWER_SECONDS_MAX = 30.0
"""Of a user's strategy, which live would have a fraction of a second."""

FIGURES = FIELDS[OutputKind.SIGNAL][1]
DEPOSIT_E8 = 10**6 * 10**8


class Mind(Protocol):
    """A user's strategy that runs (bots.process.StrategyProcess), for one bot; a run of the engine has its own."""

    def ask(self, instrument: int, view: View, seconds: float) -> Answer: ...
    def close(self) -> None: ...


class Replayed:
    """Bots over one array of events; the place of a signal is the `seq` of the frame that caused it."""

    def __init__(
        self,
        events: Events,
        instruments: Sequence[InstrumentSpec],
        bots: Sequence[BotSpec],
        broker: BrokerSpec,
        timing: EngineSpec,
        step: Step = advance,
        mind: Callable[[], Mind] | None = None,
    ) -> None:
        self.count = len(events.heads)
        seqs = events.heads["seq"]
        self.places = np.append(seqs, seqs[-1] + 1 if self.count else 1).astype(np.int64)
        self._events = events
        self._made_of = (instruments, bots, broker, timing)
        self._step = step
        self._mind = mind

    def run(self, start: int, end: int) -> Signals:
        return self._signals(start, end, VerdictKind.APPROVE, Refusal.NONE)

    def run_settled(self, start: int, end: int) -> Signals:
        return self._signals(start, end, VerdictKind.REFUSE, Refusal.RISK_UNREACHABLE)

    def _signals(self, start: int, end: int, verdict: VerdictKind, refusal: Refusal) -> Signals:
        instruments, bots, broker, timing = self._made_of
        opening = Opening(DEPOSIT_E8, DEPOSIT_E8, 0, 0, 0, 0)
        state = new_state(instruments, bots, broker, timing, opening)
        events, told, at = part_of(self._events, start, end), [], 0
        with ExitStack() as stack:
            mind = None if self._mind is None else stack.enter_context(closing(self._mind()))
            while at < end - start:
                at, request = self._step(state, events, at, end - start)
                told += [output for output in drain(state) if output.kind is OutputKind.SIGNAL]
                if request is Request.INTENT:
                    self._intend(state, mind)
                else:
                    self._answer(state, verdict, refusal)
        return self._as_signals(told)

    def _intend(self, state: State, mind: Mind | None) -> None:
        """What a user's strategy wants. Raises ApplianceRefused if it fails."""
        if mind is None:
            raise TypeError("the engine asks a strategy that nobody started")
        _, k, view = asked_of(state)
        # As plain Python the kernels leave NumPy's numbers in it, which no message has.
        plain = View._make(value.item() if isinstance(value, np.generic) else value for value in view)
        answer = mind.ask(k, plain, ANSWER_SECONDS_MAX)
        if answer.reason is not BotReason.NONE:
            raise ApplianceRefused("subject_raised", f"{word(answer.reason)}: {answer.detail}")
        self._step(state, intent_event(state, answer.intent), 0, 1)

    def _answer(self, state: State, verdict: VerdictKind, refusal: Refusal) -> None:
        request = pending(state)
        if isinstance(request, VerdictRequest):
            qty = request.qty if verdict is VerdictKind.APPROVE else 0
            self._step(state, verdict_event(state, verdict, qty, refusal), 0, 1)
        elif isinstance(request, MarkRequest):
            self._step(state, mark_answer_event(state, Trading.ACTIVE), 0, 1)

    def _as_signals(self, told: Sequence[Output]) -> Signals:
        instruments, bots, *_ = self._made_of
        words = {
            "bot": [bots[one.bot].name for one in told],
            "instrument": [instruments[one.instrument].symbol for one in told],
            "signal_kind": [word(SignalKind(one.values["signal_kind"])) for one in told],
            "side": [word(Side(one.values["side"])) for one in told],
            "outcome": [word(SignalOutcome(one.values["outcome"])) for one in told],
        }
        columns = {name: np.array(values, dtype=np.str_) for name, values in words.items()}
        columns |= {name: np.array([one.values[name] for one in told], dtype=np.float64) for name in FIGURES}
        return Signals(np.array([one.seq for one in told], dtype=np.int64), columns, frozenset(FIGURES))


def part_of(events: Events, start: int, end: int) -> Events:
    """A copy of some events and of the levels that they point to, and of no others."""
    heads = events.heads[start:end].copy()
    has = heads["levels_row"] >= 0
    rows = heads["levels_row"][has]
    levels = events.levels[rows].copy()
    heads["levels_row"][has] = np.arange(len(rows))
    return Events(heads, levels)
