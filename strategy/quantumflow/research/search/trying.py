"""Trying configurations: tasks whose result is not on disk yet go to an engine, all results come back in order."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from quantumflow.errors import ResearchRefused
from quantumflow.research.data.dataset import Candles
from quantumflow.research.search.chunks import Chunks
from quantumflow.research.search.features import Array, Bundle, make_bundle
from quantumflow.research.search.plan import Ground, tasks_of
from quantumflow.research.search.tasks import Floats, Task, read_result
from quantumflow.reversion import Specialist

__all__ = ["Engine", "Progress", "Trier"]

Progress = Callable[[str, int, int], None]
"""Told what is at work, how many are done, and of how many."""


class Engine(Protocol):
    """Runs tasks somewhere."""

    name: str
    workers: int

    def results(self, tasks: Sequence[Task]) -> Iterator[tuple[Task, bytes]]:
        """Each task with its result, in the order in which they are done."""

    def close(self) -> None:
        """Ends it."""


@dataclass
class Trier:
    """An engine, what is done already, and who is told. `possible`: every configuration that arrays are needed for."""

    engine: Engine
    chunks: Chunks
    features: Path
    possible: Sequence[Specialist]
    progress: Progress
    found: int = field(default=0)
    made: int = field(default=0)

    def bundle(self, candles: Candles, content_hash: str, blind: Array | None = None) -> Bundle:
        """Arrays over these candles."""
        return make_bundle(self.features, candles, content_hash, self.possible, blind, self.progress)

    def results(
        self, ground: Ground, specialists: Sequence[Specialist], words: str, days: bool = False, each: bool = False
    ) -> Iterable[tuple[tuple[int, ...], Floats, Floats]]:
        """Places, totals and days of each task, in the tasks' own order, whatever the order in which they were done.

        Raises ResearchRefused("configurations_missing") where a task has no result.
        """
        tasks = tasks_of(ground, specialists, days, each)
        missing = [task for task, _ in tasks if self.chunks.find(task) is None]
        ready = len(tasks) - len(missing)
        self.found += ready
        self.progress(words, ready, len(tasks))
        for done, (task, raw) in enumerate(self.engine.results(missing) if missing else (), ready + 1):
            self.chunks.keep(task, raw)
            self.made += 1
            self.progress(words, done, len(tasks))
        for task, places in tasks:
            kept = self.chunks.find(task)
            if kept is None:
                detail = f"{len(places)} of {len(specialists)} have no result ({task.digest}.chunk is not there)"
                raise ResearchRefused("configurations_missing", f"{detail}: run the same command again")
            yield places, *read_result(task, kept)
