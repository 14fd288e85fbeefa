"""How much of each limit is used: core_risk's own figures, exposure by its rule, and what its verdicts said."""

from typing import Any

import pytest

from quantumflow.config import load_config, shown_config
from quantumflow.config.load import find_config
from quantumflow.specs import InstrumentSpec
from quantumflow.web.limits import RuleTally, rule_limits

RISK = shown_config(load_config(find_config(None), {}))["risk"]
SPEC = InstrumentSpec(0, "BTCUSDT", "BTC", "USDT", 1_000_000, 1_000, 1, 0, 500_000_000, "exchange")
DAY_NS = 86_400_000_000_000
NOW_NS = 20_000 * DAY_NS + 7_200_000_000_000
E8 = 10**8


def account(**change: Any) -> dict[str, Any]:
    said = {
        "reason": None,
        "cash_e8": 9_000 * E8,
        "positions": [],
        "open_orders": [],
        "reserved_e8": 0,
        "equity_e8": 10_000 * E8,
        "drawdown_ppm": 21_000,
        "day_start_e8": 10_100 * E8,
        "consecutive_losses": 13,
        "market": {"BTCUSDT": {"bid": 6_000_000, "ask": 6_000_100, "age_ns": -5}},
    }
    return {**said, **change}


def told(known: dict[str, Any] | None, tally: RuleTally | None = None) -> dict[tuple[str, str | None], dict[str, Any]]:
    rows = rule_limits(known, RISK, {"imbalance": 5_000 * E8}, [SPEC], tally or RuleTally(), NOW_NS)
    return {(row["rule"], row["of"]): row for row in rows}


def test_what_core_risk_says_is_shown_as_it_is() -> None:
    rows = told(account())
    assert rows["drawdown_breaker", None]["use"] == 21_000
    assert rows["drawdown_breaker", None]["share_ppm"] == 210_000
    assert rows["drawdown_breaker", None]["words"] == "2.10 % of at most 10.00 %"
    assert rows["daily_loss", None]["use"] == 100 * E8
    assert rows["consecutive_losses", None]["words"] == "13 of below 100"
    assert rows["stale_market", "BTCUSDT"]["use"] == 0, "a quote from after the request is not old"
    assert rows["order_size", None]["use"] is None, "it looks at single orders"


def test_exposure_is_what_is_held_and_what_may_come() -> None:
    held = {"bot": "imbalance", "symbol": "BTCUSDT", "qty": 1_000, "cost_e8": 1, "realised_e8": 0}
    buy = {"bot": "imbalance", "symbol": "BTCUSDT", "side": "buy", "reserved_notional_e8": 300 * E8}
    sell = {**buy, "side": "sell", "reserved_notional_e8": 900 * E8}
    worth = 6_000_100 * 1_000 * 10  # ticks · lots · worth of a tick of a lot
    rows = told(account(positions=[held], open_orders=[buy, sell]))
    assert rows["position_instrument", "BTCUSDT"]["use"] == worth + 300 * E8
    assert rows["position_bot", "imbalance"]["use"] == worth + 300 * E8
    assert rows["position_portfolio", None]["use"] == worth + 300 * E8
    assert rows["leverage", None]["use"] == -(-(worth + 300 * E8) * 1_000_000 // (10_000 * E8))
    assert rows["open_orders", None]["use"] == 2
    short = told(account(positions=[{**held, "qty": -1_000}], open_orders=[buy, sell]))
    assert short["position_instrument", "BTCUSDT"]["use"] == worth + 900 * E8


def test_a_bots_limit_is_its_capital_if_that_is_less() -> None:
    rows = rule_limits(account(), RISK, {"small": 10 * E8}, [SPEC], RuleTally(), NOW_NS)
    assert next(row["limit"] for row in rows if row["of"] == "small") == 10 * E8


def test_money_beyond_what_a_float_holds_is_told_exactly() -> None:
    limitless = {**RISK, "notional_per_day_max": "40000000000.00000001"}
    rows = rule_limits(account(), limitless, {}, [SPEC], RuleTally(), NOW_NS)
    row = next(row for row in rows if row["rule"] == "notional_per_day")
    assert row["display"] == {"use": "0.00", "limit": "40000000000.00000001"}
    assert told(account())["drawdown_breaker", None]["display"] == {}, "it is no money"
    assert "use" not in told(None)["position_portfolio", None]["display"], "nobody knows it"


@pytest.mark.parametrize(
    "known", [None, account(positions=[{"bot": "b", "symbol": "X", "qty": 1, "cost_e8": 0, "realised_e8": 0}])]
)
def test_what_nobody_knows_is_null_and_never_nothing(known: dict[str, Any] | None) -> None:
    rows = told(known)
    assert rows["position_portfolio", None]["use"] is None
    assert rows["position_portfolio", None]["share_ppm"] is None
    assert rows["position_portfolio", None]["words"].startswith("unknown of at most")


def test_the_rule_that_halts_is_tripped() -> None:
    rows = told(account(reason="drawdown_breaker"))
    assert [name for name, row in rows.items() if row["tripped"]] == [("drawdown_breaker", None)]


def verdict(word: str, *rules: tuple[str, int, int, bool]) -> dict[str, Any]:
    said = [{"rule": rule, "value": value, "limit": limit, "ok": ok} for rule, value, limit, ok in rules]
    return {"order": "imbalance-00000001", "bot": "imbalance", "symbol": "BTCUSDT", "verdict": word, "rules": said}


def test_the_last_refusal_of_each_rule_is_kept() -> None:
    tally = RuleTally()
    tally.take(NOW_NS - 5, verdict("approve", ("order_size", 1, 2, True)))
    tally.take(NOW_NS - 4, verdict("refuse", ("price_collar", 6_000, 5_000, False)))
    tally.take(NOW_NS - 3, verdict("reduce", ("position_bot", 9, 5, True), ("leverage", 1, 5, True)))
    rows = told(account(), tally)
    assert (rows["price_collar", None]["refused"], rows["price_collar", None]["last"]["value"]) == (1, 6_000)
    assert rows["position_bot", "imbalance"]["last"]["verdict"] == "reduce", "it cut the quantity"
    assert rows["leverage", None]["last"] is None
    assert rows["orders_per_second", None]["use"] == 2, "granted orders count, refused ones do not"


def test_what_a_day_counts_begins_anew_with_the_day() -> None:
    tally = RuleTally()
    tally.take(NOW_NS - DAY_NS, verdict("approve", ("orders_per_day", 40, 50, True)))
    assert told(account(), tally)["orders_per_day", None]["use"] == 0
    tally.take(NOW_NS - 1, verdict("approve", ("orders_per_day", 3, 50, True)))
    tally.take(NOW_NS - 1, verdict("refuse", ("orders_per_day", 4, 50, True)))
    assert told(account(), tally)["orders_per_day", None]["use"] == 3
