"""One measured budget: what it is, what it should be, and how far it is from that."""

from dataclasses import dataclass

__all__ = ["Figure"]


@dataclass(frozen=True, slots=True)
class Figure:
    """`measured` against `aim` in `unit`; `at_most` says which side of the aim is good. No aim: told, not judged."""

    part: str
    what: str
    measured: float
    unit: str
    aim: float | None = None
    at_most: bool = True
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """1.0 is the aim itself; below 1 is better where less is better, above 1 where more is."""
        return None if self.aim is None else self.measured / self.aim

    @property
    def kept(self) -> bool | None:
        """Whether the budget is kept; None where there is none."""
        if self.aim is None:
            return None
        return self.measured <= self.aim if self.at_most else self.measured >= self.aim

    def as_json(self) -> dict[str, object]:
        """All of it under names."""
        return {
            "part": self.part,
            "what": self.what,
            "measured": self.measured,
            "unit": self.unit,
            "aim": self.aim,
            "ratio": self.ratio,
            "kept": self.kept,
            "note": self.note,
        }
