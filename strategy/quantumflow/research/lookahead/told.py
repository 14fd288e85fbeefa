"""What the probes found, in words and as JSON. Pure."""

import math
from typing import Any

from quantumflow.research.lookahead.probes import Found, WarmUp
from quantumflow.research.lookahead.signals import Difference

__all__ = ["as_json", "in_words"]


def in_words(subject: str, found: Found) -> list[str]:
    """A few lines: the verdict first, then each probe, with the first signal that differs and both sides."""
    verdict = "passed" if found.passed else "FAILED" if found.compared else "UNTRIED: it said nothing to compare"
    lines = [f"{subject}: {verdict}; {found.signals:,} signals on {found.count:,} rows"]
    if found.unrepeatable:
        lines += ["not repeatable: the same data twice", *_sides(found.unrepeatable, "first time", "second time")]
    ahead = found.looks_ahead
    if ahead and ahead.difference:
        lines.append(f"LOOKS AHEAD: with the data cut off before row {ahead.index:,}, the past is another")
        lines += _sides(ahead.difference, "with all data", "cut off")
    else:
        lines.append(f"no look ahead: {len(found.cuts)} cuts, the past stayed as it was")
    return lines + _warm_up_words(found)


def _warm_up_words(found: Found) -> list[str]:
    if not found.warm_ups:
        return ["no warm-up compared: too little data"]
    lines = [f"  {one.rows:>9,} rows: {_settled(one)}" for one in found.warm_ups]
    last = found.warm_ups[-1]
    if found.recursive is None:
        lines.insert(0, f"warm-up: settled after {_least(found):,} rows at most; {last.signals:,} signals compared")
        if last.unsettled:
            lines.append(f"  after {last.rows:,} rows these figures are still off: {', '.join(last.unsettled)}")
        return lines
    lines.insert(0, f"RECURSIVE: {last.rows:,} rows of warm-up are not enough")
    return lines + (_sides(last.difference, "from the beginning", "begun later") if last.difference else [])


def _settled(one: WarmUp) -> str:
    widest = max(one.deviations.items(), key=lambda item: item[1], default=None)
    state = "settled" if one.difference is None else f"{one.difference.column or 'a signal'} differs"
    if widest is None or widest[1] == 0.0 or math.isinf(widest[1]):
        return state
    return f"{state}; widest: {widest[0]}, {widest[1]:.2g} of its deviation"


def _least(found: Found) -> int:
    """The shortest warm-up from which on every longer one is settled."""
    least = found.warm_ups[-1].rows
    for one in reversed(found.warm_ups):
        if one.difference is not None:
            break
        least = one.rows
    return least


def _sides(difference: Difference, whole: str, part: str) -> list[str]:
    column = f", {difference.column}" if difference.column else ""
    return [
        f"  first at {difference.place:,}{column}",
        f"  {whole}: {_shown(difference.whole)}",
        f"  {part}: {_shown(difference.part)}",
    ]


def _shown(value: Any) -> str:
    if value is None:
        return "no signal"
    if isinstance(value, dict):
        return ", ".join(f"{name} {_shown(one)}" for name, one in value.items())
    return f"{value:.17g}" if isinstance(value, float) else str(value)


def as_json(subject: str, found: Found) -> dict[str, Any]:
    """Everything; a NaN or an infinity is its word."""
    ahead = found.looks_ahead
    return {
        "subject": subject,
        "passed": found.passed,
        "compared": found.compared,
        "rows": found.count,
        "signals": found.signals,
        "repeatable": found.unrepeatable is None,
        "unrepeatable": _difference(found.unrepeatable),
        "looks_ahead": ahead is not None,
        "first_ahead": None if ahead is None else {"cut": ahead.index, **(_difference(ahead.difference) or {})},
        "cuts": [{"cut": cut.index, "signals": cut.signals, "same": cut.difference is None} for cut in found.cuts],
        "recursive": found.recursive is not None,
        "warm_ups": [
            {
                "rows": one.rows,
                "signals": one.signals,
                "settled": one.difference is None,
                "unsettled_figures": list(one.unsettled),
                "deviations": {name: _plain(value) for name, value in one.deviations.items()},
                "first": _difference(one.difference),
            }
            for one in found.warm_ups
        ],
    }


def _difference(difference: Difference | None) -> dict[str, Any] | None:
    if difference is None:
        return None
    sides = {"whole": _plain(difference.whole), "part": _plain(difference.part)}
    return {"place": difference.place, "column": difference.column or None, **sides}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
