"""Engines that a test needs: one without processes, in the order it is told; and ends for workers of the real ones."""

import os
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path

from quantumflow.research.search.tasks import Task, mapped, taken, work

__all__ = ["Inline", "descendants", "kill"]


class Inline:
    """Here and now, last task first; those at the places of `dropped` never come back."""

    name = "inline"
    workers = 1

    def __init__(self, dropped: Sequence[int] = ()) -> None:
        self.dropped = dropped

    def results(self, tasks: Sequence[Task]) -> Iterator[tuple[Task, bytes]]:
        for place in reversed(range(len(tasks))):
            if place not in self.dropped:
                yield tasks[place], taken(work(tasks[place], mapped))

    def close(self) -> None:
        """Nothing was begun."""


def descendants(of: int, named: str) -> list[int]:
    """Processes below `of` with `named` in their command line."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            stat = (entry / "stat").read_text()
        except OSError:
            continue
        parents[int(entry.name)] = int(stat.rsplit(")", 1)[1].split()[1])
    below, found = {of}, []
    while more := {pid for pid, parent in parents.items() if parent in below} - below:
        below |= more
    for pid in below - {of}:
        try:
            line = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if named in line:
            found.append(pid)
    return sorted(found)


def kill(pids: Sequence[int]) -> int:
    """Kills them at once; how many there were."""
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    return len(pids)
