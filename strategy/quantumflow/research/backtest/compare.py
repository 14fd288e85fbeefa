"""`compare_fills(...)`: the same events through three Sessions whose brokers differ in their fill model alone.

Each is a run of its own, with its own orders, verdicts, books and journal: what a kinder fill changes in the position
changes what the strategy does next, which repricing one run's fills would not show.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from quantumflow.config import find_config, load_config
from quantumflow.errors import ResearchRefused
from quantumflow.journal.records import word
from quantumflow.research.backtest.command import (
    Data,
    check_risk,
    new_directory,
    open_tape,
    options_of,
    paths_of,
    run_tape,
)
from quantumflow.research.backtest.kept import KEPT_BYTES_MAX, KeptTape
from quantumflow.research.backtest.options import BacktestOptions
from quantumflow.research.backtest.result import BacktestResult, write_result
from quantumflow.research.backtest.run import Progress, Stop
from quantumflow.vocabulary import FillModel
from quantumflow_reports.figures import money_short

__all__ = ["COLUMNS", "FOLDER", "FillComparison", "cells", "compare_fills", "run_compared"]

FOLDER = "fill_models"
"""In the result's directory: the results of the kind models."""
COLUMNS = ("orders", "fills", "fees", "slippage", "profit")
_OWN = word(FillModel.MODEL)
_SHOWN = (word(FillModel.NAIVE), word(FillModel.TOUCH), _OWN)
_INTERRUPTED = "interrupted_by_user"


@dataclass(frozen=True, slots=True)
class FillComparison:
    """`results` by fill model, naive first; one that was interrupted is the last there is."""

    results: Mapping[str, BacktestResult]

    @property
    def naive(self) -> BacktestResult:
        return self.results["naive"]

    @property
    def touch(self) -> BacktestResult:
        return self.results["touch"]

    @property
    def model(self) -> BacktestResult:
        """The result as `backtest` has it."""
        return self.results[_OWN]

    @property
    def fill_models(self) -> dict[str, dict[str, Any]]:
        """Of each its fills, orders, digest, and in 10⁻⁸ fees, slippage and profit, fees taken (None: never marked).

        Slippage is against the best opposite price at the decision; negative: the fill was better.
        """
        return {name: _row(result) for name, result in self.results.items()}

    @property
    def words(self) -> str:
        """What is left of the profit that kind fills promise."""
        rows = self.fill_models
        if set(rows) != set(_SHOWN) or any(row["ended"] == _INTERRUPTED for row in rows.values()):
            return "interrupted: nothing to compare"
        if any(row["profit_e8"] is None for row in rows.values()):
            return "an account was never marked: nothing to compare"
        if not any(row["fills"] for row in rows.values()):
            return "no order was filled: nothing to compare"
        naive, touch, own = (rows[name]["profit_e8"] for name in _SHOWN)
        currency = self.model.measures["currency"]
        if naive <= 0:
            others = f"at the touch {_made(touch)}, by the model {_made(own)}"
            return f"not even naive fills make a profit: {_made(naive)} {currency}, {others}"
        left = f"{_left(touch, naive)} at the touch and {_left(own, naive)} by the model"
        return f"of the naive profit of {money_short(naive)} {currency}, {left}"

    def __repr__(self) -> str:
        return f"FillComparison({self.words!r})"

    def _repr_html_(self) -> str:
        """A table for a notebook."""
        head = "".join(f"<th>{name}</th>" for name in ("fill model", *COLUMNS, "digest"))
        lines = "".join(
            f"<tr><th style='text-align:left'>{name}</th>"
            + "".join(f"<td>{cell}</td>" for cell in (*cells(row), row["journal_digest"][:12]))
            + "</tr>"
            for name, row in self.fill_models.items()
        )
        return f"<table><caption>{self.words}</caption><tr>{head}</tr>{lines}</table>"


def compare_fills(
    data: Data, strategy: str | Sequence[str] = (), parameters: Mapping[str, float] | None = None, **options: Any
) -> FillComparison:
    """`backtest` three times over the same data: with naive, touch and model fills. `options` are `backtest`'s.

    Raises what `backtest` raises.

        compared = qf.compare_fills("capture.gz", "imbalance", risk="fast")
        compared.words, compared.naive.fills, compared.model.measures
    """
    return run_compared(paths_of(data), options_of(strategy, parameters, **options))


def run_compared(
    paths: Sequence[Path], options: BacktestOptions, stop: Stop | None = None, progress: Progress = lambda *_: None
) -> FillComparison:
    """The appliance's model first: its result is the run's own, and the kind ones lie below it.

    Events are kept between the runs, within kept.KEPT_BYTES_MAX. With core_risk, which reads frames too, or beyond that
    bound, the data is read again.
    """
    check_risk(options)
    if options.fill_model:
        raise ResearchRefused("unknown_model", f"--fills {options.fill_model}: --compare-fills has them all")
    stop = stop or Stop()
    config = load_config(find_config(options.config))
    root = new_directory(options)
    bytes_max = KEPT_BYTES_MAX if options.risk == "fast" else 0
    kept = KeptTape(open_tape(paths, config, options), bytes_max)
    found: dict[str, BacktestResult] = {}
    for number, name in enumerate((_OWN, *_SHOWN[:2])):
        if number and stop.asked:
            break
        if number and not kept.rewind():
            kept = KeptTape(open_tape(paths, config, options), bytes_max)
        own = options if name == _OWN else replace(options, fill_model=name, queue="", impact="")
        place = root if name == _OWN else root / FOLDER / name
        found[name] = run_tape(kept, config, own, place, stop, _share(progress, number))
    compared = FillComparison({name: found[name] for name in _SHOWN if name in found})
    told = {"fill_models": compared.fill_models, "fill_models_in_words": compared.words}
    whole = write_result(root, {**compared.model.said, **told})
    return FillComparison({**compared.results, _OWN: whole})


def cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    """One model under COLUMNS."""
    profit = "-" if row["profit_e8"] is None else _made(row["profit_e8"])
    return f"{row['orders']:,}", f"{row['fills']:,}", money_short(row["fees_e8"]), _made(row["slippage_e8"]), profit


def _row(result: BacktestResult) -> dict[str, Any]:
    said = result.said
    return {
        "fills": said["fills"],
        "orders": said["orders"],
        "fees_e8": said["measures"]["whole"]["fees_e8"],
        "slippage_e8": said["measures"]["whole"]["slippage_e8"],
        "profit_e8": said["measures"]["profit_e8"],
        "journal_digest": said["journal_digest"],
        "ended": said["ended"],
        "result": str(result.directory),
    }


def _made(profit_e8: int) -> str:
    return money_short(profit_e8, signed=True)


def _left(profit_e8: int, naive_e8: int) -> str:
    if profit_e8 <= 0:
        return f"nothing is left ({_made(profit_e8)})"
    more = "more than that, by other trades, " if profit_e8 > naive_e8 else ""
    return f"{more}{money_short(profit_e8)} is left"


def _share(progress: Progress, number: int) -> Progress:
    """Of three runs one after the other."""
    return lambda events, share: progress(events, (number + share) / len(_SHOWN))
