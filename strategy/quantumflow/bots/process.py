"""The trader's end of a strategy that a user wrote: started, asked with a bound on the time, ended; never believed.

A process, not a thread: an endless loop, a crash and an appetite for memory end with it, and the trader goes on.
"""

import contextlib
import math
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from quantumflow.bots.child import recv, send
from quantumflow.bots.declared import TEXT_CHARS_MAX
from quantumflow.parameters import Indicator, Parameter
from quantumflow.specs import MONEY_MAX
from quantumflow.strategies.view import Intent, View
from quantumflow.vocabulary import BotReason, OrderKind, Side, SignalKind, SignalOutcome, TimeInForce

__all__ = [
    "ANSWER_SECONDS_MAX",
    "LATE_IN_ROW_MAX",
    "LATE_SECONDS",
    "LOAD_SECONDS_MAX",
    "Answer",
    "StrategyProcess",
    "checked",
]

ANSWER_SECONDS_MAX = 0.5
"""For one book; all bots wait meanwhile."""
LATE_SECONDS = 0.05
LATE_IN_ROW_MAX = 20
"""Answers in a row that each took LATE_SECONDS: such a strategy would hold up every other bot for good."""
LOAD_SECONDS_MAX = 20.0
"""For the start of the process and its text, on a busy machine."""


class Answer(NamedTuple):
    """What came of one question. With a `reason` the strategy has failed, and `detail` says how."""

    intent: Intent | None = None
    figures: tuple[float | None, ...] = ()
    reason: BotReason = BotReason.NONE
    detail: str = ""


class _Declaration(msgspec.Struct, frozen=True):
    """The shape of what a text declares; a process may say anything."""

    doc: str
    parameters: tuple[Parameter, ...]
    indicators: tuple[Indicator, ...]


class StrategyProcess:
    """One bot's strategy. Started at once, waited for at the first question."""

    def __init__(self, kept: Path, name: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Raises OSError if the machine has no process left."""
        ours, theirs = socket.socketpair()
        self._channel = ours
        self._monotonic = monotonic
        self._began = monotonic()
        self._late = 0
        self._parameters: Mapping[str, float] | None = None
        self.indicators: tuple[Indicator, ...] = ()
        """What it wants plotted; known from its first answer on."""
        with theirs:
            try:
                self._process = _started(theirs.fileno(), kept, name)
            except OSError:
                ours.close()
                raise

    def declaration(self) -> dict[str, Any] | str:
        """What the text declares (declared.Declared.as_json); a text that says why it cannot be used."""
        left = self._began + LOAD_SECONDS_MAX - self._monotonic()
        try:
            said = self._receive(left)
        except TimeoutError:
            return f"it was not loaded within {LOAD_SECONDS_MAX:.0f} s"
        except (OSError, ValueError):
            said = None
        if not isinstance(said, dict):
            return "its process ended while it loaded"
        if "broken" in said:
            return str(said["broken"])[:TEXT_CHARS_MAX]
        try:
            ready: dict[str, Any] = msgspec.to_builtins(msgspec.convert(said.get("ready"), _Declaration))
        except msgspec.ValidationError as error:
            return f"what it declares: {error}"[:TEXT_CHARS_MAX]
        return ready

    def begin(self, parameters: Mapping[str, float]) -> None:
        """Gives it its parameters, once it is loaded: at the first question."""
        self._parameters = parameters

    def ask(self, instrument: int, view: View, seconds: float = ANSWER_SECONDS_MAX) -> Answer:
        """Its intent at this book. Never raises for what the strategy does."""
        if self._parameters is not None:
            found = self.declaration()
            if isinstance(found, str):
                return Answer(reason=BotReason.STRATEGY_BROKEN, detail=found)
            self.indicators = tuple(Indicator(**one) for one in found["indicators"])
            with contextlib.suppress(OSError):
                send(self._channel, dict(self._parameters))
            self._parameters = None
        began = self._monotonic()
        self._channel.settimeout(seconds)
        try:
            send(self._channel, (instrument, *view))
            said = self._receive(seconds)
        except TimeoutError:
            return Answer(reason=BotReason.STRATEGY_SLOW, detail=f"no answer within {seconds} s")
        except (OSError, ValueError):
            said = None
        if said is None:
            return Answer(reason=BotReason.STRATEGY_DIED, detail=f"its process ended{self._end_words()}")
        self._late = self._late + 1 if self._monotonic() - began > LATE_SECONDS else 0
        live = seconds <= ANSWER_SECONDS_MAX  # who gives it longer, a replay, holds nobody up
        if live and self._late >= LATE_IN_ROW_MAX:
            detail = f"{self._late} answers in a row took more than {LATE_SECONDS} s each"
            return Answer(reason=BotReason.STRATEGY_SLOW, detail=detail)
        return checked(said)

    def close(self) -> None:
        """Ends the process, whatever it does."""
        self._channel.close()
        self._process.kill()
        self._process.wait()

    def _receive(self, seconds: float) -> Any:
        """A message that is whole in time. Raises TimeoutError, OSError, or ValueError for what is no message."""
        deadline = self._monotonic() + seconds
        try:
            return recv(self._channel, lambda: max(0.0, deadline - self._monotonic()))
        except BlockingIOError:  # the time is over: only what was there already was taken
            raise TimeoutError("it came in pieces, and too late") from None

    def _end_words(self) -> str:
        try:
            code = self._process.wait(timeout=0.2)
        except subprocess.TimeoutExpired:
            return ""
        return f" by signal {-code}" if code < 0 else f" with status {code}"


def checked(said: Any) -> Answer:
    """The answer of a process that may say anything."""
    if not isinstance(said, dict):
        return _absurd("it answered something else than the protocol has")
    if "raised" in said:
        return Answer(reason=BotReason.STRATEGY_RAISED, detail=str(said["raised"])[:TEXT_CHARS_MAX])
    if "absurd" in said:
        return _absurd(str(said["absurd"])[:TEXT_CHARS_MAX])
    figures, fields = said.get("figures"), said.get("intent")
    if not isinstance(figures, list) or not all(one is None or _is_figure(one) for one in figures):
        return _absurd("what it wants plotted is no list of numbers")
    shown = tuple(figures)
    if fields is None:
        return Answer(figures=shown)
    try:
        intent = msgspec.convert(fields, Intent, strict=False)
    except msgspec.ValidationError as error:
        return _absurd(f"its intent: {error}")
    wrong = _wrong(intent)
    return Answer(intent=intent, figures=shown) if wrong is None else _absurd(wrong)


_WORDS = {
    "signal": SignalKind,
    "outcome": SignalOutcome,
    "side": Side,
    "order_kind": OrderKind,
    "time_in_force": TimeInForce,
}


def _started(channel: int, kept: Path, name: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 (this interpreter, a module of ours)
        [sys.executable, "-I", "-m", "quantumflow.bots.child", str(channel), str(kept), name],
        pass_fds=(channel,),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env={name: os.environ[name] for name in ("PATH", "LANG", "TZ") if name in os.environ},
    )


def _is_figure(value: object) -> bool:
    return isinstance(value, float) and math.isfinite(value)


def _wrong(intent: Intent) -> str | None:
    """What no strategy can mean."""
    for field, words in _WORDS.items():
        if getattr(intent, field) not in words.__members__.values():
            return f"{field} {getattr(intent, field)} is none of {', '.join(word.name for word in words)}"
    if not math.isfinite(intent.confidence):
        return "confidence is no number"
    if intent.post_only not in (0, 1) or intent.reduce_only not in (0, 1):
        return "post_only and reduce_only are 0 or 1"
    if not (0 <= intent.qty <= MONEY_MAX and 0 <= intent.limit_price <= MONEY_MAX):
        return f"qty {intent.qty}, limit_price {intent.limit_price}: lots and ticks, from 0 on"
    if intent.outcome != SignalOutcome.ORDERED:
        return None
    if intent.qty == 0:
        return f"qty {intent.qty}: lots, above 0"
    priced = intent.order_kind != OrderKind.MARKET
    if priced != (intent.limit_price > 0):
        return f"limit_price {intent.limit_price}: ticks above 0 of a limit or stop order, 0 of a market order"
    return None


def _absurd(detail: str) -> Answer:
    return Answer(reason=BotReason.STRATEGY_ABSURD, detail=detail)
