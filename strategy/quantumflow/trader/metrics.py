"""The trader's figures for Prometheus, on loopback: a thread of the library's server reads the last status written.

It shares nothing with the trading loop but one reference to a finished dictionary, which the loop replaces.
"""

from collections.abc import Callable, Iterator
from typing import Any

from prometheus_client import start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector, CollectorRegistry

from quantumflow.errors import SettingsRefused

__all__ = ["serve_metrics"]

_COUNTERS = {
    "signals": "Signals, executed or not",
    "orders": "Orders made",
    "refused": "Orders refused",
    "fills": "Fills committed",
    "journal_seq": "Events in the journal",
}
_GAUGES = {
    "cash_e8": "Cash, 10^-8 of the quote currency",
    "equity_e8": "Marked equity, 10^-8 of the quote currency",
    "drawdown_ppm": "Drawdown from the peak, millionths",
    "event_ns": "Time of the newest event, UTC nanoseconds",
}


class _Figures(Collector):
    def __init__(self, status: Callable[[], dict[str, Any]]) -> None:
        self._status = status

    def collect(self) -> Iterator[Metric]:
        status = self._status()
        for name, text in _COUNTERS.items():
            if status.get(name) is not None:
                yield CounterMetricFamily(f"quantumflow_trader_{name}", text, value=status[name])
        for name, text in _GAUGES.items():
            if status.get(name) is not None:
                yield GaugeMetricFamily(f"quantumflow_trader_{name}", text, value=status[name])
        why = GaugeMetricFamily(
            "quantumflow_trader_trading", "1 while nothing keeps it from trading", labels=["why_not"]
        )
        why.add_metric([status.get("why_not_trading") or ""], float(status.get("why_not_trading") is None))
        yield why
        yield self._latency(status.get("latency_us") or {})

    @staticmethod
    def _latency(latencies: dict[str, dict[str, float | None]]) -> Metric:
        family = GaugeMetricFamily(
            "quantumflow_trader_latency_us", "Newest samples, microseconds", labels=["what", "quantile"]
        )
        for what, quantiles in latencies.items():
            for quantile, value in quantiles.items():
                if value is not None:
                    family.add_metric([what, quantile], value)
        return family


def serve_metrics(address: tuple[str, int], status: Callable[[], dict[str, Any]]) -> None:
    """Serves /metrics until the process ends. Raises SettingsRefused if the port is taken."""
    registry = CollectorRegistry()
    registry.register(_Figures(status))
    host, port = address
    try:
        start_http_server(port, addr=host, registry=registry)
    except OSError as error:
        raise SettingsRefused("metrics_listen", f"{host}:{port}: {error.strerror}; give a free port") from error
