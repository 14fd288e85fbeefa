"""Named places at which a test may kill this process, as a power cut would: QF_CRASH_AT=program.place:n, the n-th time.

All places of all programs stand in docs/CRASH_POINTS.md. Every program of an appliance is given the same variable: it
looks only at what begins with its own name, and refuses a place that it does not have.
"""

import os
import signal

from quantumflow.errors import SettingsRefused

__all__ = ["CRASH_POINTS", "check_crash_points", "reach"]

CRASH_POINTS = (
    "trader.before_begin",
    "trader.after_insert",
    "trader.during_checkpoint",
    "trader.before_commit",
    "trader.after_commit",
    "trader.after_anchor_write",
    "trader.after_anchor",
    "trader.after_verdict",
    "trader.after_deliver",
    "trader.after_fill_again",
    "trader.after_orders_ended",
    "trader.after_command",
    "trader.in_migration",
    "backup.after_journal",
    "backup.after_log",
    "backup.before_rename",
    "backup.after_rename",
    "backup.during_prune",
    "restore.after_journal",
    "restore.before_mark",
    "telegram.before_pending",
    "telegram.after_pending",
    "telegram.after_send",
    "telegram.after_sent",
    "telegram.after_done",
)

_VARIABLE = "QF_CRASH_AT"
_passed = 0


def check_crash_points(program: str) -> None:
    """Raises SettingsRefused if the variable asks `program` for a place that it does not have."""
    wanted = os.environ.get(_VARIABLE)
    if wanted is None or not wanted.startswith(f"{program}."):
        return
    place, _, times = wanted.partition(":")
    if place not in CRASH_POINTS or not times.isdecimal() or int(times) == 0:
        own = ", ".join(point for point in CRASH_POINTS if point.startswith(f"{program}."))
        raise SettingsRefused(_VARIABLE, f"found {wanted}; write one of {own}, a colon and a number from 1")


def reach(name: str) -> None:
    """Passes the place `name`; without the variable nothing happens."""
    wanted = os.environ.get(_VARIABLE)
    if wanted is None:
        return
    place, _, times = wanted.partition(":")
    if place == name:
        global _passed
        _passed += 1
        if _passed == int(times):
            os.kill(os.getpid(), signal.SIGKILL)
