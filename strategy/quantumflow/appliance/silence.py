"""Which program runs and says nothing: a pure judge of the times in status files."""

from dataclasses import dataclass, field

__all__ = ["SILENT_SECONDS_MAX", "Silence"]

SILENT_SECONDS_MAX = 300.0
"""A program that has not replaced its status file for so long does nothing any more. Far above the compilation of the
kernels on a slow processor, the longest that a healthy trader is busy with one thing."""


@dataclass(slots=True)
class Silence:
    """Since when each program's last word has stood. A new process or a new word starts the time again."""

    _last: dict[str, tuple[int, int, float]] = field(default_factory=dict)

    def too_long(self, program: str, pid: int, written_ns: int, now: float) -> bool:
        """`written_ns` is only compared with itself, so clocks may jump; `now` is monotonic seconds."""
        before = self._last.get(program)
        if before is None or before[:2] != (pid, written_ns):
            self._last[program] = (pid, written_ns, now)
            return False
        if now - before[2] <= SILENT_SECONDS_MAX:
            return False
        self._last[program] = (pid, written_ns, now)  # asked again only after as long
        return True
