"""A piece of work for any engine, and the worker's code, the same for all: arrays are proven, then simulated.

A task says everything that its result depends on; its digest names the result's file, so that a result is found again
by whoever asks for the same. Its arrays come from files (local) or from an object store; neither is trusted.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from quantumflow.errors import ResearchRefused
from quantumflow.research.search.features import Array, ArrayRef
from quantumflow.research.search.simulator import FIELDS, REGIME_ROWS, simulate

__all__ = ["ROLES", "Answer", "Floats", "Task", "mapped", "read_result", "taken", "work"]

ROLES = ("score", "open", "close", "atr", "volatility", "half_life", "regime", "blind", "days")
"""What a task's arrays are for, in their order."""

Floats = npt.NDArray[np.float64]

Answer = bytes | tuple[str, str]
"""A result, or a refusal's name and detail: an exception of ours does not go through every engine's pipe."""


@dataclass(frozen=True, slots=True)
class Task:
    """Configurations of the same series over one dataset's bars. `days` is 0 where no daily returns are asked for; else
    they are of each configuration (`each`), or of all together.
    """

    dataset: str
    code: str
    arrays: tuple[ArrayRef, ...]
    rules: tuple[tuple[float, ...], ...]
    runs: tuple[tuple[int, int], ...]
    cuts: tuple[int, ...]
    members: tuple[tuple[int, ...], ...]
    costs: tuple[float, float, int]
    days: int
    each: bool

    @property
    def digest(self) -> str:
        arrays = [one.sha256 for one in self.arrays]
        on = (self.dataset, self.code, arrays, self.runs, self.cuts, self.members, self.costs)
        return hashlib.sha256(repr((on, self.rules, self.days, self.each)).encode()).hexdigest()

    @property
    def totals_shape(self) -> tuple[int, int, int, int]:
        return len(self.rules), len(self.members[0]), len(REGIME_ROWS), len(FIELDS)

    @property
    def daily_shape(self) -> tuple[int, int, int]:
        return len(self.rules) if self.each else 1, len(REGIME_ROWS), self.days


_proven: set[str] = set()
"""Content that this process has looked at whole already."""


def work(task: Task, arrays: Callable[[ArrayRef], Array]) -> Answer:
    """The task's result, totals and then daily returns; or, before the first step, the refusal `data_differs`."""
    try:
        return _simulated(task, arrays)
    except ResearchRefused as refused:
        return refused.name, refused.detail


def taken(answer: Answer) -> bytes:
    """The result. Raises ResearchRefused if the worker refused."""
    if isinstance(answer, tuple):
        raise ResearchRefused(*answer)
    return answer


def _simulated(task: Task, arrays: Callable[[ArrayRef], Array]) -> bytes:
    given = [_proved(task, role, ref, arrays(ref)) for role, ref in zip(ROLES, task.arrays, strict=True)]
    score, opened, close, atr, volatility, half_life, regime, blind, days = given
    totals, daily = np.zeros(task.totals_shape), np.zeros(task.daily_shape)
    fee_ppm, half_spread_ppm, latency = task.costs
    simulate(
        np.array(task.rules, np.float64),
        score,
        opened,
        close,
        atr,
        volatility,
        half_life,
        regime,
        blind,
        days,
        np.array(task.runs, np.int64),
        np.array(task.cuts, np.int64),
        np.array(task.members, np.uint8),
        float(fee_ppm),
        float(half_spread_ppm),
        int(latency),
        totals,
        daily,
    )
    return totals.tobytes() + daily.tobytes()


def _proved(task: Task, role: str, ref: ArrayRef, values: Array) -> Array:
    """Read only, as every array of a worker: one kernel serves mapped files and shared objects."""
    if ref.sha256 not in _proven:
        found = hashlib.sha256(np.ascontiguousarray(values).data).hexdigest()
        if found != ref.sha256:
            detail = f"{role} of dataset {task.dataset[:12]} is {found[:12]} here, not {ref.sha256[:12]} ({ref.path})"
            raise ResearchRefused("data_differs", f"{detail}; remove its directory and search again")
        _proven.add(ref.sha256)
    values = values.view()
    values.flags.writeable = False
    return values


def mapped(ref: ArrayRef) -> Array:
    """From its file."""
    try:
        return np.asarray(np.load(ref.path, mmap_mode="r", allow_pickle=False))
    except (OSError, ValueError, EOFError) as error:
        raise ResearchRefused("data_differs", f"{ref.path}: {error}; remove its directory and search again") from None


def read_result(task: Task, raw: bytes) -> tuple[Floats, Floats]:
    """The totals and daily returns of the task's result."""
    values = np.frombuffer(raw, np.float64)
    count = int(np.prod(task.totals_shape))
    return values[:count].reshape(task.totals_shape), values[count:].reshape(task.daily_shape)
