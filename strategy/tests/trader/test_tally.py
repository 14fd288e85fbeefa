"""What the trader counts and tells: histograms that add up, words that are known, Prometheus' form."""

from typing import Any

from quantumflow.exposition import Exposition, resident_bytes
from quantumflow.journal.records import Record
from quantumflow.trader.latency import UPPER_US, Latency
from quantumflow.trader.metrics import trader_metrics
from quantumflow.trader.tally import Tally


def test_a_latency_is_counted_in_its_bucket_and_in_the_sum() -> None:
    latency = Latency()
    for nanoseconds in (1, 10_000, 10_001, 2_000_000_000):
        latency.add(nanoseconds)
    figures = latency.figures()
    assert figures["counts"] == [2, 1, *[0] * (len(UPPER_US) - 2), 1]
    assert (figures["count"], figures["sum_us"]) == (4, 2_000_020.002)
    assert Latency().figures()["p50"] is None


def record(kind: str, **payload: Any) -> Record:
    return Record(kind, 1, payload)


def test_what_was_committed_is_counted_by_its_words() -> None:
    tally = Tally()
    tally.take([record("verdict", verdict="refuse", refusal="order_size"), record("signal", outcome="ordered")])
    tally.take([record("verdict", verdict="approve", refusal=None), record("fill", liquidity="maker")])
    tally.take([record("order_state", state="filled", reason=None), record("equity", equity_e8=1)])
    figures = tally.figures()
    assert figures["verdicts"] == [["approve", "", 1], ["refuse", "order_size", 1]]
    assert (figures["signals"], figures["fills"], figures["order_ends"]) == ({"ordered": 1}, {"maker": 1}, {})


def test_the_text_is_prometheus() -> None:
    told = Exposition()
    told.counter("a_total", "Things.", [({"word": 'a "b"\\\n'}, 3)])
    told.gauge("b", "Unknown.", [({}, None)])
    told.histogram("c_seconds", "Times.", [0.5, 1.0], [({}, [1, 0, 2], 4.5)])
    assert told.text().splitlines() == [
        "# HELP a_total Things.",
        "# TYPE a_total counter",
        'a_total{word="a \\"b\\"\\\\\\n"} 3',
        "# HELP b Unknown.",
        "# TYPE b gauge",
        "# HELP c_seconds Times.",
        "# TYPE c_seconds histogram",
        'c_seconds_bucket{le="0.5"} 1',
        'c_seconds_bucket{le="1"} 1',
        'c_seconds_bucket{le="+Inf"} 3',
        "c_seconds_sum 4.5",
        "c_seconds_count 3",
    ]
    assert (resident_bytes("10 7 3 1 0 2 0\n", 4096), resident_bytes("", 4096)) == (7 * 4096, None)


def test_a_trader_without_a_session_tells_what_it_knows() -> None:
    text = trader_metrics({"why_not_trading": "no_market_data", "instruments": {}})
    assert 'quantumflow_trader_trading{why_not="no_market_data"} 0' in text
    assert "\nquantumflow_trader_fills_total " not in text, "nobody knows how many there are"
