"""The programs that run beside this one: children of the same supervisord, by the name of their configuration file.

Read from /proc, so that it holds wherever supervisord's log goes. A process is its pid and its start time: pids are
used again.
"""

import os
from pathlib import Path

from quantumflow.upkeep.record import Record

__all__ = ["Processes", "note_restarts", "siblings"]

_PROC = Path("/proc")
CMDLINE_BYTES_MAX = 16_384

Processes = dict[str, tuple[int, int]]
"""Program → (pid, start time in ticks since boot)."""


def siblings(parent: int | None = None) -> Processes:
    """Every child of `parent` (by default of our own) that was started with `--config …/NAME.json`."""
    parent = os.getppid() if parent is None else parent
    found: Processes = {}
    for entry in _PROC.iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            stat = (entry / "stat").read_bytes()
            fields = stat[stat.rindex(b")") + 2 :].split()
            if int(fields[1]) != parent or fields[0] == b"Z":
                continue
            with (entry / "cmdline").open("rb") as source:
                words = source.read(CMDLINE_BYTES_MAX).split(b"\0")
            name = Path(os.fsdecode(words[words.index(b"--config") + 1])).stem
        except (OSError, ValueError, IndexError):
            continue  # it ended while it was looked at, or is none of ours
        found[name] = int(entry.name), int(fields[19])
    return found


def note_restarts(running: Processes, record: Record, now_ns: int) -> None:
    """A notice for each program that is another process than the record knows. One that is away stays known: when it is
    back, it has been started again."""
    for name, (pid, start) in running.items():
        known = record.processes.get(name)
        if known is not None and known != [pid, start]:
            record.notice(now_ns, "program_restarted", name, f"ended and was started again (pid {known[0]}, now {pid})")
        record.processes[name] = [pid, start]
