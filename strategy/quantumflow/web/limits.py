"""Each risk rule with a limit: how much of it is used, out of core_risk's own account and its verdicts. Pure.

Uses are core_risk's figures or computed from them by its rules (core_risk/API.md); the verdict on an order is its own.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from quantumflow.specs import InstrumentSpec
from quantumflow.units import decimal_text, money_text, parse_e8

__all__ = ["GRANTS_KEPT", "NO_LIMIT", "RuleTally", "rule_limits"]

GRANTS_KEPT = 100_000
"""Moments of granted orders, as many as the largest rate that can be configured."""
NO_LIMIT = 2**62 - 1
"""What core_risk gives as the limit of a rule that has none."""
_MS = 1_000_000
_SECOND_NS = 1_000_000_000
_MILLION = 1_000_000
_DAY_NS = 86_400 * _SECOND_NS
_OF_A_DAY = frozenset({"orders_per_day", "notional_per_day"})

Account = Mapping[str, Any]


@dataclass(slots=True)
class RuleTally:
    """What verdicts said of each rule, event by event."""

    looked_at: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    last: dict[str, dict[str, Any]] = field(default_factory=dict)
    grants: deque[int] = field(default_factory=lambda: deque(maxlen=GRANTS_KEPT))
    """Event times of orders that were granted."""
    of_day: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Of rules that count a UTC day: the day, and core_risk's figure with the last order that it granted."""

    def take(self, event_ns: int, payload: Mapping[str, Any]) -> None:
        """Takes the next verdict event."""
        self.looked_at += 1
        granted = payload["verdict"] != "refuse"
        if granted:
            self.grants.append(event_ns)
        for rule in payload["rules"]:
            if granted and rule["rule"] in _OF_A_DAY:
                self.of_day[rule["rule"]] = (event_ns // _DAY_NS, rule["value"])
            if rule["ok"] and not (payload["verdict"] == "reduce" and _is_beyond(rule)):
                continue
            name = rule["rule"]
            self.refused[name] = self.refused.get(name, 0) + 1
            self.last[name] = {
                "event_ns": event_ns,
                "client_id": payload["order"],
                "bot": payload["bot"],
                "symbol": payload["symbol"],
                "verdict": payload["verdict"],
                "value": rule["value"],
                "limit": rule["limit"],
            }

    def on_day(self, rule: str, now_ns: int) -> int:
        """What is used of it on the UTC day of `now_ns`."""
        day, value = self.of_day.get(rule, (-1, 0))
        return value if day == now_ns // _DAY_NS else 0

    def granted_within(self, now_ns: int, span_ns: int) -> int:
        """Orders granted in the `span_ns` before `now_ns`."""
        count = 0
        for event_ns in reversed(self.grants):
            if event_ns <= now_ns - span_ns:
                break
            count += 1
        return count


def _is_beyond(rule: Mapping[str, Any]) -> bool:
    """A rule that cut the quantity shows the figure that was asked for, beyond its limit."""
    return bool(rule["limit"] < NO_LIMIT and rule["value"] > rule["limit"])


def rule_limits(
    account: Account | None,
    risk: Mapping[str, Any],
    capitals_e8: Mapping[str, int],
    specs: Sequence[InstrumentSpec],
    tally: RuleTally,
    now_ns: int,
) -> list[dict[str, Any]]:
    """Every rule in the order in which core_risk asks.

    `account`: the answer of its /v1/state, None if it gives none. `risk`: the section of the configuration.
    `now_ns`: the newest event time.
    """
    rows = [
        *_of_account(account, risk),
        *_of_orders(account, risk),
        *_of_exposure(account, risk, capitals_e8, specs),
        *_of_rates(account, risk, tally, now_ns),
    ]
    tripped = None if account is None else account.get("reason")
    return [_told(row, tally, tripped) for row in rows]


@dataclass(frozen=True, slots=True)
class _Row:
    rule: str
    key: str | None
    unit: str
    use: int | None
    limit: int
    meaning: str
    of: str | None = None


def _of_account(account: Account | None, risk: Mapping[str, Any]) -> Iterator[_Row]:
    known = account or {}
    equity, started = known.get("equity_e8"), known.get("day_start_e8")
    lost = None if equity is None or started is None else max(0, started - equity)
    yield _Row(
        "drawdown_breaker",
        "risk.drawdown_max_ppm",
        "ppm",
        known.get("drawdown_ppm"),
        risk["drawdown_max_ppm"],
        "equity below its peak since the last resume",
    )
    daily = parse_e8(risk["daily_loss_max"])
    yield _Row("daily_loss", "risk.daily_loss_max", "e8", lost, daily, "equity below that of the UTC day's first mark")
    yield _Row(
        "consecutive_losses",
        "risk.consecutive_losses_max",
        "count",
        known.get("consecutive_losses"),
        risk["consecutive_losses_max"],
        "trips from flat to flat in a row that lost",
    )


def _of_orders(account: Account | None, risk: Mapping[str, Any]) -> Iterator[_Row]:
    market: Mapping[str, Mapping[str, Any]] = (account or {}).get("market", {})
    age_max = risk["market_age_max_ms"] * _MS
    for symbol, quote in market.items():
        # The age is counted from the newest request's event time; a quote that came after it is not old.
        age = max(0, quote["age_ns"])
        yield _Row("stale_market", "risk.market_age_max_ms", "ns", age, age_max, "age of core_risk's own quote", symbol)
    if not market:
        yield _Row("stale_market", "risk.market_age_max_ms", "ns", None, age_max, "age of core_risk's own quote")
    largest = parse_e8(risk["order_notional_max"])
    yield _Row("order_size", "risk.order_notional_max", "e8", None, largest, "notional of one order")
    collar = risk["price_collar_ppm"]
    yield _Row("price_collar", "risk.price_collar_ppm", "ppm", None, collar, "distance of one order's price")


def _of_exposure(
    account: Account | None, risk: Mapping[str, Any], capitals_e8: Mapping[str, int], specs: Sequence[InstrumentSpec]
) -> Iterator[_Row]:
    pairs = None if account is None else _exposure(account, specs)
    equity = None if account is None else account.get("equity_e8")
    if account is not None and account.get("reserved_e8") is not None:
        cash = max(0, account["cash_e8"])
        yield _Row("insufficient_cash", None, "e8", account["reserved_e8"], cash, "cash that open buys have reserved")
    by_symbol, by_bot = _summed(pairs, 1), _summed(pairs, 0)
    whole = None if pairs is None else sum(pairs.values())
    limit = parse_e8(risk["position_instrument_max"])
    for spec in specs:
        use = None if by_symbol is None else by_symbol.get(spec.symbol, 0)
        yield _Row("position_instrument", "risk.position_instrument_max", "e8", use, limit, "exposure", spec.symbol)
    limit = parse_e8(risk["position_bot_max"])
    for bot, capital in capitals_e8.items():
        use = None if by_bot is None else by_bot.get(bot, 0)
        meaning = "exposure, against the limit or the bot's capital"
        yield _Row("position_bot", "risk.position_bot_max", "e8", use, min(limit, capital), meaning, bot)
    limit = parse_e8(risk["position_portfolio_max"])
    yield _Row("position_portfolio", "risk.position_portfolio_max", "e8", whole, limit, "exposure in all")
    for spec in specs:
        use = None if by_symbol is None else _share(by_symbol.get(spec.symbol, 0), equity)
        limit = risk["concentration_max_ppm"]
        yield _Row("concentration", "risk.concentration_max_ppm", "ppm", use, limit, "exposure, of equity", spec.symbol)
    use = None if whole is None else _share(whole, equity)
    yield _Row("leverage", "risk.leverage_max_ppm", "ppm", use, risk["leverage_max_ppm"], "exposure in all, of equity")


def _of_rates(account: Account | None, risk: Mapping[str, Any], tally: RuleTally, now_ns: int) -> Iterator[_Row]:
    open_orders = None if account is None else len(account.get("open_orders", ()))
    yield _Row(
        "open_orders", "risk.open_orders_max", "count", open_orders, risk["open_orders_max"], "approvals that are open"
    )
    for name, seconds in (("second", 1), ("minute", 60), ("hour", 3600)):
        use = tally.granted_within(now_ns, seconds * _SECOND_NS)
        key = f"orders_per_{name}_max"
        yield _Row(f"orders_per_{name}", f"risk.{key}", "count", use, risk[key], f"orders granted in a {name}")
    use, most = tally.on_day("orders_per_day", now_ns), risk["orders_per_day_max"]
    yield _Row("orders_per_day", "risk.orders_per_day_max", "count", use, most, "orders granted on this UTC day")
    use, most = tally.on_day("notional_per_day", now_ns), parse_e8(risk["notional_per_day_max"])
    yield _Row("notional_per_day", "risk.notional_per_day_max", "e8", use, most, "notional granted on this UTC day")


def _exposure(account: Account, specs: Sequence[InstrumentSpec]) -> dict[tuple[str, str], int] | None:
    """By bot and symbol the larger of |held + open buys| and |held − open sales|; None: something has no price."""
    units = {spec.symbol: spec.value for spec in specs}
    held: dict[tuple[str, str], int] = {}
    for position in account["positions"]:
        if position["qty"] == 0:
            continue
        ask = account["market"].get(position["symbol"], {}).get("ask")
        if ask is None or position["symbol"] not in units:
            return None
        num, den = units[position["symbol"]]
        worth = -(-ask * abs(position["qty"]) * num // den)
        held[position["bot"], position["symbol"]] = worth if position["qty"] > 0 else -worth
    buys: dict[tuple[str, str], int] = {}
    sells: dict[tuple[str, str], int] = {}
    for order in account["open_orders"]:
        if order["reserved_notional_e8"] is None:
            return None
        side = buys if order["side"] == "buy" else sells
        pair = order["bot"], order["symbol"]
        side[pair] = side.get(pair, 0) + order["reserved_notional_e8"]
    return {
        pair: max(abs(held.get(pair, 0) + buys.get(pair, 0)), abs(held.get(pair, 0) - sells.get(pair, 0)))
        for pair in {*held, *buys, *sells}
    }


def _summed(pairs: Mapping[tuple[str, str], int] | None, by: int) -> dict[str, int] | None:
    if pairs is None:
        return None
    summed: dict[str, int] = {}
    for pair, worth in pairs.items():
        summed[pair[by]] = summed.get(pair[by], 0) + worth
    return summed


def _share(worth_e8: int, equity_e8: int | None) -> int | None:
    """Millionths, rounded up; None without an equity to compare with."""
    return None if equity_e8 is None or equity_e8 <= 0 else -(-worth_e8 * _MILLION // equity_e8)


def _told(row: _Row, tally: RuleTally, tripped: str | None) -> dict[str, Any]:
    relation = "below" if row.rule == "consecutive_losses" else "at most"
    used = "unknown" if row.use is None else _figure(row.unit, row.use)
    per_order = row.rule in ("order_size", "price_collar")
    words = f"{relation} {_figure(row.unit, row.limit)}"
    last = tally.last.get(row.rule)
    figures = {"use": row.use, "limit": row.limit} if row.unit == "e8" else {}
    return {
        "rule": row.rule,
        "key": row.key,
        "of": row.of,
        "unit": row.unit,
        "use": row.use,
        "limit": row.limit,
        "share_ppm": None if row.use is None or row.limit <= 0 else row.use * _MILLION // row.limit,
        "words": words if per_order else f"{used} of {words}",
        "meaning": row.meaning,
        "tripped": tripped == row.rule,
        "refused": tally.refused.get(row.rule, 0),
        "last": last if last is None or row.of in (None, last["bot"], last["symbol"]) else None,
        "display": {name: money_text(value) for name, value in figures.items() if value is not None},
    }


def _figure(unit: str, value: int) -> str:
    if unit == "e8":
        return money_text(value)
    if unit == "ppm":
        return f"{decimal_text(value, 4, 2)} %"
    return f"{value / 1e6:.1f} ms" if unit == "ns" else str(value)
