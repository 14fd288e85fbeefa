"""What a program tells Prometheus: families of figures as its text format, version 0.0.4. Pure.

Names and labels come from the code and from closed sets, so their number is bounded. Units stand in names: seconds,
bytes; `_e8` is 10⁻⁸ of the quote currency.
"""

import math
from collections.abc import Iterable, Mapping, Sequence

__all__ = ["CONTENT_TYPE", "Exposition", "resident_bytes"]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Labels = Mapping[str, str]
Number = int | float


class Exposition:
    """Families in the order in which they are told."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def counter(self, name: str, text: str, samples: Iterable[tuple[Labels, Number]]) -> None:
        """Something that only grows; `name` ends in _total."""
        self._family(name, "counter", text, samples)

    def gauge(self, name: str, text: str, samples: Iterable[tuple[Labels, Number | None]]) -> None:
        """Something that goes up and down. A figure that nobody knows is left out."""
        self._family(name, "gauge", text, [(labels, value) for labels, value in samples if value is not None])

    def histogram(
        self, name: str, text: str, upper: Sequence[float], samples: Iterable[tuple[Labels, Sequence[int], float]]
    ) -> None:
        """Counts a bucket (the last: beyond all of `upper`) and the sum of what was counted."""
        self._head(name, "histogram", text)
        for labels, counts, total in samples:
            below = 0
            for bound, count in zip([*upper, math.inf], counts, strict=True):
                below += count
                self._line(f"{name}_bucket", {**labels, "le": _bound(bound)}, below)
            self._line(f"{name}_sum", labels, total)
            self._line(f"{name}_count", labels, below)

    def text(self) -> str:
        return "".join(self._lines)

    def _family(self, name: str, kind: str, text: str, samples: Iterable[tuple[Labels, Number]]) -> None:
        self._head(name, kind, text)
        for labels, value in samples:
            self._line(name, labels, value)

    def _head(self, name: str, kind: str, text: str) -> None:
        self._lines.append(f"# HELP {name} {text}\n# TYPE {name} {kind}\n")

    def _line(self, name: str, labels: Labels, value: Number) -> None:
        inside = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
        self._lines.append(f"{name}{{{inside}}} {value}\n" if inside else f"{name} {value}\n")


def _bound(value: float) -> str:
    return "+Inf" if math.isinf(value) else f"{value:g}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def resident_bytes(statm: str, page_bytes: int) -> int | None:
    """Memory of a process that lies in RAM, of the text of its /proc/PID/statm; None for another text."""
    parts = statm.split()
    return int(parts[1]) * page_bytes if len(parts) > 1 and parts[1].isdigit() else None
