"""Whether returns are stationary and whether they remember: three tests of statsmodels, with their verdict in a word.

ADF        D. A. Dickey and W. A. Fuller, JASA 74, 1979; S. E. Said and D. A. Dickey, Biometrika 71, 1984. Null: a unit
           root; lags by AIC
KPSS       D. Kwiatkowski, P. C. B. Phillips, P. Schmidt and Y. Shin, Journal of Econometrics 54, 1992. Null: stationary
           around a mean; lags by A. R. Hobijn, P. H. Franses and M. Ooms, 1998
Ljung–Box  G. M. Ljung and G. E. P. Box, Biometrika 65, 1978. Null: no autocorrelation up to the lag
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from quantumflow.research.analysis.enough import not_enough
from quantumflow_reports.figures import Estimate
from quantumflow_reports.ratios import sharpe_a_period

__all__ = ["LAGS", "RETURNS_MIN", "SerialTest", "serial_tests"]

RETURNS_MIN = 30
LAGS = 10
"""Of Ljung–Box."""
SIGNIFICANT = 0.05


@dataclass(frozen=True, slots=True)
class SerialTest:
    """One test: its statistic, its p-value (KPSS's table ends at 0.01 and 0.1), and what it says in words."""

    name: str
    null: str
    statistic: Estimate
    p_value: Estimate
    says: str


def serial_tests(returns: Sequence[float]) -> tuple[SerialTest, ...]:
    """ADF, KPSS and Ljung–Box of the returns."""
    lack = _lack(returns)
    return tuple(_tested(name, null, returns, lack) for name, null in _NULLS.items())


_NULLS = {"ADF": "has a unit root", "KPSS": "is stationary", "Ljung–Box": f"has no autocorrelation up to lag {LAGS}"}
_SAYS = {
    ("ADF", True): "stationary",
    ("ADF", False): "a unit root cannot be excluded",
    ("KPSS", True): "not stationary",
    ("KPSS", False): "stationarity is not refuted",
    ("Ljung–Box", True): "returns depend on earlier ones",
    ("Ljung–Box", False): "no dependence found",
}


def _lack(returns: Sequence[float]) -> Estimate | None:
    if len(returns) < RETURNS_MIN:
        return not_enough(f"{len(returns)} returns, {RETURNS_MIN} are needed")
    if sharpe_a_period(returns).value is None:
        return not_enough("every period had the same return")
    return None


def _tested(name: str, null: str, returns: Sequence[float], lack: Estimate | None) -> SerialTest:
    if lack is not None:
        return SerialTest(name, null, lack, lack, "–")
    statistic, p_value = _statistic(name, np.asarray(returns, dtype=np.float64))
    says = _SAYS[name, p_value < SIGNIFICANT]
    return SerialTest(name, null, Estimate(statistic), Estimate(p_value), says)


def _statistic(name: str, returns: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> tuple[float, float]:
    from statsmodels.stats.diagnostic import acorr_ljungbox
    from statsmodels.tsa.stattools import adfuller, kpss

    with warnings.catch_warnings():
        # KPSS warns that its p-value is the end of the table; the page says so in words.
        warnings.simplefilter("ignore")
        if name == "ADF":
            found = adfuller(returns, autolag="AIC")
        elif name == "KPSS":
            found = kpss(returns, regression="c", nlags="auto")
        else:
            row = acorr_ljungbox(returns, lags=[min(LAGS, len(returns) // 5)], return_df=True).iloc[0]
            found = (row["lb_stat"], row["lb_pvalue"])
    return float(found[0]), float(found[1])
