"""The broker's own gate: what no order passes, whoever asked for it and whatever was approved before.

It is asked where an order is made, where its verdict comes, and before each fill.
"""

from typing import Any

from quantumflow.kernel import kernel
from quantumflow.state import KILL_FLATTEN_NS_MAX
from quantumflow.vocabulary import CalendarPhase, Command, Refusal

__all__ = ["barred", "leaving"]

Record = Any

_KILL_FLATTEN = int(Command.KILL_FLATTEN)
_BEFORE, _CLOSED = int(CalendarPhase.BEFORE), int(CalendarPhase.CLOSED)
_NONE, _KILLED, _CALENDAR_PAUSE = int(Refusal.NONE), int(Refusal.KILLED), int(Refusal.CALENDAR_PAUSE)


@kernel
def barred(core: Record, reduce_only: int) -> int:
    """NONE if an order may be made, approved or filled now; else the refusal that keeps it out."""
    if core["killed"] != 0 and not (reduce_only == 1 and _may_leave(core)):
        return _KILLED
    if core["phase"] == _CLOSED or (core["phase"] == _BEFORE and reduce_only == 0):
        return _CALENDAR_PAUSE
    return _NONE


@kernel
def leaving(core: Record) -> bool:
    """Whether what is held is to be left: before a pause of the calendar, or by a KILL_FLATTEN that still has time."""
    return bool(core["phase"] == _BEFORE or _may_leave(core))


@kernel
def _may_leave(core: Record) -> bool:
    return bool(core["killed"] == _KILL_FLATTEN and core["now_ns"] - core["killed_ns"] <= KILL_FLATTEN_NS_MAX)
