"""Why: a fill, an order or a signal explained in words and numbers, from what the journal kept of it. Pure.

Each function takes the journal's rows and gives lines; the JSON answer is the rows themselves.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from quantumflow.journal.reader import FillStory
from quantumflow.journal.records import OWN_FILL_MODEL
from quantumflow.units import decimal_text, money_text

__all__ = ["NO_LIMIT", "explain_fill", "explain_order", "explain_signal", "explain_verdict"]

Row = Mapping[str, Any]

NO_LIMIT = 2**62 - 1
"""What core_risk gives as the limit of a rule that has none."""
_E8_RULES = frozenset(
    {
        "daily_loss",
        "notional_filter",
        "order_size",
        "insufficient_cash",
        "position_instrument",
        "position_bot",
        "position_portfolio",
    }
)
_PPM_RULES = frozenset({"drawdown_breaker", "price_collar", "concentration", "leverage"})
_NS_RULES = frozenset({"stale_market", "time_went_back"})
_LOT_RULES = frozenset({"lot_filter", "short_disabled"})
_AT_LEAST_RULES = frozenset({"notional_filter", "market_not_live"})
_KIND = {
    "naive": "whole at mid, or when its price was touched",
    "touch": "whole at the best opposite price, or when its price was touched",
}
_BELOW_RULES = frozenset({"consecutive_losses"})


def explain_fill(story: FillStory) -> list[str]:
    """One fill: what was bought or sold, against which book, how late, at what cost, and who allowed it."""
    fill, shown = story.fill, story.fill["display"]
    lines = [
        f"fill {fill['fill']}: {fill['bot']} {_traded(fill)} {_qty(fill, 'qty')} {fill['symbol']}"
        f" at {_price(fill, 'price')} as {fill['liquidity']}, {_utc(fill['event_ns'])}",
        f"  paid     {shown['notional_e8']}, fee {shown['fee_e8']} ({fill['fee_ppm'] / 10_000:g} %)",
        f"  account  cash {shown['cash_e8']}, position {_qty(fill, 'position_qty')},"
        f" realised {shown['realised_e8']} after it",
        f"  book     best bid {_price(fill, 'best_bid')}, best ask {_price(fill, 'best_ask')};"
        f" epoch {fill['epoch']}, last id {fill['last_id']}, {_ms(fill['book_age_ns'])} old",
        f"  level    {_qty(fill, 'displayed')} shown at this price,"
        f" {_qty(fill, 'consumed_before')} of it already taken by our earlier fills",
        f"  way      decided {_utc(fill['decided_ns'])}, {_ms(fill['latency_ns'])} on the way (drawn for this order)",
        f"  slippage {_slippage(fill)}",
    ]
    if fill["liquidity"] == "maker":
        lines.insert(5, _queue(fill))
    if story.fill_model != OWN_FILL_MODEL:
        lines.insert(1, f"  KIND     filled by `{story.fill_model}`, {_KIND[story.fill_model]}: no market gives this")
    return lines + explain_order(story.order, (fill,), story.verdict, story.signal)


def explain_order(order: Row, fills: Sequence[Row], verdict: Row | None, signal: Row | None) -> list[str]:
    """One order: what was asked, what core_risk said, how it ended."""
    limit = "" if order["limit_price"] is None else f" at {_price(order, 'limit_price')}"
    reduce_only = ", only to reduce" if order["reduce_only"] else ""
    ended = order["state"] + (f" ({order['reason']})" if order["reason"] else "")
    lines = [
        f"order {order['client_id']}: {order['order_kind']} {order['side']} {_qty(order, 'qty')} {order['symbol']}"
        f"{limit}{reduce_only}, best opposite price {_price(order, 'reference_price')}",
        f"  now      {ended}; {_qty(order, 'filled')} filled in {len(fills)} shown here,"
        f" {_qty(order, 'remaining')} remaining",
    ]
    if verdict is None:
        lines.append("  verdict  none yet: core_risk has not answered")
    else:
        lines += explain_verdict(verdict)
    if signal is not None:
        lines += explain_signal(signal)
    return lines


def explain_verdict(verdict: Row) -> list[str]:
    """What core_risk said, with every rule it consulted and the rule's numbers."""
    said = verdict["verdict"]
    if verdict["refusal"]:
        said = f"{said}: {verdict['refusal']}"
    granted = "" if verdict["verdict"] == "refuse" else f" {_qty(verdict, 'qty')}"
    limits = f" (limits {verdict['limits_version']})" if verdict["limits_version"] else ""
    lines = [f"  verdict  {said}{granted}{limits}"]
    lines += [_rule(rule) for rule in verdict["rules"]]
    return lines


def explain_signal(signal: Row) -> list[str]:
    """One signal: what the strategy saw when it spoke, and what became of it."""
    return [
        f"signal {signal['signal']}: {signal['signal_kind']} {signal['side']} {signal['symbol']} by {signal['bot']},"
        f" {_utc(signal['event_ns'])}, outcome {signal['outcome']}",
        f"  book     bid {_price(signal, 'bid')}, ask {_price(signal, 'ask')};"
        f" epoch {signal['epoch']}, last id {signal['last_id']}",
        f"  features imbalance {signal['imbalance']:.4f}, weighted {signal['imbalance_weighted']:.4f},"
        f" momentum {signal['momentum']:.6f}, volatility {signal['volatility']:.6f} (z {signal['volatility_z']:.2f}),"
        f" ATR {signal['atr']:.2f} ticks",
        f"  decided  confidence {signal['confidence']:.3f}, quantity {_qty(signal, 'qty')}",
        *_specialist(signal.get("specialist")),
    ]


def _specialist(seen: Row | None) -> list[str]:
    """What a scalper's specialist saw at its bar; nothing for other strategies."""
    if seen is None:
        return []
    held = f", held for {seen['bars_held']} minutes by the one of {seen['entry_regime']}" if seen["bars_held"] else ""
    score, atr = _figure_or("unknown", seen["score"], ".2f"), _figure_or("unknown", seen["atr"], ".1f")
    return [
        f"  regime   {seen['regime']} at the minute of {_utc(seen['bar_ns'])}, {seen['bars']} minutes known{held}",
        f"  seen     score {score}, ATR {atr} ticks, volatility {_figure_or('unknown', seen['volatility'], '.6f')},"
        f" half-life {_figure_or('none', seen['half_life'], '.1f')} minutes, own confidence {seen['confidence']:.3f}",
    ]


def _figure_or(word: str, figure: float | None, form: str) -> str:
    return word if figure is None else format(figure, form)


def _rule(rule: Row) -> str:
    name, value, limit = str(rule["rule"]), int(rule["value"]), int(rule["limit"])
    if limit >= NO_LIMIT:
        return f"    {_mark(rule)} {name}: {_figure(name, value)}, no limit"
    relation = "at least" if name in _AT_LEAST_RULES else "below" if name in _BELOW_RULES else "at most"
    return f"    {_mark(rule)} {name}: {_figure(name, value)}, {relation} {_figure(name, limit)}"


def _mark(rule: Row) -> str:
    return "ok " if rule["ok"] else "NOT"


def _figure(rule: str, value: int) -> str:
    if rule in _E8_RULES:
        return money_text(value)
    if rule in _PPM_RULES:
        return f"{decimal_text(value, 4, 2)} %"
    if rule in _NS_RULES:
        return _ms(value)
    if rule in _LOT_RULES:
        return f"{value} lots"
    return str(value)


def _queue(fill: Row) -> str:
    return (
        f"  queue    {_qty(fill, 'queue_at_entry')} stood ahead when the order rested; trades"
        f" {fill['first_trade_id']} to {fill['last_trade_id']} ({fill['trades']})"
        f" consumed {_qty(fill, 'queue_consumed')} of it"
    )


def _slippage(fill: Row) -> str:
    against = f"against {_price(fill, 'reference_price')}, the best opposite price at the decision"
    amount = fill["slippage_e8"]
    if amount == 0:
        return f"none {against}"
    return f"{money_text(abs(amount))} {'worse' if amount > 0 else 'better'} {against}"


def _traded(fill: Row) -> str:
    return "bought" if fill["side"] == "buy" else "sold"


def _qty(row: Row, name: str) -> str:
    """The exact decimal, or lots where the instrument's units are unknown."""
    return str(row["display"].get(name, f"{row[name]} lots"))


def _price(row: Row, name: str) -> str:
    return str(row["display"].get(name, f"{row[name]} ticks"))


def _utc(ns: int) -> str:
    moment = datetime.fromtimestamp(ns // 1_000_000_000, UTC)
    return f"{moment:%Y-%m-%d %H:%M:%S}.{ns // 1_000_000 % 1000:03d} UTC"


def _ms(ns: int) -> str:
    return f"{ns / 1e6:.1f} ms"
