"""A history → every figure of the tearsheet. Pure: choices, seeds, labels and benchmark are arguments.

Money stays an integer until a ratio is formed, and what cannot be said has no value and a reason.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from quantumflow.research.analysis.attribution import Attribution, Regimes, attribution_of
from quantumflow.research.analysis.benchmark import Against, Benchmark, against_benchmark
from quantumflow.research.analysis.enough import not_enough
from quantumflow.research.analysis.history import Equity, History
from quantumflow.research.analysis.luck import (
    deflated_sharpe,
    kurtosis,
    probabilistic_sharpe,
    skewness,
    track_record_min,
)
from quantumflow.research.analysis.periods import (
    Drawdown,
    Period,
    Rolling,
    choose_period,
    closes_of,
    drawdowns,
    rolling,
)
from quantumflow.research.analysis.resample import with_block_interval
from quantumflow.research.analysis.serial import SerialTest, serial_tests
from quantumflow.research.analysis.tails import Tail, historical_tail, monte_carlo_tail, parametric_tail
from quantumflow.research.analysis.trade_order import TradeOrder, shuffled_trades
from quantumflow_reports.curve import Close
from quantumflow_reports.figures import Estimate
from quantumflow_reports.numbers import Chain, Numbers, numbers_of
from quantumflow_reports.ratios import (
    calmar,
    deepest_fall,
    deviation,
    growth,
    mean,
    returns_between,
    sharpe,
    sharpe_a_period,
    sortino,
)

__all__ = ["Choices", "Excess", "Sheet", "sheet_of"]


@dataclass(frozen=True, slots=True)
class Choices:
    """What the reader may choose; the same choices and events give the same page."""

    period: Period | None = None
    """Of returns; None: the longest that gives 30."""
    window: int = 30
    """Returns of a rolling figure."""
    share: float = 0.05
    """The tail of VaR and CVaR."""
    horizon: int = 10
    """Periods of a Monte Carlo path."""
    draws: int = 1_000
    seed: int = 1
    trials: int = 1
    """Strategies or parameter sets that were tried before this one was chosen."""
    trials_variance: float | None = None
    """Variance of their Sharpe ratios a period; None: what worthless trials have."""

    def __post_init__(self) -> None:
        bounds = {"window": (2, 10_000), "horizon": (1, 10_000), "draws": (100, 100_000), "trials": (1, 10**9)}
        for name, (least, most) in bounds.items():
            if not least <= getattr(self, name) <= most:
                raise ValueError(f"{name} is {getattr(self, name)}, but {least} … {most} are possible")
        if not 0.0001 <= self.share <= 0.5:
            raise ValueError(f"share is {self.share}, but 0.0001 … 0.5 are possible")


@dataclass(frozen=True, slots=True)
class Excess:
    """Gross exposure as a share of equity, over the equity rows."""

    mean: Estimate
    highest: Estimate


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything the page says. `numbers` are the report's own, over the same events."""

    numbers: Numbers
    history: History
    choices: Choices
    period: Period
    closes: list[Close]
    returns: list[float]
    ratios: dict[str, Estimate]
    """Name → figure, with its interval where one can be given."""
    luck: dict[str, Estimate]
    tails: dict[str, Tail]
    rolling_sharpe: list[Rolling]
    drawdowns: list[Drawdown]
    exposure: Excess
    trade_order: TradeOrder
    serial: tuple[SerialTest, ...]
    attribution: tuple[Attribution, ...]
    against: Against | None
    equity: list[Equity] = field(repr=False)

    def as_json(self) -> dict[str, Any]:
        """The report's figures, and under `analysis` the tearsheet's own."""
        costs = self.history.costs
        return {
            **self.numbers.as_json(),
            "analysis": {
                "period": self.period.word,
                "returns": len(self.returns),
                "choices": {**asdict(self.choices), "period": self.period.word},
                "ratios": {name: figure.as_json() for name, figure in self.ratios.items()},
                "luck": {name: figure.as_json() for name, figure in self.luck.items()},
                "tails": {
                    name: {"value_at_risk": tail.value_at_risk.as_json(), "conditional": tail.conditional.as_json()}
                    for name, tail in self.tails.items()
                },
                "rolling_sharpe": [list(point) for point in self.rolling_sharpe],
                "drawdowns": [asdict(one) for one in self.drawdowns],
                "exposure": {name: getattr(self.exposure, name).as_json() for name in ("mean", "highest")},
                "costs": _cost_json(costs.whole),
                "costs_by_bot": [
                    {"bot": bot, "symbol": symbol, **_cost_json(cost)}
                    for (bot, symbol), cost in sorted(costs.by_bot.items())
                ],
                "trips": [asdict(trip) for trip in self.history.excursions.trips],
                "trade_order": asdict(self.trade_order),
                "serial": [asdict(test) for test in self.serial],
                "attribution": {
                    one.by: {
                        "parts": {name: part.as_json() for name, part in one.parts.items()},
                        "rest_e8": one.rest_e8,
                    }
                    for one in self.attribution
                },
                "benchmark": None if self.against is None else asdict(self.against),
            },
        }


def sheet_of(
    history: History,
    chain: Chain,
    choices: Choices = Choices(),
    regimes: Regimes | None = None,
    benchmark: Benchmark | None = None,
) -> Sheet:
    """Every figure of a history."""
    numbers, equity = numbers_of(history.facts, chain), history.equity
    period = choices.period or choose_period(equity)
    closes = closes_of(equity, period)
    returns = returns_between(closes)
    trips = history.excursions.trips
    return Sheet(
        numbers=numbers,
        history=history,
        choices=choices,
        period=period,
        closes=closes,
        returns=returns,
        ratios=_ratios(returns, period, choices),
        luck=_luck(returns, choices),
        tails=_tails(returns, choices),
        rolling_sharpe=rolling(closes, returns, choices.window, sharpe_a_period),
        drawdowns=drawdowns(equity),
        exposure=_exposure(equity),
        trade_order=shuffled_trades([trip.net_e8 for trip in trips], choices.draws, choices.seed),
        serial=serial_tests(returns),
        attribution=attribution_of(trips, numbers.profit_e8 or 0, regimes),
        against=None if benchmark is None else against_benchmark(closes, returns, benchmark, period),
        equity=equity,
    )


def _ratios(returns: Sequence[float], period: Period, choices: Choices) -> dict[str, Estimate]:
    a_year = period.a_year
    ratios: dict[str, Callable[[Sequence[float]], Estimate]] = {
        "sharpe": lambda values: sharpe(values, a_year),
        "sortino": lambda values: sortino(values, a_year),
        "calmar": lambda values: calmar(values, a_year),
        "growth_a_year": lambda values: growth(values, a_year),
        "sharpe_a_period": sharpe_a_period,
        "deviation_a_period": _deviation,
        "deepest_fall_of_closes": _fall,
    }
    return {name: with_block_interval(ratio, returns, choices.seed, choices.draws) for name, ratio in ratios.items()}


def _deviation(returns: Sequence[float]) -> Estimate:
    return Estimate(deviation(returns)) if len(returns) > 1 else not_enough("fewer than 2 returns")


def _fall(returns: Sequence[float]) -> Estimate:
    return Estimate(deepest_fall(returns)) if returns else not_enough("no return")


def _luck(returns: Sequence[float], choices: Choices) -> dict[str, Estimate]:
    moments = len(returns) > 1 and sharpe_a_period(returns).value is not None
    lack = not_enough("every period had the same return" if len(returns) > 1 else "fewer than 2 returns")
    return {
        "skewness": Estimate(skewness(returns)) if moments else lack,
        "kurtosis": Estimate(kurtosis(returns)) if moments else lack,
        "probabilistic_sharpe": probabilistic_sharpe(returns),
        "deflated_sharpe": deflated_sharpe(returns, choices.trials, choices.trials_variance),
        "track_record_min": track_record_min(returns),
    }


def _tails(returns: Sequence[float], choices: Choices) -> dict[str, Tail]:
    share = choices.share
    return {
        "historical": historical_tail(returns, share),
        "parametric": parametric_tail(returns, share),
        "monte_carlo": monte_carlo_tail(returns, share, choices.horizon, choices.draws, choices.seed),
    }


def _exposure(equity: Sequence[Equity]) -> Excess:
    shares = [row.exposure_e8 * 10**6 // row.equity_e8 / 10**6 for row in equity if row.equity_e8 > 0]
    if not shares:
        lack = not_enough("no equity")
        return Excess(lack, lack)
    return Excess(Estimate(mean(shares)), Estimate(max(shares)))


def _cost_json(cost: Any) -> dict[str, int]:
    names = ("fills", "notional_e8", "fees_e8", "spread_e8", "latency_e8", "impact_e8", "resting_e8", "whole_e8")
    return {name: getattr(cost, name) for name in names}
