"""One specialist: the parameters of mean reversion, declared once with bounds and docs, frozen when made. No Numba."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import cast

from quantumflow.errors import Problem, SpecialistRefused
from quantumflow.parameters import Parameter, resolve_parameters
from quantumflow.regime_vocabulary import Mode

__all__ = ["BARS_MAX", "SPECIALIST_PARAMETERS", "Specialist", "make_specialist", "specialist_problems"]

BARS_MAX = 900
"""Longest lookback or period: a live bot keeps regime.WINDOW bars, and a series needs one more than its period."""

SPECIALIST_PARAMETERS = (
    Parameter("mode", 0, 0, 2, "which mean: 0 zscore, 1 regression, 2 pivot", integer=True),
    Parameter("lookback", 60, 5, BARS_MAX, "bars that the mean and its deviation are of", integer=True),
    Parameter("entry_score", 2.0, 0.1, 20.0, "deviations from the mean at which it enters"),
    Parameter("exit_score", 0.0, -10.0, 10.0, "deviations from the mean at which it leaves, on the side of the entry"),
    Parameter("stop_atr", 4.0, 0.1, 1_000.0, "loss at which it leaves, in average true ranges"),
    Parameter("atr_bars", 14, 1, BARS_MAX, "bars of the average true range", integer=True),
    Parameter("volatility_bars", 20, 1, BARS_MAX, "bars of the realised volatility", integer=True),
    Parameter("volatility_min_ppm", 0.0, 0.0, 1_000_000.0, "least volatility a bar to enter at, millionths"),
    Parameter("half_life_bars", 100, 3, BARS_MAX, "steps that the half-life is measured over", integer=True),
    Parameter("half_lives", 0.0, 0.0, 100.0, "longest time to hold, in half-lives; 0: no such limit"),
    Parameter("hold_bars", 240, 1, 100_000, "longest time to hold, in bars", integer=True),
)


@dataclass(frozen=True, slots=True)
class Specialist:
    """Made by `make_specialist`, which checks bounds. The fields are those of SPECIALIST_PARAMETERS, in their order."""

    mode: Mode
    lookback: int
    entry_score: float
    exit_score: float
    stop_atr: float
    atr_bars: int
    volatility_bars: int
    volatility_min_ppm: float
    half_life_bars: int
    half_lives: float
    hold_bars: int

    @property
    def rules(self) -> tuple[float, float, float, float, float, float]:
        """What `decide` takes after the bars held."""
        return (
            self.entry_score,
            self.exit_score,
            self.stop_atr,
            self.volatility_min_ppm,
            self.half_lives,
            float(self.hold_bars),
        )

    def values(self) -> dict[str, float]:
        """Every field by name as a number, the mode too."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def specialist_problems(given: Mapping[str, object], source: str) -> tuple[Problem, ...]:
    """Everything that is wrong with these fields; `source` is their path in the file. The mode is a word."""
    return _read(given, source)[1]


def make_specialist(given: Mapping[str, object], source: str = "specialist") -> Specialist:
    """A specialist of the fields given, the others at their default. Raises SpecialistRefused, naming each field."""
    made, problems = _read(given, source)
    if made is None:
        raise SpecialistRefused("specialist_refused", "; ".join(str(problem) for problem in problems))
    return made


def _read(given: Mapping[str, object], source: str) -> tuple[Specialist | None, tuple[Problem, ...]]:
    numbers = dict(given)
    words = [mode.name.lower() for mode in Mode]
    problems: list[Problem] = []
    if "mode" in numbers:
        word = numbers.pop("mode")
        if isinstance(word, Mode):
            numbers["mode"] = int(word)
        elif isinstance(word, str) and word in words:
            numbers["mode"] = words.index(word)
        else:
            problems.append(Problem(f"{source}.mode", repr(word), f"give one of {', '.join(words)}"))
    values, others = resolve_parameters(
        source, SPECIALIST_PARAMETERS, cast("Mapping[str, float]", numbers)
    )  # it checks
    problems.extend(others)
    (mode, lookback, entry, leave, stop, atr, volatility, least, half_life, half_lives, hold) = values
    if not problems and leave >= entry:
        problems.append(Problem(f"{source}.exit_score", repr(leave), f"give a value below entry_score, {entry:g}"))
    if problems:
        return None, tuple(problems)
    made = Specialist(
        Mode(int(mode)),
        int(lookback),
        entry,
        leave,
        stop,
        int(atr),
        int(volatility),
        least,
        int(half_life),
        half_lives,
        int(hold),
    )
    return made, ()
