"""What a backtest was asked for: frozen, and written into its result as it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

__all__ = ["BacktestOptions", "RiskMode"]

RiskMode = Literal["core_risk", "fast"]


@dataclass(frozen=True, slots=True)
class BacktestOptions:
    """Empty values leave what quantumflow.toml says.

    `strategies`: one bot each, of that name, on every instrument; `assignments`: parameters of all of them by `k`, or
    of one by `bot.k`. `stop_drawdown_ppm`, `max_events`: when to end early; 0: never.
    """

    strategies: tuple[str, ...] = ()
    assignments: Mapping[str, float] = field(default_factory=dict)
    symbols: tuple[str, ...] = ()
    interval: str = ""
    """Of bars whose file does not say it."""
    risk: RiskMode = "core_risk"
    latency: str = ""
    fees: str = ""
    queue: str = ""
    impact: str = ""
    fill_model: str = ""
    deposit: str = ""
    stop_drawdown_ppm: int = 0
    max_events: int = 0
    config: Path | None = None
    out: Path | None = None
    like_live: bool = False
    """Begin where the trader joined whose journal lies beside the recording."""
