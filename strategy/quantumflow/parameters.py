"""What a strategy lets its user set, and what it shows: each parameter declared once, checked by name and range."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from quantumflow.errors import Problem

__all__ = ["PANELS", "Indicator", "Parameter", "resolve_parameters"]

PANELS = ("price", "own")
"""Where an indicator is plotted: over the prices (in ticks), or in a panel below them."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One number a strategy can be given. `integer`: whole numbers only."""

    name: str
    default: float
    low: float
    high: float
    doc: str
    integer: bool = False


@dataclass(frozen=True, slots=True)
class Indicator:
    """One figure that a strategy wants plotted. `of`: where a strategy that is a kernel has it, `instrument.FIELD` or
    `slot.FIELD`; a strategy in plain Python sets the attribute of this name on its memory.
    """

    name: str
    unit: str
    panel: str
    doc: str
    of: str = ""


def resolve_parameters(
    source: str, declared: Sequence[Parameter], given: Mapping[str, float]
) -> tuple[tuple[float, ...], tuple[Problem, ...]]:
    """The values in order of declaration, and everything that is wrong with `given`, the table at the path `source`."""
    problems = [
        Problem(
            f"{source}.{name}", str(given[name]), "unknown; known are " + ", ".join(sorted(p.name for p in declared))
        )
        for name in sorted(set(given) - {parameter.name for parameter in declared})
    ]
    values: list[float] = []
    for parameter in declared:
        value = given.get(parameter.name, parameter.default)
        remedy = _remedy(parameter, value)
        if remedy is not None:
            problems.append(Problem(f"{source}.{parameter.name}", repr(value), remedy))
        values.append(float(value) if remedy is None else parameter.default)
    return tuple(values), tuple(problems)


def _remedy(parameter: Parameter, value: object) -> str | None:
    bounds = f"between {parameter.low:g} and {parameter.high:g}: {parameter.doc}"
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return f"give a number {bounds}"
    if parameter.integer and float(value) != math.floor(value):
        return f"give a whole number {bounds}"
    if not parameter.low <= value <= parameter.high:
        return f"give a value {bounds}"
    return None
