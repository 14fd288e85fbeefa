"""Momentum: the mid's change over a window of time.

Mids are sampled, one at most every window / 64, into a ring of MOMENTUM_SAMPLES; the reference is the newest sample at
least one window old. momentum = (mid2 - reference) / reference. Not ready before there is such a sample.
"""

from typing import Any

from quantumflow.kernel import kernel
from quantumflow.state import MOMENTUM_SAMPLES

__all__ = ["forget_samples", "update_momentum"]

Record = Any

_STEPS = 64


@kernel
def update_momentum(slot: Record, now_ns: int, mid2: int, window_ns: int) -> None:
    """Take in the mid of one tradable book."""
    times, mids = slot["momentum_ns"], slot["momentum_mid2"]
    head, count = slot["momentum_head"], slot["momentum_count"]
    newest = (head + count - 1) % MOMENTUM_SAMPLES
    if count == 0 or now_ns - times[newest] >= window_ns // _STEPS:
        if count == MOMENTUM_SAMPLES:
            head = (head + 1) % MOMENTUM_SAMPLES
            count -= 1
        at = (head + count) % MOMENTUM_SAMPLES
        times[at], mids[at] = now_ns, mid2
        count += 1
    # The oldest sample is dropped while the one after it is old enough: what is left first is the reference.
    while count > 1 and now_ns - times[(head + 1) % MOMENTUM_SAMPLES] >= window_ns:
        head = (head + 1) % MOMENTUM_SAMPLES
        count -= 1
    slot["momentum_head"], slot["momentum_count"] = head, count
    if now_ns - times[head] >= window_ns:
        slot["momentum_ready"] = 1
        slot["momentum"] = (mid2 - mids[head]) / mids[head]
    else:
        slot["momentum_ready"] = 0
        slot["momentum"] = 0.0


@kernel
def forget_samples(slot: Record) -> None:
    """After a change of epoch the window begins again."""
    slot["momentum_head"] = 0
    slot["momentum_count"] = 0
    slot["momentum_ready"] = 0
    slot["momentum"] = 0.0
