"""The last n values of a series as a ring inside a float64 array: the state that windowed indicators share.

state[0] values seen · state[1] place of the oldest · state[2:2+n] the values. Whatever is computed from it goes from
the oldest value to the newest: it depends on these n values alone, not on when the series began.
"""

import math
from typing import Any

from quantumflow.kernel import kernel

__all__ = ["RING", "filled", "mean", "oldest", "push", "spread"]

RING = 2
"""Numbers of a state before its ring."""

State = Any


@kernel
def push(state: State, n: int, value: float) -> None:
    """Take in a value; the oldest goes when there are n."""
    at = int(state[1])
    state[RING + at] = value
    state[1] = 0.0 if at + 1 == n else at + 1.0
    state[0] += 1.0


@kernel
def filled(state: State, n: int) -> bool:
    """Whether n values are there."""
    return bool(state[0] >= n)


@kernel
def oldest(state: State, n: int, k: int) -> float:
    """The value k places after the oldest of a filled ring."""
    at = int(state[1]) + k
    return float(state[RING + (at - n if at >= n else at)])


@kernel
def mean(state: State, n: int) -> float:
    """Of a filled ring. With values less the oldest of them: of n equal values it is exactly that value."""
    first, total = oldest(state, n, 0), 0.0
    for k in range(n):
        total += oldest(state, n, k) - first
    return first + total / n


@kernel
def spread(state: State, n: int, centre: float) -> float:
    """Population standard deviation of a filled ring about its mean `centre`, in two passes."""
    total = 0.0
    for k in range(n):
        distance = oldest(state, n, k) - centre
        total += distance * distance
    return math.sqrt(total / n)
