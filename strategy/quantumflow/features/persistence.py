"""Persistence: how many books in a row have leaned to the same side."""

from quantumflow.kernel import kernel

__all__ = ["lean_of", "run_after"]


@kernel
def lean_of(first: float, first_min: float, second: float, second_min: float) -> int:
    """1 if both figures lean to the bids by their minimum at least, -1 if both do to the asks, else 0."""
    if first >= first_min and second >= second_min:
        return 1
    if first <= -first_min and second <= -second_min:
        return -1
    return 0


@kernel
def run_after(run: int, lean: int) -> int:
    """The run of books after one more: positive to the bids, negative to the asks, 0 after one that does not lean."""
    if lean > 0:
        return max(run, 0) + 1
    if lean < 0:
        return min(run, 0) - 1
    return 0
