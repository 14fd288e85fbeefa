"""The engine of this machine: processes that map the features' files. One that is killed is replaced."""

import multiprocessing
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool

from quantumflow.errors import ResearchRefused
from quantumflow.orphans import end_with_parent
from quantumflow.research.search.tasks import Answer, Task, mapped, taken, work

__all__ = ["REPLACED_MAX", "LocalEngine"]

REPLACED_MAX = 20
"""Deaths of workers in one search; more have a cause that trying again does not remove."""
QUEUED_A_WORKER = 2


class LocalEngine:
    """Worker processes. A worker ends with this one, however this one ends, and leaves Ctrl-C to it."""

    name = "local"

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._deaths = 0
        self._pool = self._begun()

    def results(self, tasks: Sequence[Task]) -> Iterator[tuple[Task, bytes]]:
        """Each task with its result, in the order in which they are done. Raises ResearchRefused."""
        waiting = list(reversed(tasks))
        running: dict[Future[Answer], Task] = {}
        while waiting or running:
            try:
                while waiting and len(running) < self.workers * (1 + QUEUED_A_WORKER):
                    task = waiting[-1]
                    running[self._pool.submit(_work, task)] = task
                    waiting.pop()
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    task = running[future]
                    raw = taken(future.result())
                    del running[future]
                    yield task, raw
            except BrokenProcessPool:
                waiting.extend(running.values())
                running.clear()
                self._replace()

    def close(self) -> None:
        """What runs is finished, what waits is not begun."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _begun(self) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(self.workers, mp_context=context, initializer=_begin)

    def _replace(self) -> None:
        self._deaths += 1
        self._pool.shutdown(wait=True, cancel_futures=True)
        if self._deaths > REPLACED_MAX:
            detail = f"workers were killed {self._deaths} times (out of memory?); what is done is kept: run it again"
            raise ResearchRefused("workers_die", detail)
        self._pool = self._begun()


def _begin() -> None:
    end_with_parent(signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _work(task: Task) -> Answer:
    return work(task, mapped)
