"""The measures of a result: the report's own, from the journal that the run wrote, its chain checked."""

from pathlib import Path
from typing import Any

from quantumflow_reports.build import make_report
from quantumflow_reports.source import open_source

__all__ = ["measures_of"]

_KEPT = (
    "currency",
    "equity_e8",
    "profit_e8",
    "deposits_e8",
    "drawdown",
    "days",
    "win_rate",
    "profit_factor",
    "expectancy_e8",
    "sharpe",
    "sortino",
    "calmar",
    "turnover_a_day",
    "exposure_ppm",
    "book_live_ppm",
    "whole",
    "bots",
    "orders",
    "reduced",
    "refusals",
    "ends",
    "signals",
    "realism",
)


def measures_of(journal: Path) -> dict[str, Any]:
    """Money in 10⁻⁸, shares in millionths. Raises JournalRefused if the journal's chain does not hold."""
    told = make_report(open_source(journal), journal.with_name("no-verification")).numbers.as_json()
    return {name: told[name] for name in _KEPT}
