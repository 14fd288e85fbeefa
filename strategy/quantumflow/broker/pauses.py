"""The calendar's pauses as the engine keeps them: what they allow at an event's time, and do to orders.

A pause is [start, end): at its first nanosecond nothing is made or filled, at its end everything is again. What the
table does not cover is closed.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from quantumflow.broker.matching import cancel_orders
from quantumflow.kernel import kernel
from quantumflow.state import NEVER_NS, PAUSES_MAX
from quantumflow.vocabulary import CalendarPhase, CalendarPolicy, Refusal

__all__ = ["enter_phase", "take_pause"]

Record = Any
Table = npt.NDArray[np.void]
Pauses = npt.NDArray[np.int64]

_OPEN, _BEFORE, _CLOSED = int(CalendarPhase.OPEN), int(CalendarPhase.BEFORE), int(CalendarPhase.CLOSED)
_HOLD, _CALENDAR_PAUSE = int(CalendarPolicy.HOLD), int(Refusal.CALENDAR_PAUSE)


@kernel
def enter_phase(core: Record, calendar: Pauses, orders: Table, outbox: Table) -> None:
    """Finds what is allowed at `now_ns` and until when that stands; open orders end where their policy says so."""
    now_ns = core["now_ns"]
    phase, until_ns = _OPEN, core["calendar_known_ns"]
    if now_ns >= until_ns:
        phase, until_ns = _CLOSED, NEVER_NS
    for row in range(core["pauses"]):
        prepare_ns, start_ns, end_ns = calendar[row, 0], calendar[row, 1], calendar[row, 2]
        if start_ns <= now_ns < end_ns:
            phase = _CLOSED
            until_ns = min(until_ns, end_ns) if now_ns < core["calendar_known_ns"] else NEVER_NS
        elif prepare_ns <= now_ns < start_ns:
            phase = max(phase, _BEFORE)
            until_ns = min(until_ns, start_ns)
        elif now_ns < prepare_ns:
            until_ns = min(until_ns, prepare_ns)
    if phase > core["phase"] and core["calendar_policy"] != _HOLD:
        cancel_orders(core, orders, outbox, -1, _CALENDAR_PAUSE)
    core["phase"] = phase
    core["phase_until_ns"] = until_ns


@kernel
def take_pause(core: Record, calendar: Pauses, head: Record) -> None:
    """One CALENDAR event: the next pause, or (`closed` 1) what the table covers and when to ask again."""
    if head["closed"] == 1:
        if head["qty"] <= core["calendar_asked_ns"]:
            raise ValueError("pauses that say nothing of the moment that was asked about")
        core["calendar_known_ns"] = head["price"]
        core["calendar_extend_ns"] = head["qty"]
        core["phase_until_ns"] = 0
        return
    if head["id"] == 0:
        core["pauses"] = 0
    row = core["pauses"]
    if row >= PAUSES_MAX or head["id"] != row:
        raise ValueError("a pause that is not the next one, or one too many")
    calendar[row, 0] = head["price"]
    calendar[row, 1] = head["qty"]
    calendar[row, 2] = head["low"]
    core["pauses"] = row + 1
