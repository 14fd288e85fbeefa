"""QuantumFlow: a paper-trading appliance for crypto whose results can be checked.

`import quantumflow as qf` in a notebook: what research offers is loaded when it is first named, and the appliance never
loads it.
"""

import importlib
from typing import Any

__all__ = ["Book", "backtest", "benchmark", "check", "compare_fills", "data", "indicators", "tearsheet"]

# Without a value: the first use finds them by __getattr__.
Book: Any
backtest: Any
benchmark: Any
check: Any
compare_fills: Any
data: Any
indicators: Any
tearsheet: Any

_OFFERED = {
    "Book": "quantumflow_native",
    "backtest": "quantumflow.research.backtest",
    "benchmark": "quantumflow.research.analysis.benchmark_file",
    "check": "quantumflow.research.lookahead.check",
    "compare_fills": "quantumflow.research.backtest",
    "tearsheet": "quantumflow.research.analysis.tearsheet",
}
"""What `qf.NAME` is, and the module that has it."""

_MODULES = {"data": "quantumflow.research.data", "indicators": "quantumflow.research.indicators"}
"""What `qf.NAME` is as a module."""


def __getattr__(name: str) -> Any:
    """Loads what is offered under `name`."""
    if name in _MODULES:
        return importlib.import_module(_MODULES[name])
    if name not in _OFFERED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_OFFERED[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_OFFERED, *_MODULES])
