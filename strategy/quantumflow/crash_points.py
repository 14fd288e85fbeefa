"""Named places at which a test may kill this process, as a power cut would: QF_CRASH_AT=name:n, at the n-th passing."""

import os
import signal

__all__ = ["CRASH_POINTS", "reach"]

CRASH_POINTS = ("before_begin", "before_commit", "after_commit", "after_deliver")

_passed = 0


def reach(name: str) -> None:
    """Passes the place `name`; without QF_CRASH_AT nothing happens."""
    wanted = os.environ.get("QF_CRASH_AT")
    if wanted is None:
        return
    place, _, times = wanted.partition(":")
    if place not in CRASH_POINTS or not times.isdecimal():
        raise ValueError(f"QF_CRASH_AT={wanted}: write one of {', '.join(CRASH_POINTS)}, a colon and a number")
    if place == name:
        global _passed
        _passed += 1
        if _passed == int(times):
            os.kill(os.getpid(), signal.SIGKILL)
