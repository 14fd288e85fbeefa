"""The broker's own gate: what no order passes, whoever asked for it and whatever was approved before.

It is asked where an order is made, where its verdict comes, and before each fill.
"""

from typing import Any

from quantumflow.kernel import kernel
from quantumflow.state import KILL_FLATTEN_NS_MAX
from quantumflow.vocabulary import Command, Refusal

__all__ = ["barred", "leaving"]

Record = Any

_KILL_FLATTEN = int(Command.KILL_FLATTEN)
_NONE, _KILLED = int(Refusal.NONE), int(Refusal.KILLED)


@kernel
def barred(core: Record, reduce_only: int) -> int:
    """NONE if an order may be made, approved or filled now; else the refusal that keeps it out."""
    if core["killed"] != 0 and not (reduce_only == 1 and leaving(core)):
        return _KILLED
    return _NONE


@kernel
def leaving(core: Record) -> bool:
    """Whether an operator's KILL_FLATTEN still has time to leave what is held."""
    return bool(core["killed"] == _KILL_FLATTEN and core["now_ns"] - core["killed_ns"] <= KILL_FLATTEN_NS_MAX)
