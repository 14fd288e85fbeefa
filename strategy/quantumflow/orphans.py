"""No child outlives its parent: the kernel ends it, also where the parent was killed and could not."""

import ctypes
import signal

__all__ = ["end_with_parent"]

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)  # loaded before any fork, in which nothing may be


def end_with_parent(number: int = signal.SIGTERM) -> None:
    """Called in the child: it gets this signal when its parent ends."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, number)
