"""What a strategy's text declares, read where it runs: never in the trader's own process."""

import linecache
import math
import re
import sys
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from quantumflow.features.parameters import FEATURE_PARAMETERS
from quantumflow.parameters import PANELS, Indicator, Parameter

__all__ = ["INDICATORS_MAX", "OWN_PARAMETERS_MAX", "TEXT_CHARS_MAX", "Declared", "StrategyBroken", "load", "said_of"]

OWN_PARAMETERS_MAX = 40
"""With those of the features they fit the state's PARAMETERS_MAX; a test holds them together."""
INDICATORS_MAX = 16
TEXT_CHARS_MAX = 500
_ADDRESS = re.compile(r"0x[0-9a-f]{6,}")
"""Of an object in memory: another one in a replay."""
_WORD = re.compile(r"[a-z][a-z0-9_]{0,31}")


class StrategyBroken(Exception):
    """The text cannot be used; the message says why, with the line where it has one."""


@dataclass(frozen=True, slots=True)
class Declared:
    """A loaded strategy."""

    doc: str
    parameters: tuple[Parameter, ...]
    """Those of the features first."""
    indicators: tuple[Indicator, ...]
    decide: Callable[..., Any]
    memory: Callable[[], Any] | None
    """Makes the memory of one instrument, if the text has a way of its own."""

    def as_json(self) -> dict[str, Any]:
        """For schemas, and for the trader, which never loads the text itself."""
        return {
            "doc": self.doc,
            "parameters": [asdict(one) for one in self.parameters],
            "indicators": [asdict(one) for one in self.indicators],
        }


def load(path: Path, name: str) -> Declared:
    """Runs the text once and checks what it declares. Raises StrategyBroken, whatever the text does."""
    module = ModuleType(f"quantumflow_strategy_{name}")
    module.__file__ = shown = f"{name}.py"
    try:
        text = path.read_text(encoding="utf-8")
        linecache.cache[shown] = (len(text), None, text.splitlines(keepends=True), shown)
        sys.modules[module.__name__] = module
        exec(compile(text, shown, "exec"), module.__dict__)  # noqa: S102 - it is what was asked for, in its own process
    except BaseException as error:  # SystemExit and the like too: whatever it is, it is the text's
        raise StrategyBroken(said_of(error)) from error
    return _declared(module)


def said_of(error: BaseException) -> str:
    """One line: what was raised, and the last line of the strategy's own that led there."""
    lines = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.endswith(".py")]
    own = [frame for frame in lines if "/" not in frame.filename]
    where = f" ({own[-1].filename}, line {own[-1].lineno})" if own else ""
    what = _ADDRESS.sub("0x…", f"{type(error).__name__}: {error}{where}")
    return "".join(char if char.isprintable() else " " for char in what)[:TEXT_CHARS_MAX]


def _declared(module: ModuleType) -> Declared:
    decide, memory = getattr(module, "decide", None), getattr(module, "memory", None)
    _require(callable(decide), "it has no function decide(view, parameters, memory)")
    _require(memory is None or callable(memory), "memory is no function")
    own = tuple(getattr(module, "PARAMETERS", ()))
    _require(len(own) <= OWN_PARAMETERS_MAX, f"PARAMETERS: at most {OWN_PARAMETERS_MAX}")
    for parameter in own:
        _check_parameter(parameter)
    parameters = (*FEATURE_PARAMETERS, *own)
    names = [parameter.name for parameter in parameters]
    twice = sorted({name for name in names if names.count(name) > 1})
    _require(not twice, f"PARAMETERS: {', '.join(twice)} stands twice, or is one of the features'")
    indicators = tuple(getattr(module, "INDICATORS", ()))
    _require(len(indicators) <= INDICATORS_MAX, f"INDICATORS: at most {INDICATORS_MAX}")
    for indicator in indicators:
        _check_indicator(indicator)
    doc = (module.__doc__ or "").strip().partition("\n")[0][:TEXT_CHARS_MAX]
    return Declared(doc, parameters, indicators, decide or _nothing, memory)


def _nothing(*_: object) -> None:
    """Stands where the check above let nothing through."""


def _check_parameter(parameter: object) -> None:
    _require(isinstance(parameter, Parameter), f"PARAMETERS: {parameter!r} is no Parameter")
    if isinstance(parameter, Parameter):
        numbers = (parameter.low, parameter.default, parameter.high)
        sound = all(isinstance(number, int | float) and math.isfinite(number) for number in numbers)
        _require(_WORD.fullmatch(str(parameter.name)) is not None, f"PARAMETERS: the name {parameter.name!r}")
        _require(
            sound and parameter.low <= parameter.default <= parameter.high, f"{parameter.name}: low, default, high"
        )
        _require(isinstance(parameter.doc, str), f"{parameter.name}: its doc is no text")


def _check_indicator(indicator: object) -> None:
    _require(isinstance(indicator, Indicator), f"INDICATORS: {indicator!r} is no Indicator")
    if isinstance(indicator, Indicator):
        _require(_WORD.fullmatch(str(indicator.name)) is not None, f"INDICATORS: the name {indicator.name!r}")
        _require(indicator.panel in PANELS, f"{indicator.name}: its panel is one of {', '.join(PANELS)}")
        _require(all(isinstance(text, str) for text in (indicator.unit, indicator.doc)), f"{indicator.name}: its texts")


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise StrategyBroken(what[:TEXT_CHARS_MAX])
